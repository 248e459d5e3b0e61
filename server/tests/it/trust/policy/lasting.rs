//! Nothing that was true a moment ago lets an image through: keys, accounts, members of teams, tags, policies.

use db::entities::public_key::{Column, Entity};
use oci::digest::Digest;
use sea_orm::{EntityTrait as _, sea_query::Expr};
use serde_json::json;

use super::{POLICY, Stage, TEAM};
use crate::{
    signatures::end_key,
    trust::{client::NOW, signers::designate},
};

#[tokio::test]
async fn no_yes_outlives_the_key_the_team_or_the_policy() {
    let stage = Stage::enforced().await;
    let app = &stage.app;
    assert_eq!(stage.manifest("a").await, 200);
    designate(app, "olga", &stage.id, false).await;
    assert_eq!(
        stage.manifest("a").await,
        403,
        "she does not sign with it any more"
    );
    designate(app, "olga", &stage.id, true).await;
    assert_eq!(stage.manifest("a").await, 200);
    app.by_admin("DELETE", TEAM, json!({}), 204).await;
    let refused = app.get("/v2/acme/site/manifests/a").by("admin");
    let refused = refused.send().await.expect(403).message();
    assert!(refused.ends_with("signed by olga"), "{refused}");
    app.by_admin("PUT", TEAM, json!({}), 200).await;
    assert_eq!(stage.manifest("a").await, 200);
    let key = format!("/enzi/v0/accounts/olga/publicKeys/{}", stage.id);
    app.call("DELETE", &key).by("olga").send().await.expect(204);
    assert_eq!(stage.manifest("a").await, 403, "it is revoked");
    let layer = Digest::of(oci::digest::Algorithm::Sha256, b"one");
    stage.pull(&format!("blobs/{layer}")).await.expect(403);
    stage.set(POLICY, json!({"mode": "off"})).await.expect(200);
    assert_eq!(stage.manifest("a").await, 200);
}

#[tokio::test]
async fn a_certificate_has_to_be_good_when_something_is_signed_or_now_by_choice() {
    let stage = Stage::enforced().await;
    let app = &stage.app;
    end_key(app, &stage.id, NOW + time::Duration::SECOND).await;
    let choose = async |now: bool| {
        let form = json!({"notaryCertificatesValidNow": now});
        app.by_admin("POST", "/api/v0/meta/settings", form, 202)
            .await;
    };
    let problems = async || {
        let trust = app.get("/api/v0/repositories/acme/site/trust").by("olga");
        let trust = trust.send().await.expect(200).json();
        let problems = trust["collections"][0]["problems"].as_array().cloned();
        problems.unwrap_or_default().len()
    };
    for (now, status, said) in [(true, 403, 1), (false, 200, 0), (true, 403, 1)] {
        choose(now).await;
        assert_eq!(stage.manifest("a").await, status);
        assert_eq!(problems().await, said);
    }
    end_key(app, &stage.id, NOW - time::Duration::SECOND).await;
    choose(false).await;
    assert_eq!(stage.manifest("a").await, 403, "it ended before");
}

#[tokio::test]
async fn who_is_switched_off_signs_nothing_any_more() {
    let stage = Stage::enforced().await;
    assert_eq!(stage.manifest("a").await, 200);
    let olga = "/enzi/v0/accounts/olga";
    for (is_active, status) in [(false, 403), (true, 200)] {
        let form = json!({"isActive": is_active});
        stage.app.by_admin("PATCH", olga, form, 200).await;
        assert_eq!(stage.manifest("a").await, status);
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_or_not_proven_counts_for_nobody_whatever_else_its_row_says() {
    let now = time::OffsetDateTime::now_utc();
    for (column, at) in [(Column::RevokedAt, Some(now)), (Column::ProvenAt, None)] {
        let stage = Stage::enforced().await;
        let connection = stage.app.connection().await;
        let all = Entity::update_many().col_expr(column, Expr::value(at));
        all.exec(&connection).await.unwrap();
        assert_eq!(stage.manifest("a").await, 403, "{column:?}");
    }
}

#[tokio::test]
async fn what_another_process_takes_away_is_gone_here() {
    let stage = Stage::enforced().await;
    if stage.app.state.db.is_local() {
        return;
    }
    let other = stage.app.replica().await;
    for _ in 0..2 {
        assert_eq!(stage.manifest("a").await, 200);
    }
    other.by_admin("DELETE", TEAM, json!({}), 204).await;
    assert_eq!(stage.manifest("a").await, 403);
    other.by_admin("PUT", TEAM, json!({}), 200).await;
    assert_eq!(stage.manifest("a").await, 200);
    let asks = json!({"mode": "off"});
    let set = other.call("PUT", POLICY).by("admin");
    set.json(&asks).send().await.expect(200);
    assert_eq!(stage.manifest("b").await, 200);
}

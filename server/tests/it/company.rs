//! A company for tests: an organization with teams, repositories and people of every kind, and another organization beside it.

use serde_json::json;

use crate::util::TestApp;

/// Everybody, from nobody to the site administrator: one of each kind, as far as `acme/app` goes.
pub(crate) const ROLES: [&str; 11] = [
    // nobody
    "", // another user, and the owner of another organization
    "bob", "oscar",
    // in acme: without a team, with read-only, read-write and admin access to acme/app, with admin access to all of acme
    "mia", "rob", "wanda", "rae", "nina",  // owns acme
    "olga",  // administers the site
    "admin", // would own acme, but is switched off
    "ivan",
];

impl TestApp {
    /// Two organizations: `acme` with `acme/app` (private) and `acme/site` (public), and `other` with `other/app`.
    pub(crate) async fn company() -> Self {
        Self::company_with(&[]).await
    }

    /// The same, with settings as of the environment (`PLIMSOLL_…`).
    pub(crate) async fn company_with(variables: &[(&str, &str)]) -> Self {
        let app = Self::with(variables).await;
        for name in [
            "oscar", "mia", "rob", "wanda", "rae", "nina", "olga", "ivan",
        ] {
            app.person(name).await;
        }
        for (org, owners) in [("acme", &["olga", "ivan"][..]), ("other", &["oscar"])] {
            app.by_admin(
                "POST",
                "/enzi/v0/accounts",
                json!({"name": org, "isOrg": true}),
                201,
            )
            .await;
            for owner in owners {
                let path = format!("/enzi/v0/accounts/{org}/members/{owner}");
                app.by_admin("PUT", &path, json!({"isAdmin": true}), 200)
                    .await;
            }
            for (name, visibility) in [("app", "private"), ("site", "public")] {
                let path = format!("/api/v0/repositories/{org}");
                let form = json!({"name": name, "visibility": visibility});
                app.by_admin("POST", &path, form, 201).await;
            }
            let teams = format!("/enzi/v0/accounts/{org}/teams");
            app.by_admin("POST", &teams, json!({"name": "readers"}), 201)
                .await;
        }
        for (team, member, level) in [
            ("readers", "rob", "read-only"),
            ("writers", "wanda", "read-write"),
            ("keepers", "rae", "admin"),
        ] {
            app.team(team, member).await;
            let path = format!("/api/v0/repositories/acme/app/teamAccess/{team}");
            app.by_admin("PUT", &path, json!({"accessLevel": level}), 200)
                .await;
        }
        app.team("namers", "nina").await;
        let path = "/api/v0/repositoryNamespaces/acme/teamAccess/namers";
        app.by_admin("PUT", path, json!({"accessLevel": "admin"}), 200)
            .await;
        app.by_admin("PUT", "/enzi/v0/accounts/acme/members/mia", json!({}), 200)
            .await;
        let trust = json!({"name": "ci", "kind": "gitlab", "issuer": "https://gitlab.example",
            "conditions": {"project_path": "acme/app"}, "rights": {}});
        let path = "/api/v0/accounts/acme/workloadTrusts";
        app.by_admin("POST", path, trust, 201).await;
        let ivan = db::accounts::find(&app.state.db, "ivan")
            .await
            .unwrap()
            .unwrap();
        let off = db::accounts::Update {
            is_active: Some(false),
            ..db::accounts::Update::default()
        };
        db::accounts::update(&app.state.db, ivan.id, off, time::OffsetDateTime::now_utc())
            .await
            .unwrap();
        app
    }

    async fn team(&self, team: &str, member: &str) {
        if team != "readers" {
            let teams = "/enzi/v0/accounts/acme/teams";
            self.by_admin("POST", teams, json!({ "name": team }), 201)
                .await;
        }
        let path = format!("/enzi/v0/accounts/acme/teams/{team}/members/{member}");
        self.by_admin("PUT", &path, json!({}), 200).await;
    }

    pub(crate) async fn by_admin(
        &self,
        method: &str,
        path: &str,
        form: serde_json::Value,
        status: u16,
    ) {
        let call = self.call(method, path).by("admin").json(&form);
        call.send().await.expect(status);
    }
}

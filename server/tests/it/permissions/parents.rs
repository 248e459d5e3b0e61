//! A child is looked for below its own parent only: on every path that names two things, one below the other, the child of one parent,
//! asked for below another by somebody whom no right stops, is not there, and nothing is done to it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{
    ACTIVITY, ATTACHED, CHANGES, COSIGN, CUSTODY, DELIVERY, EVIDENCE, EXPLAIN, EXPORT, GRAPH,
    IDENTITY, IMPORT, KEY, MANIFEST, MANIFESTS, OLD_SUMMARY, OVERRIDE, OVERRIDES, POLICIES, POLICY,
    PROMOTE, README, REDELIVER, REFERRERS, REPOSITORY, REPOSITORY_WEBHOOKS, REVISIONS, RUNS, SCAN,
    SESSION, SET_ASIDE, SIGNATURES, SUMMARY, Stage, TAG, TAG_POLICIES, TAGS, TRUST_DATA,
    TRUST_POLICY, TRUST_TRIAL, TRY, USER_ACCESS,
    company::{
        MEMBER, MEMBER_SYNC, MEMBER_SYNC_CONFIG, MEMBER_TEAMS, NAMESPACE_TEAM, ORG_TRUST,
        REPOSITORY_TEAM, REPOSITORY_TEAMS, TEAM, TEAM_MEMBER, TEAM_MEMBERS, TEAM_REPOSITORIES,
        TRUST,
    },
    document, forms, operations, recorded, stage,
};
use crate::util::TestApp;

/// A path with two parameters or more.
struct Case {
    /// As in the document.
    template: &'static str,
    /// What is there; empty where nothing of it can be read.
    own: &'static str,
    /// The same below parents that are there, and not its own.
    foreign: &'static [&'static str],
}

const fn case(template: &'static str, own: &'static str, foreign: &'static [&'static str]) -> Case {
    Case {
        template,
        own,
        foreign,
    }
}

/// `other` has what is called `theirs`, and `acme` has not. `TEAM` stands for the id of other's team, `OVERRIDE` for that of an
/// override in its repository, `THEIRS` for the digest of its image.
#[rustfmt::skip]
const CASES: &[Case] = &[
    case(USER_ACCESS, "/api/v0/accounts/oscar/repositoryAccess/other/theirs",
        &["/api/v0/accounts/oscar/repositoryAccess/acme/theirs"]),
    case(TEAM_REPOSITORIES, "/api/v0/accounts/other/teams/theirs/repositoryAccess",
        &["/api/v0/accounts/acme/teams/theirs/repositoryAccess", "/api/v0/accounts/acme/teams/id:TEAM/repositoryAccess"]),
    case(TRUST, "/api/v0/accounts/other/workloadTrusts/theirs", &["/api/v0/accounts/acme/workloadTrusts/theirs"]),
    case(OLD_SUMMARY, "/api/v0/imagescan/repositories/other/theirs/theirs",
        &["/api/v0/imagescan/repositories/acme/theirs/theirs", "/api/v0/imagescan/repositories/acme/app/theirs"]),
    case(SCAN, "", &["/api/v0/imagescan/scan/acme/theirs/theirs/linux/amd64", "/api/v0/imagescan/scan/acme/app/theirs/linux/amd64"]),
    case(SUMMARY, "/api/v0/imagescan/scansummary/repositories/other/theirs/theirs", &[
        "/api/v0/imagescan/scansummary/repositories/acme/theirs/theirs",
        "/api/v0/imagescan/scansummary/repositories/acme/app/theirs",
        "/api/v0/imagescan/scansummary/repositories/acme/app/THEIRS",
    ]),
    // Nothing is scanned here.
    case(EXPORT, "", &[
        "/api/v0/imagescan/scansummary/repositories/acme/theirs/theirs/export",
        "/api/v0/imagescan/scansummary/repositories/acme/app/theirs/export",
        "/api/v0/imagescan/scansummary/repositories/acme/app/THEIRS/export",
    ]),
    case(ATTACHED, "", &[
        "/api/v0/imagescan/scansummary/repositories/acme/theirs/theirs/attached",
        "/api/v0/imagescan/scansummary/repositories/acme/app/theirs/attached",
        "/api/v0/imagescan/scansummary/repositories/acme/app/THEIRS/attached",
    ]),
    case(REPOSITORY, "/api/v0/repositories/other/theirs", &["/api/v0/repositories/acme/theirs"]),
    case(EXPLAIN, "/api/v0/repositories/other/theirs/access/explain", &["/api/v0/repositories/acme/theirs/access/explain"]),
    case(CHANGES, "/api/v0/repositories/other/theirs/changes", &["/api/v0/repositories/acme/theirs/changes"]),
    case(TRUST_DATA, "/api/v0/repositories/other/theirs/trust", &["/api/v0/repositories/acme/theirs/trust"]),
    case(TRUST_POLICY, "/api/v0/repositories/other/theirs/trustPolicy", &["/api/v0/repositories/acme/theirs/trustPolicy"]),
    case(TRUST_TRIAL, "", &["/api/v0/repositories/acme/theirs/trustPolicy/test"]),
    case(README, "/api/v0/repositories/other/theirs/readme", &["/api/v0/repositories/acme/theirs/readme"]),
    case(TAGS, "/api/v0/repositories/other/theirs/tags", &["/api/v0/repositories/acme/theirs/tags"]),
    case(TAG, "/api/v0/repositories/other/theirs/tags/theirs", &[
        "/api/v0/repositories/acme/theirs/tags/theirs",
        "/api/v0/repositories/acme/app/tags/theirs",
        "/api/v0/repositories/acme/app/tags/THEIRS",
    ]),
    case(MANIFESTS, "/api/v0/repositories/other/theirs/manifests", &["/api/v0/repositories/acme/theirs/manifests"]),
    case(MANIFEST, "/api/v0/repositories/other/theirs/manifests/THEIRS",
        &["/api/v0/repositories/acme/theirs/manifests/THEIRS", "/api/v0/repositories/acme/app/manifests/THEIRS"]),
    case(REFERRERS, "/api/v0/repositories/other/theirs/manifests/THEIRS/referrers",
        &["/api/v0/repositories/acme/theirs/manifests/THEIRS/referrers", "/api/v0/repositories/acme/app/manifests/THEIRS/referrers"]),
    case(SIGNATURES, "/api/v0/repositories/other/theirs/manifests/THEIRS/signatures", &[
        "/api/v0/repositories/acme/theirs/manifests/THEIRS/signatures",
        "/api/v0/repositories/acme/app/manifests/theirs/signatures",
    ]),
    case(CUSTODY, "/api/v0/repositories/other/theirs/manifests/THEIRS/custody", &[
        "/api/v0/repositories/acme/theirs/manifests/THEIRS/custody",
        "/api/v0/repositories/acme/app/manifests/THEIRS/custody",
        "/api/v0/repositories/acme/app/manifests/theirs/custody",
    ]),
    case(EVIDENCE, "/api/v0/repositories/other/theirs/manifests/THEIRS/custody/bundle", &[
        "/api/v0/repositories/acme/theirs/manifests/THEIRS/custody/bundle",
        "/api/v0/repositories/acme/app/manifests/THEIRS/custody/bundle",
    ]),
    case(ORG_TRUST, "", &["/api/v0/accounts/acme/signatureTrusts/SIGNER"]),
    case(OVERRIDES, "/api/v0/repositories/other/theirs/overrides", &["/api/v0/repositories/acme/theirs/overrides"]),
    case(IMPORT, "", &["/api/v0/repositories/acme/theirs/overrides/import"]),
    case(OVERRIDE, "", &["/api/v0/repositories/acme/theirs/overrides/OVERRIDE", "/api/v0/repositories/acme/app/overrides/OVERRIDE"]),
    case(POLICIES, "/api/v0/repositories/other/theirs/promotionPolicies", &["/api/v0/repositories/acme/theirs/promotionPolicies"]),
    case(TRY, "/api/v0/repositories/other/theirs/promotionPolicies/test", &["/api/v0/repositories/acme/theirs/promotionPolicies/test"]),
    case(ACTIVITY, "/api/v0/repositories/other/theirs/events", &["/api/v0/repositories/acme/theirs/events"]),
    case(REPOSITORY_WEBHOOKS, "/api/v0/repositories/other/theirs/webhooks", &["/api/v0/repositories/acme/theirs/webhooks"]),
    case(DELIVERY, "/api/v0/webhooks/THEIRHOOK/deliveries/THEIRTELLING", &["/api/v0/webhooks/WEBHOOK/deliveries/THEIRTELLING"]),
    case(REDELIVER, "", &["/api/v0/webhooks/WEBHOOK/deliveries/THEIRTELLING/redeliver"]),
    case(POLICY, "/api/v0/repositories/other/theirs/promotionPolicies/POLICY", &[
        "/api/v0/repositories/acme/theirs/promotionPolicies/POLICY",
        "/api/v0/repositories/acme/app/promotionPolicies/POLICY",
    ]),
    case(REVISIONS, "/api/v0/repositories/other/theirs/promotionPolicies/POLICY/revisions", &[
        "/api/v0/repositories/acme/theirs/promotionPolicies/POLICY/revisions",
        "/api/v0/repositories/acme/app/promotionPolicies/POLICY/revisions",
    ]),
    case(GRAPH, "/api/v0/repositories/other/theirs/promotionGraph", &["/api/v0/repositories/acme/theirs/promotionGraph"]),
    case(RUNS, "/api/v0/repositories/other/theirs/promotions", &["/api/v0/repositories/acme/theirs/promotions"]),
    case(TAG_POLICIES, "/api/v0/repositories/other/theirs/tags/theirs/policies", &[
        "/api/v0/repositories/acme/theirs/tags/theirs/policies",
        "/api/v0/repositories/acme/app/tags/theirs/policies",
    ]),
    case(PROMOTE, "", &[
        "/api/v0/repositories/acme/theirs/tags/theirs/promotion",
        "/api/v0/repositories/acme/app/tags/theirs/promotion",
    ]),
    case(REPOSITORY_TEAMS, "/api/v0/repositories/other/theirs/teamAccess", &["/api/v0/repositories/acme/theirs/teamAccess"]),
    case(REPOSITORY_TEAM, "", &[
        "/api/v0/repositories/acme/theirs/teamAccess/readers",
        "/api/v0/repositories/acme/app/teamAccess/theirs",
        "/api/v0/repositories/acme/app/teamAccess/id:TEAM",
    ]),
    case(NAMESPACE_TEAM, "/api/v0/repositoryNamespaces/other/teamAccess/theirs",
        &["/api/v0/repositoryNamespaces/acme/teamAccess/theirs", "/api/v0/repositoryNamespaces/acme/teamAccess/id:TEAM"]),
    case(IDENTITY, "", &["/enzi/v0/accounts/bob/identities/IDENTITY"]),
    case(MEMBER, "/enzi/v0/accounts/other/members/oscar", &["/enzi/v0/accounts/acme/members/oscar"]),
    case(MEMBER_TEAMS, "/enzi/v0/accounts/other/members/oscar/teams", &["/enzi/v0/accounts/acme/members/oscar/teams"]),
    case(KEY, "/enzi/v0/accounts/alice/publicKeys/key", &["/enzi/v0/accounts/bob/publicKeys/key"]),
    case(SESSION, "", &["/enzi/v0/accounts/bob/sessions/SESSION"]),
    case(TEAM, "/enzi/v0/accounts/other/teams/theirs", &["/enzi/v0/accounts/acme/teams/theirs", "/enzi/v0/accounts/acme/teams/id:TEAM"]),
    case(MEMBER_SYNC, "", &["/enzi/v0/accounts/acme/teams/theirs/memberSync", "/enzi/v0/accounts/acme/teams/id:TEAM/memberSync"]),
    case(MEMBER_SYNC_CONFIG, "/enzi/v0/accounts/other/teams/theirs/memberSyncConfig",
        &["/enzi/v0/accounts/acme/teams/theirs/memberSyncConfig", "/enzi/v0/accounts/acme/teams/id:TEAM/memberSyncConfig"]),
    case(TEAM_MEMBERS, "/enzi/v0/accounts/other/teams/theirs/members",
        &["/enzi/v0/accounts/acme/teams/theirs/members", "/enzi/v0/accounts/acme/teams/id:TEAM/members"]),
    case(TEAM_MEMBER, "/enzi/v0/accounts/other/teams/theirs/members/oscar", &[
        "/enzi/v0/accounts/acme/teams/theirs/members/oscar",
        "/enzi/v0/accounts/acme/teams/id:TEAM/members/oscar",
        "/enzi/v0/accounts/acme/teams/readers/members/oscar",
    ]),
];

/// What is answered otherwise.
const EXCEPTIONS: [(&str, &str); 4] = [
    // Whoever is put into an organization or a team comes from outside.
    ("PUT", "/enzi/v0/accounts/acme/members/oscar"),
    ("PUT", "/enzi/v0/accounts/acme/teams/readers/members/oscar"),
    // By a digest no tag is deleted, whosever it is: 400.
    ("DELETE", "/api/v0/repositories/acme/app/tags/THEIRS"),
    // What refers to something may be there before it: nothing does, 200.
    (
        "GET",
        "/api/v0/repositories/acme/app/manifests/THEIRS/referrers",
    ),
];

/// Who asks: the site administrator; below an account that has keys of its own, its user, since nobody else changes them.
fn who(template: &str) -> &'static str {
    if template == KEY { "bob" } else { "admin" }
}

/// A company in which the other organization has one of everything.
struct Others {
    stage: Stage,
    team: String,
    image: String,
    aside: String,
    policy: String,
    hook: (String, String),
    signer: String,
}

impl Others {
    async fn new() -> Self {
        let app = TestApp::company().await;
        let read_only = json!({"accessLevel": "read-only"});
        let trust = json!({"name": "theirs", "kind": "gitlab", "issuer": "https://gitlab.example",
            "conditions": {"project_path": "other/app"}, "rights": {}});
        let named = json!({"name": "theirs"});
        for (method, path, form, status) in [
            ("POST", "/api/v0/repositories/other", named.clone(), 201),
            (
                "POST",
                "/api/v0/repositories/other",
                json!({"name": "second"}),
                201,
            ),
            ("POST", "/enzi/v0/accounts/other/teams", named, 201),
            (
                "PUT",
                "/enzi/v0/accounts/other/teams/theirs/members/oscar",
                json!({}),
                200,
            ),
            (
                "PUT",
                "/api/v0/repositories/other/theirs/teamAccess/theirs",
                read_only.clone(),
                200,
            ),
            (
                "PUT",
                "/api/v0/repositoryNamespaces/other/teamAccess/theirs",
                read_only,
                200,
            ),
            ("POST", "/api/v0/accounts/other/workloadTrusts", trust, 201),
        ] {
            app.by_admin(method, path, form, status).await;
        }
        let token = app
            .token("oscar", &["repository:other/theirs:pull,push"])
            .await;
        let image = app
            .push_image(&token, "other/theirs", "theirs", b"theirs")
            .await;
        let team = app.get("/enzi/v0/accounts/other/teams/theirs").by("admin");
        let team = team.send().await.expect(200).json()["id"].clone();
        let form: Value = serde_json::from_str(SET_ASIDE).unwrap();
        let aside = app.call("POST", "/api/v0/repositories/other/theirs/overrides");
        let aside = aside
            .by("admin")
            .json(&form)
            .send()
            .await
            .expect(201)
            .json();
        let form = json!({"tagTemplate": "%n", "targetRepository": "other/second"});
        let policy = app.call(
            "POST",
            "/api/v0/repositories/other/theirs/promotionPolicies",
        );
        let policy = policy.by("admin").json(&form).send().await;
        let policy = policy.expect(201).json();
        let form: Value = serde_json::from_str(COSIGN).unwrap();
        let signer = app.call("POST", "/api/v0/accounts/other/signatureTrusts");
        let signer = signer.by("admin").json(&form).send().await;
        let signer = signer.expect(201).json();
        Self {
            signer: signer["id"].as_str().unwrap().to_owned(),
            hook: stage::webhook(&app, "other/theirs").await,
            policy: policy["id"].as_str().unwrap().to_owned(),
            team: team.as_str().unwrap().to_owned(),
            image: image.to_string(),
            aside: aside["pk"].as_str().unwrap().to_owned(),
            stage: Stage::of(app).await,
        }
    }

    /// Only the head of the answer: a stream of events has no end.
    async fn status(&self, method: &str, template: &str, path: &str, who: &str) -> u16 {
        let path = self
            .stage
            .path(path)
            .replace("THEIRHOOK", &self.hook.0)
            .replace("THEIRTELLING", &self.hook.1)
            .replace("SIGNER", &self.signer)
            .replace("TEAM", &self.team)
            .replace("THEIRS", &self.image)
            .replace("POLICY", &self.policy)
            .replace("OVERRIDE", &self.aside);
        let app = &self.stage.app;
        let call = app.call(method, &path).by(who);
        let call = match forms::case(method, template) {
            Some(case) => call.json(&serde_json::from_str(case.body).unwrap()),
            None => call,
        };
        let answer = app.router.clone().oneshot(call.request()).await.unwrap();
        answer.status().as_u16()
    }
}

#[test]
fn every_path_that_names_two_things_has_a_case() {
    let document = document();
    let nested: BTreeSet<&str> = operations(&document)
        .map(|(_, path, _)| path)
        .filter(|path| path.matches('{').count() > 1)
        .collect();
    let cases: BTreeSet<&str> = CASES.iter().map(|case| case.template).collect();
    assert_eq!(nested, cases, "each of them needs a case here");
}

#[tokio::test]
async fn a_child_of_another_parent_is_not_there() {
    let document = document();
    let others = Others::new().await;
    let before = recorded(&others.stage.app).await;
    let mut wrong = Vec::new();
    for case in CASES {
        let methods = operations(&document).filter(|(_, path, _)| *path == case.template);
        for (method, ..) in methods {
            for path in case.foreign {
                if EXCEPTIONS.contains(&(method.as_str(), *path)) {
                    continue;
                }
                let status = others
                    .status(&method, case.template, path, who(case.template))
                    .await;
                if status != 404 {
                    wrong.push(format!("{method} {path}: {status}"));
                }
            }
        }
        if !case.own.is_empty() {
            let status = others.status("GET", case.template, case.own, "admin").await;
            if status != 200 {
                wrong.push(format!("{}: {status}, but it is there", case.own));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let after = recorded(&others.stage.app).await;
    assert_eq!(after, before, "something was changed");
}

//! The operations on organizations, teams and grants, tried by everybody of a company.

use super::{
    ACCOUNT_WEBHOOKS, ACTIVITY, BUNDLES, CONFIRM, COSIGN, CUSTODY, DTR_REPOSITORIES, EVIDENCE,
    FACTOR, GRAPH, IDENTITIES, IDENTITY, KEY, KEYS, MANIFEST, MANIFESTS, NAMESPACE, OLD_SUMMARY,
    ORGANIZATIONS, OVERRIDES, PASSWORDS, POLICIES, README, RECOVERY, REFERRERS, REPOSITORY,
    REPOSITORY_WEBHOOKS, RUNS, SCAN, SESSION, SESSIONS, SET_ASIDE, SIGNATURES, SIGNED_BY,
    SIGNING_KEY, SIGNING_KEYS, SUMMARY, TAG, TAG_POLICIES, TAGS, TO_SITE, TOKENS, TRUST_DATA,
    TRUST_POLICY, TRUST_TRIAL, TRY, UPLOAD, USER_ACCESS, WAITING, recorded, stage::trust_data,
    unrecorded,
};
use crate::{company::ROLES, util::TestApp};

/// Expected statuses, in the order of [`ROLES`].
type Statuses = [u16; 11];

pub(super) struct Row {
    pub(super) method: &'static str,
    /// As in the document.
    pub(super) template: &'static str,
    pub(super) path: &'static str,
    pub(super) body: &'static str,
    pub(super) statuses: Statuses,
}

const MEMBERS: &str = "/enzi/v0/accounts/{nameOrId}/members";
pub(super) const MEMBER: &str = "/enzi/v0/accounts/{nameOrId}/members/{member}";
pub(super) const MEMBER_TEAMS: &str = "/enzi/v0/accounts/{nameOrId}/members/{member}/teams";
const ORG_TRUSTS: &str = "/api/v0/accounts/{account}/signatureTrusts";
pub(super) const ORG_TRUST: &str = "/api/v0/accounts/{account}/signatureTrusts/{trust}";
const TEAMS: &str = "/enzi/v0/accounts/{nameOrId}/teams";
pub(super) const TEAM: &str = "/enzi/v0/accounts/{nameOrId}/teams/{team}";
pub(super) const TEAM_MEMBERS: &str = "/enzi/v0/accounts/{nameOrId}/teams/{team}/members";
pub(super) const TEAM_MEMBER: &str = "/enzi/v0/accounts/{nameOrId}/teams/{team}/members/{member}";
pub(super) const MEMBER_SYNC_CONFIG: &str =
    "/enzi/v0/accounts/{nameOrId}/teams/{team}/memberSyncConfig";
pub(super) const MEMBER_SYNC: &str = "/enzi/v0/accounts/{nameOrId}/teams/{team}/memberSync";
const OWNER_SYNC_CONFIG: &str = "/enzi/v0/accounts/{nameOrId}/adminMemberSyncConfig";
const OWNER_SYNC: &str = "/enzi/v0/accounts/{nameOrId}/adminMemberSync";
pub(super) const REPOSITORY_TEAMS: &str = "/api/v0/repositories/{namespace}/{reponame}/teamAccess";
pub(super) const REPOSITORY_TEAM: &str =
    "/api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}";
const NAMESPACE_TEAMS: &str = "/api/v0/repositoryNamespaces/{namespace}/teamAccess";
pub(super) const NAMESPACE_TEAM: &str =
    "/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}";
const ORGANIZATION_TRIAL: &str = "/api/v0/accounts/{account}/trustPolicy/test";
const ORGANIZATION_POLICY: &str = "/api/v0/accounts/{account}/trustPolicy";
const TRUSTS: &str = "/api/v0/accounts/{account}/workloadTrusts";
pub(super) const TRUST: &str = "/api/v0/accounts/{account}/workloadTrusts/{trust}";
pub(super) const TEAM_REPOSITORIES: &str =
    "/api/v0/accounts/{account}/teams/{teamname}/repositoryAccess";

const WHERE: &str = "/api/v0/imagescan/where";
const CHANGED: &str = "/api/v0/imagescan/updates/{generation}/images";
const DASHBOARD: &str = "/api/v0/imagescan/dashboard";
const BY_CVE: &str = "/api/v0/imagescan/scansummary/cve/{cve}";
const BY_COMPONENT: &str = "/api/v0/imagescan/scansummary/component/{component}";
const BY_LAYER: &str = "/api/v0/imagescan/scansummary/layer/{layer}";
const BY_LICENSE: &str = "/api/v0/imagescan/scansummary/license/{license}";
const EMPTY_LAYER: &str = "/api/v0/imagescan/scansummary/layer/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Everybody gets an answer, of what they may see: see `whereabouts`.
const OPEN: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401];
/// Everybody with an account, about themselves.
const ONESELF: Statuses = [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401];
/// Site administrators.
const SITE: Statuses = [401, 403, 403, 403, 403, 403, 403, 403, 403, 200, 401];
/// Its owners and site administrators; its other members see it, and everybody else does not.
const OWNERS_OF_HOOKS: Statuses = [401, 404, 404, 403, 403, 403, 403, 403, 200, 200, 401];
/// An organization is no user, and so has nothing that users have, whoever asks.
const NO_USER: Statuses = [401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401];
/// Members of acme and the site administrator see it; for others it is not there.
const SEE: Statuses = [401, 404, 404, 200, 200, 200, 200, 200, 200, 200, 401];
/// acme's owner and the site administrator manage it.
const fn manage(done: u16) -> Statuses {
    [401, 404, 404, 403, 403, 403, 403, 403, done, done, 401]
}
/// Who has access to `acme/app`.
const READ: Statuses = [404, 404, 404, 404, 200, 200, 200, 200, 200, 200, 401];
/// Who has read-write access to `acme/app`.
const fn write(done: u16) -> Statuses {
    [404, 404, 404, 404, 403, done, done, done, done, done, 401]
}
/// Who has admin access to `acme/app`.
const fn keep(done: u16) -> Statuses {
    [404, 404, 404, 404, 403, 403, done, done, done, done, 401]
}
/// Who has admin access to `acme/site`, which is public.
const fn keep_public(done: u16) -> Statuses {
    [401, 403, 403, 403, 403, 403, 403, done, done, done, 401]
}
/// Who has admin access to all of acme.
const fn name(done: u16) -> Statuses {
    [401, 404, 404, 403, 403, 403, 403, done, done, done, 401]
}
/// Who is in the team readers, or manages acme.
const READERS: Statuses = [401, 404, 404, 403, 200, 403, 403, 403, 200, 200, 401];

const fn row(
    method: &'static str,
    template: &'static str,
    path: &'static str,
    body: &'static str,
    statuses: Statuses,
) -> Row {
    Row {
        method,
        template,
        path,
        body,
        statuses,
    }
}

const READ_ONLY: &str = r#"{"accessLevel":"read-only"}"#;

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("GET", MEMBERS, "/enzi/v0/accounts/acme/members", "", SEE),
    row("GET", MEMBERS, "/enzi/v0/accounts/alice/members", "", [401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401]),
    row("GET", MEMBER, "/enzi/v0/accounts/acme/members/rob", "", SEE),
    row("PUT", MEMBER, "/enzi/v0/accounts/acme/members/bob", "{}", manage(200)),
    row("DELETE", MEMBER, "/enzi/v0/accounts/acme/members/wanda", "", [401, 404, 404, 403, 403, 204, 403, 403, 204, 204, 401]),
    row("GET", MEMBER_TEAMS, "/enzi/v0/accounts/acme/members/rob/teams", "", SEE),
    row("GET", TEAMS, "/enzi/v0/accounts/acme/teams", "", SEE),
    row("POST", TEAMS, "/enzi/v0/accounts/acme/teams", r#"{"name":"new"}"#, manage(201)),
    row("GET", TEAM, "/enzi/v0/accounts/acme/teams/readers", "", SEE),
    row("PATCH", TEAM, "/enzi/v0/accounts/acme/teams/readers", r#"{"description":"reads"}"#, manage(200)),
    row("DELETE", TEAM, "/enzi/v0/accounts/acme/teams/readers", "", manage(204)),
    row("GET", WHERE, "/api/v0/imagescan/where?component=a", "", OPEN),
    row("GET", CHANGED, "/api/v0/imagescan/updates/1/images", "", [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401]),
    row("GET", BY_CVE, "/api/v0/imagescan/scansummary/cve/CVE-2026-0001", "", OPEN),
    row("GET", TEAM_MEMBERS, "/enzi/v0/accounts/acme/teams/readers/members", "", SEE),
    row("GET", TEAM_MEMBER, "/enzi/v0/accounts/acme/teams/readers/members/rob", "", SEE),
    row("PUT", TEAM_MEMBER, "/enzi/v0/accounts/acme/teams/readers/members/mia", "{}", manage(200)),
    row("DELETE", TEAM_MEMBER, "/enzi/v0/accounts/acme/teams/readers/members/rob", "", manage(204)),
    row("GET", MEMBER_SYNC_CONFIG, "/enzi/v0/accounts/acme/teams/readers/memberSyncConfig", "", manage(200)),
    row("PUT", MEMBER_SYNC_CONFIG, "/enzi/v0/accounts/acme/teams/readers/memberSyncConfig", "{}", manage(200)),
    row("GET", BY_COMPONENT, "/api/v0/imagescan/scansummary/component/a", "", OPEN),
    row("GET", BY_LAYER, EMPTY_LAYER, "", OPEN),
    row("POST", MEMBER_SYNC, "/enzi/v0/accounts/acme/teams/readers/memberSync", "", manage(400)),
    row("GET", OWNER_SYNC_CONFIG, "/enzi/v0/accounts/acme/adminMemberSyncConfig", "", manage(200)),
    row("PUT", OWNER_SYNC_CONFIG, "/enzi/v0/accounts/acme/adminMemberSyncConfig", "{}", manage(200)),
    row("POST", OWNER_SYNC, "/enzi/v0/accounts/acme/adminMemberSync", "", manage(400)),
    row("DELETE", DTR_REPOSITORIES, "/api/v0/accounts/acme/repositories", "", manage(204)),
    row("GET", REPOSITORY_TEAMS, "/api/v0/repositories/acme/app/teamAccess", "", keep(200)),
    row("GET", REPOSITORY_TEAMS, "/api/v0/repositories/acme/site/teamAccess", "", keep_public(200)),
    row("PUT", REPOSITORY_TEAM, "/api/v0/repositories/acme/app/teamAccess/readers", READ_ONLY, keep(200)),
    row("PUT", REPOSITORY_TEAM, "/api/v0/repositories/acme/site/teamAccess/readers", READ_ONLY, keep_public(200)),
    row("DELETE", REPOSITORY_TEAM, "/api/v0/repositories/acme/app/teamAccess/readers", "", keep(204)),
    row("GET", NAMESPACE_TEAMS, "/api/v0/repositoryNamespaces/acme/teamAccess", "", SEE),
    row("GET", NAMESPACE_TEAM, "/api/v0/repositoryNamespaces/acme/teamAccess/namers", "", SEE),
    row("PUT", NAMESPACE_TEAM, "/api/v0/repositoryNamespaces/acme/teamAccess/readers", READ_ONLY, name(200)),
    row("GET", BY_LICENSE, "/api/v0/imagescan/scansummary/license/MIT", "", OPEN),
    row("GET", DASHBOARD, DASHBOARD, "", SITE),
    row("DELETE", NAMESPACE_TEAM, "/api/v0/repositoryNamespaces/acme/teamAccess/namers", "", name(204)),
    row("GET", ORGANIZATION_POLICY, "/api/v0/accounts/acme/trustPolicy", "", manage(200)),
    row("POST", ORGANIZATION_TRIAL, "/api/v0/accounts/acme/trustPolicy/test", r#"{"mode":"warn"}"#, manage(200)),
    row("POST", TRUST_TRIAL, "/api/v0/repositories/acme/app/trustPolicy/test", r#"{"mode":"warn"}"#, keep(200)),
    row("PUT", ORGANIZATION_POLICY, "/api/v0/accounts/acme/trustPolicy", r#"{"mode":"warn"}"#, manage(200)),
    row("GET", TRUST_POLICY, "/api/v0/repositories/acme/app/trustPolicy", "", keep(200)),
    row("PUT", TRUST_POLICY, "/api/v0/repositories/acme/app/trustPolicy", r#"{"mode":"warn"}"#, keep(200)),
    row("GET", TRUSTS, "/api/v0/accounts/acme/workloadTrusts", "", manage(200)),
    row("POST", TRUSTS, "/api/v0/accounts/acme/workloadTrusts",
        r#"{"name":"new","kind":"github","issuer":"https://a.example","conditions":{"repository":"acme/*"},"rights":{}}"#, manage(201)),
    row("GET", TRUST, "/api/v0/accounts/acme/workloadTrusts/ci", "", manage(200)),
    row("PATCH", TRUST, "/api/v0/accounts/acme/workloadTrusts/ci", r#"{"isActive":false}"#, manage(200)),
    row("DELETE", TRUST, "/api/v0/accounts/acme/workloadTrusts/ci", "", manage(204)),
    row("GET", ORG_TRUSTS, "/api/v0/accounts/acme/signatureTrusts", "", manage(200)),
    row("POST", ORG_TRUSTS, "/api/v0/accounts/acme/signatureTrusts", COSIGN, manage(201)),
    row("DELETE", ORG_TRUST, "/api/v0/accounts/acme/signatureTrusts/00000000-0000-0000-0000-000000000001", "", manage(404)),
    row("GET", EVIDENCE, "/api/v0/repositories/acme/app/manifests/DIGEST/custody/bundle", "", keep(200)),
    row("GET", CUSTODY, "/api/v0/repositories/acme/app/manifests/DIGEST/custody", "", READ),
    row("GET", SIGNATURES, "/api/v0/repositories/acme/app/manifests/DIGEST/signatures", "", READ),
    row("GET", USER_ACCESS, "/api/v0/accounts/acme/repositoryAccess/acme/app", "", NO_USER),
    row("GET", USER_ACCESS, "/api/v0/accounts/rob/repositoryAccess/acme/app", "", [401, 404, 404, 404, 200, 404, 404, 404, 404, 200, 401]),
    row("GET", USER_ACCESS, "/api/v0/accounts/mia/repositoryAccess/acme/app", "", [401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401]),
    row("GET", USER_ACCESS, "/api/v0/accounts/ivan/repositoryAccess/acme/app", "", [401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401]),
    row("GET", ORGANIZATIONS, "/enzi/v0/accounts/acme/organizations", "", NO_USER),
    row("GET", super::MEMBER_TEAMS, "/enzi/v0/accounts/acme/memberTeams", "", NO_USER),
    row("POST", BUNDLES, "/api/v0/accounts/acme/clientBundles", "{}", NO_USER),
    row("GET", SIGNING_KEYS, SIGNING_KEYS, "", ONESELF),
    row("GET", SIGNING_KEY, "/api/v0/signing/keys/key", "", [401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401]),
    row("GET", SIGNED_BY, "/api/v0/signing/keys/key/signed", "", [401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 401]),
    row("GET", WAITING, WAITING, "", ONESELF),
    row("GET", KEYS, "/enzi/v0/accounts/acme/publicKeys", "", NO_USER),
    row("POST", KEYS, "/enzi/v0/accounts/acme/publicKeys", UPLOAD, NO_USER),
    row("GET", KEY, "/enzi/v0/accounts/acme/publicKeys/key", "", NO_USER),
    row("PATCH", KEY, "/enzi/v0/accounts/acme/publicKeys/key", r#"{"label":"mine"}"#, NO_USER),
    row("DELETE", KEY, "/enzi/v0/accounts/acme/publicKeys/key", "", NO_USER),
    row("GET", IDENTITIES, "/enzi/v0/accounts/acme/identities", "", NO_USER),
    row("POST", IDENTITIES, "/enzi/v0/accounts/acme/identities", r#"{"provider":"idp"}"#, NO_USER),
    row("DELETE", IDENTITY, "/enzi/v0/accounts/acme/identities/none", "", NO_USER),
    row("GET", SESSIONS, "/enzi/v0/accounts/acme/sessions", "", NO_USER),
    row("DELETE", SESSIONS, "/enzi/v0/accounts/acme/sessions", "", NO_USER),
    row("DELETE", SESSION, "/enzi/v0/accounts/acme/sessions/none", "", NO_USER),
    row("GET", FACTOR, "/enzi/v0/accounts/acme/secondFactor", "", NO_USER),
    row("POST", FACTOR, "/enzi/v0/accounts/acme/secondFactor", r#"{"password":"correct horse battery"}"#, NO_USER),
    row("DELETE", FACTOR, "/enzi/v0/accounts/acme/secondFactor", "{}", NO_USER),
    row("POST", CONFIRM, "/enzi/v0/accounts/acme/secondFactor/confirm", r#"{"code":"000000"}"#, NO_USER),
    row("POST", RECOVERY, "/enzi/v0/accounts/acme/secondFactor/recoveryCodes", "{}", NO_USER),
    row("POST", PASSWORDS, "/enzi/v0/accounts/acme/changePassword", r#"{"newPassword":"another password"}"#, NO_USER),
    row("GET", TOKENS, "/api/v0/api_tokens?username=acme", "", NO_USER),
    row("POST", TOKENS, "/api/v0/api_tokens?username=acme", "{}", NO_USER),
    row("DELETE", TOKENS, "/api/v0/api_tokens?username=acme", "", NO_USER),
    row("POST", NAMESPACE, "/api/v0/repositories/acme", r#"{"name":"new"}"#, [401, 403, 403, 403, 403, 403, 403, 201, 201, 201, 401]),
    row("GET", REPOSITORY, "/api/v0/repositories/acme/app", "", READ),
    row("GET", REPOSITORY, "/api/v0/repositories/acme/site", "", OPEN),
    row("PATCH", REPOSITORY, "/api/v0/repositories/acme/app", r#"{"visibility":"public"}"#, keep(200)),
    row("PATCH", REPOSITORY, "/api/v0/repositories/acme/site", r#"{"visibility":"private"}"#, keep_public(200)),
    row("DELETE", REPOSITORY, "/api/v0/repositories/acme/app", "", keep(204)),
    row("DELETE", REPOSITORY, "/api/v0/repositories/acme/site", "", keep_public(204)),
    row("GET", README, "/api/v0/repositories/acme/app/readme", "", READ),
    row("GET", TAGS, "/api/v0/repositories/acme/app/tags", "", READ),
    row("GET", TAGS, "/api/v0/repositories/acme/site/tags", "", OPEN),
    row("GET", TAG, "/api/v0/repositories/acme/app/tags/1", "", READ),
    row("DELETE", TAG, "/api/v0/repositories/acme/app/tags/1", "", write(204)),
    row("DELETE", TAG, "/api/v0/repositories/acme/site/tags/1", "", keep_public(204)),
    row("GET", MANIFESTS, "/api/v0/repositories/acme/app/manifests", "", READ),
    row("GET", MANIFEST, "/api/v0/repositories/acme/app/manifests/DIGEST", "", READ),
    row("GET", MANIFEST, "/api/v0/repositories/acme/site/manifests/DIGEST", "", OPEN),
    row("DELETE", MANIFEST, "/api/v0/repositories/acme/app/manifests/DIGEST", "", write(204)),
    row("DELETE", MANIFEST, "/api/v0/repositories/acme/site/manifests/DIGEST", "", keep_public(204)),
    row("GET", TRUST_DATA, "/api/v0/repositories/acme/app/trust", "", READ),
    row("GET", TRUST_DATA, "/api/v0/repositories/acme/site/trust", "", OPEN),
    row("DELETE", TRUST_DATA, "/api/v0/repositories/acme/app/trust", "", keep(204)),
    row("DELETE", TRUST_DATA, "/api/v0/repositories/acme/site/trust", "", keep_public(204)),
    row("GET", REFERRERS, "/api/v0/repositories/acme/app/manifests/DIGEST/referrers", "", READ),
    row("POST", SCAN, "/api/v0/imagescan/scan/acme/app/1/linux/amd64", "", write(200)),
    row("POST", SCAN, "/api/v0/imagescan/scan/acme/site/1/linux/amd64", "", keep_public(200)),
    row("DELETE", SCAN, "/api/v0/imagescan/scan/acme/app/1/linux/amd64", "", write(204)),
    row("GET", SUMMARY, "/api/v0/imagescan/scansummary/repositories/acme/app/1", "", READ),
    row("GET", SUMMARY, "/api/v0/imagescan/scansummary/repositories/acme/site/1", "", OPEN),
    row("GET", OLD_SUMMARY, "/api/v0/imagescan/repositories/acme/app/1", "", READ),
    row("GET", POLICIES, "/api/v0/repositories/acme/app/promotionPolicies", "", READ),
    row("GET", TRY, "/api/v0/repositories/acme/app/promotionPolicies/test", "", keep(200)),
    row("POST", TRY, "/api/v0/repositories/acme/app/promotionPolicies/test", TO_SITE, keep(200)),
    row("GET", GRAPH, "/api/v0/repositories/acme/app/promotionGraph", "", READ),
    row("GET", RUNS, "/api/v0/repositories/acme/app/promotions", "", keep(200)),
    row("GET", TAG_POLICIES, "/api/v0/repositories/acme/app/tags/1/policies", "", READ),
    row("GET", REPOSITORY_WEBHOOKS, "/api/v0/repositories/acme/app/webhooks", "", keep(200)),
    row("GET", ACCOUNT_WEBHOOKS, "/api/v0/accounts/acme/webhooks", "", OWNERS_OF_HOOKS),
    row("GET", ACTIVITY, "/api/v0/repositories/acme/app/events", "", READ),
    row("GET", OVERRIDES, "/api/v0/repositories/acme/app/overrides", "", READ),
    row("POST", OVERRIDES, "/api/v0/repositories/acme/app/overrides", SET_ASIDE, keep(201)),
    row("GET", TEAM_REPOSITORIES, "/api/v0/accounts/acme/teams/readers/repositoryAccess", "", READERS),
];

/// The operations that have a row here.
pub(super) fn operations() -> impl Iterator<Item = (String, &'static str)> {
    ROWS.iter().map(|row| (row.method.to_owned(), row.template))
}

/// A company with an image in each of acme's repositories, and its digest.
pub(super) async fn stage() -> (TestApp, String) {
    let app = TestApp::company().await;
    let mut digest = String::new();
    for repository in ["acme/app", "acme/site"] {
        let scope = format!("repository:{repository}:pull,push");
        let token = app.token("olga", &[&scope]).await;
        let pushed = app.push_image(&token, repository, "1", b"layer").await;
        digest = pushed.to_string();
        trust_data(&app, repository).await;
    }
    (app, digest)
}

#[tokio::test]
async fn everybody_of_a_company_may_do_what_the_table_says_and_no_more() {
    let (mut app, digest) = stage().await;
    let mut wrong = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        // A new company forgets how often one who is switched off has tried.
        if number % 4 == 3 {
            (app, _) = stage().await;
        }
        let path = row.path.replace("DIGEST", &digest);
        for (role, expected) in ROLES.into_iter().zip(row.statuses) {
            let mut call = app.call(row.method, &path);
            if !role.is_empty() {
                call = call.by(role);
            }
            if !row.body.is_empty() {
                call = call
                    .header("content-type", "application/json")
                    .body(row.body);
            }
            let before = recorded(&app).await;
            let status = call.send().await.status.as_u16();
            if unrecorded(&app, before, row.method, row.template, status).await {
                wrong.push(format!(
                    "{} {} by {role:?} is not recorded",
                    row.method, row.path
                ));
            }
            if status != expected {
                wrong.push(format!(
                    "{} {} by {role:?}: {status}, not {expected}",
                    row.method, row.path
                ));
            }
            // What changed something would change the next answer.
            if row.method != "GET" && status < 300 {
                (app, _) = stage().await;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

//! Every operation of the OpenAPI document, tried by every role. An operation without a row here fails the test, so that nobody
//! adds one without saying who may call it.

mod company;
mod forms;
mod parents;
mod scopes;
mod stage;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::util::TestApp;
use stage::Stage;

/// Expected statuses for: nobody, another user, the owner, a site administrator.
type Statuses = [u16; 4];

/// `alice` owns `alice/app` (private) and `alice/site` (public).
const ROLES: [&str; 4] = ["", "bob", "alice", "admin"];

struct Row {
    method: &'static str,
    /// As in the document.
    template: &'static str,
    /// What is called; `DIGEST` stands for the digest of a pushed image, `TOKEN` for an access token of alice's, `SESSION` for
    /// a session of hers. `key` is the id of a key of hers.
    path: &'static str,
    body: &'static str,
    statuses: Statuses,
}

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

const ALL: Statuses = [200; 4];
const READ_PRIVATE: Statuses = [404, 404, 200, 200];
const DELETE_PRIVATE: Statuses = [404, 404, 204, 204];
const DELETE_PUBLIC: Statuses = [401, 403, 204, 204];

const NAMESPACE: &str = "/api/v0/repositories/{namespace}";
const REPOSITORY: &str = "/api/v0/repositories/{namespace}/{reponame}";
const README: &str = "/api/v0/repositories/{namespace}/{reponame}/readme";
const TRUST_TRIAL: &str = "/api/v0/repositories/{namespace}/{reponame}/trustPolicy/test";
const REGISTRY_TRUST_TRIAL: &str = "/api/v0/trust/policy/test";
const TRUST_DATA: &str = "/api/v0/repositories/{namespace}/{reponame}/trust";
const TRUST_POLICY: &str = "/api/v0/repositories/{namespace}/{reponame}/trustPolicy";
const REGISTRY_POLICY: &str = "/api/v0/trust/policy";
const EVALUATE: &str = "/api/v0/trust/evaluate";
const ADMISSION: &str = "/admission/v1";
const ADMISSION_PIN: &str = "/admission/v1/pin";
/// A question of a cluster that is always answered, and records nothing.
const REVIEW: &str = r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","kind":{"kind":"Pod"},"operation":"DELETE"}}"#;
const CHANGES: &str = "/api/v0/repositories/{namespace}/{reponame}/changes";
const TAGS: &str = "/api/v0/repositories/{namespace}/{reponame}/tags";
const TAG: &str = "/api/v0/repositories/{namespace}/{reponame}/tags/{reference}";
const MANIFESTS: &str = "/api/v0/repositories/{namespace}/{reponame}/manifests";
const MANIFEST: &str = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}";
const REFERRERS: &str =
    "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/referrers";
const SIGNATURES: &str =
    "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/signatures";
const CUSTODY: &str = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/custody";
const EVIDENCE: &str =
    "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/custody/bundle";
const REGISTRY_TRUSTS: &str = "/api/v0/signatureTrusts";
const REGISTRY_TRUST: &str = "/api/v0/signatureTrusts/{trust}";
/// A key that is trusted.
const COSIGN: &str = r#"{"kind":"cosignKey","name":"ci","pem":"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n"}"#;
const NO_TRUST: &str = "/api/v0/signatureTrusts/00000000-0000-0000-0000-000000000001";
const SETTINGS: &str = "/api/v0/meta/settings";
const ACCOUNTS: &str = "/enzi/v0/accounts";
const ACCOUNT: &str = "/enzi/v0/accounts/{nameOrId}";
const DTR_ACCOUNT: &str = "/api/v0/accounts/{account}";
const DTR_REPOSITORIES: &str = "/api/v0/accounts/{account}/repositories";
const ORGANIZATIONS: &str = "/enzi/v0/accounts/{nameOrId}/organizations";
const MEMBER_TEAMS: &str = "/enzi/v0/accounts/{nameOrId}/memberTeams";
const USER_ACCESS: &str = "/api/v0/accounts/{account}/repositoryAccess/{namespace}/{reponame}";
const EXPLAIN: &str = "/api/v0/repositories/{namespace}/{reponame}/access/explain";
const TOKENS: &str = "/api/v0/api_tokens";
const TOKEN: &str = "/api/v0/api_tokens/{hashedtoken}";
const ROTATE: &str = "/api/v0/api_tokens/{hashedtoken}/rotate";
const LDAP: &str = "/enzi/v0/config/auth/ldap";
const LDAP_TEST: &str = "/enzi/v0/config/auth/ldap/test";
const LDAP_SYNC: &str = "/enzi/v0/config/auth/ldap/sync";
const EVENTS: &str = "/api/v0/events";
const EXPORTED: &str = "/api/v0/events/export";
const ACTIVITY: &str = "/api/v0/repositories/{namespace}/{reponame}/events";
const WEBHOOKS: &str = "/api/v0/webhooks";
const WEBHOOK: &str = "/api/v0/webhooks/{webhook}";
const WEBHOOK_UPDATE: &str = "/api/v0/webhooks/update";
const WEBHOOK_TRY: &str = "/api/v0/webhooks/test";
const WEBHOOK_TEST: &str = "/api/v0/webhooks/{webhook}/test";
const WEBHOOK_SECRET: &str = "/api/v0/webhooks/{webhook}/secret";
const WEBHOOK_PREVIOUS: &str = "/api/v0/webhooks/{webhook}/secret/previous";
const DELIVERIES: &str = "/api/v0/webhooks/{webhook}/deliveries";
const DELIVERY: &str = "/api/v0/webhooks/{webhook}/deliveries/{delivery}";
const REDELIVER: &str = "/api/v0/webhooks/{webhook}/deliveries/{delivery}/redeliver";
const REPOSITORY_WEBHOOKS: &str = "/api/v0/repositories/{namespace}/{reponame}/webhooks";
const ACCOUNT_WEBHOOKS: &str = "/api/v0/accounts/{namespace}/webhooks";
const HOOK: &str = r#"{"type":"TAG_PUSH","key":"alice/app","endpoint":"https://localhost/hook"}"#;
const KEYS: &str = "/enzi/v0/accounts/{nameOrId}/publicKeys";
const KEY: &str = "/enzi/v0/accounts/{nameOrId}/publicKeys/{keyID}";
const SIGNING_KEYS: &str = "/api/v0/signing/keys";
const SIGNING_KEY: &str = "/api/v0/signing/keys/{keyID}";
const SIGNED_BY: &str = "/api/v0/signing/keys/{keyID}/signed";
const WAITING: &str = "/api/v0/signing/waiting";
const BUNDLES: &str = "/api/v0/accounts/{account}/clientBundles";
const OIDC: &str = "/enzi/v0/config/auth/oidc";
const PROVIDER: &str = "/enzi/v0/config/auth/oidc/{provider}";
const IDENTITIES: &str = "/enzi/v0/accounts/{nameOrId}/identities";
const IDENTITY: &str = "/enzi/v0/accounts/{nameOrId}/identities/{identity}";
const SESSIONS: &str = "/enzi/v0/accounts/{nameOrId}/sessions";
const SESSION: &str = "/enzi/v0/accounts/{nameOrId}/sessions/{id}";
const FACTOR: &str = "/enzi/v0/accounts/{nameOrId}/secondFactor";
const CONFIRM: &str = "/enzi/v0/accounts/{nameOrId}/secondFactor/confirm";
const RECOVERY: &str = "/enzi/v0/accounts/{nameOrId}/secondFactor/recoveryCodes";
const PASSWORDS: &str = "/enzi/v0/accounts/{nameOrId}/changePassword";

const SCAN: &str = "/api/v0/imagescan/scan/{namespace}/{reponame}/{tag}/{os}/{arch}";
const TOGGLE: &str = "/api/v0/repositories/scan/toggle";
const SUMMARY: &str =
    "/api/v0/imagescan/scansummary/repositories/{namespace}/{reponame}/{reference}";
const EXPORT: &str =
    "/api/v0/imagescan/scansummary/repositories/{namespace}/{reponame}/{reference}/export";
const ATTACHED: &str =
    "/api/v0/imagescan/scansummary/repositories/{namespace}/{reponame}/{reference}/attached";
const THIN: &str = "/api/v0/imagescan/scansummary/tags";
const OLD_SUMMARY: &str = "/api/v0/imagescan/repositories/{namespace}/{reponame}/{tag}";
const LAYER_OVERRIDES: &str = "/api/v0/imagescan/layeroverride";
const LAYER_OVERRIDE: &str = "/api/v0/imagescan/layeroverride/{layerid}";
const OVERRIDES: &str = "/api/v0/repositories/{namespace}/{reponame}/overrides";
const OVERRIDE: &str = "/api/v0/repositories/{namespace}/{reponame}/overrides/{id}";
const IMPORT: &str = "/api/v0/repositories/{namespace}/{reponame}/overrides/import";
const POLICIES: &str = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies";
const POLICY: &str =
    "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/{promotionpolicyid}";
const REVISIONS: &str =
    "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/{promotionpolicyid}/revisions";
const TRY: &str = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/test";
const GRAPH: &str = "/api/v0/repositories/{namespace}/{reponame}/promotionGraph";
const RUNS: &str = "/api/v0/repositories/{namespace}/{reponame}/promotions";
const TAG_POLICIES: &str = "/api/v0/repositories/{namespace}/{reponame}/tags/{reference}/policies";
const PROMOTE: &str = "/api/v0/repositories/{namespace}/{reponame}/tags/{reference}/promotion";
const TO_SITE: &str = r#"{"tagTemplate":"%n","targetRepository":"alice/site","rules":[{"field":"tag","operator":"eq","values":["x"]}]}"#;
const BY_HAND: &str = r#"{"targetTag":"x","targetRepository":"alice/site"}"#;
const SET_ASIDE: &str = r#"{"component":"openssl","cve":"CVE-2026-0001"}"#;
const VEX: &str = concat!(
    r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://a.example/1","author":"us","version":1,"#,
    r#""timestamp":"2026-11-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-2026-0001"},"#,
    r#""status":"not_affected","justification":"component_not_present","products":[{"@id":"pkg:deb/debian/x@1"}]}]}"#
);

pub(crate) const UPLOAD: &str = concat!(
    r#"{"publicKey":"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"#,
    r#"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----"}"#
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("GET", "/api/v0/repositories", "/api/v0/repositories", "", ALL),
    row("GET", NAMESPACE, "/api/v0/repositories/alice", "", ALL),
    row("POST", NAMESPACE, "/api/v0/repositories/alice", r#"{"name":"new"}"#, [401, 403, 201, 201]),
    row("POST", NAMESPACE, "/api/v0/repositories/nobody", r#"{"name":"new"}"#, [401, 403, 403, 404]),
    row("GET", REPOSITORY, "/api/v0/repositories/alice/app", "", READ_PRIVATE),
    row("GET", REPOSITORY, "/api/v0/repositories/alice/site", "", ALL),
    row("GET", REPOSITORY, "/api/v0/repositories/alice/none", "", [404; 4]),
    row("PATCH", REPOSITORY, "/api/v0/repositories/alice/app", r#"{"visibility":"public"}"#, READ_PRIVATE),
    row("PATCH", REPOSITORY, "/api/v0/repositories/alice/site", r#"{"visibility":"private"}"#, [401, 403, 200, 200]),
    row("DELETE", REPOSITORY, "/api/v0/repositories/alice/app", "", DELETE_PRIVATE),
    row("DELETE", REPOSITORY, "/api/v0/repositories/alice/site", "", DELETE_PUBLIC),
    row("GET", TRUST_DATA, "/api/v0/repositories/alice/app/trust", "", READ_PRIVATE),
    row("GET", TRUST_DATA, "/api/v0/repositories/alice/site/trust", "", ALL),
    row("DELETE", TRUST_DATA, "/api/v0/repositories/alice/app/trust", "", DELETE_PRIVATE),
    row("DELETE", TRUST_DATA, "/api/v0/repositories/alice/site/trust", "", DELETE_PUBLIC),
    row("GET", TRUST_POLICY, "/api/v0/repositories/alice/app/trustPolicy", "", READ_PRIVATE),
    row("GET", TRUST_POLICY, "/api/v0/repositories/alice/site/trustPolicy", "", [401, 403, 200, 200]),
    row("POST", TRUST_TRIAL, "/api/v0/repositories/alice/app/trustPolicy/test", r#"{"mode":"warn"}"#, READ_PRIVATE),
    row("POST", TRUST_TRIAL, "/api/v0/repositories/alice/site/trustPolicy/test", r#"{"mode":"warn"}"#, [401, 403, 200, 200]),
    row("POST", REGISTRY_TRUST_TRIAL, REGISTRY_TRUST_TRIAL, r#"{"mode":"warn"}"#, [401, 403, 403, 200]),
    row("PUT", TRUST_POLICY, "/api/v0/repositories/alice/app/trustPolicy", r#"{"mode":"warn"}"#, READ_PRIVATE),
    row("PUT", TRUST_POLICY, "/api/v0/repositories/alice/site/trustPolicy", r#"{"mode":"warn"}"#, [401, 403, 200, 200]),
    row("GET", REGISTRY_POLICY, REGISTRY_POLICY, "", [401, 403, 403, 200]),
    row("PUT", REGISTRY_POLICY, REGISTRY_POLICY, r#"{"mode":"warn"}"#, [401, 403, 403, 200]),
    // nobody asks by password
    row("POST", ADMISSION, ADMISSION, REVIEW, [401, 403, 403, 403]),
    row("POST", ADMISSION_PIN, ADMISSION_PIN, REVIEW, [401, 403, 403, 403]),
    row("POST", EVALUATE, EVALUATE, r#"{"images":["alice/app:1"]}"#, ALL),
    row("GET", README, "/api/v0/repositories/alice/app/readme", "", READ_PRIVATE),
    row("GET", README, "/api/v0/repositories/alice/site/readme", "", ALL),
    row("GET", CHANGES, "/api/v0/repositories/alice/app/changes", "", READ_PRIVATE),
    row("GET", CHANGES, "/api/v0/repositories/alice/site/changes", "", ALL),
    row("GET", TAGS, "/api/v0/repositories/alice/app/tags", "", READ_PRIVATE),
    row("GET", TAGS, "/api/v0/repositories/alice/site/tags", "", ALL),
    row("GET", TAG, "/api/v0/repositories/alice/app/tags/1", "", READ_PRIVATE),
    row("GET", TAG, "/api/v0/repositories/alice/app/tags/DIGEST", "", READ_PRIVATE),
    row("GET", TAG, "/api/v0/repositories/alice/site/tags/1", "", ALL),
    row("DELETE", TAG, "/api/v0/repositories/alice/app/tags/1", "", DELETE_PRIVATE),
    row("DELETE", TAG, "/api/v0/repositories/alice/site/tags/1", "", DELETE_PUBLIC),
    row("GET", MANIFESTS, "/api/v0/repositories/alice/app/manifests", "", READ_PRIVATE),
    row("GET", MANIFESTS, "/api/v0/repositories/alice/site/manifests", "", ALL),
    row("GET", MANIFEST, "/api/v0/repositories/alice/app/manifests/DIGEST", "", READ_PRIVATE),
    row("GET", MANIFEST, "/api/v0/repositories/alice/site/manifests/DIGEST", "", ALL),
    row("DELETE", MANIFEST, "/api/v0/repositories/alice/app/manifests/DIGEST", "", DELETE_PRIVATE),
    row("DELETE", MANIFEST, "/api/v0/repositories/alice/site/manifests/DIGEST", "", DELETE_PUBLIC),
    row("GET", REFERRERS, "/api/v0/repositories/alice/app/manifests/DIGEST/referrers", "", READ_PRIVATE),
    row("GET", REFERRERS, "/api/v0/repositories/alice/site/manifests/DIGEST/referrers", "", ALL),
    row("GET", SIGNATURES, "/api/v0/repositories/alice/app/manifests/DIGEST/signatures", "", READ_PRIVATE),
    row("GET", SIGNATURES, "/api/v0/repositories/alice/site/manifests/DIGEST/signatures", "", ALL),
    row("GET", CUSTODY, "/api/v0/repositories/alice/app/manifests/DIGEST/custody", "", READ_PRIVATE),
    row("GET", CUSTODY, "/api/v0/repositories/alice/site/manifests/DIGEST/custody", "", ALL),
    row("GET", EVIDENCE, "/api/v0/repositories/alice/app/manifests/DIGEST/custody/bundle", "", READ_PRIVATE),
    row("GET", EVIDENCE, "/api/v0/repositories/alice/site/manifests/DIGEST/custody/bundle", "", [401, 403, 200, 200]),
    row("GET", "/api/v0/events/key", "/api/v0/events/key", "", ALL),
    row("GET", "/api/v0/events/checkpoint", "/api/v0/events/checkpoint", "", [401, 404, 404, 404]),
    row("GET", REGISTRY_TRUSTS, REGISTRY_TRUSTS, "", [401, 403, 403, 200]),
    row("POST", REGISTRY_TRUSTS, REGISTRY_TRUSTS, COSIGN, [401, 403, 403, 201]),
    row("DELETE", REGISTRY_TRUST, NO_TRUST, "", [401, 403, 403, 404]),
    row("GET", POLICIES, "/api/v0/repositories/alice/app/promotionPolicies", "", READ_PRIVATE),
    row("GET", POLICIES, "/api/v0/repositories/alice/site/promotionPolicies", "", ALL),
    row("POST", POLICIES, "/api/v0/repositories/alice/app/promotionPolicies", TO_SITE, [404, 404, 201, 201]),
    row("POST", TRY, "/api/v0/repositories/alice/app/promotionPolicies/test", TO_SITE, READ_PRIVATE),
    row("GET", TRY, "/api/v0/repositories/alice/app/promotionPolicies/test", "", READ_PRIVATE),
    row("GET", TRY, "/api/v0/repositories/alice/site/promotionPolicies/test", "", [401, 403, 200, 200]),
    row("POST", TRY, "/api/v0/repositories/alice/site/promotionPolicies/test", TO_SITE, [401, 403, 200, 200]),
    row("GET", POLICY, "/api/v0/repositories/alice/site/promotionPolicies/none", "", [404; 4]),
    row("PUT", POLICY, "/api/v0/repositories/alice/site/promotionPolicies/none", r#"{"enabled":false}"#, [401, 403, 404, 404]),
    row("DELETE", POLICY, "/api/v0/repositories/alice/site/promotionPolicies/none", "", [401, 403, 404, 404]),
    row("GET", REVISIONS, "/api/v0/repositories/alice/site/promotionPolicies/none/revisions", "", [401, 403, 404, 404]),
    row("GET", GRAPH, "/api/v0/repositories/alice/app/promotionGraph", "", READ_PRIVATE),
    row("GET", GRAPH, "/api/v0/repositories/alice/site/promotionGraph", "", ALL),
    row("GET", RUNS, "/api/v0/repositories/alice/app/promotions", "", READ_PRIVATE),
    row("GET", RUNS, "/api/v0/repositories/alice/site/promotions", "", [401, 403, 200, 200]),
    row("GET", TAG_POLICIES, "/api/v0/repositories/alice/app/tags/1/policies", "", READ_PRIVATE),
    row("GET", TAG_POLICIES, "/api/v0/repositories/alice/site/tags/1/policies", "", ALL),
    row("POST", PROMOTE, "/api/v0/repositories/alice/app/tags/1/promotion", BY_HAND, [404, 404, 201, 201]),
    row("GET", "/api/v0/imagescan/status", "/api/v0/imagescan/status", "", [401, 200, 200, 200]),
    row("GET", "/api/v0/imagescan/updates", "/api/v0/imagescan/updates", "", [401, 403, 403, 200]),
    // It takes a form: see `scanning`.
    row("PUT", "/api/v0/imagescan/scan/update", "/api/v0/imagescan/scan/update", "{}", [401, 403, 403, 415]),
    // It is offline at first: see `online`.
    row("PUT", "/api/v0/imagescan/scan/update", "/api/v0/imagescan/scan/update?online=true", "", [401, 403, 403, 400]),
    row("POST", "/api/v0/imagescan/scan", "/api/v0/imagescan/scan", r#"{"scan":true}"#, [401, 403, 403, 200]),
    row("POST", SCAN, "/api/v0/imagescan/scan/alice/app/1/linux/amd64", "", READ_PRIVATE),
    row("POST", SCAN, "/api/v0/imagescan/scan/alice/site/1/linux/amd64", "", [401, 403, 200, 200]),
    row("DELETE", SCAN, "/api/v0/imagescan/scan/alice/app/1/linux/amd64", "", DELETE_PRIVATE),
    row("DELETE", SCAN, "/api/v0/imagescan/scan/alice/site/1/linux/amd64", "", DELETE_PUBLIC),
    row("POST", TOGGLE, TOGGLE, r#"{"scanOnPush":false}"#, [401, 403, 403, 200]),
    row("GET", SUMMARY, "/api/v0/imagescan/scansummary/repositories/alice/app/1", "", READ_PRIVATE),
    row("GET", SUMMARY, "/api/v0/imagescan/scansummary/repositories/alice/site/1", "", ALL),
    // It is not scanned here: see `scanning`.
    row("GET", EXPORT, "/api/v0/imagescan/scansummary/repositories/alice/app/1/export", "", [404; 4]),
    row("GET", ATTACHED, "/api/v0/imagescan/scansummary/repositories/alice/app/1/attached", "", [404; 4]),
    row("POST", THIN, THIN, r#"{"images":[]}"#, ALL),
    row("GET", OLD_SUMMARY, "/api/v0/imagescan/repositories/alice/app/1", "", READ_PRIVATE),
    row("GET", OLD_SUMMARY, "/api/v0/imagescan/repositories/alice/site/1", "", ALL),
    row("GET", LAYER_OVERRIDES, LAYER_OVERRIDES, "", [401, 403, 403, 200]),
    row("POST", LAYER_OVERRIDE, "/api/v0/imagescan/layeroverride/DIGEST", SET_ASIDE, [401, 403, 403, 200]),
    row("DELETE", LAYER_OVERRIDE, "/api/v0/imagescan/layeroverride/none", "", [401, 403, 403, 404]),
    row("GET", OVERRIDES, "/api/v0/repositories/alice/app/overrides", "", READ_PRIVATE),
    row("GET", OVERRIDES, "/api/v0/repositories/alice/site/overrides", "", ALL),
    row("POST", OVERRIDES, "/api/v0/repositories/alice/app/overrides", SET_ASIDE, [404, 404, 201, 201]),
    row("POST", OVERRIDES, "/api/v0/repositories/alice/site/overrides", SET_ASIDE, [401, 403, 201, 201]),
    row("POST", IMPORT, "/api/v0/repositories/alice/app/overrides/import", VEX, READ_PRIVATE),
    row("DELETE", OVERRIDE, "/api/v0/repositories/alice/app/overrides/none", "", [404; 4]),
    row("DELETE", OVERRIDE, "/api/v0/repositories/alice/site/overrides/none", "", [401, 403, 404, 404]),
    row("GET", "/api/v0/index/autocomplete", "/api/v0/index/autocomplete?query=a", "", ALL),
    row("GET", "/api/v0/index/dockersearch", "/api/v0/index/dockersearch?q=a", "", ALL),
    row("GET", SETTINGS, SETTINGS, "", [401, 403, 403, 200]),
    row("POST", SETTINGS, SETTINGS, r#"{"createRepositoryOnPush":true}"#, [401, 403, 403, 202]),
    row("GET", "/api/v0/meta/features", "/api/v0/meta/features", "", [401, 200, 200, 200]),
    row("GET", "/api/v0/admin/version", "/api/v0/admin/version", "", [401, 200, 200, 200]),
    row("POST", "/api/v0/admin/tokenKeys/rotate", "/api/v0/admin/tokenKeys/rotate", "", [401, 403, 403, 204]),
    row("GET", ACCOUNTS, ACCOUNTS, "", [401, 403, 403, 200]),
    row("POST", ACCOUNTS, ACCOUNTS, r#"{"name":"carol","password":"long enough"}"#, [401, 403, 403, 201]),
    row("GET", ACCOUNT, "/enzi/v0/accounts/alice", "", [401, 404, 200, 200]),
    row("GET", ACCOUNT, "/enzi/v0/accounts/nobody", "", [401, 404, 404, 404]),
    row("PATCH", ACCOUNT, "/enzi/v0/accounts/alice", r#"{"fullName":"Alice"}"#, [401, 404, 200, 200]),
    row("PATCH", ACCOUNT, "/enzi/v0/accounts/alice", r#"{"isAdmin":true}"#, [401, 404, 403, 200]),
    row("PATCH", ACCOUNT, "/enzi/v0/accounts/alice", r#"{"isActive":false}"#, [401, 404, 403, 200]),
    row("GET", ORGANIZATIONS, "/enzi/v0/accounts/alice/organizations", "", [401, 404, 200, 200]),
    row("GET", MEMBER_TEAMS, "/enzi/v0/accounts/alice/memberTeams", "", [401, 404, 200, 200]),
    row("GET", USER_ACCESS, "/api/v0/accounts/alice/repositoryAccess/alice/app", "", [401, 404, 200, 200]),
    row("GET", USER_ACCESS, "/api/v0/accounts/bob/repositoryAccess/alice/app", "", [401, 404, 404, 404]),
    row("GET", EXPLAIN, "/api/v0/repositories/alice/app/access/explain", "", READ_PRIVATE),
    row("GET", EXPLAIN, "/api/v0/repositories/alice/site/access/explain", "", ALL),
    row("GET", EXPLAIN, "/api/v0/repositories/alice/site/access/explain?user=bob", "", [401, 200, 200, 200]),
    row("DELETE", ACCOUNT, "/enzi/v0/accounts/alice", "", [401, 403, 403, 409]),
    row("DELETE", ACCOUNT, "/enzi/v0/accounts/bob", "", [401, 403, 403, 204]),
    row("DELETE", DTR_ACCOUNT, "/api/v0/accounts/alice", "", [401, 403, 403, 204]),
    row("DELETE", DTR_ACCOUNT, "/api/v0/accounts/admin", "", [401, 403, 403, 409]),
    row("DELETE", DTR_REPOSITORIES, "/api/v0/accounts/alice/repositories", "", [401, 404, 204, 204]),
    row("POST", PASSWORDS, "/enzi/v0/accounts/alice/changePassword",
        r#"{"oldPassword":"correct horse battery","newPassword":"another password"}"#, [401, 404, 200, 200]),
    row("POST", PASSWORDS, "/enzi/v0/accounts/alice/changePassword",
        r#"{"newPassword":"another password"}"#, [401, 404, 403, 200]),
    row("GET", TOKENS, TOKENS, "", [401, 200, 200, 200]),
    row("GET", TOKENS, "/api/v0/api_tokens?username=alice", "", [401, 404, 200, 200]),
    row("POST", TOKENS, TOKENS, r#"{"tokenLabel":"x"}"#, [401, 200, 200, 200]),
    row("POST", TOKENS, "/api/v0/api_tokens?username=alice", "{}", [401, 404, 200, 200]),
    row("DELETE", TOKENS, "/api/v0/api_tokens?username=alice", "", [401, 404, 200, 200]),
    row("GET", TOKEN, "/api/v0/api_tokens/TOKEN", "", [401, 404, 200, 200]),
    row("PATCH", TOKEN, "/api/v0/api_tokens/TOKEN", r#"{"isActive":false}"#, [401, 404, 200, 200]),
    row("DELETE", TOKEN, "/api/v0/api_tokens/TOKEN", "", [401, 404, 200, 200]),
    row("POST", ROTATE, "/api/v0/api_tokens/TOKEN/rotate", "{}", [401, 404, 200, 403]),
    row("GET", LDAP, LDAP, "", [401, 403, 403, 200]),
    row("PUT", LDAP, LDAP, "{}", [401, 403, 403, 200]),
    row("POST", LDAP_TEST, LDAP_TEST, "{}", [401, 403, 403, 200]),
    row("POST", LDAP_SYNC, LDAP_SYNC, "", [401, 403, 403, 400]),
    row("GET", EVENTS, EVENTS, "", [401, 403, 403, 200]),
    row("GET", EXPORTED, EXPORTED, "", [401, 403, 403, 200]),
    row("GET", ACTIVITY, "/api/v0/repositories/alice/app/events", "", READ_PRIVATE),
    row("GET", ACTIVITY, "/api/v0/repositories/alice/site/events", "", [401, 200, 200, 200]),
    row("GET", WEBHOOKS, WEBHOOKS, "", [401, 200, 200, 200]),
    row("POST", WEBHOOKS, WEBHOOKS, HOOK, [401, 404, 200, 200]),
    row("POST", WEBHOOKS, WEBHOOKS, r#"{"type":"TAG_PUSH","key":"alice","endpoint":"https://localhost/"}"#, [401, 404, 200, 200]),
    row("POST", WEBHOOKS, WEBHOOKS, r#"{"type":"TAG_PUSH","endpoint":"https://localhost/"}"#, [401, 403, 403, 200]),
    row("GET", WEBHOOK, "/api/v0/webhooks/WEBHOOK", "", [401, 404, 200, 200]),
    row("DELETE", WEBHOOK, "/api/v0/webhooks/WEBHOOK", "", [401, 404, 200, 200]),
    row("POST", WEBHOOK_UPDATE, WEBHOOK_UPDATE, r#"{"id":"WEBHOOK","inactive":true}"#, [401, 404, 200, 200]),
    row("POST", WEBHOOK_TRY, WEBHOOK_TRY, r#"{"type":"TAG_PUSH","endpoint":"https://localhost/"}"#, [401, 200, 200, 200]),
    row("POST", WEBHOOK_TEST, "/api/v0/webhooks/WEBHOOK/test", "", [401, 404, 200, 200]),
    row("POST", WEBHOOK_SECRET, "/api/v0/webhooks/WEBHOOK/secret", "{}", [401, 404, 200, 200]),
    row("DELETE", WEBHOOK_SECRET, "/api/v0/webhooks/WEBHOOK/secret", "", [401, 404, 200, 200]),
    row("DELETE", WEBHOOK_PREVIOUS, "/api/v0/webhooks/WEBHOOK/secret/previous", "", [401, 404, 200, 200]),
    row("GET", DELIVERIES, "/api/v0/webhooks/WEBHOOK/deliveries", "", [401, 404, 200, 200]),
    row("GET", DELIVERY, "/api/v0/webhooks/WEBHOOK/deliveries/DELIVERY", "", [401, 404, 200, 200]),
    row("DELETE", DELIVERY, "/api/v0/webhooks/WEBHOOK/deliveries/DELIVERY", "", [401, 404, 204, 204]),
    row("POST", REDELIVER, "/api/v0/webhooks/WEBHOOK/deliveries/DELIVERY/redeliver", "", [401, 404, 200, 200]),
    row("GET", REPOSITORY_WEBHOOKS, "/api/v0/repositories/alice/app/webhooks", "", READ_PRIVATE),
    row("GET", REPOSITORY_WEBHOOKS, "/api/v0/repositories/alice/site/webhooks", "", [401, 403, 200, 200]),
    row("GET", ACCOUNT_WEBHOOKS, "/api/v0/accounts/alice/webhooks", "", [401, 404, 200, 200]),
    row("GET", KEYS, "/enzi/v0/accounts/alice/publicKeys", "", [401, 404, 200, 200]),
    row("GET", SIGNING_KEYS, SIGNING_KEYS, "", [401, 200, 200, 200]),
    row("GET", SIGNING_KEY, "/api/v0/signing/keys/key", "", [401, 404, 200, 200]),
    row("GET", SIGNED_BY, "/api/v0/signing/keys/key/signed", "", [401, 404, 200, 200]),
    row("GET", WAITING, WAITING, "", [401, 200, 200, 200]),
    row("POST", KEYS, "/enzi/v0/accounts/alice/publicKeys", UPLOAD, [401, 404, 201, 403]),
    row("GET", KEY, "/enzi/v0/accounts/alice/publicKeys/key", "", [401, 404, 200, 200]),
    row("GET", KEY, "/enzi/v0/accounts/bob/publicKeys/key", "", [401, 404, 404, 404]),
    row("PATCH", KEY, "/enzi/v0/accounts/alice/publicKeys/key", r#"{"isSigningKey":true}"#, [401, 404, 200, 403]),
    row("DELETE", KEY, "/enzi/v0/accounts/alice/publicKeys/key", "", [401, 404, 204, 204]),
    row("POST", BUNDLES, "/api/v0/accounts/alice/clientBundles", "{}", [401, 404, 201, 403]),
    row("GET", "/api/clientbundle", "/api/clientbundle", "", [401, 200, 200, 200]),
    row("GET", OIDC, OIDC, "", [401, 403, 403, 200]),
    row("POST", OIDC, OIDC, r#"{"name":"new","issuer":"https://a.example","clientId":"a"}"#, [401, 403, 403, 201]),
    row("GET", PROVIDER, "/enzi/v0/config/auth/oidc/idp", "", [401, 403, 403, 200]),
    row("GET", PROVIDER, "/enzi/v0/config/auth/oidc/none", "", [401, 403, 403, 404]),
    row("PATCH", PROVIDER, "/enzi/v0/config/auth/oidc/idp", r#"{"label":"New"}"#, [401, 403, 403, 200]),
    row("DELETE", PROVIDER, "/enzi/v0/config/auth/oidc/idp", "", [401, 403, 403, 204]),
    row("POST", "/enzi/v0/config/auth/oidc/{provider}/test", "/enzi/v0/config/auth/oidc/idp/test", "", [401, 403, 403, 200]),
    row("GET", "/enzi/v0/id/providers", "/enzi/v0/id/providers", "", ALL),
    row("GET", IDENTITIES, "/enzi/v0/accounts/alice/identities", "", [401, 404, 200, 200]),
    // It needs a browser's session: see `oidc::linking`.
    row("POST", IDENTITIES, "/enzi/v0/accounts/alice/identities", r#"{"provider":"idp"}"#, [401, 404, 403, 403]),
    row("DELETE", IDENTITY, "/enzi/v0/accounts/alice/identities/IDENTITY", "", [401, 404, 204, 204]),
    row("GET", SESSIONS, "/enzi/v0/accounts/alice/sessions", "", [401, 404, 200, 200]),
    row("DELETE", SESSIONS, "/enzi/v0/accounts/alice/sessions", "", [401, 404, 204, 204]),
    row("DELETE", SESSION, "/enzi/v0/accounts/alice/sessions/SESSION", "", [401, 404, 204, 204]),
    row("DELETE", SESSION, "/enzi/v0/accounts/bob/sessions/SESSION", "", [401, 404, 404, 404]),
    row("GET", FACTOR, "/enzi/v0/accounts/alice/secondFactor", "", [401, 404, 200, 200]),
    row("POST", FACTOR, "/enzi/v0/accounts/alice/secondFactor", r#"{"password":"correct horse battery"}"#, [401, 404, 200, 403]),
    // None of them has one: that is said to who may do it.
    row("DELETE", FACTOR, "/enzi/v0/accounts/alice/secondFactor", "{}", [401, 404, 404, 404]),
    row("POST", CONFIRM, "/enzi/v0/accounts/alice/secondFactor/confirm", r#"{"code":"000000"}"#, [401, 404, 404, 403]),
    row("POST", RECOVERY, "/enzi/v0/accounts/alice/secondFactor/recoveryCodes", "{}", [401, 404, 404, 403]),
    row("GET", "/enzi/v0/id/", "/enzi/v0/id/", "", [401, 200, 200, 200]),
    row("POST", "/enzi/v0/id/login", "/enzi/v0/id/login",
        r#"{"username":"alice","password":"correct horse battery"}"#, ALL),
    row("POST", "/enzi/v0/id/login", "/enzi/v0/id/login", r#"{"username":"alice","password":"wrong"}"#, [401; 4]),
    row("POST", "/enzi/v0/id/logout", "/enzi/v0/id/logout", "", [204; 4]),
];

/// The OpenAPI document.
fn document() -> Value {
    serde_json::from_str(&server::openapi::text(&server::openapi::document())).unwrap()
}

/// Its operations: the method, the path, and what is said of each.
fn operations(document: &Value) -> impl Iterator<Item = (String, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
    })
}

#[test]
fn every_operation_has_a_row() {
    let document = document();
    let declared: BTreeSet<(String, &str)> = operations(&document)
        .map(|(method, path, _)| (method, path))
        .collect();
    let expected: BTreeSet<(String, &str)> = ROWS
        .iter()
        .map(|row| (row.method.to_owned(), row.template))
        .chain(company::operations())
        .collect();
    assert_eq!(
        declared, expected,
        "each operation needs a row that says who may call it, and each row an operation"
    );
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_no_more() {
    let mut reader = Stage::new().await;
    let mut wrong = Vec::new();
    for row in ROWS {
        for (role, expected) in ROLES.into_iter().zip(row.statuses) {
            let before = recorded(&reader.app).await;
            let status = reader.status(row, role).await;
            if unrecorded(&reader.app, before, row.method, row.template, status).await {
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
                reader = Stage::new().await;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What changes nothing, though it is no GET: tries of settings, of policies and of receivers, a change of nothing, signing out where nobody is signed in.
const CHANGES_NOTHING: [(&str, &str); 13] = [
    ("POST", TRUST_TRIAL),
    ("POST", REGISTRY_TRUST_TRIAL),
    ("POST", "/api/v0/accounts/{account}/trustPolicy/test"),
    ("POST", ADMISSION),
    ("POST", ADMISSION_PIN),
    ("POST", EVALUATE),
    ("POST", TRY),
    ("POST", WEBHOOK_TRY),
    ("POST", WEBHOOK_TEST),
    ("POST", THIN),
    ("POST", LDAP_TEST),
    ("POST", "/enzi/v0/config/auth/oidc/{provider}/test"),
    ("POST", "/enzi/v0/id/logout"),
];

/// How much is recorded, but for uses, which are noted to the minute.
async fn recorded(app: &TestApp) -> u64 {
    let mut count = 0;
    for kind in ["CREATE", "UPDATE", "DELETE"] {
        let filter = db::events::Filter {
            kind: Some(kind.to_owned()),
            ..db::events::Filter::default()
        };
        count += db::events::count(&app.state.db, &filter).await.unwrap();
    }
    count
}

/// Whether an operation changed something and left no event: every change has to leave one.
async fn unrecorded(app: &TestApp, before: u64, method: &str, template: &str, status: u16) -> bool {
    method != "GET"
        && status < 300
        && !CHANGES_NOTHING.contains(&(method, template))
        && recorded(app).await == before
}

//! Every migration runs on a database that is in use: rows are there before each step that could meet them, and are there after it.

use migrations::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement, TryGetable,
};
use tempfile::TempDir;

use crate::util::database;

/// What is in use after so many steps: rows of the tables that these steps have made. `{name}` is an id, `{bytes}` are bytes,
/// and `{time}` is a time.
const ROWS: [(u32, &[&str]); 13] = [
    (
        1,
        &[
            "accounts (id, name, full_name, is_org, is_admin, is_active, created_at) VALUES ({alice}, 'alice', 'Alice', FALSE, TRUE, TRUE, {time})",
            "accounts (id, name, full_name, is_org, is_admin, is_active, created_at) VALUES ({acme}, 'acme', '', TRUE, FALSE, TRUE, {time})",
            "settings (key, value) VALUES ('readOnlyRegistry', 'true')",
            "secrets (name, value) VALUES ('seal', {bytes})",
        ],
    ),
    (
        2,
        &[
            "repositories (id, account_id, namespace, name, is_public, short_description, long_description, scan_on_push, \
             immutable_tags, tag_limit, pulls, pushes, created_at) \
             VALUES ({app}, {acme}, 'acme', 'app', FALSE, '', '', FALSE, TRUE, 0, 7, 3, {time})",
            "manifests (repository_id, digest, media_type, size, image_size, content, pushed_at) \
             VALUES ({app}, 'sha256:1', 'application/vnd.oci.image.manifest.v1+json', 2, 2, {bytes}, {time})",
            "tags (repository_id, name, digest, created_at, updated_at) VALUES ({app}, '1.0', 'sha256:1', {time}, {time})",
            "blob_links (repository_id, digest, size, created_at) VALUES ({app}, 'sha256:2', 2, {time})",
        ],
    ),
    (
        3,
        &[
            "sessions (id, account_id, data, created_at, expires_at) VALUES ('session', {alice}, '{}', {time}, {time})",
            "refresh_tokens (id, account_id, hash, client, created_at, used_at, expires_at) \
             VALUES ({token}, {alice}, 'hash', 'docker', {time}, {time}, {time})",
            "token_keys (id, private_key, certificate, created_at) VALUES ('key', {bytes}, {bytes}, {time})",
        ],
    ),
    (
        4,
        &["blob_contents (digest, content) VALUES ('sha256:2', {bytes})"],
    ),
    (
        5,
        &[
            "org_members (org_id, account_id, is_owner, created_at) VALUES ({acme}, {alice}, TRUE, {time})",
            "teams (id, org_id, name, description, created_at) VALUES ({team}, {acme}, 'team', '', {time})",
            "team_members (team_id, account_id, created_at) VALUES ({team}, {alice}, {time})",
            "repository_grants (team_id, repository_id, level) VALUES ({team}, {app}, 2)",
            "namespace_grants (team_id, org_id, level) VALUES ({team}, {acme}, 1)",
        ],
    ),
    (
        6,
        &[
            "api_tokens (id, account_id, label, creator, is_active, created_at) \
             VALUES ({token}, {alice}, 'ci', 'curl', TRUE, {time})",
            "api_token_secrets (hash, token_id, created_at) VALUES ('hash', {token}, {time})",
        ],
    ),
    (
        9,
        &[
            "events (id, actor, credential, kind, object_type, object, target_type, target_id, target, reason, detail) \
             VALUES ({event}, 'alice', 'password', 'CREATE', 'tag', '1.0', 'repository', 'the id', 'acme/app', '', \
             '{\"digest\": \"sha256:of the tag\"}')",
            "public_keys (id, account_id, label, kind, algorithm, fingerprint, notary_id, public_key, is_signing, created_at) \
             VALUES ({key}, {alice}, 'laptop', 0, 'ECDSA', 'f', 'n', 'p', TRUE, {time})",
            "identity_providers (id, name, label, issuer, client_id, scopes, username_claim, groups_claim, creates_users, \
             is_active, created_at) \
             VALUES ({provider}, 'company', 'Company', 'https://id', 'plimsoll', '[]', 'sub', 'groups', TRUE, TRUE, {time})",
            "identities (id, provider_id, issuer, subject, account_id, username, created_at) \
             VALUES ({identity}, {provider}, 'https://id', '1', {alice}, 'alice', {time})",
            "workload_trusts (id, org_id, name, kind, issuer, audience, conditions, is_active, created_at) \
             VALUES ({trust}, {acme}, 'ci', 'gitlab', 'https://ci', 'plimsoll', '{}', TRUE, {time})",
            "workload_grants (trust_id, repository_id, level) VALUES ({trust}, {app}, 2)",
        ],
    ),
    (
        11,
        &[
            "second_factors (account_id, secret, created_at) VALUES ({alice}, {bytes}, {time})",
            "recovery_codes (account_id, hash) VALUES ({alice}, 'hash')",
            "api_token_scopes (token_id, repository_id, actions) VALUES ({token}, {app}, 1)",
        ],
    ),
    (
        12,
        &[
            "directory_people (account_id, directory_id, created_at) VALUES ({alice}, 'entry', {time})",
            "team_syncs (team_id, config, error) VALUES ({team}, '{\"enableSync\":true}', '')",
        ],
    ),
    (
        27,
        &[
            "image_scans (id, digest, state, priority, requested_at, attempts, layers_done, layers_total, detector_version, \
             foreign_layers, components, critical, major, minor, unspecified, fixable) \
             VALUES (7, 'sha256:1', 6, 0, {time}, 1, 1, 1, 1, FALSE, 9, 1, 2, 3, 4, 5)",
            "image_changes (generation, image_id, critical, major, minor, unspecified) VALUES (3, 7, 1, 0, -1, 0)",
        ],
    ),
    (
        33,
        &[
            "trust_collections (id, repository_id, gun, bytes, created_at, published_at, renew_at) \
             VALUES ({collection}, {app}, 'dtr.example.com/acme/app', 2, {time}, {time}, {time})",
            "trust_files (collection_id, role, version, sha256, created_at, content) VALUES ({collection}, 'root', 1, 'h', {time}, {bytes})",
            "trust_roles (collection_id, role, version, sha256, is_listed) VALUES ({collection}, 'root', 1, 'h', TRUE)",
            "trust_keys (collection_id, id, role, public, sealed, sealed_with, created_at) \
             VALUES ({collection}, 'k', 'timestamp', {bytes}, 'sealed:', 'database', {time})",
            "trust_targets (collection_id, name, role, digest, expires_at) VALUES ({collection}, '1.0', 'targets', 'sha256:1', {time})",
            "trust_changes (repository_id, gun, version, sha256, category, created_at) \
             VALUES ({app}, 'dtr.example.com/acme/app', 1, 'h', 'update', {time})",
            // a signature by cosign's tag
            "manifests (repository_id, digest, media_type, size, image_size, content, pushed_at) \
             VALUES ({app}, 'sha256:sig', 'application/vnd.oci.image.manifest.v1+json', 2, 2, {bytes}, {time})",
            "tags (repository_id, name, digest, created_at, updated_at) VALUES ({app}, \
             'sha256-0123456789012345678901234567890123456789012345678901234567890123.sig', 'sha256:sig', {time}, {time})",
        ],
    ),
    (
        34,
        &[
            "trust_signers (collection_id, role, key_id, canonical_id, version, signed_at, expires_at) \
             VALUES ({collection}, 'targets', 'k', 'c', 1, {time}, {time})",
            "trust_standings (collection_id, content) VALUES ({collection}, '{}')",
        ],
    ),
    (
        41,
        &[
            // one that is refused, one that counts by a user's key, and one that counts by a trust
            "signature_manifests (repository_id, subject_digest, digest) VALUES ({app}, 'sha256:a', 'sha256:1'), \
             ({app}, 'sha256:b', 'sha256:1'), ({app}, 'sha256:c', 'sha256:1')",
            "signatures (repository_id, subject_digest, manifest_digest, position, kind, is_verified, refusal, trust_id, signer, checked_at) \
             VALUES ({app}, 'sha256:a', 'sha256:1', 0, 1, FALSE, 'it was made with a certificate; it does not count', NULL, '', {time}), \
             ({app}, 'sha256:b', 'sha256:1', 0, 1, TRUE, NULL, NULL, 'key', {time}), \
             ({app}, 'sha256:c', 'sha256:1', 0, 1, TRUE, NULL, {trust}, 'key', {time})",
        ],
    ),
];

/// Rows that a step takes away: a change of what a session is ends all of them, and what followed the directory has another table.
const GONE: [&str; 2] = ["sessions", "team_syncs"];

/// A statement in the words of the database.
fn statement(backend: DatabaseBackend, rows: &str) -> String {
    let mut text = format!("INSERT INTO {rows}");
    let names = [
        "alice",
        "acme",
        "app",
        "token",
        "team",
        "event",
        "key",
        "provider",
        "identity",
        "trust",
        "collection",
    ];
    for (at, name) in (1..).zip(names) {
        let hex = format!("{at:032x}");
        let id = match backend {
            DatabaseBackend::Postgres => format!("'{hex}'"),
            _ => format!("X'{hex}'"),
        };
        text = text.replace(&format!("{{{name}}}"), &id);
    }
    let bytes = match backend {
        DatabaseBackend::Postgres => r"'\x7b7d'",
        _ => "X'7b7d'",
    };
    text.replace("{bytes}", bytes)
        .replace("{time}", "'2026-11-26 01:02:03+00:00'")
}

async fn one<T: TryGetable>(connection: &DatabaseConnection, question: &str) -> T {
    let statement = Statement::from_string(connection.get_database_backend(), question);
    let row = connection.query_one_raw(statement).await.expect(question);
    row.expect(question)
        .try_get_by_index(0)
        .expect("of that kind")
}

#[tokio::test]
async fn every_step_keeps_what_is_there() {
    let dir = TempDir::new().unwrap();
    let (url, _) = database(&dir).await;
    let url = url.replace("sqlite:", "sqlite://")
        + if url.starts_with("sqlite") {
            "?mode=rwc"
        } else {
            ""
        };
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1);
    let connection = Database::connect(options).await.unwrap();
    let mut done = 0;
    for (steps, rows) in ROWS {
        Migrator::up(&connection, Some(steps - done)).await.unwrap();
        done = steps;
        for rows in rows {
            let statement = statement(connection.get_database_backend(), rows);
            connection
                .execute_unprepared(&statement)
                .await
                .expect(&statement);
        }
    }
    Migrator::up(&connection, None).await.unwrap();

    for (_, rows) in ROWS {
        for table in rows.iter().filter_map(|rows| rows.split(' ').next()) {
            if !GONE.contains(&table) {
                let least = match table {
                    "accounts" | "manifests" | "tags" => 2,
                    "signatures" => 3,
                    "signature_manifests" => 4,
                    _ => 1,
                };
                let rows: i64 = one(&connection, &format!("SELECT COUNT(*) FROM {table}")).await;
                assert_eq!(rows, least, "{table}");
            }
        }
    }
    for members in ["org_members", "team_members"] {
        let name: String = one(&connection, &format!("SELECT name FROM {members}")).await;
        assert_eq!(name, "alice", "{members}");
    }
    for (grants, name, of) in [
        ("repository_grants", "team_name", "team"),
        ("repository_grants", "repository_name", "app"),
        ("namespace_grants", "team_name", "team"),
    ] {
        let kept: String = one(&connection, &format!("SELECT {name} FROM {grants}")).await;
        assert_eq!(kept, of, "{grants}");
    }
    let follows: i64 = one(
        &connection,
        "SELECT COUNT(*) FROM member_syncs JOIN teams ON teams.id = member_syncs.team_id \
         WHERE member_syncs.id = teams.id AND member_syncs.org_id = teams.org_id",
    )
    .await;
    assert_eq!(follows, 1);
    let imported: String = one(&connection, "SELECT name FROM accounts WHERE is_imported").await;
    assert_eq!(imported, "alice");
    let pulls: i64 = one(&connection, "SELECT pulls FROM repositories").await;
    assert_eq!(pulls, 7);
    let sums: String = one(
        &connection,
        "SELECT image_id || ' ' || critical || ' ' || major || ' ' || minor || ' ' || unspecified || ' ' || fixable FROM image_sums",
    )
    .await;
    assert_eq!(sums, "7 1 2 3 4 5");
    let signs: String = one(
        &connection,
        "SELECT digest || ' ' || subject_digest FROM signature_manifests WHERE due_at IS NOT NULL AND digest = 'sha256:sig'",
    )
    .await;
    assert_eq!(
        signs,
        "sha256:sig sha256:0123456789012345678901234567890123456789012345678901234567890123"
    );
    for (subject, is_due) in [("sha256:a", 1), ("sha256:b", 0), ("sha256:c", 1)] {
        let due: i64 = one(
            &connection,
            &format!(
                "SELECT COUNT(due_at) FROM signature_manifests WHERE subject_digest = '{subject}'"
            ),
        )
        .await;
        assert_eq!(due, is_due, "{subject}");
    }
    let about: String = one(
        &connection,
        "SELECT repository_id || ' ' || digest FROM events",
    )
    .await;
    assert_eq!(about, "the id sha256:of the tag");
    connection.close().await.unwrap();
}

//! A registry: it stores what is decided, and holds keys. And an owner of a collection, who publishes there.

use std::collections::BTreeMap;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use trust::{
    Collection, File, Gun, HeldKey, Refusal, Role, ServerRole, SigningKey, Upload, View,
    view::RoleStatus,
};

use crate::client::{Key, LATER, NOW, file, gun, keys, role, targets};

/// What is answered where `targets` is not signed by those who may.
pub(crate) const TARGETS_THRESHOLD: &str =
    "400 INVALID_UPDATE ErrBadTargets: valid signatures did not meet threshold for targets";
/// What is answered where the registry would have to sign a snapshot, and may not.
pub(crate) const NO_SNAPSHOT_KEY: &str = "400 INVALID_UPDATE ErrBadHierarchy: no snapshot was included in update and server does not hold current snapshot key for repository";

/// One collection of a registry, and the keys that its owner has.
pub(crate) struct Repository {
    pub(crate) gun: Gun,
    pub(crate) now: OffsetDateTime,
    /// Every file ever stored, the newest of a role last.
    pub(crate) files: BTreeMap<Role, Vec<File>>,
    pub(crate) server_keys: Vec<(ServerRole, SigningKey)>,
    pub(crate) root: Key,
    pub(crate) targets: Key,
    /// Who signs snapshots, as the root says.
    pub(crate) snapshot: Key,
    pub(crate) timestamp: Key,
}

impl Repository {
    /// Nothing is published yet.
    pub(crate) fn new() -> Self {
        let server_key = |role| {
            (
                role,
                SigningKey::generate(&SystemRandom::new()).expect("key"),
            )
        };
        let server_keys = vec![
            server_key(ServerRole::Snapshot),
            server_key(ServerRole::Timestamp),
        ];
        Self {
            gun: gun(),
            now: NOW,
            files: BTreeMap::new(),
            root: Key::ecdsa().certified(&gun().to_string()),
            targets: Key::ecdsa(),
            snapshot: Key::server(&server_keys[0].1),
            timestamp: Key::server(&server_keys[1].1),
            server_keys,
        }
    }

    /// `docker trust` has published root and targets, both of version 1.
    pub(crate) fn published() -> Self {
        let mut repository = Self::new();
        let parts = [
            ("root", repository.root_file(1)),
            ("targets", repository.targets_file(1, &[("v1", "one")])),
        ];
        repository.publish(&parts).expect("published");
        repository
    }

    /// As [`Self::published`], and the owner has delegated `targets/releases` and `targets/alice` to `alice`, who signed `v2`.
    pub(crate) fn delegated(alice: &Key) -> Self {
        let mut repository = Self::published();
        let mut signed = targets(2, &[("v1", "one")]);
        signed["delegations"] = json!({"keys": keys(&[alice]), "roles": [
            crate::client::delegation("targets/releases", &[alice], &[""]),
            crate::client::delegation("targets/alice", &[alice], &[""]),
        ]});
        let released = file(&targets(1, &[("v2", "two")]), &[alice]);
        let parts = [
            ("targets", file(&signed, &[&repository.targets])),
            ("targets/releases", released.clone()),
            ("targets/alice", released),
        ];
        repository.publish(&parts).expect("published");
        repository
    }

    /// What a root of the owner's says.
    pub(crate) fn root_signed(&self, version: i64) -> Value {
        let all = [&self.root, &self.targets, &self.snapshot, &self.timestamp];
        json!({
            "_type": "Root", "consistent_snapshot": false, "expires": LATER, "keys": keys(&all), "version": version,
            "roles": {
                "root": role(&[&self.root], 1),
                "targets": role(&[&self.targets], 1),
                "snapshot": role(&[&self.snapshot], 1),
                "timestamp": role(&[&self.timestamp], 1),
            },
        })
    }

    pub(crate) fn root_file(&self, version: i64) -> Vec<u8> {
        file(&self.root_signed(version), &[&self.root])
    }

    pub(crate) fn targets_file(&self, version: i64, tags: &[(&str, &str)]) -> Vec<u8> {
        file(&targets(version, tags), &[&self.targets])
    }

    pub(crate) fn held(&self) -> Vec<HeldKey> {
        let held = |(role, key): &(ServerRole, SigningKey)| HeldKey {
            gun: self.gun.clone(),
            role: *role,
            key: key.public().clone(),
            used: true,
        };
        self.server_keys.iter().map(held).collect()
    }

    /// The newest file of a role.
    pub(crate) fn file(&self, role: &str) -> &File {
        let role: Role = role.parse().expect(role);
        self.files[&role].last().expect("a file")
    }

    pub(crate) fn json(&self, role: &str) -> Value {
        serde_json::from_slice(&self.file(role).bytes).expect("json")
    }

    pub(crate) fn version(&self, role: &str) -> i64 {
        self.file(role).version
    }

    /// What is stored, with the bytes of the roles that are asked for.
    fn stored_for(&self, needs: impl Fn(&Role) -> bool) -> Collection {
        let mut stored = Collection::default();
        for (role, files) in &self.files {
            let newest = files.last().expect("a file");
            if needs(role) {
                stored.insert(role.clone(), newest.version, newest.bytes.clone());
            } else {
                let sha256 = digest(&SHA256, &newest.bytes);
                stored.insert_hash(
                    role.clone(),
                    newest.version,
                    sha256.as_ref().try_into().expect("hash"),
                );
            }
        }
        stored
    }

    /// All that is stored.
    pub(crate) fn stored(&self) -> Collection {
        self.stored_for(|_| true)
    }

    /// Uploads parts, and stores what comes of it. Of the collection only what the upload needs is read.
    pub(crate) fn publish(&mut self, parts: &[(&str, Vec<u8>)]) -> Result<(), Refusal> {
        let mut upload = Upload::default();
        for (role, bytes) in parts {
            upload.add(Some(role), bytes.clone())?;
        }
        let needs = upload.needs();
        let stored = self.stored_for(|role| needs.contains(role));
        if let Some(pending) = upload.validate(&self.gun, &stored, &self.held(), self.now)? {
            self.store(pending);
        }
        Ok(())
    }

    /// The refusal of an upload, which changes nothing.
    pub(crate) fn refused(&mut self, parts: &[(&str, Vec<u8>)]) -> Refusal {
        let before = self.files.clone();
        let refusal = self.publish(parts).expect_err("refused");
        assert_eq!(before, self.files);
        refusal
    }

    pub(crate) fn store(&mut self, pending: trust::Pending) {
        let server_keys: Vec<_> = self
            .server_keys
            .iter()
            .map(|(_, key)| SigningKey::from_pkcs8(key.pkcs8_der()).expect("key"))
            .collect();
        for file in pending.sign(&server_keys).expect("signed") {
            let files = self.files.entry(file.role.clone()).or_default();
            assert!(files.last().is_none_or(|last| last.version < file.version));
            files.push(file);
        }
        // What was accepted is what a client accepts.
        self.view();
    }

    pub(crate) fn view(&self) -> View {
        View::of(&self.gun, &self.stored(), self.now).expect("valid")
    }
}

/// The code, and what an invalid update is told.
pub(crate) fn answer(refusal: &Refusal) -> String {
    let body: Value = serde_json::from_str(&refusal.body()).expect("json");
    let error = &body["errors"][0];
    let code = error["code"].as_str().expect("code");
    match error.get("detail") {
        None => format!("{} {code}", refusal.status()),
        Some(detail) => match detail["Error"]["Msg"].as_str() {
            Some(text) => format!(
                "{} {code} {}: {text}",
                refusal.status(),
                detail["Name"].as_str().expect("name")
            ),
            None => format!("{} {code} {detail}", refusal.status()),
        },
    }
}

/// How it stands with a role.
pub(crate) fn status(view: &View, name: &str) -> RoleStatus {
    let found = view
        .roles()
        .iter()
        .find(|status| status.role.as_str() == name);
    found.expect(name).clone()
}

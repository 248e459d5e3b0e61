//! Public keys and client bundles: made, used, and of no more use once they are revoked.

mod bundles;
mod certificates;
mod gone;
mod mutual_tls;
pub(crate) mod proofs;
mod uploads;

use std::io::{Cursor, Read as _};

use auth::{
    client_ca::{ClientCa, ClientCertificate, Subject},
    public_key::{self, Uploaded},
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::util::{Answer, TestApp};

/// A client bundle, unpacked.
pub(crate) struct Bundle(Vec<u8>);

impl Bundle {
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut zip = zip::ZipArchive::new(Cursor::new(&self.0)).unwrap();
        zip.by_name(name).is_ok()
    }

    pub(crate) fn file(&self, name: &str) -> String {
        let mut zip = zip::ZipArchive::new(Cursor::new(&self.0)).unwrap();
        let mut text = String::new();
        zip.by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    /// The certificate.
    pub(crate) fn certificate(&self) -> public_key::Certificate {
        match public_key::parse(&self.file("cert.pem")).unwrap() {
            Uploaded::Certificate(certificate) => certificate,
            Uploaded::Key(_) => panic!("a bare key"),
        }
    }

    /// The id of its key in the API.
    pub(crate) fn key_id(&self) -> String {
        self.certificate().key().fingerprint()
    }
}

impl TestApp {
    /// A new bundle of a user.
    pub(crate) async fn bundle(&self, user: &str) -> Bundle {
        self.bundle_for(user, &json!({"label": "laptop"})).await
    }

    pub(crate) async fn bundle_for(&self, user: &str, form: &Value) -> Bundle {
        let answer = self.ask_for_bundle(user, form).await.expect(201);
        Bundle(answer.body.to_vec())
    }

    pub(crate) async fn ask_for_bundle(&self, user: &str, form: &Value) -> Answer {
        let path = format!("/api/v0/accounts/{user}/clientBundles");
        self.call("POST", &path).by(user).json(form).send().await
    }

    /// The registry's authority for clients.
    async fn client_ca(&self) -> ClientCa {
        let kept = db::secrets::get_or_insert(&self.state.db, "client-ca", Vec::new());
        let kept = String::from_utf8(kept.await.unwrap()).unwrap();
        let (certificate, key) = kept.split_at(kept.find("-----BEGIN PRIVATE").unwrap());
        ClientCa::from_pem(certificate, key).unwrap()
    }

    /// A certificate for a user that was made at `made` and lives for an hour, with its key registered.
    async fn certified(&self, user: &str, made: OffsetDateTime) -> ClientCertificate {
        let account = db::accounts::find(&self.state.db, user)
            .await
            .unwrap()
            .unwrap();
        let subject = Subject {
            account: account.id,
            name: user,
        };
        let ca = self.client_ca().await;
        let issued = ca.issue(subject, Duration::hours(1), made, &mut rand::rng());
        let issued = issued.unwrap();
        let certificate = &issued.certificate;
        let new = db::public_keys::New {
            account: account.id,
            label: String::new(),
            kind: db::public_keys::Kind::ClientCertificate,
            algorithm: String::new(),
            fingerprint: certificate.key().fingerprint(),
            notary_id: String::new(),
            public_key: String::new(),
            certificate: Some(db::public_keys::Certificate {
                serial: Some(certificate.serial().to_owned()),
                pem: certificate.pem(),
                fingerprint: certificate.fingerprint(),
                expires_at: certificate.not_after(),
            }),
            is_proven: true,
        };
        db::public_keys::register(&self.state.db, new, 50, made)
            .await
            .unwrap();
        issued
    }
}

fn keys_of(user: &str) -> String {
    format!("/enzi/v0/accounts/{user}/publicKeys")
}

fn key_of(user: &str, id: &str) -> String {
    format!("{}/{id}", keys_of(user))
}

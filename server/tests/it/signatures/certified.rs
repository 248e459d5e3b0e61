//! cosign's signatures that bring a certificate, as cosign made them; and whose a signature is that could be two's.

use serde_json::{Value, json};

use super::{KEYS, Signed, TRUSTS, key, sig, text};

/// A trust store of these certificates, as it is registered.
fn store(kind: &str, identity: &str, certificates: &[&str]) -> Value {
    let pem: Vec<String> = certificates.iter().map(|name| text(name)).collect();
    json!({"kind": kind, "name": "build", "pem": pem.concat(), "identities": [identity]})
}

const BOTH: [&str; 2] = ["cosign-root.crt", "cosign-issuing.crt"];
const OURS: &str = "x509.subject: C=US, ST=WA, O=Plimsoll";

async fn signed() -> Signed {
    let signed = Signed::new().await;
    signed.attach("tag-certsig", &sig()).await;
    signed.attach("bundle-certp256", "").await;
    signed.attach("bundle-certattestation", "").await;
    signed.settle().await;
    signed
}

/// Registers that as alice's, proves it, and designates it for signing.
async fn register(signed: &Signed, form: &Value) -> String {
    let made = signed.call("POST", KEYS, "alice", form).await.expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    signed.prove(&id).await;
    let sign = json!({"isSigningKey": true});
    let path = format!("{KEYS}/{id}");
    let designated = signed.call("PATCH", &path, "alice", &sign);
    designated.await.expect(200);
    signed.settle().await;
    id
}

async fn revoke(signed: &Signed, id: &str) {
    let path = format!("{KEYS}/{id}");
    let revoked = signed.call("DELETE", &path, "alice", &Value::Null);
    revoked.await.expect(204);
    signed.settle().await;
}

async fn forget(signed: &Signed, id: &str) {
    let path = format!("{TRUSTS}/{id}");
    let deleted = signed.call("DELETE", &path, "admin", &Value::Null);
    deleted.await.expect(204);
}

fn by(who: &str) -> [String; 3] {
    ["attestation", "cosign", "cosign"].map(|kind| format!("{kind} verified {who}"))
}

#[tokio::test]
async fn they_are_verified_by_trust_stores() {
    let signed = signed().await;
    for (trust, reason) in [
        (None, "its certificate leads to none that is registered"),
        // cosign leaves out what is between the root and the certificate that signs
        (
            Some(store("notationStore", OURS, &BOTH[..1])),
            "its certificate leads to none",
        ),
        (
            Some(store("notationAuthority", OURS, &BOTH)),
            "its certificate leads to none",
        ),
        (
            Some(store(
                "notationStore",
                "x509.subject: C=US, ST=WA, O=Other",
                &BOTH,
            )),
            "its certificate is for ",
        ),
    ] {
        let id = match &trust {
            Some(trust) => Some(signed.trust(trust).await),
            None => None,
        };
        signed.settle().await;
        for said in signed.said("1").await {
            assert!(said.contains(&format!("refused {reason}")), "{said}");
        }
        if let Some(id) = id {
            forget(&signed, &id).await;
        }
    }
    // a store may have what another lacks: it is trusted for nothing else there
    let other = "x509.subject: C=US, ST=WA, O=Other";
    let root = signed
        .trust(&store("notationStore", OURS, &BOTH[..1]))
        .await;
    let between = store("notationStore", other, &BOTH[1..]);
    let between = signed.trust(&between).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, by("build"));
    forget(&signed, &root).await;
    forget(&signed, &between).await;
    let id = signed.trust(&store("notationStore", OURS, &BOTH)).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, by("build"));
    for row in signed.list("1").await {
        let subject = row["signer"].as_str().expect("a subject");
        assert!(subject.contains("CN=certp256"), "{subject}");
        assert!(row["validUntil"].as_str() > Some("2126"), "{row}");
    }
    forget(&signed, &id).await;
    for said in signed.said("1").await {
        assert!(said.contains(" refused whoever made it"), "{said}");
    }
}

#[tokio::test]
async fn they_are_a_users_whose_certificate_it_is_whatever_store_vouches_for_it() {
    let signed = signed().await;
    signed.trust(&store("notationStore", OURS, &BOTH)).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, by("build"));
    let id = register(
        &signed,
        &json!({"label": "mine", "publicKey": text("certp256.crt")}),
    )
    .await;
    assert_eq!(signed.said("1").await, by("alice"));
    revoke(&signed, &id).await;
    assert_eq!(signed.said("1").await, by("build"));
}

#[tokio::test]
async fn a_key_that_is_trusted_is_a_users_as_soon_as_they_prove_it() {
    let signed = Signed::new().await;
    signed.trust(&key()).await;
    signed.attach("tag-sig", &sig()).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, ["cosign verified ci"]);
    let form = json!({"label": "laptop", "publicKey": text("p256.pub"), "kind": "cosign"});
    let made = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    // who only claims it takes nothing over, also where it is looked at again
    signed.trust(&store("notationStore", OURS, &BOTH)).await;
    signed.attach("tag-sig", &sig()).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, ["cosign verified ci"]);
    signed.prove(&id).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, ["cosign verified alice"]);
    let alice = "/enzi/v0/accounts/alice";
    for (is_active, who) in [(false, "ci"), (true, "alice")] {
        let form = json!({"isActive": is_active});
        let switched = signed.call("PATCH", alice, "admin", &form);
        switched.await.expect(200);
        signed.settle().await;
        assert_eq!(signed.said("1").await, [format!("cosign verified {who}")]);
    }
    revoke(&signed, &id).await;
    assert_eq!(signed.said("1").await, ["cosign verified ci"]);
}

//! What becomes of keys whose account is gone.

use serde_json::json;

use super::{
    key_of,
    proofs::{Held, change, statement},
    uploads::{id, upload, uploaded},
};
use crate::util::TestApp;

/// They are nobody else's, whoever is called the same then, and their certificates are worth nothing.
#[tokio::test]
async fn a_key_is_one_accounts_also_when_that_is_gone() {
    let app = TestApp::new().await;
    let held = Held::new();
    let key = uploaded(&app, "bob", &held.pem()).await;
    let proof = json!({"proof": held.proof(statement(&key))});
    change(&app, "bob", id(&key), proof).await.expect(200);
    let path = key_of("bob", id(&key));
    let revoke = app.call("DELETE", &path).by("bob").send().await;
    revoke.expect(204);
    let bundle = app.bundle("bob").await;
    let certificate = bundle.certificate();
    let me = app.get("/enzi/v0/id/").certificate(certificate.der());
    me.send().await.expect(200);
    let gone = app.call("DELETE", "/enzi/v0/accounts/bob").by("admin");
    gone.send().await.expect(204);
    for again in [false, true] {
        if again {
            app.person("bob").await;
        }
        for path in ["/enzi/v0/id/", "/v2/", "/auth/token?service=plimsoll"] {
            let call = app.get(path).certificate(certificate.der());
            let refused = call.send().await.expect(401);
            let words = refused.message();
            assert!(words.contains("certificate"), "{path}: {words}");
        }
        let who = if again { "bob" } else { "alice" };
        let bundled = certificate.key().pem();
        for text in [&held.pem(), &bundled] {
            let form = json!({ "publicKey": text });
            let taken = upload(&app, who, form.clone()).await.expect(409);
            assert_eq!(taken.code(), "PUBLIC_KEY_TAKEN");
            let taken = app.ask_for_bundle(who, &form).await.expect(409);
            assert_eq!(taken.code(), "PUBLIC_KEY_TAKEN");
        }
    }
}

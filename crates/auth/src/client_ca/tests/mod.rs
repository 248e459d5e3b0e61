//! What the tests of issuing and of verifying have in common.

mod issue;
mod verify;

use super::*;
use crate::public_key::{self, PublicKey};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, SanType};

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);
const ACCOUNT: Uuid = Uuid::from_u128(0x0193_5a4e_7c1f_7d20_8a4b_0c6d_1e2f_3a4b);
const ADA: Subject<'static> = Subject {
    account: ACCOUNT,
    name: "ada",
};

fn ca() -> ClientCa {
    ClientCa::create("Plimsoll test client CA", NOW).expect("authority")
}

fn issue(ca: &ClientCa) -> ClientCertificate {
    ca.issue(ADA, DEFAULT_LIFETIME, NOW, &mut rand::rng())
        .expect("certificate")
}

fn key(text: &str) -> PublicKey {
    public_key::parse(text).expect("readable").key().clone()
}

fn request(params: &CertificateParams, pair: &KeyPair) -> String {
    params
        .serialize_request(pair)
        .and_then(|request| request.pem())
        .expect("request")
}

fn issue_for_request(ca: &ClientCa, request: &str) -> Result<ClientCertificate, ClientCaError> {
    ca.issue_for_request(request, ADA, DEFAULT_LIFETIME, NOW, &mut rand::rng())
}

/// A certificate that the authority signed, but not through [`ClientCa::issue`].
fn signed(ca: &ClientCa, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "ada");
    let uri = format!("urn:uuid:{ACCOUNT}").try_into().expect("ascii");
    params.subject_alt_names = vec![SanType::URI(uri)];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = NOW;
    params.not_after = NOW + Duration::days(1);
    change(&mut params);
    let pair = KeyPair::generate().expect("key");
    let certificate = params.signed_by(&pair, ca.authority.issuer());
    certificate.expect("certificate").der().to_vec()
}

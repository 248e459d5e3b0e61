//! A public key of an issuer (RFC 7517, RFC 7518 section 6), verified with aws-lc-rs.
//!
//! `openidconnect` chooses the key and knows the rules; what a signature is comes from here. RSA keys must have 2048 bits or
//! more; a key that says an algorithm is used for no other.

use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyId, SignatureVerificationError,
    core::{CoreJsonWebKeyType, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm as Algorithm},
};
use serde::{Deserialize, Serialize};

/// What may sign an ID token: public keys only. `none` and the HMAC family (`HS256` …) are not among them, whatever an issuer
/// says it supports (RFC 8725, section 3.1).
pub(super) const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// One key of a set. Members that are not named here are ignored; a key that does not fit is left out of the set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Jwk {
    kty: CoreJsonWebKeyType,
    #[serde(rename = "use")]
    usage: Option<CoreJsonWebKeyUse>,
    kid: Option<JsonWebKeyId>,
    alg: Option<Algorithm>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl JsonWebKey for Jwk {
    type KeyUse = CoreJsonWebKeyUse;
    type SigningAlgorithm = Algorithm;

    fn key_id(&self) -> Option<&JsonWebKeyId> {
        self.kid.as_ref()
    }

    fn key_type(&self) -> &CoreJsonWebKeyType {
        &self.kty
    }

    fn key_use(&self) -> Option<&CoreJsonWebKeyUse> {
        self.usage.as_ref()
    }

    fn signing_alg(&self) -> JsonWebKeyAlgorithm<&Algorithm> {
        self.alg.as_ref().map_or(
            JsonWebKeyAlgorithm::Unspecified,
            JsonWebKeyAlgorithm::Algorithm,
        )
    }

    /// A key that verifies nothing: we have no use for shared secrets, and none is allowed.
    fn new_symmetric(_: Vec<u8>) -> Self {
        Self {
            kty: CoreJsonWebKeyType::Symmetric,
            usage: None,
            kid: None,
            alg: None,
            crv: None,
            n: None,
            e: None,
            x: None,
            y: None,
        }
    }

    fn verify_signature(
        &self,
        algorithm: &Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        match algorithm {
            Algorithm::RsaSsaPkcs1V15Sha256 => {
                self.rsa(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Algorithm::RsaSsaPkcs1V15Sha384 => {
                self.rsa(&signature::RSA_PKCS1_2048_8192_SHA384, message, signature)
            }
            Algorithm::RsaSsaPkcs1V15Sha512 => {
                self.rsa(&signature::RSA_PKCS1_2048_8192_SHA512, message, signature)
            }
            Algorithm::RsaSsaPssSha256 => {
                self.rsa(&signature::RSA_PSS_2048_8192_SHA256, message, signature)
            }
            Algorithm::RsaSsaPssSha384 => {
                self.rsa(&signature::RSA_PSS_2048_8192_SHA384, message, signature)
            }
            Algorithm::RsaSsaPssSha512 => {
                self.rsa(&signature::RSA_PSS_2048_8192_SHA512, message, signature)
            }
            Algorithm::EcdsaP256Sha256 => {
                let key = self.point("P-256", 32)?;
                raw(&ECDSA_P256_SHA256_FIXED, &key, message, signature)
            }
            Algorithm::EcdsaP384Sha384 => {
                let key = self.point("P-384", 48)?;
                raw(&ECDSA_P384_SHA384_FIXED, &key, message, signature)
            }
            Algorithm::EdDsa if self.crv.as_deref() == Some("Ed25519") => {
                let key = decode("x", self.x.as_deref())?;
                raw(&ED25519, &key, message, signature)
            }
            _ => Err(unusable("the algorithm is not one of ours")),
        }
    }

    /// For `at_hash` and `c_hash`, which the code flow does not need (OIDC Core 1.0, section 3.1.3.6).
    fn hash_bytes(&self, _: &[u8], _: &Algorithm) -> Result<Vec<u8>, String> {
        Err("not used".to_owned())
    }
}

impl Jwk {
    fn rsa(
        &self,
        parameters: &'static RsaParameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        let key = RsaPublicKeyComponents {
            n: decode("n", self.n.as_deref())?,
            e: decode("e", self.e.as_deref())?,
        };
        key.verify(parameters, message, signature)
            .map_err(|_| wrong())
    }

    /// The point on `curve` as SEC 1 writes it, uncompressed; coordinates have their full length (RFC 7518, section 6.2.1.2).
    fn point(&self, curve: &str, len: usize) -> Result<Vec<u8>, SignatureVerificationError> {
        let (x, y) = (
            decode("x", self.x.as_deref())?,
            decode("y", self.y.as_deref())?,
        );
        if self.crv.as_deref() != Some(curve) || x.len() != len || y.len() != len {
            return Err(unusable("the key is on another curve"));
        }
        Ok([&[4], x.as_slice(), y.as_slice()].concat())
    }
}

fn raw(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureVerificationError> {
    UnparsedPublicKey::new(algorithm, key)
        .verify(message, signature)
        .map_err(|_| wrong())
}

fn decode(member: &str, value: Option<&str>) -> Result<Vec<u8>, SignatureVerificationError> {
    let value = value.ok_or_else(|| unusable(&format!("the key has no `{member}`")))?;
    BASE64URL_NOPAD
        .decode(value.as_bytes())
        .map_err(|_| unusable(&format!("the key's `{member}` is not base64url")))
}

fn unusable(why: &str) -> SignatureVerificationError {
    SignatureVerificationError::InvalidKey(why.to_owned())
}

fn wrong() -> SignatureVerificationError {
    SignatureVerificationError::CryptoError("wrong signature".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515, appendix A.3: the key, the signing input and the signature of its ES256 example.
    #[test]
    fn verifies_the_example_of_the_standard() {
        let key: Jwk = serde_json::from_value(serde_json::json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }))
        .expect("key");
        let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = BASE64URL_NOPAD
            .decode(b"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
            .expect("base64");
        let verify = |algorithm, message: &str, signature: &[u8]| {
            key.verify_signature(&algorithm, message.as_bytes(), signature)
        };
        assert_eq!(
            verify(Algorithm::EcdsaP256Sha256, message, &signature),
            Ok(())
        );
        assert!(verify(Algorithm::EcdsaP256Sha256, &message[1..], &signature).is_err());
        assert!(verify(Algorithm::EcdsaP256Sha256, message, &signature[1..]).is_err());
        for other in [
            Algorithm::EcdsaP384Sha384,
            Algorithm::RsaSsaPkcs1V15Sha256,
            Algorithm::EdDsa,
            Algorithm::HmacSha256,
            Algorithm::None,
        ] {
            assert!(verify(other, message, &signature).is_err());
        }
    }

    #[test]
    fn a_shared_secret_verifies_nothing() {
        let key = Jwk::new_symmetric(b"secret".to_vec());
        for algorithm in [Algorithm::HmacSha256, Algorithm::EcdsaP256Sha256] {
            assert!(key.verify_signature(&algorithm, b"", b"").is_err());
        }
    }
}

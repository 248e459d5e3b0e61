//! One-time passwords as a second factor: TOTP (RFC 6238) in the form that every authenticator app knows, which is SHA-1, six
//! digits and steps of 30 s. SHA-1 is no weakness here: HMAC does not rest on its resistance to collisions (RFC 6151).
//!
//! A code is good for its own step and one on either side, some 90 s, and once only: [`verify`] answers the step that was
//! used, the caller keeps it with the account, and nothing up to that step is ever right again (RFC 6238, section 5.2).

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, HEXUPPER};
use rand::{CryptoRng, RngExt as _};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use time::OffsetDateTime;

/// Seconds in a step.
pub const STEP: u64 = 30;
/// Digits in a code.
pub const DIGITS: usize = 6;
/// Bytes in a secret: the 160 bits that RFC 4226 recommends (section 4, R6).
pub const SECRET_LEN: usize = 20;
/// What apps show above the code.
pub const ISSUER: &str = "Plimsoll";

/// 10 to the power of [`DIGITS`].
const MODULUS: u32 = 1_000_000;
/// The longest typed text that is looked at, in bytes: a code, and room for spaces.
const MAX_TYPED: usize = 32;

/// What a person's app and this registry both know. It prints without its value.
#[derive(Clone)]
pub struct TotpSecret([u8; SECRET_LEN]);

impl TotpSecret {
    /// A new secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(rng.random())
    }

    /// The secret that [`Self::as_bytes`] were kept of; `None` where they are not [`SECRET_LEN`] bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to keep. Secret, and unlike a password not to be hashed: codes are made of them.
    pub fn as_bytes(&self) -> &[u8; SECRET_LEN] {
        &self.0
    }

    /// For people who type it into their app: 32 characters of Base32 (RFC 4648, section 6). Secret.
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// For apps that read it from a QR code (see [`crate::qr`]): an `otpauth` URI as in "Key Uri Format" of Google
    /// Authenticator's wiki. Secret. `account` is what the app shows below the issuer, such as the user's name and the
    /// registry's host; everything in it but letters, digits and `-._~` is escaped (RFC 3986, section 2.1).
    pub fn uri(&self, account: &str) -> String {
        format!(
            "otpauth://totp/{ISSUER}:{}?secret={}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
            percent_encode(account),
            self.base32()
        )
    }

    /// The code that an app shows at `now`; `None` before 1970.
    pub fn code(&self, now: OffsetDateTime) -> Option<String> {
        let code = self.code_of(step(now)?)?;
        Some(format!("{code:0DIGITS$}"))
    }

    /// HOTP (RFC 4226, section 5.3). Always something: the code is 20 bytes, and the offset at most 15.
    fn code_of(&self, step: u64) -> Option<u32> {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(tag.as_ref().last()? & 0xf);
        let word = tag.as_ref().get(offset..)?.first_chunk()?;
        Some((u32::from_be_bytes(*word) & 0x7fff_ffff) % MODULUS)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// The step that `code` is right for at `now`: the present one, the one before it or the one after it, if it is later than
/// `last_step`, the last one that was used. `None` where the code is wrong, used already, or no code at all.
///
/// The caller keeps the step in the same transaction that accepts the code, or else two requests may use one code. A typed
/// code may contain spaces. All three steps are compared, in constant time.
pub fn verify(
    secret: &TotpSecret,
    code: &str,
    now: OffsetDateTime,
    last_step: Option<u64>,
) -> Option<u64> {
    let typed = read(code)?;
    let present = step(now)?;
    let mut used = 0;
    let mut right = Choice::from(0);
    // Where two steps have the same code, the later one counts: the earlier one then cannot be used any more either.
    for step in present.saturating_sub(1)..=present.saturating_add(1) {
        let fresh = Choice::from(u8::from(last_step.is_none_or(|last| step > last)));
        let equal = secret.code_of(step)?.ct_eq(&typed) & fresh;
        used.conditional_assign(&step, equal);
        right |= equal;
    }
    bool::from(right).then_some(used)
}

/// The number of the step that `now` is in (RFC 6238, section 4.2, with T0 = 0).
fn step(now: OffsetDateTime) -> Option<u64> {
    Some(u64::try_from(now.unix_timestamp()).ok()? / STEP)
}

/// The number that a typed code stands for.
fn read(code: &str) -> Option<u32> {
    if code.len() > MAX_TYPED {
        return None;
    }
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    (digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// Everything but the unreserved characters of RFC 3986, section 2.3, as `%XX`.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&HEXUPPER.encode(&[byte]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Duration;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00:10 UTC);

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).expect("a time")
    }

    /// The secret of the standard's examples: always the same, as two steps of another may have the same code.
    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").expect("a secret")
    }

    #[test]
    fn makes_the_codes_of_the_standard() {
        // RFC 6238, appendix B, the rows of SHA-1: their last six of eight digits.
        let secret = secret();
        let cases = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in cases {
            assert_eq!(secret.code(at(seconds)).as_deref(), Some(code), "{seconds}");
            let step = u64::try_from(seconds).expect("positive") / STEP;
            assert_eq!(verify(&secret, code, at(seconds), None), Some(step));
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_on_either_side() {
        let secret = secret();
        let code = secret.code(NOW).expect("code");
        let step = step(NOW).expect("step");
        for (seconds, expected) in [
            (-41, None),
            (-40, Some(step)),
            (0, Some(step)),
            (49, Some(step)),
            (50, None),
        ] {
            let now = NOW + Duration::seconds(seconds);
            assert_eq!(verify(&secret, &code, now, None), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_once() {
        let secret = secret();
        let code = secret.code(NOW).expect("code");
        let used = verify(&secret, &code, NOW, None).expect("right");
        assert_eq!(verify(&secret, &code, NOW, Some(used)), None);
        assert_eq!(
            verify(&secret, &code, NOW, Some(used + 1)),
            None,
            "a later one was used"
        );
        assert_eq!(verify(&secret, &code, NOW, Some(used - 1)), Some(used));
        let later = NOW + Duration::seconds(30);
        assert_eq!(verify(&secret, &code, later, Some(used)), None);
        let next = secret.code(later).expect("code");
        assert_eq!(verify(&secret, &next, later, Some(used)), Some(used + 1));
    }

    #[test]
    fn reads_what_people_type_and_nothing_else() {
        let secret = secret();
        for typed in ["005924", "005 924", " 005924\n", "0 0 5 9 2 4"] {
            assert!(
                verify(&secret, typed, at(1_234_567_890), None).is_some(),
                "{typed:?}"
            );
        }
        for typed in [
            "",
            "5924",
            "05924",
            "0005924",
            "+05924",
            "-05924",
            "00592a",
            "００５９２４",
            "0x5924",
            "89005924",
            "005923",
        ] {
            assert_eq!(
                verify(&secret, typed, at(1_234_567_890), None),
                None,
                "{typed:?}"
            );
        }
        let long = format!("005924{}", " ".repeat(MAX_TYPED));
        assert_eq!(verify(&secret, &long, at(1_234_567_890), None), None);
    }

    #[test]
    fn the_first_steps_and_those_before_them() {
        let secret = secret();
        let code = secret.code(at(0)).expect("code");
        assert_eq!(verify(&secret, &code, at(0), None), Some(0));
        assert_eq!(verify(&secret, &code, at(0), Some(0)), None);
        assert_eq!(verify(&secret, &code, at(-1), None), None);
        assert_eq!(secret.code(at(-1)), None);
    }

    #[test]
    fn the_uri_escapes_the_account() {
        let secret = secret();
        assert_eq!(
            secret.uri("ada"),
            "otpauth://totp/Plimsoll:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Plimsoll&algorithm=SHA1&digits=6&period=30"
        );
        let uri = secret.uri("a b:c?secret=X&é@dtr.example.com:4443/#%");
        assert!(
            uri.starts_with("otpauth://totp/Plimsoll:a%20b%3Ac%3Fsecret%3DX%26%C3%A9%40dtr.example.com%3A4443%2F%23%25?secret=GEZD"),
            "{uri}"
        );
    }

    #[test]
    fn secrets_differ_survive_the_database_and_do_not_print() {
        let one = TotpSecret::generate(&mut rand::rng());
        assert_ne!(
            one.as_bytes(),
            TotpSecret::generate(&mut rand::rng()).as_bytes()
        );
        let again = TotpSecret::from_bytes(one.as_bytes()).expect("kept");
        assert_eq!(one.code(NOW), again.code(NOW));
        assert!(TotpSecret::from_bytes(&[0; 19]).is_none());
        assert!(TotpSecret::from_bytes(&[0; 21]).is_none());
        assert_eq!(one.base32().len(), 32);
        assert_eq!(format!("{one:?}"), "TotpSecret(…)");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,64}", seconds in any::<i32>(), last in any::<Option<u64>>()) {
            let secret = TotpSecret::from_bytes(&[7; SECRET_LEN]).expect("a secret");
            if let Some(step) = verify(&secret, &text, at(seconds.into()), last) {
                prop_assert!(last.is_none_or(|last| step > last));
            }
        }

        #[test]
        fn every_code_has_six_digits_and_is_right(seconds in 0i64..=253_402_300_799, bytes in any::<[u8; SECRET_LEN]>()) {
            let secret = TotpSecret::from_bytes(&bytes).expect("a secret");
            let code = secret.code(at(seconds)).expect("code");
            prop_assert_eq!(code.len(), DIGITS);
            prop_assert!(verify(&secret, &code, at(seconds), None).is_some());
        }
    }
}

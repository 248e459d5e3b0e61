//! Recovery codes: how somebody signs in who has lost the device with the second factor. Ten of them, each good once, shown
//! once and kept as hashes.
//!
//! A code is 20 characters of Crockford's Base32 in four groups, as in `7K2M9-QX4TB-0FVHD-83WNC`: 100 random bits, so that a
//! hash of it needs neither salt nor slowness. The alphabet has no I, L, O and U; who types one of the first three, in
//! whatever case, is understood (Douglas Crockford, "Base 32").

use std::fmt;

use rand::{CryptoRng, RngExt as _};

use crate::secret;

/// How many codes somebody has at first.
pub const COUNT: usize = 10;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LEN: usize = 20;
const GROUP: usize = 5;
/// The longest typed text that is looked at, in bytes: a code, and room for spaces and dashes.
const MAX_TYPED: usize = 64;

/// A recovery code in clear. It prints without its value; [`RecoveryCode::expose`] is for the one answer that hands it out.
#[derive(Clone)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut text = String::with_capacity(LEN + LEN / GROUP);
        for at in 0..LEN {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]));
        }
        Self(text)
    }

    /// The text for its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps: 64 lower-case hexadecimal digits, the SHA-256 of the 20 characters in upper case.
    pub fn hash(&self) -> String {
        secret::hash_hex(&self.0.replace('-', ""))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

/// [`COUNT`] new codes. Those that the account had before are to be forgotten.
pub fn generate(rng: &mut impl CryptoRng) -> Vec<RecoveryCode> {
    (0..COUNT).map(|_| RecoveryCode::generate(rng)).collect()
}

/// What the database keeps of the code that somebody typed, in any case, with spaces and dashes anywhere or nowhere; `None`
/// where it has not the form of a code. The caller removes it in the transaction that accepts the code.
pub fn hash(typed: &str) -> Option<String> {
    Some(secret::hash_hex(&normalise(typed)?))
}

/// The 20 characters of the alphabet that somebody meant.
fn normalise(typed: &str) -> Option<String> {
    if typed.len() > MAX_TYPED {
        return None;
    }
    let mut code = String::with_capacity(LEN);
    for c in typed.chars().filter(|c| *c != '-' && !c.is_whitespace()) {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        if !u8::try_from(c).is_ok_and(|b| ALPHABET.contains(&b)) {
            return None;
        }
        code.push(c);
    }
    (code.len() == LEN).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn ten_different_codes_that_can_be_read_aloud() {
        let codes = generate(&mut rand::rng());
        assert_eq!(codes.len(), COUNT);
        assert_eq!(
            codes
                .iter()
                .map(RecoveryCode::hash)
                .collect::<HashSet<_>>()
                .len(),
            COUNT
        );
        for code in &codes {
            let groups: Vec<_> = code.expose().split('-').collect();
            assert_eq!(groups.len(), 4);
            assert!(
                groups
                    .iter()
                    .all(|group| group.len() == 5 && group.bytes().all(|b| ALPHABET.contains(&b))),
                "{}",
                code.expose()
            );
        }
    }

    #[test]
    fn understands_what_people_type() {
        let code = RecoveryCode("7K2M9-QX4TB-0FVHD-13WNC".to_owned());
        for typed in [
            "7K2M9-QX4TB-0FVHD-13WNC",
            "7k2m9qx4tb0fvhd13wnc",
            " 7K2M9 QX4TB 0FVHD 13WNC\n",
            "7K2M-9QX4-TB0F-VHD1-3WNC",
            "7k2m9-qx4tb-ofvhd-l3wnc",
            "7K2M9-QX4TB-OFVHD-i3WNC",
        ] {
            assert_eq!(hash(typed), Some(code.hash()), "{typed:?}");
        }
        for typed in [
            "",
            "7K2M9-QX4TB-0FVHD-13WN",
            "7K2M9-QX4TB-0FVHD-13WNCC",
            "7K2M9-QX4TB-0FVHD-13WNU",
            "7K2M9_QX4TB_0FVHD_13WNC",
            "7K2M9-QX4TB-0FVHD-13WNé",
            "７K2M9-QX4TB-0FVHD-13WNC",
        ] {
            assert_eq!(hash(typed), None, "{typed:?}");
        }
        let long = format!("{}{}", code.expose(), "-".repeat(MAX_TYPED));
        assert_eq!(hash(&long), None);
    }

    #[test]
    fn the_hash_is_of_the_bare_characters() {
        let code = RecoveryCode("7K2M9-QX4TB-0FVHD-13WNC".to_owned());
        assert_eq!(code.hash(), secret::hash_hex("7K2M9QX4TB0FVHD13WNC"));
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,80}") {
            if let Some(code) = normalise(&text) {
                prop_assert_eq!(code.len(), LEN);
                prop_assert_eq!(normalise(&code), Some(code));
            }
        }
    }
}

//! Comparing distinguished names: the same name is written in many ways (RFC 4514).

/// A name in a form in which equal names are equal: parts in order, each a set of types and values, in lower case, without
/// escapes. Case matters in no directory that we know of, though a schema could say so.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Dn(Vec<Vec<(String, Vec<u8>)>>);

impl Dn {
    /// Reads a name; `None` if it is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![Vec::new()];
        let mut rest = text.as_bytes();
        loop {
            let equals = rest.iter().position(|b| *b == b'=')?;
            let (kind, after) = rest.split_at_checked(equals)?;
            let kind = std::str::from_utf8(kind).ok()?.trim().to_ascii_lowercase();
            let kind_fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            if kind.is_empty() || !kind.bytes().all(kind_fits) {
                return None;
            }
            let (value, end, after) = value(after.get(1..)?)?;
            parts.last_mut()?.push((kind, value));
            rest = after;
            match end {
                Some(b'+') => {}
                Some(_) => parts.push(Vec::new()),
                None => break,
            }
        }
        for part in &mut parts {
            part.sort_unstable();
        }
        Some(Self(parts))
    }
}

/// The value at the start of `text`, what ended it (a separator, or the end), and what follows.
fn value(text: &[u8]) -> Option<(Vec<u8>, Option<u8>, &[u8])> {
    let mut value = Vec::new();
    // How much of `value` must stay, whatever spaces follow.
    let mut kept = 0;
    let mut rest = text;
    let end = loop {
        let Some((&b, after)) = rest.split_first() else {
            break None;
        };
        rest = after;
        match b {
            b',' | b'+' | b';' => break Some(b),
            b'\\' => {
                let (byte, after) = unescape(rest)?;
                value.push(byte);
                rest = after;
                kept = value.len();
            }
            b' ' if value.is_empty() => {}
            b => {
                value.push(b);
                if b != b' ' {
                    kept = value.len();
                }
            }
        }
    };
    value.truncate(kept);
    let value = match String::from_utf8(value) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(bytes) => bytes.into_bytes(),
    };
    Some((value, end, rest))
}

/// What follows a backslash: two hexadecimal digits, or a character that stands for itself.
fn unescape(text: &[u8]) -> Option<(u8, &[u8])> {
    let hex = text
        .get(..2)
        .and_then(|pair| data_encoding::HEXLOWER_PERMISSIVE.decode(pair).ok());
    if let (Some(byte), Some(rest)) = (hex.and_then(|b| b.first().copied()), text.get(2..)) {
        return Some((byte, rest));
    }
    let (&byte, rest) = text.split_first()?;
    Some((byte, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_many_ways() {
        let same = [
            ["uid=ada,dc=example", "UID = Ada , DC=Example"],
            ["cn=Doe\\, Ada,dc=x", "cn=doe\\2c ada,dc=x"],
            ["cn=a+uid=b,dc=x", "uid=b+cn=a,dc=x"],
            ["cn=\\20a\\20,dc=x", "cn=\\ a\\ ,dc=x"],
            ["cn=\\C3\\A9t\\C3\\A9,dc=x", "cn=été,dc=x"],
            ["cn=a;dc=x", "cn=a,dc=x"],
            ["cn=a=b,dc=x", "cn=a\\3db,dc=x"],
        ];
        for [one, two] in same {
            assert_eq!(Dn::parse(one).expect(one), Dn::parse(two).expect(two));
        }
    }

    #[test]
    fn other_names_are_others() {
        let others = [
            ["uid=ada,dc=example", "uid=ada,dc=example,dc=org"],
            ["uid=ada,dc=example", "cn=ada,dc=example"],
            ["cn=a\\,dc=x", "cn=a,dc=x"],
            ["cn=\\ a,dc=x", "cn=a,dc=x"],
            ["cn=a+uid=b", "cn=a,uid=b"],
        ];
        for [one, two] in others {
            assert_ne!(Dn::parse(one).expect(one), Dn::parse(two).expect(two));
        }
        for nothing in ["", "ada", "uid=a,", "=a", "u id=a", "cn=a\\"] {
            assert_eq!(Dn::parse(nothing), None, "{nothing}");
        }
    }
}

//! A look over JSON that strangers sent, before its fields are read: nothing in it may mean different things to
//! different readers.
//!
//! RFC 8259 leaves open what a repeated key means (section 4); Go's reader, which most registry clients use, also
//! takes `LAYERS` for `layers`. A manifest that plays on that would show one image to the registry, which checks
//! and scans it, and another to the client that runs it.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, collections::HashSet, fmt};

/// How deep objects and arrays may lie in each other.
pub(crate) const MAX_DEPTH: usize = 64;

/// Reads all of `json` and refuses repeated keys, misspelt field names and deep nesting.
pub(crate) fn check(json: &[u8]) -> serde_json::Result<()> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    Walk {
        place: Place::Manifest,
        depth: 0,
    }
    .deserialize(&mut reader)?;
    reader.end()
}

/// Which fields an object has that mean something to us.
#[derive(Clone, Copy)]
enum Place {
    Manifest,
    Descriptor,
    Platform,
    Other,
}

impl Place {
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Manifest => &[
                "schemaVersion",
                "mediaType",
                "artifactType",
                "config",
                "layers",
                "manifests",
                "subject",
                "annotations",
            ],
            Self::Descriptor => &[
                "mediaType",
                "digest",
                "size",
                "urls",
                "annotations",
                "platform",
                "artifactType",
                "data",
            ],
            Self::Platform => &["architecture", "os", "os.version", "os.features", "variant"],
            Self::Other => &[],
        }
    }

    /// Where the value of a field is; an array's elements are where the array is.
    fn below(self, field: &str) -> Self {
        match (self, field) {
            (Self::Manifest, "config" | "layers" | "manifests" | "subject") => Self::Descriptor,
            (Self::Descriptor, "platform") => Self::Platform,
            _ => Self::Other,
        }
    }

    /// The field that a lenient reader would take this key for.
    fn misspelt(self, key: &str) -> Option<&'static str> {
        self.fields()
            .iter()
            .copied()
            .find(|field| *field != key && folded(field).eq(folded(key)))
    }
}

/// Letters as Go's reader compares them: without case, and with the two signs that Unicode folds into ASCII.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    })
}

#[derive(Clone, Copy)]
struct Walk {
    place: Place,
    depth: usize,
}

impl Walk {
    fn deeper<E: de::Error>(self) -> Result<usize, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!(
                "nested deeper than {MAX_DEPTH} levels"
            )));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        while sequence
            .next_element_seed(Self { depth, ..self })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key_seed(Key)? {
            if let Some(field) = self.place.misspelt(&key) {
                return Err(de::Error::custom(format_args!(
                    "the key {key:?} has to be written {field:?}"
                )));
            }
            map.next_value_seed(Self {
                place: self.place.below(&key),
                depth,
            })?;
            if let Some(twice) = seen.replace(key) {
                return Err(de::Error::custom(format_args!(
                    "the key {twice:?} comes twice in one object"
                )));
            }
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_passes() {
        for json in [
            "{}",
            r#"{"a":1,"A":-1,"b":[1.5,true,null,"x",{"a":{}}]}"#,
            r#"{"annotations":{"Layers":"x","layers":"y"}}"#,
            r#"{"other":{"Layers":[],"layers":[]}}"#,
            r#"{"layers":[{"annotations":{"Size":"1","size":"2"},"platform":{"os":"linux"}}]}"#,
        ] {
            assert!(check(json.as_bytes()).is_ok(), "{json}");
        }
    }

    #[test]
    fn two_meanings_are_refused() {
        for (json, why) in [
            (r#"{"a":1,"a":1}"#, "comes twice"),
            (r#"{"a":1,"\u0061":1}"#, "comes twice"),
            (r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#, "comes twice"),
            (r#"{"annotations":{"a":"1","a":"2"}}"#, "comes twice"),
            (r#"{"Layers":[]}"#, "has to be written \"layers\""),
            (r#"{"layer\u017f":[]}"#, "has to be written \"layers\""),
            (
                r#"{"config":{"Digest":"x"}}"#,
                "has to be written \"digest\"",
            ),
            (
                r#"{"layers":[{"\u017fize":"x"}]}"#,
                "has to be written \"size\"",
            ),
            (
                r#"{"manifests":[{"platform":{"OS":"x"}}]}"#,
                "has to be written \"os\"",
            ),
            (r#"{"a":1} x"#, "trailing characters"),
            (r#"{"a":1"#, "EOF"),
            ("", "EOF"),
        ] {
            let error = check(json.as_bytes()).expect_err(json).to_string();
            assert!(error.contains(why), "{json}: {error}");
        }
        assert!(check(b"{\"a\":\"\xff\"}").is_err());
        assert!(check(b"\xef\xbb\xbf{}").is_err());
    }

    #[test]
    fn depth_has_a_bound() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(
            check(nested(MAX_DEPTH + 1).as_bytes())
                .unwrap_err()
                .to_string()
                .contains("nested deeper")
        );
        assert!(check("[".repeat(1_000_000).as_bytes()).is_err());
        assert!(check("{\"a\":".repeat(1_000_000).as_bytes()).is_err());
    }
}

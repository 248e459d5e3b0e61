//! The strict reader.

use std::{cell::Cell, fmt};

use serde::de::{
    self, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::Value;

/// The longest JSON text that is read, in bytes. Docker signs 150,000 tags with it.
pub const MAX_BYTES: usize = 16 << 20;
/// How deep objects and arrays may lie in each other. Metadata needs 7 levels.
pub const MAX_DEPTH: usize = 32;
/// How many values one text may have: each takes more memory than the two bytes that it may be written with.
pub const MAX_VALUES: usize = 1 << 18;
/// Up to here each integer is a float of its own.
const MAX_INTEGER: i64 = 1 << 53;

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It has more than [`MAX_BYTES`].
    #[error("the text has {0} bytes, and may have {MAX_BYTES}")]
    TooLong(usize),
    /// It is no JSON, or none that is safe to read.
    #[error("{0}")]
    Malformed(String),
    /// Something other than space comes after it.
    #[error("invalid character '{0}' after top-level value")]
    Trailing(char),
}

/// Reads the first value, and finds the first character other than space after it.
pub(super) fn read(json: &[u8]) -> Result<(Value, Option<char>), JsonError> {
    if json.len() > MAX_BYTES {
        return Err(JsonError::TooLong(json.len()));
    }
    let malformed = |error: serde_json::Error| JsonError::Malformed(error.to_string());
    let mut reader = serde_json::Deserializer::from_slice(json);
    let left = Cell::new(MAX_VALUES);
    let seed = Reader {
        depth: 0,
        left: &left,
    };
    let value = seed.deserialize(&mut reader).map_err(malformed)?;
    let trailing = reader.end().err();
    Ok((value, trailing.map(|error| at(json, &error))))
}

/// The character that an error is about.
fn at(json: &[u8], error: &serde_json::Error) -> char {
    let mut lines = json.split(|byte| *byte == b'\n');
    let line = lines.nth(error.line().saturating_sub(1));
    let byte = line.and_then(|line| line.get(error.column().saturating_sub(1)));
    byte.map_or(char::REPLACEMENT_CHARACTER, |byte| char::from(*byte))
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    depth: usize,
    /// How many more values there may be.
    left: &'a Cell<usize>,
}

impl Reader<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!(
                "nested deeper than {MAX_DEPTH} levels"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1);
        let left =
            left.ok_or_else(|| D::Error::custom(format_args!("more than {MAX_VALUES} values")))?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

fn integer<E: de::Error>(number: i64) -> Result<i64, E> {
    if (-MAX_INTEGER..=MAX_INTEGER).contains(&number) {
        Ok(number)
    } else {
        Err(E::invalid_value(
            Unexpected::Signed(number),
            &"a number of at most 2^53",
        ))
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        integer(number).map(Value::Integer)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        integer(i64::try_from(number).unwrap_or(i64::MAX)).map(Value::Integer)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        if number.fract() != 0.0 {
            return Err(E::invalid_value(
                Unexpected::Float(number),
                &"a whole number",
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole; what is too large saturates, and is refused"
        )]
        integer(number as i64).map(Value::Whole)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(deeper)? {
            values.push(value);
        }
        Ok(Value::Array(values.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some(key) = map.next_key()? {
            fields.push((key, map.next_value_seed(deeper)?));
        }
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        let twice = fields.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if a == b => Some(a),
            _ => None,
        });
        if let Some(key) = twice {
            return Err(A::Error::custom(format_args!(
                "the key {key:?} comes twice in one object"
            )));
        }
        Ok(Value::Object(fields.into()))
    }
}

//! JSON as Notary reads and signs it: a strict reader, and the writer of the canonical form that signatures and key ids are
//! computed over (`docker/go`, `canonical/json`).
//!
//! The reader refuses what two readers could understand differently: repeated keys, numbers that a float cannot hold, text that is
//! no Unicode. Everything has a limit.

mod fields;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use fields::{Fields, Shape, decode};
pub use read::{JsonError, MAX_BYTES, MAX_DEPTH, MAX_VALUES};

/// One JSON value, with the fields of objects in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Value {
    Null,
    Bool(bool),
    /// A number that is written as an integer, of at most 2^53.
    Integer(i64),
    /// A number that is written with a point or an exponent, but is whole. The canonical form writes it as an integer.
    Whole(i64),
    String(String),
    Array(Box<[Value]>),
    Object(Box<[(String, Value)]>),
}

impl Value {
    /// Reads one JSON text, and nothing after it.
    pub fn read(json: &[u8]) -> Result<Self, JsonError> {
        let (value, trailing) = read::read(json)?;
        trailing.map_or(Ok(value), |found| Err(JsonError::Trailing(found)))
    }

    /// Reads the first JSON value, and says which character other than space follows it.
    pub(crate) fn read_first(json: &[u8]) -> Result<(Self, Option<char>), JsonError> {
        read::read(json)
    }

    /// An object of these fields, of which none comes twice.
    pub(crate) fn object(fields: impl IntoIterator<Item = (String, Self)>) -> Self {
        let mut fields: Vec<_> = fields.into_iter().collect();
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self::Object(fields.into())
    }

    /// The canonical form: no space, keys in the order of their bytes, in strings only `"` and `\` escaped, whole numbers
    /// as integers.
    pub fn canonical(&self) -> Vec<u8> {
        let mut text = Vec::new();
        write::write(self, &mut text);
        text
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

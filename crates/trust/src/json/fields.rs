//! The fields of an object, taken out one by one, by the rules of Go's reader where it is lenient without being ambiguous: what is
//! absent or `null` is empty. Where it is ambiguous (it takes `Version` for `version`) the object is refused.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Value;

/// A value does not have the shape that was expected. The text says what was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Shape(String);

impl Shape {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// The fields of one object that were not taken out yet.
pub(crate) struct Fields {
    object: Vec<(String, Value)>,
}

impl Fields {
    /// The fields of `value`, which is an object or `null`. What is called `known` may be spelt in one way only.
    pub(crate) fn of(value: Value, known: &[&str]) -> Result<Self, Shape> {
        let object = entries(value)?;
        for (key, _) in &object {
            let misspelt = |field: &&&str| **field != key && folded(field).eq(folded(key));
            if let Some(field) = known.iter().find(misspelt) {
                return Err(Shape(format!(
                    "the key {key:?} has to be written {field:?}"
                )));
            }
        }
        Ok(Self { object })
    }

    /// A key that was not taken out.
    pub(crate) fn left(&self) -> Option<&str> {
        self.object.first().map(|(key, _)| key.as_str())
    }

    /// The value of a field.
    pub(crate) fn take(&mut self, name: &str) -> Value {
        match self
            .object
            .binary_search_by(|(key, _)| key.as_str().cmp(name))
        {
            Ok(at) => self.object.remove(at).1,
            Err(_) => Value::Null,
        }
    }

    pub(crate) fn string(&mut self, name: &str) -> Result<String, Shape> {
        match self.take(name) {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text),
            _ => Err(Shape(format!("{name:?} is not a string"))),
        }
    }

    /// An integer that is written as one: Go reads no other.
    pub(crate) fn integer(&mut self, name: &str) -> Result<i64, Shape> {
        match self.take(name) {
            Value::Null => Ok(0),
            Value::Integer(number) => Ok(number),
            _ => Err(Shape(format!("{name:?} is not an integer"))),
        }
    }

    pub(crate) fn bool(&mut self, name: &str) -> Result<bool, Shape> {
        match self.take(name) {
            Value::Null => Ok(false),
            Value::Bool(value) => Ok(value),
            _ => Err(Shape(format!("{name:?} is neither true nor false"))),
        }
    }

    /// Bytes, in padded standard Base64.
    pub(crate) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, Shape> {
        decode(&self.string(name)?).ok_or_else(|| Shape(format!("{name:?} is not base64")))
    }

    pub(crate) fn array(&mut self, name: &str) -> Result<Vec<Value>, Shape> {
        match self.take(name) {
            Value::Null => Ok(Vec::new()),
            Value::Array(values) => Ok(values.into_vec()),
            _ => Err(Shape(format!("{name:?} is not an array"))),
        }
    }

    pub(crate) fn strings(&mut self, name: &str) -> Result<Vec<String>, Shape> {
        let strings = self.array(name)?.into_iter().map(|value| match value {
            Value::String(text) => Ok(text),
            _ => Err(Shape(format!("{name:?} has something else than strings"))),
        });
        strings.collect()
    }

    pub(crate) fn object(&mut self, name: &str) -> Result<Vec<(String, Value)>, Shape> {
        entries(self.take(name)).map_err(|_| Shape(format!("{name:?} is not an object")))
    }
}

/// The bytes of padded standard Base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn entries(value: Value) -> Result<Vec<(String, Value)>, Shape> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(fields) => Ok(fields.into_vec()),
        _ => Err(Shape::new("something is not an object")),
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

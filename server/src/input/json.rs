//! A JSON body that cannot be read, in the words of whoever wrote it: which field, and what JSON has to stand there. The
//! libraries speak of Rust's types, which are nobody's business outside.
//!
//! What a field holds is never repeated, as it may be a password.

use std::fmt::Write as _;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::error::ApiError;

/// Names of fields and values are repeated up to so many characters.
const SHOWN: usize = 60;

/// Reads an object.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    // A list would be taken for the object's fields in the order in which the program declares them.
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(invalid("The body is empty; send a JSON object.")),
        Some(b'{') => {}
        Some(first) => {
            let what = match first {
                b'[' => "an array",
                b'"' => "a string",
                b'-' | b'0'..=b'9' => "a number",
                _ => "something else",
            };
            return Err(invalid(format!(
                "The body is {what}; a JSON object is expected."
            )));
        }
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = field(error.path());
        match error.inner().classify() {
            Category::Data => data(&place, error.inner()),
            // Where one of several names is expected, the library takes a number for a mistake in the JSON.
            Category::Syntax
                if words(error.inner()) == "expected value"
                    && serde_json::from_slice::<IgnoredAny>(body).is_ok() =>
            {
                refused(&place)
            }
            _ => syntax(error.inner()),
        }
    })?;
    json.end().map_err(|error| syntax(&error))?;
    Ok(value)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::invalid("INVALID_JSON", message)
}

/// It is not JSON, and where it stops being that.
fn syntax(error: &serde_json::Error) -> ApiError {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() {
        return invalid(format!("The body ends before its JSON does, at {place}."));
    }
    let words = words(error);
    let reason = match words.as_str() {
        "expected `:`" => "`:` is expected",
        "expected `,` or `]`" => "`,` or `]` is expected",
        "expected `,` or `}`" => "`,` or `}` is expected",
        "expected value" | "expected ident" => "a value is expected",
        "key must be a string" => "the name of a field, in double quotes, is expected",
        "trailing comma" => "there is a comma after the last one",
        "trailing characters" => "there is more after the end of the object",
        "recursion limit exceeded" => "it is nested too deeply",
        "number out of range" => "the number is too large",
        "invalid unicode code point" => "this is not UTF-8",
        other if other.starts_with("control character") => {
            "a string holds a control character; write it as an escape, such as \\n"
        }
        other => other,
    };
    invalid(format!("The body is not JSON at {place}: {reason}."))
}

/// It is JSON, but not what was asked for.
fn data(place: &str, error: &serde_json::Error) -> ApiError {
    let words = words(error);
    let (kind, rest) = split(&words, &[": ", " `"]);
    let (quoted, expected) = split(rest, &["`, expected ", "`"]);
    let name = shortened(quoted);
    let (place, message) = match kind {
        "missing field" => {
            let place = below(place, quoted);
            let message = format!("The field `{place}` is missing.");
            (place, message)
        }
        "duplicate field" => {
            let place = below(place, quoted);
            let message = format!("The field `{place}` is there twice.");
            (place, message)
        }
        "unknown field" => {
            let known = match expected {
                "" | "there are no fields" => String::new(),
                _ => format!("; known here: {}", list(expected)),
            };
            let message = format!("There is no field `{place}`{known}.");
            (place.to_owned(), message)
        }
        "unknown variant" => {
            let allowed = list(&expected.replace('`', "\""));
            let message = format!("`{place}` cannot be \"{name}\"; expected: {allowed}.");
            (place.to_owned(), message)
        }
        "invalid type" | "invalid value" => {
            let (found, expected) = split(rest, &[", expected "]);
            let message = format!(
                "`{place}` is {}; {} is expected.",
                found_in_json(found),
                expected_of_json(expected)
            );
            (place.to_owned(), message)
        }
        // What a type of our own says of a value may repeat it.
        _ => return refused(place),
    };
    invalid(message).with_detail(serde_json::json!({ "field": place }))
}

fn refused(place: &str) -> ApiError {
    invalid(format!("`{place}` cannot have this value."))
        .with_detail(serde_json::json!({ "field": place }))
}

/// The library's words, without the place that it puts after them.
fn words(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let words = error.to_string();
    words.strip_suffix(&place).unwrap_or(&words).to_owned()
}

/// What stands before and after the first of `separators` that is there; without one, everything and nothing.
fn split<'t>(text: &'t str, separators: &[&str]) -> (&'t str, &'t str) {
    separators
        .iter()
        .find_map(|separator| text.split_once(separator))
        .unwrap_or((text, ""))
}

/// The field that an error is about, as people write it: `a.b[2]`.
fn field(path: &Path) -> String {
    let mut field = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } => field = below(&field, key),
            // Writing to a String cannot fail.
            Segment::Seq { index } => _ = write!(field, "[{index}]"),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    field
}

fn below(place: &str, name: &str) -> String {
    let name = shortened(name);
    if place.is_empty() {
        name
    } else {
        format!("{place}.{name}")
    }
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// "one of `a`, `b`" or "`a` or `b`" as a plain list.
fn list(expected: &str) -> String {
    let expected = expected.strip_prefix("one of ").unwrap_or(expected);
    expected.replace(" or ", ", ")
}

/// What is there, as JSON calls it.
fn found_in_json(found: &str) -> &'static str {
    match found {
        "map" => "an object",
        "sequence" => "an array",
        "null" | "unit value" => "null",
        _ if found.starts_with("boolean") => "true or false",
        _ if found.starts_with("integer") => "a number",
        _ if found.starts_with("floating point") => "a number with a fraction",
        _ if found.starts_with("string") => "a string",
        _ => "something else",
    }
}

/// What should be there, as JSON calls it.
fn expected_of_json(expected: &str) -> String {
    let numbers = |from: i64, to: u64| format!("a whole number from {from} to {to}");
    match expected {
        "u8" => numbers(0, u8::MAX.into()),
        "u16" => numbers(0, u16::MAX.into()),
        "u32" => numbers(0, u32::MAX.into()),
        "u64" | "usize" => "a whole number from 0 on".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "an array".to_owned(),
        "a map" => "an object".to_owned(),
        "unit" => "null".to_owned(),
        "variant identifier" | "string or map" => "a string".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests;

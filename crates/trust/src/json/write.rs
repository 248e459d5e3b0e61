//! The canonical form.

use std::io::Write as _;

use super::Value;

pub(super) fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Null => text.extend_from_slice(b"null"),
        Value::Bool(value) => text.extend_from_slice(if *value { b"true" } else { b"false" }),
        // Writing into memory does not fail.
        Value::Integer(number) | Value::Whole(number) => drop(write!(text, "{number}")),
        Value::String(string) => self::string(string, text),
        Value::Array(values) => {
            text.push(b'[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                write(value, text);
            }
            text.push(b']');
        }
        Value::Object(fields) => {
            text.push(b'{');
            for (at, (key, value)) in fields.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                string(key, text);
                text.push(b':');
                write(value, text);
            }
            text.push(b'}');
        }
    }
}

/// Only the quote and the backslash are escaped; control characters are written as they are.
fn string(string: &str, text: &mut Vec<u8>) {
    text.push(b'"');
    for byte in string.bytes() {
        if matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(byte);
    }
    text.push(b'"');
}

//! What an event says of a thing beyond its name, in words: fields with their values, and of a change what was and what is.

use serde_json::{Map, Value};

/// Longer values are cut.
const LONGEST: usize = 200;

/// One entry for each field, or for each that changed.
pub(super) fn entries(detail: &Value) -> Vec<String> {
    let Value::Object(fields) = detail else {
        return vec![value(detail)];
    };
    if let (2, Some(Value::Object(before)), Some(Value::Object(after))) =
        (fields.len(), fields.get("before"), fields.get("after"))
    {
        return changed(before, after);
    }
    let entries = fields.iter();
    entries
        .map(|(name, now)| entry(name, &value(now)))
        .collect()
}

fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let names = after.keys().chain(gone);
    let differ = names.filter(|name| before.get(*name) != after.get(*name));
    differ
        .map(|name| {
            let of = |side: &Map<String, Value>| side.get(name).map_or_else(nothing, value);
            entry(name, &format!("{} → {}", of(before), of(after)))
        })
        .collect()
}

fn entry(name: &str, value: &str) -> String {
    format!("{}: {value}", words(name))
}

/// `isPublic` as "is public", `skipTLSVerification` as "skip TLS verification"; what is no such name stays.
fn words(name: &str) -> String {
    let is_capital = |letter: Option<&char>| letter.is_some_and(char::is_ascii_uppercase);
    let letters: Vec<char> = name.chars().collect();
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = None;
    for (at, letter) in letters.iter().enumerate() {
        let next = letters.get(at + 1);
        let begins = letter.is_ascii_uppercase()
            && (!is_capital(before) || next.is_some_and(char::is_ascii_lowercase));
        if begins {
            words.push(' ');
        }
        let is_of_several = is_capital(next) || is_capital(before) && !begins;
        words.push(if is_of_several {
            *letter
        } else {
            letter.to_ascii_lowercase()
        });
        before = Some(letter);
    }
    words
}

fn nothing() -> String {
    "nothing".to_owned()
}

fn value(value: &Value) -> String {
    let whole = match value {
        Value::Null => nothing(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => nothing(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => {
            let values: Vec<String> = list.iter().map(self::value).collect();
            values.join(", ")
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let entries: Vec<String> = fields
                .map(|(name, now)| entry(name, &self::value(now)))
                .collect();
            format!("({})", entries.join(", "))
        }
    };
    match whole.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", whole.get(..end).unwrap_or_default()),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_said_in_words() {
        let detail =
            json!({"isPublic": true, "tags": ["a", "b"], "note": null, "of": {"critical": 2}});
        assert_eq!(
            entries(&detail),
            [
                "is public: yes",
                "note: nothing",
                "of: (critical: 2)",
                "tags: a, b"
            ]
        );
        assert_eq!(entries(&json!("plain")), ["plain"]);
    }

    #[test]
    fn names_are_taken_apart() {
        for (name, said) in [
            ("inactive", "inactive"),
            ("tagPatterns", "tag patterns"),
            ("skipTLSVerification", "skip TLS verification"),
            ("inUTC", "in UTC"),
            ("outgoing-proxy", "outgoing-proxy"),
        ] {
            assert_eq!(words(name), said);
        }
    }

    #[test]
    fn of_a_change_only_what_changed_is_said() {
        let detail = json!({
            "before": {"endpoint": "http://one", "isOn": true, "gone": 1},
            "after": {"endpoint": "http://two", "isOn": true},
        });
        assert_eq!(
            entries(&detail),
            ["endpoint: http://one → http://two", "gone: 1 → nothing"]
        );
    }

    #[test]
    fn a_long_value_is_cut_between_letters() {
        let said = entries(&json!({"text": "ü".repeat(LONGEST + 1)}));
        assert_eq!(said, [format!("text: {}…", "ü".repeat(LONGEST))]);
    }
}

//! Times as DTR writes them: RFC 3339 in UTC, with as many digits of the second as there are (Go's `RFC3339Nano`).

use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, ser::Error as _};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// The time as text. Fails for years that RFC 3339 has no digits for.
pub(crate) fn text(time: OffsetDateTime) -> Result<String, time::error::Format> {
    time.to_offset(UtcOffset::UTC).format(&Rfc3339)
}

/// For serde's `with`.
pub(crate) fn serialize<S: Serializer>(
    time: &OffsetDateTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    text(*time).map_err(S::Error::custom)?.serialize(serializer)
}

/// For serde's `with`.
pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
    deserializer: D,
) -> Result<OffsetDateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn digits_are_kept_and_none_is_added() {
        let nanoseconds = datetime!(2019-05-15 19:39:40.607_337_713 UTC);
        assert_eq!(text(nanoseconds).unwrap(), "2019-05-15T19:39:40.607337713Z");
        assert_eq!(
            text(datetime!(2015-01-02 15:04:05 UTC)).unwrap(),
            "2015-01-02T15:04:05Z"
        );
        assert_eq!(
            text(datetime!(2015-01-02 17:04:05.12 +2)).unwrap(),
            "2015-01-02T15:04:05.12Z"
        );
    }
}

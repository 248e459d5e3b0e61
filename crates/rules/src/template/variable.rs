//! The variables of templates.

use crate::criterion::MAX_KEY;

/// How much of a digest is shown as the image's id, in hexadecimal digits; as Docker and DTR do.
pub(super) const SHORT_DIGEST: usize = 12;

/// A variable, as help explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// How it is written: `%n`.
    pub variable: &'static str,
    /// What it becomes.
    pub meaning: &'static str,
    /// Examples of that.
    pub examples: &'static str,
}

/// All variables: DTR's in its order, then ours.
pub const VARIABLES: [Explained; 24] = [
    explained("%n", "tag to promote", "1, 4.5, latest"),
    explained("%A", "day of the week", "Sunday, Monday"),
    explained("%a", "day of the week, abbreviated", "Sun, Mon, Tue"),
    explained("%w", "day of the week, as a number", "0, 1, 6"),
    explained("%d", "day of the month", "01, 15, 31"),
    explained("%B", "month", "January, December"),
    explained("%b", "month, abbreviated", "Jan, Jun, Dec"),
    explained("%m", "month, as a number", "01, 06, 12"),
    explained("%Y", "year", "1999, 2015, 2048"),
    explained("%y", "year, two digits", "99, 15, 48"),
    explained("%H", "hour, of 24", "00, 12, 23"),
    explained("%I", "hour, of 12", "01, 10, 12"),
    explained("%p", "half of the day", "AM, PM"),
    explained("%M", "minute", "00, 10, 59"),
    explained("%S", "second", "00, 10, 59"),
    explained("%f", "microsecond", "000000, 999999"),
    explained("%Z", "name of the time zone", "UTC"),
    explained("%j", "day of the year", "001, 200, 366"),
    explained("%W", "week of the year, from Monday on", "00, 10, 53"),
    explained(
        "%{digest}",
        "digest of the image, without its algorithm",
        "64 hexadecimal digits",
    ),
    explained("%{digest.short}", "start of the digest", "0a1b2c3d4e5f"),
    explained(
        "%{label:NAME}",
        "label of the image",
        "what %{label:org.opencontainers.image.version} says",
    ),
    explained(
        "%{source.namespace}",
        "namespace that it is promoted from",
        "admin",
    ),
    explained(
        "%{source.repository}",
        "repository that it is promoted from, without its namespace",
        "flask_build",
    ),
];

const fn explained(
    variable: &'static str,
    meaning: &'static str,
    examples: &'static str,
) -> Explained {
    Explained {
        variable,
        meaning,
        examples,
    }
}

/// What stands for something that is known when the template is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Variable {
    Tag,
    Time(TimePart),
    Digest,
    ShortDigest,
    Label(Box<str>),
    Namespace,
    Repository,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimePart {
    Weekday,
    ShortWeekday,
    WeekdayNumber,
    Day,
    MonthName,
    ShortMonthName,
    Month,
    Year,
    ShortYear,
    Hour,
    HourOfTwelve,
    Half,
    Minute,
    Second,
    Microsecond,
    Zone,
    DayOfYear,
    WeekOfYear,
}

impl Variable {
    /// The variable that is written so, without its `%`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let time = match name {
            "n" => return Some(Self::Tag),
            "A" => TimePart::Weekday,
            "a" => TimePart::ShortWeekday,
            "w" => TimePart::WeekdayNumber,
            "d" => TimePart::Day,
            "B" => TimePart::MonthName,
            "b" => TimePart::ShortMonthName,
            "m" => TimePart::Month,
            "Y" => TimePart::Year,
            "y" => TimePart::ShortYear,
            "H" => TimePart::Hour,
            "I" => TimePart::HourOfTwelve,
            "p" => TimePart::Half,
            "M" => TimePart::Minute,
            "S" => TimePart::Second,
            "f" => TimePart::Microsecond,
            "Z" => TimePart::Zone,
            "j" => TimePart::DayOfYear,
            "W" => TimePart::WeekOfYear,
            _ => return Self::in_braces(name.strip_prefix('{')?.strip_suffix('}')?),
        };
        Some(Self::Time(time))
    }

    fn in_braces(name: &str) -> Option<Self> {
        match name {
            "digest" => Some(Self::Digest),
            "digest.short" => Some(Self::ShortDigest),
            "source.namespace" => Some(Self::Namespace),
            "source.repository" => Some(Self::Repository),
            _ => {
                let key = name.strip_prefix("label:")?;
                let fits = (1..=MAX_KEY).contains(&key.len());
                fits.then(|| Self::Label(key.into()))
            }
        }
    }

    /// The fewest characters that it can become.
    pub(super) const fn shortest(&self) -> usize {
        match self {
            Self::Label(_) => 0,
            Self::Tag | Self::Namespace | Self::Repository => 1,
            Self::Digest => 64,
            Self::ShortDigest => SHORT_DIGEST,
            Self::Time(part) => part.shortest(),
        }
    }
}

impl TimePart {
    const fn shortest(self) -> usize {
        match self {
            Self::WeekdayNumber => 1,
            Self::ShortWeekday
            | Self::MonthName
            | Self::ShortMonthName
            | Self::Zone
            | Self::DayOfYear => 3,
            Self::Year => 4,
            Self::Weekday | Self::Microsecond => 6,
            Self::Day
            | Self::Month
            | Self::ShortYear
            | Self::Hour
            | Self::HourOfTwelve
            | Self::Half
            | Self::Minute
            | Self::Second
            | Self::WeekOfYear => 2,
        }
    }
}

/// All of them, for an error.
pub(super) fn names() -> String {
    VARIABLES.map(|explained| explained.variable).join(", ")
}

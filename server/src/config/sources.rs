//! Where the value of a setting comes from: the command line, the environment, a file. The first of them that has a value
//! counts; a name that is no setting is an error that names it, wherever it is.

use std::{collections::BTreeMap, ffi::OsString, fmt, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    ConfigError,
    keys::{KEYS, Key, OTHER_VARIABLES, nearest},
};

/// Where a value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere.
    Default,
    /// In a file, at a line that is counted from one.
    File {
        /// As it was named on the command line or in `PLIMSOLL_CONFIG`.
        path: String,
        /// The line of the key.
        line: usize,
    },
    /// In an environment variable of this name.
    Variable(String),
    /// In an option of this name, without its dashes.
    Option(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path} line {line}"),
            Self::Variable(name) => f.write_str(name),
            Self::Option(name) => write!(f, "--{name}"),
        }
    }
}

/// A value as it was given: text, or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    Text(String),
    List(Vec<String>),
}

/// The values that were given, by key.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<&'static str, (Given, Origin)>);

impl Sources {
    /// A value for `key`, unless one of higher precedence is there already.
    fn offer(&mut self, key: &'static Key, given: Given, origin: Origin) {
        self.0.entry(key.name).or_insert((given, origin));
    }

    pub(super) fn get(&self, key: &str) -> Option<&(Given, Origin)> {
        self.0.get(key)
    }

    /// Values of options, by key.
    pub(super) fn add_options(&mut self, options: &[(&'static Key, String)]) {
        for (key, value) in options {
            self.offer(
                key,
                Given::Text(value.clone()),
                Origin::Option(key.option()),
            );
        }
    }

    /// Values of variables. One that begins with `PLIMSOLL_` and means nothing is an error.
    pub(super) fn add_variables(
        &mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("PLIMSOLL_")) else {
                continue;
            };
            if OTHER_VARIABLES.contains(&name) {
                continue;
            }
            let origin = Origin::Variable(name.to_owned());
            let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
                let known: Vec<_> = KEYS.iter().map(Key::variable).collect();
                return Err(ConfigError::unknown(
                    name,
                    &origin,
                    nearest(name, known.iter().map(String::as_str)),
                ));
            };
            let Ok(value) = value.into_string() else {
                return Err(ConfigError::invalid(
                    key.name,
                    &origin,
                    "the value is not UTF-8",
                ));
            };
            self.offer(key, Given::Text(value), origin);
        }
        Ok(())
    }

    /// Values of a TOML file.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| ConfigError::File {
            path: name.clone(),
            reason: e.to_string(),
        })?;
        let file = File {
            name: &name,
            text: &text,
        };
        // The library's own message would show the line, and with it perhaps a password.
        let table = DeTable::parse(&text).map_err(|e| ConfigError::Syntax {
            origin: file.origin(e.span().map_or(0, |span| span.start)),
            reason: e.message().to_owned(),
        })?;
        self.add_table(&file, "", table.get_ref())
    }

    fn add_table(
        &mut self,
        file: &File<'_>,
        prefix: &str,
        table: &DeTable<'_>,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let full = format!("{prefix}{}", name.get_ref());
            let origin = file.origin(name.span().start);
            let inside = format!("{full}.");
            if let Some(key) = KEYS.iter().find(|key| key.name == full) {
                let given = given(value)
                    .map_err(|reason| ConfigError::invalid(key.name, &origin, reason))?;
                self.offer(key, given, origin);
            } else if let (DeValue::Table(table), true) = (
                value.get_ref(),
                KEYS.iter().any(|key| key.name.starts_with(&inside)),
            ) {
                self.add_table(file, &inside, table)?;
            } else {
                let known = KEYS.iter().map(|key| key.name);
                return Err(ConfigError::unknown(&full, &origin, nearest(&full, known)));
            }
        }
        Ok(())
    }
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn origin(&self, at: usize) -> Origin {
        let before = self.text.get(..at).unwrap_or_default();
        Origin::File {
            path: self.name.to_owned(),
            line: 1 + before.matches('\n').count(),
        }
    }
}

fn given(value: &Spanned<DeValue<'_>>) -> Result<Given, &'static str> {
    match value.get_ref() {
        DeValue::Array(items) => {
            let texts: Option<Vec<_>> = items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect();
            texts.map(Given::List).ok_or("the list may hold texts only")
        }
        DeValue::String(text) => Ok(Given::Text(text.clone().into_owned())),
        DeValue::Integer(number) if number.radix() == 10 => {
            Ok(Given::Text(number.as_str().to_owned()))
        }
        _ => Err("the value must be a text, a whole number or a list of texts"),
    }
}

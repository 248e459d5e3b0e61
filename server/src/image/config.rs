//! Reads an image's configuration (OCI image specification, `config.md`; Docker's image JSON is the same shape).
//!
//! A configuration is whatever someone pushed. So reading is bounded and forgiving: a field of the wrong type counts as absent,
//! and only what is no JSON object at all is [`Unreadable`].

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The most bytes of a configuration that are read, 4 MiB; a larger one is shown as unreadable.
pub(crate) const MAX_SIZE: u64 = 4 << 20;

/// The configuration is larger than [`MAX_SIZE`] or no JSON object.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the image's configuration cannot be read: it is too large or not a JSON object")]
pub(crate) struct Unreadable;

/// What a configuration says, ready to be shown.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Config {
    /// As `linux`.
    pub(crate) os: Option<String>,
    /// As `amd64`.
    pub(crate) architecture: Option<String>,
    /// As `v7`.
    pub(crate) variant: Option<String>,
    /// Version of Windows.
    pub(crate) os_version: Option<String>,
    /// Free text.
    pub(crate) author: Option<String>,
    /// When the image was built.
    pub(crate) created: Option<OffsetDateTime>,
    /// Steps of the build, first one first.
    pub(crate) history: Vec<Step>,
    /// How a container is started.
    pub(crate) start: api::manifest::ImageConfig,
}

/// One entry of `history`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Step {
    /// The command, as the builder wrote it.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) created_by: String,
    /// What builders without commands write instead.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) comment: String,
    /// The step made no layer.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) empty_layer: bool,
}

#[derive(Deserialize)]
struct File {
    #[serde(default, deserialize_with = "or_default")]
    os: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    architecture: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    variant: Option<String>,
    #[serde(default, rename = "os.version", deserialize_with = "or_default")]
    os_version: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    author: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    created: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    history: Vec<Step>,
    #[serde(default, deserialize_with = "or_default")]
    config: Start,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Start {
    #[serde(default, deserialize_with = "or_default")]
    env: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    entrypoint: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    cmd: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    user: String,
    #[serde(default, deserialize_with = "or_default")]
    working_dir: String,
    #[serde(default, deserialize_with = "or_default")]
    exposed_ports: BTreeMap<String, serde_json::Value>,
    #[serde(default, deserialize_with = "or_default")]
    volumes: BTreeMap<String, serde_json::Value>,
    #[serde(default, deserialize_with = "or_default")]
    stop_signal: String,
    #[serde(default, deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

/// Reads the bytes of a configuration.
pub(crate) fn parse(bytes: &[u8]) -> Result<Config, Unreadable> {
    if u64::try_from(bytes.len()).map_or(true, |length| length > MAX_SIZE) {
        return Err(Unreadable);
    }
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|_| Unreadable)?;
    let file = File::deserialize(serde_json::Value::Object(object)).map_err(|_| Unreadable)?;
    Ok(Config {
        os: said(file.os),
        architecture: said(file.architecture),
        variant: said(file.variant),
        os_version: said(file.os_version),
        author: said(file.author),
        created: file.created.as_deref().and_then(moment),
        history: file.history,
        start: api::manifest::ImageConfig {
            env: file.config.env,
            entrypoint: file.config.entrypoint,
            cmd: file.config.cmd,
            user: file.config.user,
            working_dir: file.config.working_dir,
            exposed_ports: file.config.exposed_ports.into_keys().collect(),
            volumes: file.config.volumes.into_keys().collect(),
            stop_signal: file.config.stop_signal,
            labels: file.config.labels,
        },
    })
}

fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Year 1 is how some builders write "no time".
fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .filter(|moment| moment.year() > 1)
}

/// A value of another type than expected, `null` among them, is the default.
fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_docker_configuration_is_read() {
        let config = parse(
            br#"{"architecture":"arm","os":"linux","variant":"v7","os.version":"","author":"me",
                 "created":"2026-11-23T10:00:00.5Z","rootfs":{"type":"layers","diff_ids":[]},
                 "config":{"Env":["A=1","B="],"Entrypoint":["/e"],"Cmd":null,"User":"1000","WorkingDir":"/w",
                   "ExposedPorts":{"443/tcp":{},"80/tcp":{}},"Volumes":null,"StopSignal":"SIGQUIT","Labels":{"a":"b"}},
                 "history":[{"created_by":"x","empty_layer":true},{"comment":"y"}]}"#,
        )
        .expect("a configuration");
        assert_eq!(config.os.as_deref(), Some("linux"));
        assert_eq!(config.variant.as_deref(), Some("v7"));
        assert_eq!(config.os_version, None);
        assert_eq!(
            config.created.map(OffsetDateTime::unix_timestamp),
            Some(1_795_428_000)
        );
        assert_eq!(config.start.env, ["A=1", "B="]);
        assert_eq!(config.start.entrypoint, ["/e"]);
        assert!(config.start.cmd.is_empty());
        assert_eq!(config.start.exposed_ports, ["443/tcp", "80/tcp"]);
        assert_eq!(config.start.labels.get("a").map(String::as_str), Some("b"));
        assert_eq!(config.history.len(), 2);
        assert!(config.history[0].empty_layer);
        assert_eq!(config.history[1].comment, "y");
    }

    #[test]
    fn fields_of_the_wrong_type_are_absent() {
        for hostile in [
            r#"{"os":7,"config":[],"history":{"a":1},"created":"yesterday"}"#,
            r#"{"os":null,"config":{"Env":"A=1","Labels":{"a":1},"ExposedPorts":["80"]},"history":[1]}"#,
            r#"{"created":"0001-01-01T00:00:00Z"}"#,
            "{}",
        ] {
            assert_eq!(
                parse(hostile.as_bytes()),
                Ok(Config::default()),
                "{hostile}"
            );
        }
    }

    #[test]
    fn what_is_no_object_or_too_deep_or_too_large_is_unreadable() {
        let deep = format!(r#"{{"config":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
        let large = format!(r#"{{"author":"{}"}}"#, "a".repeat(4 << 20));
        for hostile in ["", "null", "[]", "\"x\"", "{\"os\":", &deep, &large] {
            assert_eq!(parse(hostile.as_bytes()), Err(Unreadable));
        }
        assert_eq!(parse(b"\xff\xfe{}"), Err(Unreadable));
    }
}

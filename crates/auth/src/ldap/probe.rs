//! Trying a directory's settings, step by step, for the page where they are made.

use serde::{Deserialize, Serialize};

use super::{
    LdapError, Person, Settings,
    connection::{Connection, guarded, reach},
};

/// How many entries are counted before it is enough.
const COUNT: usize = 1000;

/// One step on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// The settings make sense.
    Settings,
    /// The port answers.
    Connect,
    /// The connection is encrypted, and the certificate is good.
    Encrypt,
    /// The reader is let in.
    Bind,
    /// The search finds people.
    Search,
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Which one.
    pub stage: Stage,
    /// Whether it went well.
    pub ok: bool,
    /// What to know about it: no secret, for an administrator to read.
    pub detail: String,
}

/// Goes through the steps of a sign-in as far as the search, and stops at the first that fails.
pub async fn test(settings: &Settings) -> Vec<Step> {
    let mut steps = Vec::new();
    // The last step is the one that failed.
    if let Err((stage, error)) = walk(settings, &mut steps).await {
        steps.push(Step {
            stage,
            ok: false,
            detail: error.to_string(),
        });
    }
    steps
}

async fn walk(settings: &Settings, steps: &mut Vec<Step>) -> Result<(), (Stage, LdapError)> {
    let mut done = |stage, detail: String| {
        steps.push(Step {
            stage,
            ok: true,
            detail,
        });
    };
    settings
        .check()
        .map_err(|e| (Stage::Settings, LdapError::from(e)))?;
    done(Stage::Settings, "the settings make sense".to_owned());

    let stream = reach(settings).await.map_err(|e| (Stage::Connect, e))?;
    let peer = stream.peer_addr().map(|peer| format!(" ({peer})"));
    done(
        Stage::Connect,
        format!("{} answers{}", settings.url, peer.unwrap_or_default()),
    );

    let limit = settings.timeout;
    let mut connection = guarded(limit, Connection::open(settings, stream))
        .await
        .map_err(|e| (Stage::Encrypt, e))?;
    done(Stage::Encrypt, encryption(settings).to_owned());

    guarded(limit, connection.bind_reader(settings))
        .await
        .map_err(|e| (Stage::Bind, e))?;
    let reader = match settings.reader_dn.as_str() {
        "" => "searching as nobody".to_owned(),
        dn => format!("bound as {dn}"),
    };
    done(Stage::Bind, reader);

    let found = guarded(limit, search(settings, &mut connection))
        .await
        .map_err(|e| (Stage::Search, e))?;
    done(Stage::Search, found);
    Ok(())
}

fn encryption(settings: &Settings) -> &'static str {
    if settings.start_tls {
        "encrypted by StartTLS; the certificate is good"
    } else if settings.is_encrypted() {
        "encrypted; the certificate is good"
    } else {
        "not encrypted: passwords can be read on the way"
    }
}

/// How many people the user filter finds, and an example of what is read of them.
async fn search(settings: &Settings, connection: &mut Connection) -> Result<String, LdapError> {
    let (entries, more) = connection
        .pages(
            &settings.base_dn,
            settings.scope.into(),
            &settings.filter_for_all(),
            Person::attributes(settings),
            COUNT,
        )
        .await?;
    let people: Vec<_> = entries
        .iter()
        .filter_map(|entry| Person::read(settings, entry).ok())
        .collect();
    let or_more = if more { " or more" } else { "" };
    let count = format!(
        "{}{or_more} entries, {} of them with a user name",
        entries.len(),
        people.len()
    );
    Ok(match people.first() {
        Some(person) => format!("{count}; the first is {:?}", person.username),
        None => count,
    })
}

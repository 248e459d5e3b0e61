//! A connection to a directory: reached, encrypted, bound, searched.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt as _;
use ldap3::{
    Ldap, LdapConnAsync, ResultEntry, Scope, SearchEntry, SearchOptions, StdStream,
    adapters::{Adapter, EntriesOnly, PagedResults},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{net::TcpStream, time::timeout};

use super::{LdapError, Settings};
use crate::issuer::clip;

/// The most entries that one search may find.
pub const MAX_ENTRIES: usize = 100_000;
/// Entries in a page: what Active Directory gives at most is 1,000.
const PAGE: i32 = 500;

/// LDAP result codes (RFC 4511, appendix A).
const SUCCESS: u32 = 0;
const SIZE_LIMIT_EXCEEDED: u32 = 4;
const INVALID_CREDENTIALS: u32 = 49;

/// Runs `work` within `limit`. `ldap3` panics on answers that it cannot read; that ends here.
pub(super) async fn guarded<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, LdapError>>,
) -> Result<T, LdapError> {
    match timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_panic)) => Err(LdapError::Unreadable),
        Err(_elapsed) => Err(LdapError::TimedOut),
    }
}

/// Connects to the directory's port.
pub(super) async fn reach(settings: &Settings) -> Result<std::net::TcpStream, LdapError> {
    let url = settings.parsed_url()?;
    let default = if url.scheme() == "ldaps" { 636 } else { 389 };
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let failed = |e: std::io::Error| LdapError::Connect(e.to_string());
    let stream = timeout(
        settings.timeout,
        TcpStream::connect((host, url.port().unwrap_or(default))),
    )
    .await
    .map_err(|_elapsed| LdapError::TimedOut)?
    .map_err(failed)?;
    stream.into_std().map_err(failed)
}

/// What was found of an entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    fn read(entry: ResultEntry) -> Self {
        let SearchEntry {
            dn,
            attrs,
            bin_attrs,
        } = SearchEntry::construct(entry);
        let bytes = |values: Vec<String>| values.into_iter().map(String::into_bytes).collect();
        let texts = attrs.into_iter().map(|(name, v)| (name, bytes(v)));
        Self {
            dn,
            attributes: texts.chain(bin_attrs).collect(),
        }
    }

    /// The names of its attributes.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    /// The values of an attribute, whose name is compared without regard to case (RFC 4512, section 2.5).
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.attributes
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .flat_map(|(_, values)| values.iter().map(Vec::as_slice))
    }

    /// The first value that is text: not empty, 1,024 bytes at most, without control characters.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let fits = |text: &&str| {
            !text.is_empty() && text.len() <= 1024 && !text.contains(char::is_control)
        };
        self.values(name)
            .filter_map(|value| std::str::from_utf8(value).ok())
            .find(fits)
            .map(str::to_owned)
    }
}

/// An open connection. It closes when it is dropped.
pub(super) struct Connection {
    ldap: Ldap,
    timeout: Duration,
}

impl Connection {
    /// Speaks LDAP on `stream`, encrypted as the settings say.
    pub(super) async fn open(
        settings: &Settings,
        stream: std::net::TcpStream,
    ) -> Result<Self, LdapError> {
        let url = settings.parsed_url()?;
        let with = settings
            .connection()?
            .set_std_stream(StdStream::Tcp(stream));
        let (connection, ldap) = LdapConnAsync::from_url_with_settings(with, &url)
            .await
            .map_err(|e| match e {
                ldap3::LdapError::Timeout { .. } => LdapError::TimedOut,
                e => LdapError::Encrypt(clip(&e.to_string())),
            })?;
        // What goes wrong there, the operations report too.
        tokio::spawn(async move { drop(connection.drive().await) });
        Ok(Self {
            ldap,
            timeout: settings.timeout,
        })
    }

    /// Reaches, encrypts, and binds as the reader.
    pub(super) async fn for_reading(settings: &Settings) -> Result<Self, LdapError> {
        let mut connection = Self::open(settings, reach(settings).await?).await?;
        connection.bind_reader(settings).await?;
        Ok(connection)
    }

    /// Binds as the reader, if there is one.
    pub(super) async fn bind_reader(&mut self, settings: &Settings) -> Result<(), LdapError> {
        if settings.reader_dn.is_empty() {
            return Ok(());
        }
        self.bind(&settings.reader_dn, &settings.reader_password)
            .await
            .map_err(|e| match e {
                LdapError::WrongPassword => LdapError::Reader("wrong name or password".to_owned()),
                LdapError::NotAllowed(why) => LdapError::Reader(why),
                e => e,
            })
    }

    /// A simple bind (RFC 4513, section 5.1.3), never one without a name or a password, which would succeed and prove nothing
    /// (sections 5.1.1 and 5.1.2).
    pub(super) async fn bind(
        &mut self,
        dn: &str,
        password: &SecretString,
    ) -> Result<(), LdapError> {
        let password = password.expose_secret();
        if dn.is_empty() || password.is_empty() {
            return Err(LdapError::EmptyPassword);
        }
        let result = self
            .ldap
            .with_timeout(self.timeout)
            .simple_bind(dn, password)
            .await
            .map_err(|e| failed(&e))?;
        match result.rc {
            SUCCESS => Ok(()),
            INVALID_CREDENTIALS => Err(LdapError::WrongPassword),
            _ => Err(LdapError::NotAllowed(clip(&result.to_string()))),
        }
    }

    /// At most `limit` entries, by one request.
    pub(super) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: Vec<String>,
        limit: i32,
    ) -> Result<Vec<Entry>, LdapError> {
        let result = self
            .ldap
            .with_timeout(self.timeout)
            .with_search_options(SearchOptions::new().sizelimit(limit))
            .search(base, scope, filter, attributes)
            .await
            .map_err(|e| failed(&e))?;
        match result.1.rc {
            SUCCESS | SIZE_LIMIT_EXCEEDED => Ok(result.0.into_iter().map(Entry::read).collect()),
            _ => Err(LdapError::Search(clip(&result.1.to_string()))),
        }
    }

    /// All entries, page by page (RFC 2696), or the first `limit` of them; the second value says whether there are more.
    /// Referrals to other servers are not followed.
    pub(super) async fn pages(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: Vec<String>,
        limit: usize,
    ) -> Result<(Vec<Entry>, bool), LdapError> {
        let adapters: Vec<Box<dyn Adapter<'_, String, Vec<String>>>> = vec![
            Box::new(EntriesOnly::new()),
            Box::new(PagedResults::new(PAGE)),
        ];
        let mut stream = self
            .ldap
            .with_timeout(self.timeout)
            .streaming_search_with(adapters, base, scope, filter, attributes)
            .await
            .map_err(|e| failed(&e))?;
        let mut entries = Vec::new();
        while let Some(entry) = stream.next().await.map_err(|e| failed(&e))? {
            if entries.len() >= limit {
                return Ok((entries, true));
            }
            entries.push(Entry::read(entry));
        }
        let result = stream.finish().await;
        match result.rc {
            SUCCESS => Ok((entries, false)),
            _ => Err(LdapError::Search(clip(&result.to_string()))),
        }
    }
}

/// An operation that got no answer. `ldap3` has no password in its messages, but our own say enough.
fn failed(error: &ldap3::LdapError) -> LdapError {
    match error {
        ldap3::LdapError::Timeout { .. } => LdapError::TimedOut,
        ldap3::LdapError::FilterParsing => LdapError::Search("the filter is not one".to_owned()),
        ldap3::LdapError::Io { source } => LdapError::Connect(source.to_string()),
        ldap3::LdapError::LdapResult { result } => LdapError::Search(clip(&result.to_string())),
        _ => LdapError::Connect("it closed the connection".to_owned()),
    }
}

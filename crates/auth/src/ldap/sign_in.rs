//! Sign-in by search and bind.

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    LdapError, Person, Settings,
    connection::{Connection, Entry, guarded},
};

/// The longest name that is searched for, in bytes.
const MAX_USERNAME: usize = 256;

/// Who signs in with this name and password, or why not. Takes no longer than the settings' time limit.
///
/// An empty password is refused before anything is sent: directories take a bind without one as anonymous and let it succeed
/// (RFC 4513, section 5.1.2). For a name that is not found a bind is made all the same, with a name that cannot be, so that the
/// time taken tells less.
pub async fn sign_in(
    settings: &Settings,
    username: &str,
    password: &SecretString,
) -> Result<Person, LdapError> {
    if password.expose_secret().is_empty() {
        return Err(LdapError::EmptyPassword);
    }
    if username.is_empty() || username.len() > MAX_USERNAME {
        return Err(LdapError::UnknownUser);
    }
    settings.check()?;
    guarded(
        settings.timeout,
        search_and_bind(settings, username, password),
    )
    .await
}

/// The person of this name, who need not be there to sign in. Takes no longer than the settings' time limit.
pub async fn find(settings: &Settings, username: &str) -> Result<Person, LdapError> {
    if username.is_empty() || username.len() > MAX_USERNAME {
        return Err(LdapError::UnknownUser);
    }
    settings.check()?;
    guarded(settings.timeout, async {
        let mut connection = Connection::for_reading(settings).await?;
        match search(&mut connection, settings, username)
            .await?
            .as_slice()
        {
            [entry] => Person::read(settings, entry),
            [] => Err(LdapError::UnknownUser),
            _ => Err(LdapError::Ambiguous),
        }
    })
    .await
}

/// The entries of that name; two are enough to know that there is more than one.
async fn search(
    connection: &mut Connection,
    settings: &Settings,
    username: &str,
) -> Result<Vec<Entry>, LdapError> {
    connection
        .search(
            &settings.base_dn,
            settings.scope.into(),
            &settings.filter_for(username),
            Person::attributes(settings),
            2,
        )
        .await
}

async fn search_and_bind(
    settings: &Settings,
    username: &str,
    password: &SecretString,
) -> Result<Person, LdapError> {
    let mut connection = Connection::for_reading(settings).await?;
    let entries = search(&mut connection, settings, username).await?;
    let [entry] = entries.as_slice() else {
        let nobody = format!("cn=nobody-of-this-name,{}", settings.base_dn);
        let _ = connection.bind(&nobody, password).await;
        return Err(if entries.is_empty() {
            LdapError::UnknownUser
        } else {
            LdapError::Ambiguous
        });
    };
    connection.bind(&entry.dn, password).await?;
    Person::read(settings, entry)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ldap::{Attributes, Scope};

    fn settings(url: String) -> Settings {
        Settings {
            url,
            start_tls: false,
            ca_pem: None,
            reader_dn: String::new(),
            reader_password: "".into(),
            base_dn: "dc=example".to_owned(),
            scope: Scope::Subtree,
            user_filter: "(uid={username})".to_owned(),
            attributes: Attributes::default(),
            timeout: Duration::from_secs(1),
        }
    }

    #[tokio::test]
    async fn sends_nothing_for_an_empty_password() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("port");
        let port = listener.local_addr().expect("address").port();
        let settings = settings(format!("ldap://127.0.0.1:{port}"));
        let empty = sign_in(&settings, "ada", &"".into()).await;
        assert_eq!(empty, Err(LdapError::EmptyPassword));
        for name in [String::new(), "a".repeat(257)] {
            let unknown = sign_in(&settings, &name, &"password".into()).await;
            assert_eq!(unknown, Err(LdapError::UnknownUser));
        }
        let connected = listener.accept().now_or_never();
        assert!(connected.is_none(), "somebody connected");
    }

    #[tokio::test]
    async fn an_unreadable_answer_ends_the_call_only() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("port");
        let port = listener.local_addr().expect("address").port();
        // A search entry (0x64) without a name and attributes; then the end.
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("connection");
            let mut request = [0; 512];
            let _ = stream.read(&mut request).await.expect("request");
            let answer = [
                0x30, 5, 2, 1, 1, 0x64, 0, 0x30, 12, 2, 1, 1, 0x65, 7, 10, 1, 0, 4, 0, 4, 0,
            ];
            stream.write_all(&answer).await.expect("answer");
            let _ = stream.read(&mut request).await;
        });
        let settings = settings(format!("ldap://127.0.0.1:{port}"));
        let result = sign_in(&settings, "ada", &"password".into()).await;
        assert!(
            matches!(result, Err(LdapError::Unreadable | LdapError::Connect(_))),
            "{result:?}"
        );
        server.await.expect("server");
    }

    #[tokio::test]
    async fn says_when_nobody_answers() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("port");
        let port = listener.local_addr().expect("address").port();
        drop(listener);
        let settings = settings(format!("ldap://127.0.0.1:{port}"));
        let error = sign_in(&settings, "ada", &"s3cret".into())
            .await
            .expect_err("nobody");
        assert!(matches!(error, LdapError::Connect(_)), "{error}");
        assert!(!error.is_refusal() && error.for_user().contains("cannot be asked"));
    }

    use futures::FutureExt as _;
}

//! Settings that do not serve, and names that want to be more than a name.

use proptest::prelude::*;

use super::*;

fn settings() -> Settings {
    Settings {
        url: "ldap://directory.example".to_owned(),
        start_tls: true,
        ca_pem: None,
        reader_dn: "cn=reader,dc=example".to_owned(),
        reader_password: "s3cret".into(),
        base_dn: "ou=people,dc=example".to_owned(),
        scope: Scope::Subtree,
        user_filter: "(&(objectClass=person)(|(uid={username})(mail={username})))".to_owned(),
        attributes: Attributes::default(),
        timeout: Duration::from_secs(10),
    }
}

fn with(change: impl FnOnce(&mut Settings)) -> Result<(), SettingsError> {
    let mut settings = settings();
    change(&mut settings);
    settings.check()
}

#[test]
fn good_settings_pass_and_print_no_secret() {
    assert_eq!(settings().check(), Ok(()));
    assert!(!format!("{:?}", settings()).contains("s3cret"));
    assert_eq!(
        with(|s| s.url = "ldap://127.0.0.1:3389/".to_owned()),
        Ok(())
    );
    let anonymous = with(|s| {
        s.reader_dn.clear();
        s.reader_password = "".into();
    });
    assert_eq!(anonymous, Ok(()));
}

#[test]
fn addresses() {
    for url in [
        "",
        "directory.example",
        "http://directory.example",
        "ldapi:///run/slapd",
        "ldap:",
        "ldap://",
        "ldap:///dc=example",
        "ldap://directory.example/dc=example",
        "ldap://directory.example?uid",
        "ldap://user@directory.example",
        "ldap://a b",
    ] {
        assert_eq!(
            with(|s| s.url = url.to_owned()),
            Err(SettingsError::Url),
            "{url}"
        );
    }
    let ldaps = with(|s| s.url = "ldaps://directory.example".to_owned());
    assert_eq!(ldaps, Err(SettingsError::StartTls));
    assert_eq!(
        with(|s| s.url = "ldap://[::1]".to_owned()),
        Err(SettingsError::Ipv6)
    );
    let is_encrypted = |url: &str, start_tls| {
        let settings = Settings {
            url: url.to_owned(),
            start_tls,
            ..settings()
        };
        settings.is_encrypted()
    };
    assert!(is_encrypted("LDAPS://a", false) && is_encrypted("ldap://a", true));
    assert!(!is_encrypted("ldap://a", false));
}

#[test]
fn other_settings() {
    for pem in [
        "",
        "nothing",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let result = with(|s| s.ca_pem = Some(pem.to_owned()));
        assert_eq!(result, Err(SettingsError::Ca), "{pem}");
    }
    assert_eq!(
        with(|s| s.reader_password = "".into()),
        Err(SettingsError::Reader)
    );
    assert_eq!(with(|s| s.reader_dn.clear()), Err(SettingsError::Reader));
    assert_eq!(with(|s| s.base_dn.clear()), Err(SettingsError::Base));
    assert_eq!(
        with(|s| s.attributes.email = "mail)(x".to_owned()),
        Err(SettingsError::Attribute("mail)(x".to_owned()))
    );
    assert_eq!(
        with(|s| s.timeout = Duration::ZERO),
        Err(SettingsError::Timeout)
    );
}

#[test]
fn filters() {
    let check = |filter: &str| check_user_filter(filter);
    assert_eq!(check("(mail={username}@example.org)"), Ok(()));
    assert_eq!(check("(uid=a{username})"), Ok(()));
    assert_eq!(check("(uid=ada)"), Err(SettingsError::NoPlaceholder));
    assert_eq!(check("({username}=ada)"), Err(SettingsError::Placeholder));
    assert_eq!(
        check("(&(uid=a){username})"),
        Err(SettingsError::Placeholder)
    );
    assert_eq!(
        check("(uid:caseExactMatch:={username})"),
        Err(SettingsError::Placeholder)
    );
    for filter in [
        "uid={username}",
        "(uid={username}",
        "(uid={username}))",
        "(&(uid={username})",
        "(uid={username})(uid=*)",
    ] {
        assert_eq!(check(filter), Err(SettingsError::Filter), "{filter}");
    }
}

/// What a filter asks for, as it goes over the wire.
fn tag(filter: &str) -> String {
    format!("{:?}", parse_filter(filter).expect("filter"))
}

/// A filter with `name` as the plain bytes of its value, as it goes over the wire; made without any escaping of ours.
fn literal(name: &str) -> String {
    let hex = name
        .bytes()
        .fold(String::new(), |hex, b| format!("{hex}\\{b:02x}"));
    tag(&format!("(&(objectClass=person)(uid={hex}))"))
}

fn built(name: &str) -> String {
    let mut settings = settings();
    settings.user_filter = "(&(objectClass=person)(uid={username}))".to_owned();
    tag(&settings.filter_for(name))
}

#[test]
fn names_are_only_names() {
    assert_eq!(ldap_escape("a*(b)\\\0é"), "a\\2a\\28b\\29\\5c\\00é");
    for name in [
        "*",
        "a*",
        "ada)(uid=*",
        "*)(objectClass=*))(|(objectClass=*",
        "ada))%00",
        "ada\0",
        "\\",
        "\\2a",
        "\\",
        "ada)(|(password=*)",
        "{username}",
        "é",
        "𝒜𝒹𝒶",
        "\u{ff0a}",
        "(",
        ")",
        "&",
        "|",
        "!(uid=ada)",
        "a=b",
    ] {
        assert_eq!(built(name), literal(name), "{name:?}");
    }
}

proptest! {
    #[test]
    fn any_name_is_only_a_name(name in "\\PC{1,20}|[*()\\\\\0a]{1,12}") {
        prop_assert_eq!(built(&name), literal(&name));
    }
}

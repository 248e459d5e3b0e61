//! Sign-in, group membership and the settings' test against a real directory, which is started here and ended when the test
//! ends.

#[path = "ldap/directory.rs"]
mod directory;

use auth::{
    ca::CertificateAuthority,
    ldap::{
        LdapError, MemberSync, Scope, Settings, Stage, find, members, sign_in, sync::plan, test,
    },
};
use time::OffsetDateTime;

use directory::{CROWD, Directory, PEOPLE, free_port};

fn group(name: &str, attribute: &str) -> MemberSync {
    MemberSync {
        enable_sync: true,
        select_group_members: true,
        group_dn: format!("cn={name},ou=groups,dc=example,dc=org"),
        group_member_attr: attribute.to_owned(),
        ..MemberSync::default()
    }
}

#[tokio::test]
async fn a_real_directory() {
    let Some(directory) = Directory::start() else {
        return;
    };
    signs_in(&directory).await;
    finds(&directory).await;
    refuses(&directory).await;
    takes_names_as_names(&directory).await;
    insists_on_encryption(&directory).await;
    reads_groups(&directory).await;
    reads_searches(&directory).await;
    tells_how_far_it_came(&directory).await;
}

async fn signs_in(directory: &Directory) {
    let start_tls = directory.settings();
    let ldaps = Settings {
        url: format!("ldaps://localhost:{}", directory.tls),
        start_tls: false,
        ..directory.settings()
    };
    let plain = Settings {
        start_tls: false,
        ca_pem: None,
        ..directory.settings()
    };
    let by_address = Settings {
        url: format!("ldap://127.0.0.1:{}", directory.plain),
        ..directory.settings()
    };
    for settings in [start_tls, ldaps, plain, by_address] {
        let ada = sign_in(&settings, "ada", &"ada-password".into())
            .await
            .expect("Ada is let in");
        assert_eq!(ada.dn, format!("uid=ada,{PEOPLE}"));
        assert_eq!(ada.username, "ada");
        assert_eq!(ada.full_name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(ada.email.as_deref(), Some("ada@example.org"));
        assert_eq!(ada.id.expect("entryUUID").len(), 36);
    }
    let settings = directory.settings();
    let again = sign_in(&settings, "ADA", &"ada-password".into()).await;
    assert_eq!(again.expect("case does not matter").username, "ada");
    let robot = sign_in(&settings, "robot", &"robot-password".into()).await;
    assert!(robot.is_ok(), "{robot:?}");
    let one_level = Settings {
        scope: Scope::OneLevel,
        ..settings
    };
    let robot = sign_in(&one_level, "robot", &"robot-password".into()).await;
    assert_eq!(robot, Err(LdapError::UnknownUser));
}

async fn finds(directory: &Directory) {
    let settings = directory.settings();
    let ada = find(&settings, "ADA").await.expect("Ada is there");
    assert_eq!(
        (ada.username.as_str(), ada.id.expect("an id").len()),
        ("ada", 36)
    );
    for (name, expected) in [
        ("nobody", LdapError::UnknownUser),
        ("", LdapError::UnknownUser),
        ("ad*", LdapError::UnknownUser),
        ("ada)(uid=*", LdapError::UnknownUser),
        ("twin", LdapError::Ambiguous),
    ] {
        assert_eq!(find(&settings, name).await, Err(expected), "{name}");
    }
}

async fn refuses(directory: &Directory) {
    let settings = directory.settings();
    for (name, password, expected) in [
        ("ada", "ada-passwore", LdapError::WrongPassword),
        ("ada", "bob-password", LdapError::WrongPassword),
        ("ada", "", LdapError::EmptyPassword),
        ("ada", "\0", LdapError::WrongPassword),
        ("nobody", "ada-password", LdapError::UnknownUser),
        ("twin", "twin-password", LdapError::Ambiguous),
        ("gone", "gone-password", LdapError::UnknownUser),
    ] {
        let error = sign_in(&settings, name, &password.into())
            .await
            .expect_err(name);
        assert_eq!(error, expected, "{name} {password}");
        assert_eq!(error.for_user(), "The user name or the password is wrong.");
    }
    let reader = Settings {
        reader_password: "wr0ng-s3cret".into(),
        ..directory.settings()
    };
    let error = sign_in(&reader, "ada", &"ada-password".into())
        .await
        .expect_err("the reader is refused");
    assert!(matches!(error, LdapError::Reader(_)), "{error}");
    assert!(!error.is_refusal() && !error.to_string().contains("s3cret"));
    let anonymous = Settings {
        reader_dn: String::new(),
        reader_password: "".into(),
        ..directory.settings()
    };
    let error = sign_in(&anonymous, "ada", &"ada-password".into()).await;
    assert!(error.is_err(), "nobody may search: {error:?}");
}

async fn takes_names_as_names(directory: &Directory) {
    let settings = directory.settings();
    for name in [
        "*",
        "ad*",
        "ada)(uid=*",
        "*)(objectClass=*",
        "ada))(|(uid=*",
        "ada\0",
        "\\61da",
        "ada\\",
        "{username}",
        "(uid=ada)",
        "ádá",
    ] {
        let result = sign_in(&settings, name, &"ada-password".into()).await;
        assert_eq!(result, Err(LdapError::UnknownUser), "{name:?}");
    }
    let star = sign_in(&settings, "a*b", &"a*b-password".into()).await;
    assert_eq!(star.expect("the name has a star").username, "a*b");
}

async fn insists_on_encryption(directory: &Directory) {
    let other =
        CertificateAuthority::create("Another CA", OffsetDateTime::now_utc()).expect("authority");
    let ldaps = format!("ldaps://localhost:{}", directory.tls);
    for (url, start_tls) in [(directory.settings().url, true), (ldaps, false)] {
        for ca_pem in [Some(other.cert_pem().to_owned()), None] {
            let settings = Settings {
                url: url.clone(),
                start_tls,
                ca_pem,
                ..directory.settings()
            };
            let error = sign_in(&settings, "ada", &"ada-password".into())
                .await
                .expect_err("an authority that is not trusted");
            assert!(matches!(error, LdapError::Encrypt(_)), "{error}");
        }
    }
}

async fn reads_groups(directory: &Directory) {
    let settings = directory.settings();
    let names = async |sync: MemberSync| {
        let people = members(&settings, &sync).await.expect("members");
        people.into_iter().map(|p| p.username).collect::<Vec<_>>()
    };
    assert_eq!(names(group("engines", "member")).await, ["ada", "eve"]);
    assert_eq!(names(group("posix", "memberUid")).await, ["bob", "robot"]);
    assert_eq!(names(group("crowd", "member")).await.len(), CROWD);
    assert!(names(group("crowd", "uniqueMember")).await.is_empty());
    assert!(names(MemberSync::default()).await.is_empty());
    let missing = members(&settings, &group("missing", "member")).await;
    assert!(matches!(missing, Err(LdapError::Search(_))), "{missing:?}");

    let wanted = names(group("engines", "member"))
        .await
        .into_iter()
        .collect();
    let current = ["ada", "bob"].map(str::to_owned).into_iter().collect();
    let plan = plan(&current, &wanted);
    assert_eq!(
        (plan.added, plan.removed),
        (vec!["eve".to_owned()], vec!["bob".to_owned()])
    );
}

async fn reads_searches(directory: &Directory) {
    let settings = directory.settings();
    let search = async |base: &str, subtree: bool, filter: &str| {
        let sync = MemberSync {
            enable_sync: true,
            search_base_dn: base.to_owned(),
            search_scope_subtree: subtree,
            search_filter: filter.to_owned(),
            ..MemberSync::default()
        };
        let people = members(&settings, &sync).await?;
        Ok::<_, LdapError>(people.into_iter().map(|p| p.username).collect::<Vec<_>>())
    };
    assert_eq!(
        search("", true, "(ou=engines)").await.expect("people"),
        ["ada", "eve", "robot"]
    );
    assert_eq!(
        search(PEOPLE, false, "(ou=engines)").await.expect("people"),
        ["ada", "eve"]
    );
    let crowd = search("", true, "(ou=crowd)").await.expect("people");
    assert_eq!(
        crowd.len(),
        CROWD,
        "more than one page, and more than the size limit"
    );
    let everything = search("dc=example,dc=org", true, "(objectClass=*)").await;
    assert_eq!(everything.expect("people").len(), CROWD + 6, "people only");
    let nowhere = search("dc=nowhere", true, "(ou=engines)").await;
    assert!(matches!(nowhere, Err(LdapError::Search(_))), "{nowhere:?}");
}

async fn tells_how_far_it_came(directory: &Directory) {
    let stages = async |settings: Settings| {
        let steps = test(&settings).await;
        let printed = format!("{steps:?}");
        assert!(!printed.contains("password") || !printed.contains("reader-password"));
        steps
    };
    let all = stages(directory.settings()).await;
    assert!(all.iter().all(|step| step.ok), "{all:#?}");
    let order: Vec<_> = all.iter().map(|step| step.stage).collect();
    let expected = [
        Stage::Settings,
        Stage::Connect,
        Stage::Encrypt,
        Stage::Bind,
        Stage::Search,
    ];
    assert_eq!(order, expected);
    let last = &all.last().expect("a step").detail;
    assert!(last.contains("1000 or more entries"), "{last}");

    let failed_at = async |settings: Settings| {
        let steps = stages(settings).await;
        let last = steps.last().expect("a step");
        assert!(!last.ok, "{steps:#?}");
        last.stage
    };
    let with = |change: fn(&mut Settings)| {
        let mut settings = directory.settings();
        change(&mut settings);
        settings
    };
    assert_eq!(
        failed_at(with(|s| s.base_dn.clear())).await,
        Stage::Settings
    );
    let closed = Settings {
        url: format!("ldap://localhost:{}", free_port()),
        ..directory.settings()
    };
    assert_eq!(failed_at(closed).await, Stage::Connect);
    assert_eq!(failed_at(with(|s| s.ca_pem = None)).await, Stage::Encrypt);
    assert_eq!(
        failed_at(with(|s| s.reader_password = "wrong".into())).await,
        Stage::Bind
    );
    assert_eq!(
        failed_at(with(|s| s.base_dn.insert_str(0, "ou=nowhere,"))).await,
        Stage::Search
    );
}

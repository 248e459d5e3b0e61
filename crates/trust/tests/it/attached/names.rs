//! Trusted identities.

use trust::{
    notation::Identities,
    x509::{Name, NameError},
};

#[test]
fn names_are_read() {
    for (text, shown) in [
        ("C=US, ST=WA, O=Example", "C=US, O=Example, ST=WA"),
        ("o=Example,s=WA,c=US", "C=US, O=Example, ST=WA"),
        (
            r"C=US,ST=WA,O=Example\, Inc.",
            r"C=US, O=Example\, Inc., ST=WA",
        ),
    ] {
        let name = Name::parse(text).expect(text);
        assert_eq!(name.to_string(), shown);
        assert_eq!(Name::parse(shown), Ok(name));
    }
}

#[test]
fn what_is_no_name() {
    for (text, error) in [
        ("", NameError::Malformed),
        ("C=US, ST=WA", NameError::Incomplete),
        ("C=US, ST=WA, O=", NameError::Malformed),
        (
            "C=US, ST=WA, O=Example, O=Other",
            NameError::Twice("O".to_owned()),
        ),
        (
            "C=US, ST=WA, S=WA, O=Example",
            NameError::Twice("ST".to_owned()),
        ),
        (
            "C=US, ST=WA, O=Example, X=1",
            NameError::Unknown("X".to_owned()),
        ),
        ("C=US+ST=WA, O=Example", NameError::Malformed),
        ("C=US, ST=WA, O=\"Example\"", NameError::Malformed),
        ("C=US, ST=WA, O=Example\\", NameError::Malformed),
        (&"C".repeat(2000), NameError::Malformed),
    ] {
        assert_eq!(Name::parse(text), Err(error), "{text}");
    }
}

#[test]
fn identities_of_a_trust_store() {
    let good = "x509.subject: C=US, ST=WA, O=Example";
    assert_eq!(Identities::parse(["*"]), Ok(Identities::Any));
    assert!(Identities::parse([good]).is_ok());
    for wrong in [
        &[][..],
        &["*", good],
        &["C=US, ST=WA, O=Example"],
        &["x509.subject:"],
    ] {
        assert!(
            Identities::parse(wrong.iter().copied()).is_err(),
            "{wrong:?}"
        );
    }
}

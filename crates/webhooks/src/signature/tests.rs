//! Signatures: the reference's own vector, rotation, and that every bit counts.

use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::StdRng};

use super::*;

const BODY: &[u8] = br#"{"test": 2432232314}"#;

fn reference() -> Secret {
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()
}

fn id() -> EventId {
    "msg_p5jXN8AQM9LWM0D4loKWxJek".parse().unwrap()
}

fn then() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_614_265_330).unwrap()
}

fn secret(bytes: &[u8]) -> Secret {
    Secret(bytes.to_vec().into())
}

fn check(
    secret: &Secret,
    headers: &[(&str, String)],
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), VerifyError> {
    let [(ID, id), (TIMESTAMP, at), (SIGNATURE, signature)] = headers else {
        panic!("{headers:?}");
    };
    verify(secret, (id, at, signature), body, now)
}

/// The vector of the reference implementations' tests.
#[test]
fn the_reference_vector() {
    let headers = headers(Some(&reference().into()), &id(), then(), BODY);
    let expected = [
        (ID, "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        (TIMESTAMP, "1614265330"),
        (SIGNATURE, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    assert_eq!(check(&reference(), &headers, BODY, then()), Ok(()));
}

#[test]
fn two_secrets_make_two_signatures() {
    let new = secret(&[7; 32]);
    let both = Secrets::from(reference()).rotate(new.clone());
    let signed = headers(Some(&both), &id(), then(), BODY);
    assert_eq!(signed[2].1.split(' ').count(), 2);
    for known in [&new, &reference()] {
        assert_eq!(check(known, &signed, BODY, then()), Ok(()));
    }
    let third = both.rotate(secret(&[8; 32]));
    let signed = headers(Some(&third), &id(), then(), BODY);
    assert_eq!(
        check(&reference(), &signed, BODY, then()),
        Err(VerifyError::Signature),
        "the last but one no longer counts"
    );
}

#[test]
fn without_a_secret_there_is_no_signature() {
    let headers = headers(None, &id(), then(), BODY);
    assert_eq!(
        headers.iter().map(|h| h.0).collect::<Vec<_>>(),
        [ID, TIMESTAMP]
    );
}

#[test]
fn old_requests_and_other_versions_are_refused() {
    let signed = headers(Some(&reference().into()), &id(), then(), BODY);
    let second = Duration::seconds(1);
    assert_eq!(
        check(&reference(), &signed, BODY, then() + TOLERANCE),
        Ok(())
    );
    for late in [then() + TOLERANCE + second, then() - TOLERANCE - second] {
        assert_eq!(
            check(&reference(), &signed, BODY, late),
            Err(VerifyError::Time)
        );
    }
    let with = |signature: &str| {
        let given = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", signature);
        verify(&reference(), given, BODY, then())
    };
    let right = signed[2].1.as_str();
    assert_eq!(with(&format!("v1a,AAAA v1,AAAA {right}")), Ok(()));
    for wrong in [
        "",
        "v1,",
        right.trim_start_matches("v1,"),
        &right.replace("v1", "v2"),
        &right[..right.len() - 4],
    ] {
        assert_eq!(with(wrong), Err(VerifyError::Signature), "{wrong:?}");
    }
    let timestamps = ["", "x", "1614265330.0", "99999999999999"];
    for at in timestamps {
        assert_eq!(
            verify(&reference(), ("a", at, right), BODY, then()),
            Err(VerifyError::Header)
        );
    }
}

#[test]
fn secrets_are_read_as_they_are_shown() {
    let made = Secret::generate(&mut StdRng::seed_from_u64(1));
    let text = made.expose();
    assert_eq!(text.len(), PREFIX.len() + 44);
    assert_eq!(text.parse::<Secret>().unwrap().expose(), text);
    let bare = text.trim_end_matches('=');
    assert_eq!(bare.parse::<Secret>().unwrap().expose(), text);
    let other = Secret::generate(&mut StdRng::seed_from_u64(2));
    assert_ne!(other.expose(), text);
}

#[test]
fn what_is_no_secret_is_refused() {
    let of = |count: usize| format!("{PREFIX}{}", CODEC.encode(vec![1; count]));
    let error = |text: &str| text.parse::<Secret>().expect_err(text);
    assert_eq!(error("hunter2"), SecretError::Prefix);
    assert_eq!(error(""), SecretError::Prefix);
    assert_eq!(error("whsec_hunter-two"), SecretError::Base64);
    assert_eq!(error(&format!("{} ", of(24))), SecretError::Base64);
    assert_eq!(error(&of(23)), SecretError::Length(23));
    assert_eq!(error(&of(65)), SecretError::Length(65));
    assert_eq!(error(PREFIX), SecretError::Length(0));
    assert!(matches!(error(&of(10_000)), SecretError::Length(_)));
    assert!(of(24).parse::<Secret>().is_ok() && of(64).parse::<Secret>().is_ok());
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_nothing_else(
        key in proptest::collection::vec(any::<u8>(), MIN_SECRET..=MAX_SECRET),
        id in "[A-Za-z0-9_-]{1,64}",
        seconds in 0_i64..4_000_000_000,
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let (key, id) = (secret(&key), id.parse::<EventId>().unwrap());
        let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let signed = headers(Some(&key.clone().into()), &id, now, &body);
        prop_assert_eq!(check(&key, &signed, &body, now), Ok(()));

        let mut changed = body.clone();
        changed[at.index(body.len())] ^= 1 << bit;
        prop_assert!(check(&key, &signed, &changed, now).is_err());
        let mut longer = body.clone();
        longer.push(0);
        prop_assert!(check(&key, &signed, &longer, now).is_err());
        let (id, time, signature) = (&signed[0].1, &signed[1].1, &signed[2].1);
        let next = (seconds + 1).to_string();
        let other = id.replacen(&id[..1], if id.starts_with('a') { "b" } else { "a" }, 1);
        prop_assert!(verify(&key, (&other, time, signature), &body, now).is_err());
        prop_assert!(verify(&key, (id, &next, signature), &body, now).is_err());
        prop_assert!(check(&secret(&[9; 32]), &signed, &body, now).is_err());
    }

    #[test]
    fn secrets_round_trip_and_never_show(key in proptest::collection::vec(any::<u8>(), MIN_SECRET..=MAX_SECRET)) {
        let made = secret(&key);
        let text = made.expose();
        let read: Secret = text.parse().unwrap();
        prop_assert_eq!(read.0.expose_secret(), key.as_slice());
        let shown = format!("{made} {made:?} {:#?}", Secrets::from(made.clone()).rotate(made.clone()));
        prop_assert!(!shown.contains(&text[PREFIX.len()..]), "{}", shown);
        let listed = format!("{key:?}");
        prop_assert!(!shown.contains(&listed), "{}", shown);
        prop_assert!(shown.starts_with("whsec_••• Secret(whsec_•••)"), "{}", shown);
    }
}

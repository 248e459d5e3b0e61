//! Which images may be pulled: the levels, the teams, the exceptions, and that nothing added turns a no into a yes.

use proptest::prelude::*;

use super::*;

fn team(number: u128) -> Team {
    Team {
        id: Uuid::from_u128(number),
        org: Uuid::nil(),
        name: format!("ci/team{number}"),
    }
}

fn signer(name: &str, teams: &[u128]) -> Signer {
    Signer {
        id: Uuid::nil(),
        name: name.to_owned(),
        teams: teams.iter().copied().map(Uuid::from_u128).collect(),
    }
}

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn exception(pattern: &str, until: Option<OffsetDateTime>) -> Exception {
    Exception {
        pattern: Glob::try_from(pattern.to_owned()).unwrap(),
        until,
        reason: String::new(),
    }
}

/// Somebody who sees everything.
fn member() -> Sight {
    Sight {
        people: true,
        orgs: [Uuid::nil()].into(),
    }
}

fn evaluate(levels: &[(Level, Policy)], image: &Image) -> Verdict {
    super::evaluate(levels, std::slice::from_ref(image), NOW)
}

fn policy(mode: Mode, teams: &[u128], exceptions: &[&str]) -> Policy {
    Policy {
        mode,
        teams: teams.iter().copied().map(team).collect(),
        exceptions: exceptions
            .iter()
            .map(|text| exception(text, None))
            .collect(),
        signers: Vec::new(),
    }
}

fn image(tag: &str, signed: &[&[Signer]]) -> Image {
    Image {
        names: vec![format!("acme/app:{tag}")],
        signed: signed.iter().map(|signers| signers.to_vec()).collect(),
    }
}

fn words(verdict: &Verdict) -> Vec<String> {
    verdict
        .lines
        .iter()
        .map(|line| line.words(&member()))
        .collect()
}

#[test]
fn every_team_has_a_signer_and_one_person_counts_for_each_team() {
    let asks = [(Level::Registry, policy(Mode::Enforce, &[1, 2], &[]))];
    let ada = signer("ada", &[1]);
    let verdict = evaluate(&asks, &image("1", &[std::slice::from_ref(&ada)]));
    assert!(!verdict.admits());
    assert_eq!(
        words(&verdict),
        [
            "signed by ada of ci/team1, as the registry's policy asks",
            "no member of ci/team2 has signed it, which the registry's policy asks; signed by ada",
        ]
    );
    assert!(!verdict.lines.iter().any(|line| {
        let words = line.words(&Sight::default());
        words.contains("ada") || words.contains("ci/")
    }));
    let both = [ada.clone(), signer("bob", &[2])];
    assert!(evaluate(&asks, &image("1", &[&both])).admits());
    assert!(evaluate(&asks, &image("1", &[&[signer("eve", &[1, 2])]])).admits());
    // What signs the image, and what signs an index that it is in, do not add up.
    assert!(!evaluate(&asks, &image("1", &[&[ada], &[signer("bob", &[2])]])).admits());
}

#[test]
fn off_asks_nothing_and_no_team_is_any_registered_signer() {
    let off = [(Level::Registry, policy(Mode::Off, &[1], &[]))];
    assert_eq!(evaluate(&off, &image("1", &[])), Verdict::default());
    let any = [(Level::Registry, policy(Mode::Enforce, &[], &[]))];
    assert!(!evaluate(&any, &image("1", &[])).admits());
    assert!(!evaluate(&any, &image("1", &[&[]])).admits());
    assert!(evaluate(&any, &image("1", &[&[signer("ada", &[])]])).admits());
}

#[test]
fn every_level_has_to_hold_and_excepts_for_itself_alone() {
    let dev = ["acme/*:dev-*"];
    let levels = [
        (Level::Registry, policy(Mode::Enforce, &[], &[])),
        (Level::Repository, policy(Mode::Enforce, &[1], &dev)),
    ];
    assert!(
        !evaluate(&levels, &image("dev-1", &[])).admits(),
        "the registry asks"
    );
    assert!(evaluate(&levels, &image("dev-1", &[&[signer("ada", &[])]])).admits());
    assert!(!evaluate(&levels, &image("1", &[&[signer("ada", &[])]])).admits());
    let off = [levels[0].clone(), (Level::Repository, Policy::default())];
    assert!(!evaluate(&off, &image("1", &[])).admits());
}

#[test]
fn a_level_that_warns_refuses_nothing() {
    let levels = [(Level::Organization, policy(Mode::Warn, &[1], &[]))];
    let verdict = evaluate(&levels, &image("1", &[]));
    assert!(verdict.admits());
    assert_eq!(verdict.warning().count(), 1);
}

#[test]
fn an_exception_covers_every_name_there_is_until_it_ends() {
    let mut asks = policy(Mode::Enforce, &[], &["a/b:dev-*"]);
    let admits = |asks: &Policy, names: &[&str], now| {
        let image = Image {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            signed: Vec::new(),
        };
        let levels = [(Level::Registry, asks.clone())];
        super::evaluate(&levels, &[image], now).admits()
    };
    assert!(admits(&asks, &["a/b:dev-1", "a/b:dev-2"], NOW));
    assert!(!admits(&asks, &["a/b:dev-1", "a/b:1"], NOW), "1 is none");
    assert!(!admits(&asks, &[], NOW), "it has no tag");
    asks.exceptions = vec![exception("a/b:*", Some(NOW))];
    assert!(!admits(&asks, &["a/b:1"], NOW), "it has ended");
    assert!(admits(&asks, &["a/b:1"], NOW - time::Duration::SECOND));
    // A blob: one way to it is enough.
    let ways = ["x", "1"].map(|tag| image(tag, &[]));
    asks.exceptions = vec![exception("*:1", None)];
    let levels = [(Level::Registry, asks)];
    assert!(super::evaluate(&levels, &ways, NOW).admits());
    assert!(!super::evaluate(&levels, &[], NOW).admits(), "no way");
}

#[test]
fn who_sees_no_names_is_told_how_many_teams_are_missing() {
    let levels = [(Level::Registry, policy(Mode::Enforce, &[1, 2, 3], &[]))];
    let ada = signer("ada", &[2]);
    let verdict = evaluate(&levels, &image("1", &[&[ada]]));
    assert_eq!(
        verdict.missing(Mode::Enforce, &Sight::default()),
        "the registry's policy needs a signature of 2 more teams"
    );
    let all = verdict.missing(Mode::Enforce, &member());
    assert!(
        all.contains("ci/team1") && all.contains("ci/team3"),
        "{all}"
    );
}

fn signers() -> impl Strategy<Value = Vec<Signer>> {
    let one = proptest::collection::vec(0u128..4, 0..4);
    let one = one.prop_map(|teams| signer("someone", &teams));
    proptest::collection::vec(one, 0..4)
}

fn levels() -> impl Strategy<Value = Vec<(Level, Policy)>> {
    let mode = prop_oneof![Just(Mode::Off), Just(Mode::Warn), Just(Mode::Enforce)];
    let one = (
        mode,
        proptest::collection::vec(0u128..4, 0..3),
        any::<bool>(),
    );
    let one = one.prop_map(|(mode, teams, excepts)| {
        let exceptions: &[&str] = if excepts { &["*:x"] } else { &[] };
        (Level::Repository, policy(mode, &teams, exceptions))
    });
    proptest::collection::vec(one, 0..4)
}

proptest! {
    #[test]
    fn removing_a_signer_never_turns_no_into_yes(
        levels in levels(),
        signed in proptest::collection::vec(signers(), 0..3),
        at in any::<(prop::sample::Index, prop::sample::Index)>(),
        tag in "[xy]",
    ) {
        let mut image = Image { names: vec![format!("a/b:{tag}")], signed };
        let before = evaluate(&levels, &image).admits();
        if !image.signed.is_empty() {
            let list = at.0.index(image.signed.len());
            if !image.signed[list].is_empty() {
                let signer = at.1.index(image.signed[list].len());
                image.signed[list].remove(signer);
            }
        }
        prop_assert!(before || !evaluate(&levels, &image).admits());
    }

    #[test]
    fn another_level_never_turns_no_into_yes(
        levels in levels(), more in levels(), signed in proptest::collection::vec(signers(), 0..3),
    ) {
        let image = Image { names: vec!["a/b:x".to_owned()], signed };
        let before = evaluate(&levels, &image).admits();
        let all: Vec<_> = levels.into_iter().chain(more).collect();
        prop_assert!(before || !evaluate(&all, &image).admits());
    }
}

#[test]
fn a_star_of_an_exception_stays_within_its_part() {
    for (pattern, name, fits) in [
        ("acme/*-base:*", "acme/web-base:1", true),
        ("acme/*-base:*", "acme/app:evil-base", false),
        ("acme/base*:*", "acme/base-evil:x", true),
        ("acme/base:*", "acme/base:x", true),
        ("acme/base:*", "acme/base2:x", false),
        ("*:nightly", "acme/app:nightly", true),
        ("*:nightly", "acme/app:1", false),
        ("*/app:*", "acme/app:1", true),
        ("*", "acme/app:1", false),
    ] {
        let exception = exception(pattern, None);
        assert_eq!(
            exception.covers(name, OffsetDateTime::UNIX_EPOCH),
            fits,
            "{pattern} {name}"
        );
    }
    for good in ["acme/site:b", "*:b", "*/*:*", "acme/*:v*"] {
        assert!(names_images(good), "{good}");
    }
    for bad in [
        "*",
        "acme/*",
        "acme:b",
        "a/b/c:d",
        "acme/site:",
        "acme/site:a:b",
        ":b",
    ] {
        assert!(!names_images(bad), "{bad}");
    }
}

#[test]
fn a_policy_names_its_teams_of_what_it_asks_something_of() {
    let team = Team {
        id: Uuid::from_u128(1),
        org: Uuid::from_u128(2),
        name: "acme/ops".to_owned(),
    };
    let mut policy = Policy {
        mode: Mode::Warn,
        teams: vec![team.clone()],
        ..Policy::default()
    };
    assert_eq!(
        policy.teams_of("acme/app:1", NOW),
        std::slice::from_ref(&team)
    );
    policy.exceptions = vec![exception("acme/app:test-*", Some(NOW))];
    assert_eq!(policy.teams_of("acme/app:test-1", NOW), [team], "it ended");
    policy.exceptions[0].until = None;
    assert_eq!(policy.teams_of("acme/app:test-1", NOW), []);
    policy.mode = Mode::Off;
    assert_eq!(policy.teams_of("acme/app:1", NOW), []);
}

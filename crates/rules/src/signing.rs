//! Which images may be pulled, by who signed them: off, signed by any registered signer, or signed by a member of each listed team (UCP's
//! "Run only signed images"). Up to three levels speak of an image: the registry, its organization, and its repository. Each that is on
//! has to hold by itself, so no level loosens another, and what a level excepts it excepts for itself alone.
//!
//! What is not known never holds: a team that is gone has no members, a key that is nobody's is no signature.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::glob::{Decision, GlobList};

/// The most teams of one list.
pub const MAX_TEAMS: usize = 20;

/// What is done with an image that does not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing is asked of it.
    #[default]
    Off,
    /// It is pulled, and that is recorded.
    Warn,
    /// It is refused.
    Enforce,
}

/// A team. It is known by its id: another that takes its name later is another team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: Uuid,
    /// `organization/team`, as it was called when the policy was saved.
    pub name: String,
}

/// What one level asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What is done with what does not hold.
    pub mode: Mode,
    /// Each of them has to have signed; without any, whoever is registered as a signer.
    pub teams: Vec<Team>,
    /// Images of which nothing is asked: patterns of `namespace/repository:tag`.
    pub exceptions: GlobList,
    /// Teams whose members pull what does not hold, in order to sign it.
    pub signers: Vec<Team>,
}

/// Whose policy it is, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The registry.
    Registry,
    /// The organization that owns the repository.
    Organization,
    /// The repository.
    Repository,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registry => "registry",
            Self::Organization => "organization",
            Self::Repository => "repository",
        })
    }
}

/// A user whose registered key signed the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The account.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The ids of the teams that it is in.
    pub teams: Vec<Uuid>,
}

/// What is known of an image: whatever it can be reached by that is signed, itself and the indexes that it is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// `namespace/repository:tag` of each tag by which it is asked for; with an empty tag where it is asked for by digest.
    pub names: Vec<String>,
    /// The signers of each manifest: its own, and those of each index that it is in. They do not add up.
    pub signed: Vec<Vec<Signer>>,
}

/// What is missing where a line does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Some registered signer.
    Anybody,
    /// A member of this team.
    Member(String),
}

/// One requirement of one level, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose.
    pub level: Level,
    /// What is done where it does not hold.
    pub mode: Mode,
    /// What it is.
    pub requirement: Requirement,
    /// The pattern by which the image is excepted from it.
    pub excepted: Option<String>,
    /// Who signed and meets it.
    pub met_by: Vec<String>,
    /// Who signed at all.
    pub signed_by: Vec<String>,
}

impl Line {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.excepted.is_some() || !self.met_by.is_empty()
    }

    /// What it says, in words; names of users and teams only `with_names`.
    pub fn words(&self, with_names: bool) -> String {
        let level = self.level;
        if let Some(pattern) = &self.excepted {
            return format!("the {level}'s policy excepts it by the pattern {pattern}");
        }
        let who = |names: &[String]| {
            if with_names {
                names.join(", ")
            } else {
                "somebody".to_owned()
            }
        };
        if self.holds() {
            let by = who(&self.met_by);
            return match &self.requirement {
                Requirement::Member(team) if with_names => {
                    format!("signed by {by} of {team}, as the {level}'s policy asks")
                }
                Requirement::Member(_) => {
                    format!("signed by a team that the {level}'s policy asks for")
                }
                Requirement::Anybody => format!("signed by {by}, as the {level}'s policy asks"),
            };
        }
        let missing = match &self.requirement {
            Requirement::Member(team) if with_names => format!("no member of {team} has signed it"),
            Requirement::Member(_) => "a team that has to sign it has not".to_owned(),
            Requirement::Anybody => "no registered signer has signed it".to_owned(),
        };
        if self.signed_by.is_empty() || self.requirement == Requirement::Anybody {
            format!("{missing}, which the {level}'s policy asks")
        } else {
            let by = who(&self.signed_by);
            format!("{missing}, which the {level}'s policy asks; signed by {by}")
        }
    }
}

/// How an image stands with all levels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// One for each requirement of each level that is on.
    pub lines: Vec<Line>,
}

impl Verdict {
    /// The lines that do not hold, of the levels that refuse for it.
    pub fn refusing(&self) -> impl Iterator<Item = &Line> {
        self.failing(Mode::Enforce)
    }

    /// The lines that do not hold, of the levels that only warn.
    pub fn warning(&self) -> impl Iterator<Item = &Line> {
        self.failing(Mode::Warn)
    }

    /// Whether it may be pulled.
    pub fn admits(&self) -> bool {
        self.refusing().next().is_none()
    }

    fn failing(&self, mode: Mode) -> impl Iterator<Item = &Line> {
        let fails = move |line: &&Line| line.mode == mode && !line.holds();
        self.lines.iter().filter(fails)
    }
}

/// How an image stands with these levels. Of the manifests that it can be reached by, the one that does best counts for all of it.
pub fn evaluate(levels: &[(Level, Policy)], image: &Image) -> Verdict {
    let nobody = [Vec::new()];
    let signed = if image.signed.is_empty() {
        &nobody[..]
    } else {
        &image.signed
    };
    signed
        .iter()
        .map(|signers| judge(levels, &image.names, signers))
        .min_by_key(|verdict| (verdict.refusing().count(), verdict.warning().count()))
        .unwrap_or_default()
}

fn judge(levels: &[(Level, Policy)], names: &[String], signers: &[Signer]) -> Verdict {
    let mut lines = Vec::new();
    for (level, policy) in levels.iter().filter(|(_, policy)| policy.mode != Mode::Off) {
        let excepted = names
            .iter()
            .find_map(|name| match policy.exceptions.decide(name) {
                Decision::Fits(pattern) => Some(pattern.to_owned()),
                Decision::Excepted(_) | Decision::Outside => None,
            });
        let line = |requirement, meets: &dyn Fn(&Signer) -> bool| Line {
            level: *level,
            mode: policy.mode,
            requirement,
            excepted: excepted.clone(),
            met_by: named(signers.iter().filter(|signer| meets(signer))),
            signed_by: named(signers.iter()),
        };
        if policy.teams.is_empty() {
            lines.push(line(Requirement::Anybody, &|_| true));
        }
        for team in &policy.teams {
            let requirement = Requirement::Member(team.name.clone());
            lines.push(line(requirement, &|signer| signer.teams.contains(&team.id)));
        }
    }
    Verdict { lines }
}

fn named<'s>(signers: impl Iterator<Item = &'s Signer>) -> Vec<String> {
    let mut names: Vec<String> = signers.map(|signer| signer.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn team(number: u128) -> Team {
        Team {
            id: Uuid::from_u128(number),
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

    fn policy(mode: Mode, teams: &[u128], exceptions: &[&str]) -> Policy {
        Policy {
            mode,
            teams: teams.iter().copied().map(team).collect(),
            exceptions: GlobList::new(exceptions).unwrap(),
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
        verdict.lines.iter().map(|line| line.words(true)).collect()
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
            let words = line.words(false);
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
}

//! Which images may be pulled, by who signed them: off, signed by any registered signer, or signed by a member of each listed team (UCP's
//! "Run only signed images"). Up to three levels speak of an image: the registry, its organization, and its repository. Each that is on
//! has to hold by itself, so no level loosens another, and what a level excepts it excepts for itself alone.
//!
//! What is not known never holds: a team that is gone has no members, a key that is nobody's is no signature.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::glob::{self, Glob};

/// The most teams of one list.
pub const MAX_TEAMS: usize = 20;
/// The most exceptions of one level.
pub const MAX_EXCEPTIONS: usize = 100;
/// The longest reason of an exception, in characters.
pub const MAX_REASON: usize = 500;

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
    /// The organization's id: its members are told the team's name.
    pub org: Uuid,
    /// `organization/team`, as it was called when the policy was saved.
    pub name: String,
}

/// Images of which a level asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// What `namespace/repository:tag` fits, each part by itself; see [`names_images`].
    pub pattern: Glob,
    /// When it ends; `None` where it does not by itself.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// Why, for whoever reads it later.
    pub reason: String,
}

impl Exception {
    fn covers(&self, name: &str, now: OffsetDateTime) -> bool {
        self.until.is_none_or(|until| now < until) && fits_image(self.pattern.as_str(), name)
    }
}

/// Whether a pattern says which repositories, and which of their tags: `namespace/repository:tag`, or `*:tag` for all repositories. A
/// star stands for no `/` and no `:`: else a pattern of repositories would fit a tag, which whoever pushes may choose.
pub fn names_images(pattern: &str) -> bool {
    pattern.split_once(':').is_some_and(|(repository, tag)| {
        !tag.contains([':', '/'])
            && !tag.is_empty()
            && (repository == "*" || repository.matches('/').count() == 1)
    })
}

fn fits_image(pattern: &str, name: &str) -> bool {
    let parts = |text| -> Option<(&str, &str, &str)> {
        let (repository, tag) = str::rsplit_once(text, ':')?;
        let (namespace, name) = repository.split_once('/')?;
        Some((namespace, name, tag))
    };
    let whole;
    let pattern = match pattern.strip_prefix("*:") {
        Some(tag) => {
            whole = format!("*/*:{tag}");
            &whole
        }
        None => pattern,
    };
    match (parts(pattern), parts(name)) {
        (Some(globs), Some(texts)) => {
            glob::fits(globs.0, texts.0)
                && glob::fits(globs.1, texts.1)
                && glob::fits(globs.2, texts.2)
        }
        _ => false,
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pattern)?;
        if let Some(until) = self.until.and_then(|until| until.format(&Rfc3339).ok()) {
            write!(f, ", until {until}")?;
        }
        if !self.reason.is_empty() {
            write!(f, " ({})", self.reason)?;
        }
        Ok(())
    }
}

/// What one level asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What is done with what does not hold.
    pub mode: Mode,
    /// Each of them has to have signed; without any, whoever is registered as a signer.
    pub teams: Vec<Team>,
    /// Images of which nothing is asked.
    pub exceptions: Vec<Exception>,
    /// Teams whose members read what does not hold, in order to sign it.
    pub signers: Vec<Team>,
}

impl Policy {
    /// Whether it asks nothing of the image of that name, `namespace/repository:tag`.
    pub fn excepts(&self, name: &str, now: OffsetDateTime) -> bool {
        let mut exceptions = self.exceptions.iter();
        exceptions.any(|exception| exception.covers(name, now))
    }

    /// The teams that it asks for of `namespace/repository:tag` at `now`; none where it asks nothing of it, or asks for anybody.
    pub fn teams_of(&self, name: &str, now: OffsetDateTime) -> &[Team] {
        if self.mode == Mode::Off || self.excepts(name, now) {
            return &[];
        }
        &self.teams
    }
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

/// What is known of one way to an image: by a tag, or by a digest, and of a blob by each manifest that has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// `namespace/repository:tag`, of the tag by which it is asked for, or of every tag by which its digest is reached. It is excepted
    /// where exceptions cover each of them, and there is one.
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
    Member(Team),
}

/// Whose names somebody may be told: nobody's, at first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// Those of users.
    pub people: bool,
    /// Those of the teams of these organizations.
    pub orgs: HashSet<Uuid>,
}

impl Sight {
    fn team(&self, team: &Team) -> bool {
        self.orgs.contains(&team.org)
    }
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
    /// The exception by which nothing is asked; of several, that of the first name.
    pub excepted: Option<Exception>,
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

    /// What it says, in words, to somebody who sees that much.
    pub fn words(&self, sight: &Sight) -> String {
        let level = self.level;
        if let Some(exception) = &self.excepted {
            return if sight.people {
                format!("the {level}'s policy excepts it by the pattern {exception}")
            } else {
                format!("the {level}'s policy excepts it")
            };
        }
        let who = |names: &[String]| {
            if sight.people {
                names.join(", ")
            } else {
                "somebody".to_owned()
            }
        };
        if self.holds() {
            let by = who(&self.met_by);
            return match &self.requirement {
                Requirement::Member(team) if sight.team(team) => {
                    format!(
                        "signed by {by} of {}, as the {level}'s policy asks",
                        team.name
                    )
                }
                Requirement::Member(_) => {
                    format!("signed by a team that the {level}'s policy asks for")
                }
                Requirement::Anybody => format!("signed by {by}, as the {level}'s policy asks"),
            };
        }
        let missing = match &self.requirement {
            Requirement::Member(team) if sight.team(team) => {
                format!("no member of {} has signed it", team.name)
            }
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
    /// There are more ways to it than were looked at; none of those that were does better.
    pub is_incomplete: bool,
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

    /// What is missing, of the levels that are in this mode, in words; the teams that somebody does not see are counted.
    pub fn missing(&self, mode: Mode, sight: &Sight) -> String {
        let mut words = Vec::new();
        let mut hidden: BTreeMap<Level, usize> = BTreeMap::new();
        for line in self.failing(mode) {
            match &line.requirement {
                Requirement::Member(team) if !sight.team(team) => {
                    *hidden.entry(line.level).or_default() += 1;
                }
                _ => words.push(line.words(sight)),
            }
        }
        for (level, teams) in hidden {
            let teams = match teams {
                1 => "1 more team".to_owned(),
                count => format!("{count} more teams"),
            };
            words.push(format!("the {level}'s policy needs a signature of {teams}"));
        }
        if self.is_incomplete {
            words.push("more images have it than are looked at".to_owned());
        }
        words.join("; ")
    }

    fn failing(&self, mode: Mode) -> impl Iterator<Item = &Line> {
        let fails = move |line: &&Line| line.mode == mode && !line.holds();
        self.lines.iter().filter(fails)
    }
}

/// How it stands with these levels at `now`. Of the ways to it, and of the manifests of each that may be signed, the one that does best
/// counts for all of it.
pub fn evaluate(levels: &[(Level, Policy)], ways: &[Image], now: OffsetDateTime) -> Verdict {
    let judged = ways.iter().flat_map(|image| {
        let excepted: Vec<_> = levels
            .iter()
            .map(|(_, policy)| excepted(policy, &image.names, now))
            .collect();
        let signed = image.signed.iter().map(Vec::as_slice);
        // Nothing that is signed leads to it, but it may be excepted.
        let signed = signed.chain(image.signed.is_empty().then_some(&[][..]));
        signed.map(move |signers| judge(levels, &excepted, signers))
    });
    judged
        .min_by_key(|verdict| (verdict.refusing().count(), verdict.warning().count()))
        .unwrap_or_else(|| judge(levels, &[], &[]))
}

fn excepted(policy: &Policy, names: &[String], now: OffsetDateTime) -> Option<Exception> {
    let mut first = None;
    for name in names {
        let mut exceptions = policy.exceptions.iter();
        let by = exceptions.find(|exception| exception.covers(name, now))?;
        first = first.or(Some(by));
    }
    first.cloned()
}

fn judge(
    levels: &[(Level, Policy)],
    excepted: &[Option<Exception>],
    signers: &[Signer],
) -> Verdict {
    let mut lines = Vec::new();
    for (at, (level, policy)) in levels.iter().enumerate() {
        if policy.mode == Mode::Off {
            continue;
        }
        let excepted = excepted.get(at).cloned().flatten();
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
            let requirement = Requirement::Member(team.clone());
            lines.push(line(requirement, &|signer| signer.teams.contains(&team.id)));
        }
    }
    Verdict {
        lines,
        is_incomplete: false,
    }
}

fn named<'s>(signers: impl Iterator<Item = &'s Signer>) -> Vec<String> {
    let mut names: Vec<String> = signers.map(|signer| signer.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;

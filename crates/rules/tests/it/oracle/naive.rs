//! The naive engine: on the words of the rule, each time anew, with `Option<bool>` for the three values.

use rules::Rule;

use super::world::{Part, World};

pub(super) fn expected(rule: &Rule, world: &World) -> Option<bool> {
    let plain = match rule.field.as_str() {
        "size" => compare(rule, &[world.size?]),
        "updated_at_duration" => Some(age(rule, world.age?)),
        "scan_status" => Some(rule.values.iter().any(|value| value == world.status)),
        "signed" => {
            let signed = !world.signatures.as_ref()?.is_empty();
            Some(signed.to_string() == rule.values[0])
        }
        "vulnerability_cvss" => score(rule, world),
        "component.version" => version(rule, world),
        field if field.starts_with("vulnerability_") => number(rule, world),
        _ => text(rule, world),
    };
    let negative = matches!(rule.operator.as_str(), "noo" | "neq");
    plain.map(|holds| holds != (negative != rule.not))
}

fn or(all: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let all: Vec<_> = all.into_iter().collect();
    if all.contains(&Some(true)) {
        Some(true)
    } else if all.contains(&None) {
        None
    } else {
        Some(false)
    }
}

/// Known if it is the same for all numbers that are possible.
fn compare(rule: &Rule, possible: &[u64]) -> Option<bool> {
    let bound: u64 = rule.values[0].parse().expect("a number");
    let holds = |number: u64| match rule.operator.as_str() {
        "gte" => number >= bound,
        "gt" => number > bound,
        "lte" => number <= bound,
        "lt" => number < bound,
        _ => number == bound,
    };
    let first = holds(possible[0]);
    possible
        .iter()
        .all(|number| holds(*number) == first)
        .then_some(first)
}

fn age(rule: &Rule, hours: i64) -> bool {
    let minutes = match rule.values[0].as_str() {
        "0" => 0,
        "1h" => 60,
        "90m" => 90,
        "2h" => 120,
        other => panic!("{other}"),
    };
    match rule.operator.as_str() {
        "bf" => hours * 60 > minutes,
        _ => hours * 60 < minutes,
    }
}

fn number(rule: &Rule, world: &World) -> Option<bool> {
    if world.status != "completed" {
        return None;
    }
    let [critical, major, minor, unspecified, fixable, exploited] = world.counts;
    let number = match rule.field.as_str() {
        "vulnerability_all" => critical + major + minor + unspecified,
        "vulnerability_critical" => critical,
        "vulnerability_major" => major,
        "vulnerability_minor" => minor,
        "vulnerability_unspecified" => unspecified,
        "vulnerability_fixable" => fixable,
        _ => exploited,
    };
    compare(rule, &[number.into()])
}

fn score(rule: &Rule, world: &World) -> Option<bool> {
    if world.status != "completed" {
        return None;
    }
    let [critical, major, minor, unspecified, ..] = world.counts;
    let lowest = if critical + major + minor > 0 {
        world.highest
    } else {
        0
    };
    let highest = if unspecified > 0 { 100 } else { lowest };
    let possible: Vec<u64> = (lowest..=highest).map(u64::from).collect();
    let tenths = match rule.values[0].split_once('.') {
        Some((whole, tenth)) => format!("{whole}{tenth}"),
        None => format!("{}0", rule.values[0]),
    };
    compare(
        &Rule {
            values: vec![tenths],
            ..rule.clone()
        },
        &possible,
    )
}

fn parts(world: &World) -> Option<&[Part]> {
    if world.status != "completed" {
        return None;
    }
    world.components.as_deref()
}

/// Of versions of three numbers; a release candidate is just below its release.
fn place(version: &str) -> Option<u64> {
    let (release, candidate) = match version.split_once('-') {
        Some((release, _)) => (release, 1),
        None => (version, 0),
    };
    let numbers: Vec<u64> = release
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    Some((numbers[0] * 100 + numbers[1] * 10 + numbers[2]) * 2 - candidate)
}

fn version(rule: &Rule, world: &World) -> Option<bool> {
    let name = rule.key.as_deref().expect("a key");
    let named = parts(world)?
        .iter()
        .filter(|part| part.name.eq_ignore_ascii_case(name));
    or(named.map(|part| {
        let bound = place(&rule.values[0])?.to_string();
        compare(
            &Rule {
                values: vec![bound],
                ..rule.clone()
            },
            &[place(part.version?)?],
        )
    }))
}

/// The texts of each thing that the field is about; `None` where they are not known.
fn texts(rule: &Rule, world: &World) -> Option<Vec<Option<Vec<String>>>> {
    let each = |text: &&str| Some(vec![(*text).to_owned()]);
    Some(match rule.field.as_str() {
        "tag" => vec![Some(vec![world.tag.clone()])],
        "author" => vec![each(&world.author?)],
        "platform" => world.platforms.as_ref()?.iter().map(each).collect(),
        "label" => {
            let key = rule.key.as_deref().expect("a key");
            let pairs = world.labels.as_ref()?.iter();
            pairs
                .filter(|(name, _)| *name == key)
                .map(|(_, value)| each(value))
                .collect()
        }
        "component.name" => parts(world)?
            .iter()
            .map(|part| Some(vec![part.name.to_lowercase()]))
            .collect(),
        "license.name" | "license.found" => {
            let strict = rule.field == "license.name";
            let licences = |part: &Part| {
                if part.licences.is_empty() && strict {
                    return None;
                }
                let lower = part.licences.iter().map(|licence| licence.to_lowercase());
                let split = |licence: String| {
                    let mut names: Vec<String> = licence.split(" or ").map(str::to_owned).collect();
                    names.push(licence.clone());
                    names
                };
                Some(lower.flat_map(split).collect())
            };
            parts(world)?.iter().map(licences).collect()
        }
        "signature.signer" => world
            .signatures
            .as_ref()?
            .iter()
            .map(|(signer, _)| each(signer))
            .collect(),
        _ => {
            let teams =
                |teams: &Vec<&str>| Some(teams.iter().map(|team| (*team).to_owned()).collect());
            world
                .signatures
                .as_ref()?
                .iter()
                .map(|(_, of)| teams(of))
                .collect()
        }
    })
}

fn text(rule: &Rule, world: &World) -> Option<bool> {
    let any_case = matches!(
        rule.field.as_str(),
        "component.name" | "license.name" | "license.found"
    );
    let folded = |value: &String| {
        if any_case {
            value.to_lowercase()
        } else {
            value.clone()
        }
    };
    let values: Vec<String> = rule.values.iter().map(folded).collect();
    let fits = |text: &String| match rule.operator.as_str() {
        "sw" => text.starts_with(&values[0]),
        "ew" => text.ends_with(&values[0]),
        "c" => text.contains(&values[0]),
        "matches" => matches(&values[0], text),
        "glob" => globs(&values, text),
        _ => values.contains(text),
    };
    or(texts(rule, world)?
        .iter()
        .map(|texts| texts.as_ref().map(|texts| texts.iter().any(fits))))
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^a" => text.starts_with('a'),
        "b$" => text.ends_with('b'),
        "^a+b$" => {
            text.len() > 1
                && text
                    .strip_suffix('b')
                    .is_some_and(|rest| rest.chars().all(|c| c == 'a'))
        }
        "^.i" => text.chars().nth(1) == Some('i'),
        other => panic!("{other}"),
    }
}

fn globs(list: &[String], text: &str) -> bool {
    let (exceptions, globs): (Vec<&String>, Vec<&String>) =
        list.iter().partition(|one| one.starts_with('!'));
    let fits = |globs: &[&String]| {
        globs
            .iter()
            .any(|one| glob(one.trim_start_matches('!').as_bytes(), text.as_bytes()))
    };
    !fits(&exceptions) && (globs.is_empty() || fits(&globs))
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| glob(rest, &text[at..])),
        Some((c, rest)) => text.first() == Some(c) && glob(rest, &text[1..]),
    }
}

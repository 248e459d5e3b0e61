//! Components: their names, versions and licences.

use std::borrow::Cow;

use scan::vulnerability::ecosystem::Ecosystem;

use super::{
    Answer, counted, licence, results,
    search::{Search, Shown},
};
use crate::{Facts, Verdict, criterion::Comparison, facts::Component, text::plain, verdict::Found};

/// The components of a complete scan; else why they are not known.
fn components<'a>(facts: &Facts<'a>) -> Result<&'a [Component<'a>], Answer> {
    let components = results(facts)?.components;
    components.ok_or_else(|| Answer::unknown("the components are not known"))
}

pub(super) fn names(mut search: Search<'_>, facts: &Facts<'_>) -> Answer {
    let components = match components(facts) {
        Ok(components) => components,
        Err(unknown) => return unknown,
    };
    for component in components {
        let normal = normalised(component, component.name);
        let also = matches!(normal, Cow::Owned(_)).then_some(&*normal);
        let texts = std::iter::once(component.name).chain(also);
        search.see(texts, || shown(component));
    }
    search.about("component", "components", "the name is too long")
}

/// With `strictly`, a component without a licence may have any.
pub(super) fn licences(mut search: Search<'_>, facts: &Facts<'_>, strictly: bool) -> Answer {
    let components = match components(facts) {
        Ok(components) => components,
        Err(unknown) => return unknown,
    };
    for component in components {
        if component.licences.is_empty() {
            if strictly {
                search.miss(|| shown(component));
            }
            continue;
        }
        let names = component.licences.iter().copied().flat_map(licence::names);
        search.see(names, || licensed(component));
    }
    if strictly {
        search.about("component", "components", "the licence is not known")
    } else {
        search.about(
            "component with a licence",
            "components with a licence",
            "the licence is too long a text",
        )
    }
}

pub(super) fn version(
    name: &str,
    comparison: Comparison,
    wanted: &str,
    facts: &Facts<'_>,
) -> Answer {
    let components = match components(facts) {
        Ok(components) => components,
        Err(unknown) => return unknown,
    };
    let (mut all, mut fitting, mut undecided) =
        (Shown::default(), Shown::default(), Shown::default());
    for component in components.iter().filter(|one| is_named(one, name)) {
        all.add(|| shown(component));
        match compared(component, comparison, wanted) {
            Verdict::Holds => fitting.add(|| shown(component)),
            Verdict::Unknown => undecided.add(|| shown(component)),
            Verdict::DoesNotHold => {}
        }
    }
    let (name, wanted) = (plain(name), plain(wanted));
    let (verdict, reason, shown) = if !fitting.is_empty() {
        let reason = counted(fitting.count(), "component fits: ", "components fit: ");
        (Verdict::Holds, reason + &fitting.listed(), fitting)
    } else if !undecided.is_empty() {
        let reason = format!(
            "the version cannot be compared with {wanted}: {}",
            undecided.listed()
        );
        (Verdict::Unknown, reason, undecided)
    } else if !all.is_empty() {
        let reason = format!("what there is does not fit: {}", all.listed());
        (Verdict::DoesNotHold, reason, all)
    } else {
        let reason = format!("there is no component {name}");
        (Verdict::DoesNotHold, reason, all)
    };
    Answer {
        verdict,
        reason,
        found: shown.into_found(),
    }
}

/// Whether a component has this name, as its ecosystem looks names up.
fn is_named(component: &Component<'_>, name: &str) -> bool {
    component.name.eq_ignore_ascii_case(name)
        || normalised(component, component.name) == normalised(component, name)
}

/// A name as the component's ecosystem looks it up: `Zope.Interface` is `zope-interface`. Those of distributions stay as they are, and
/// so do those that every ecosystem writes so; together they are nearly all, and need no memory.
fn normalised<'n>(component: &Component<'_>, name: &'n str) -> Cow<'n, str> {
    match component.ecosystem {
        Some(ecosystem) if !ecosystem.is_distribution() && !is_plain(name) => {
            ecosystem.normalise(name)
        }
        _ => Cow::Borrowed(name),
    }
}

/// Lower-case letters, digits, and hyphens one at a time.
fn is_plain(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.bytes().all(fits) && !name.contains("--")
}

/// Unknown where the version is, or cannot be read in the order of its ecosystem, or the wanted one cannot.
fn compared(component: &Component<'_>, comparison: Comparison, wanted: &str) -> Verdict {
    let order = component.ecosystem.and_then(Ecosystem::order);
    let (Some(order), Some(version)) = (order, component.version) else {
        return Verdict::Unknown;
    };
    match (order.parse(version), order.parse(wanted)) {
        (Ok(version), Ok(wanted)) => comparison.holds(version.cmp(&wanted)).into(),
        _ => Verdict::Unknown,
    }
}

fn shown(component: &Component<'_>) -> Found {
    let version = component.version.unwrap_or("of unknown version");
    Found {
        what: format!("{} {}", plain(component.name), plain(version)),
        place: Some(plain(component.place)),
    }
}

fn licensed(component: &Component<'_>) -> Found {
    let Found { what, place } = shown(component);
    let licences = component.licences.join(", ");
    Found {
        what: format!("{what}, {}", plain(&licences)),
        place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_written_so_in_every_ecosystem() {
        let ecosystems = [
            "PyPI",
            "crates.io",
            "NuGet",
            "Packagist",
            "GitHub Actions",
            "VSCode",
            "X-Upstream",
            "SwiftURL",
            "npm",
            "Maven",
            "Go",
            "RubyGems",
        ];
        for ecosystem in ecosystems {
            let ecosystem = Ecosystem::parse(ecosystem).unwrap();
            for name in ["a", "left-pad", "7zip", "a-1-b"] {
                assert!(is_plain(name));
                assert_eq!(ecosystem.normalise(name), name, "{ecosystem:?}");
            }
        }
        for name in ["Zope", "a_b", "a.b", "a--b", "github.com/a/b", "é"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}

//! Licences as one SPDX expression: what has no SPDX name gets a `LicenseRef`, whose words are given beside it.

use super::identifier::short;
use crate::fingerprint::{Component, Licence};
use std::collections::BTreeMap;

/// The licences of a component.
pub(super) struct Expression<'c> {
    /// All of them hold; `None` when nothing was said.
    pub(super) text: Option<String>,
    /// The `LicenseRef`s in it, and what was found.
    pub(super) references: BTreeMap<String, &'c str>,
}

impl<'c> Expression<'c> {
    pub(super) fn of(component: &'c Component) -> Self {
        let mut references = BTreeMap::new();
        let mut parts: Vec<String> = component
            .licences
            .iter()
            .map(|licence| part(licence, &mut references))
            .collect();
        parts.sort();
        parts.dedup();
        let text = match parts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            several => {
                let grouped: Vec<String> = several.iter().map(|part| grouped(part)).collect();
                Some(grouped.join(" AND "))
            }
        };
        Self { text, references }
    }
}

fn part<'c>(licence: &'c Licence, references: &mut BTreeMap<String, &'c str>) -> String {
    // what another document defines cannot be referred to from here
    let known = licence
        .spdx
        .as_ref()
        .filter(|spdx| !spdx.contains("DocumentRef-") && !spdx.contains("AdditionRef-"));
    if let Some(spdx) = known {
        for word in spdx.split([' ', '(', ')']) {
            if word.starts_with("LicenseRef-") {
                references.insert(word.to_owned(), &licence.found);
            }
        }
        return spdx.clone();
    }
    let reference = format!("LicenseRef-raw-{}", short(&[&licence.found]));
    references.insert(reference.clone(), &licence.found);
    reference
}

/// An alternative binds less than the AND that joins it with others.
fn grouped(expression: &str) -> String {
    if expression.contains(" OR ") {
        format!("({expression})")
    } else {
        expression.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{Evidence, Kind, normalise_licence};

    fn expression(found: &[&str]) -> (Option<String>, Vec<(String, String)>) {
        let mut component = Component::new(Kind::Deb, "x", Some("1"), Evidence::Database, "test");
        component.licences = found
            .iter()
            .map(|found| Licence {
                found: (*found).into(),
                spdx: normalise_licence(found),
            })
            .collect();
        let expression = Expression::of(&component);
        let references = expression.references.into_iter();
        (
            expression.text,
            references.map(|(id, text)| (id, text.to_owned())).collect(),
        )
    }

    #[test]
    fn licences_are_joined_and_alternatives_stay_alternatives() {
        assert_eq!(expression(&[]).0, None);
        assert_eq!(expression(&["Expat", "MIT"]).0.as_deref(), Some("MIT"));
        assert_eq!(
            expression(&["MIT/Apache-2.0", "ISC"]).0.as_deref(),
            Some("ISC AND (MIT OR Apache-2.0)")
        );
    }

    #[test]
    fn words_without_an_spdx_name_are_kept_beside_their_reference() {
        let (text, references) = expression(&["Sendmail-ish", "MIT"]);
        let [(id, words)] = references.as_slice() else {
            panic!("{references:?}")
        };
        assert_eq!(text, Some(format!("{id} AND MIT")));
        assert!(id.starts_with("LicenseRef-raw-"));
        assert_eq!(words, "Sendmail-ish");
        let (text, references) = expression(&["LicenseRef-Acme"]);
        assert_eq!(text.as_deref(), Some("LicenseRef-Acme"));
        assert_eq!(references[0].1, "LicenseRef-Acme");
    }
}

//! Texts: where each field has them from.

use super::{Answer, component, search::Search, signature};
use crate::{Facts, criterion::TextTest, field::TextField, text::plain, verdict::Found};

pub(super) fn answer(field: TextField, key: &str, test: &TextTest, facts: &Facts<'_>) -> Answer {
    let search = Search::new(test, field.ignores_case());
    match field {
        TextField::Tag => search.only("the tag", Some(facts.tag.as_str())),
        TextField::Digest => search.only("the digest", Some(&facts.digest.to_string())),
        TextField::Author => search.only("the author", facts.author),
        TextField::Platform => platforms(search, facts.platforms),
        TextField::Label => pairs(search, "label", key, facts.labels),
        TextField::Annotation => pairs(search, "annotation", key, facts.annotations),
        TextField::ComponentName => component::names(search, facts),
        TextField::LicenseName => component::licences(search, facts, true),
        TextField::LicenseFound => component::licences(search, facts, false),
        TextField::Signer => signature::signers(search, facts),
        TextField::SignerTeam => signature::teams(search, facts),
    }
}

fn platforms(mut search: Search<'_>, platforms: Option<&[&str]>) -> Answer {
    let Some(platforms) = platforms else {
        return Answer::unknown("the platform is not known");
    };
    for platform in platforms {
        search.see([*platform], || Found {
            what: plain(platform),
            place: None,
        });
    }
    search.about("platform", "platforms", "the name is too long")
}

/// Labels or annotations: what several platforms say under one key are several values.
fn pairs(mut search: Search<'_>, what: &str, key: &str, pairs: Option<&[(&str, &str)]>) -> Answer {
    let Some(pairs) = pairs else {
        return Answer::unknown(format!("the {what}s are not known"));
    };
    let mut values = pairs
        .iter()
        .filter(|(name, _)| *name == key)
        .map(|(_, value)| *value);
    let key = plain(key);
    match (values.next(), values.next()) {
        (None, _) => Answer::new(false, format!("there is no {what} {key}")),
        (Some(value), None) => search.only(&format!("the {what} {key}"), Some(value)),
        (Some(first), Some(second)) => {
            for value in [first, second].into_iter().chain(values) {
                search.see([value], || Found {
                    what: plain(value),
                    place: None,
                });
            }
            search.about(
                &format!("value of the {what} {key}"),
                &format!("values of the {what} {key}"),
                "the text is too long to be compared",
            )
        }
    }
}

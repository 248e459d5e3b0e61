//! The conditions of a trust: what the claims of a token must say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, Pattern};
use crate::issuer::{Claims, clip};

/// The most conditions of one trust.
pub const MAX_CONDITIONS: usize = 16;

/// A pattern for each claim that matters; all must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conditions(BTreeMap<String, Pattern>);

/// Why conditions cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum ConditionsError {
    #[error("{0:?} is not the name of a claim")]
    Name(String),
    #[error("a trust has {MAX_CONDITIONS} conditions at most")]
    TooMany,
    #[error(
        "no condition says whose project it is, and {kind} signs tokens for everybody's: add one on {claims}, written out at \
         least as far as the first /"
    )]
    Everybody { kind: Kind, claims: String },
}

/// The first condition that a token does not meet. What was found is cut short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum Unmet {
    #[error("the token has no claim {claim:?}, which must be {pattern:?}")]
    Missing { claim: String, pattern: String },
    #[error("the token's claim {claim:?} is {found:?}, which does not fit {pattern:?}")]
    Other {
        claim: String,
        pattern: String,
        found: String,
    },
    #[error("the trust has no conditions")]
    None,
}

impl FromIterator<(String, Pattern)> for Conditions {
    fn from_iter<I: IntoIterator<Item = (String, Pattern)>>(conditions: I) -> Self {
        Self(conditions.into_iter().collect())
    }
}

impl Conditions {
    /// Claim and pattern, by the name of the claim.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Pattern)> {
        self.0
            .iter()
            .map(|(claim, pattern)| (claim.as_str(), pattern))
    }

    /// Whether they can be saved for tokens of `kind`: among them must be one that names a project or its owner. It does if it
    /// has no star, or is written out as far as the first `/` of the name: `acme/*`, but not `*/app`, and not `acme*`, which
    /// anybody may call themselves.
    pub fn check_for(&self, kind: Kind) -> Result<(), ConditionsError> {
        if self.0.len() > MAX_CONDITIONS {
            return Err(ConditionsError::TooMany);
        }
        let is_name = |name: &str| {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b);
            (1..=128).contains(&name.len()) && name.bytes().all(fits)
        };
        if let Some(name) = self.0.keys().find(|name| !is_name(name)) {
            return Err(ConditionsError::Name(clip(name)));
        }
        let naming = naming(kind);
        let names = |(claim, pattern): (&str, &Pattern)| {
            let start = pattern.literal_start();
            naming.contains(&claim) && (start == pattern.as_str() || start.contains('/'))
        };
        if self.iter().any(names) {
            return Ok(());
        }
        Err(ConditionsError::Everybody {
            kind,
            claims: naming.join(", "),
        })
    }

    /// Whether a token's claims meet all of them. Without conditions nothing is met.
    pub fn met_by(&self, claims: &Claims) -> Result<(), Unmet> {
        if self.0.is_empty() {
            return Err(Unmet::None);
        }
        for (claim, pattern) in self.iter() {
            let missing = || Unmet::Missing {
                claim: claim.to_owned(),
                pattern: pattern.to_string(),
            };
            let found = claims.text(claim).ok_or_else(missing)?;
            if !pattern.matches(&found) {
                return Err(Unmet::Other {
                    claim: claim.to_owned(),
                    pattern: pattern.to_string(),
                    found: clip(&found),
                });
            }
        }
        Ok(())
    }
}

/// The claims that say whose a job is, by the issuers' documents. `sub` has the project in it; its form can be changed by its
/// owner at GitHub, but not so as to name another owner's repository.
fn naming(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::GitLab => &[
            "project_path",
            "project_id",
            "namespace_path",
            "namespace_id",
            "sub",
        ],
        Kind::GitHub => &[
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "sub",
        ],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn conditions(value: serde_json::Value) -> Conditions {
        serde_json::from_value(value).expect("conditions")
    }

    #[test]
    fn one_must_say_whose_project_it_is() {
        let good = [
            (Kind::GitLab, json!({"project_path": "acme/app"})),
            (Kind::GitLab, json!({"project_path": "acme/**", "ref": "*"})),
            (Kind::GitLab, json!({"project_id": "42"})),
            (Kind::GitLab, json!({"namespace_path": "acme"})),
            (
                Kind::GitLab,
                json!({"sub": "project_path:acme/app:ref_type:branch:ref:main"}),
            ),
            (Kind::GitHub, json!({"repository": "acme/*"})),
            (
                Kind::GitHub,
                json!({"repository_owner": "acme", "environment": "production"}),
            ),
            (Kind::GitHub, json!({"sub": "repo:acme/app:*"})),
        ];
        for (kind, value) in good {
            assert_eq!(conditions(value.clone()).check_for(kind), Ok(()), "{value}");
        }
        let bad = [
            (Kind::GitLab, json!({})),
            (Kind::GitLab, json!({"ref": "main"})),
            (Kind::GitLab, json!({"project_path": "*"})),
            (Kind::GitLab, json!({"project_path": "**"})),
            (Kind::GitLab, json!({"project_path": "*/app"})),
            (Kind::GitLab, json!({"project_path": "acme*"})),
            (Kind::GitLab, json!({"project_path": "acme*/app"})),
            (Kind::GitLab, json!({"project_path": "acme**"})),
            (Kind::GitLab, json!({"namespace_path": "acme*"})),
            (Kind::GitLab, json!({"project_id": "4*"})),
            (Kind::GitLab, json!({"repository": "acme/app"})),
            (Kind::GitHub, json!({"project_path": "acme/app"})),
            (Kind::GitHub, json!({"sub": "repo:*"})),
            (
                Kind::GitHub,
                json!({"sub": "repo:acme*/app:ref:refs/heads/main"}),
            ),
            (Kind::GitHub, json!({"ref": "refs/heads/main"})),
        ];
        for (kind, value) in bad {
            let error = conditions(value.clone())
                .check_for(kind)
                .expect_err("refused");
            assert!(
                matches!(error, ConditionsError::Everybody { .. }),
                "{value}"
            );
        }
        let names = conditions(json!({"project_path": "acme/app", "a b": "c"}));
        assert_eq!(
            names.check_for(Kind::GitLab),
            Err(ConditionsError::Name("a b".to_owned()))
        );
        let many: Conditions = (0..17)
            .map(|n| (format!("c{n}"), Pattern::new("x").expect("pattern")))
            .collect();
        assert_eq!(many.check_for(Kind::GitLab), Err(ConditionsError::TooMany));
    }

    #[test]
    fn all_must_be_met() {
        let claims = json!({"project_path": "acme/app", "ref": "main", "run": 7, "protected": true,
            "environment": null, "list": ["a"]});
        let claims = Claims::from(claims.as_object().expect("object").clone());
        let check = |value| conditions(value).met_by(&claims);
        assert_eq!(
            check(json!({"project_path": "acme/*", "ref": "main"})),
            Ok(())
        );
        assert_eq!(check(json!({"run": "7", "protected": "true"})), Ok(()));
        assert_eq!(check(json!({})), Err(Unmet::None));
        let unmet =
            check(json!({"project_path": "acme/*", "ref": "release-*"})).expect_err("unmet");
        assert_eq!(
            unmet.to_string(),
            r#"the token's claim "ref" is "main", which does not fit "release-*""#
        );
        for claim in ["environment", "list", "absent"] {
            let unmet = check(json!({ claim: "**" })).expect_err("unmet");
            assert!(matches!(unmet, Unmet::Missing { .. }), "{claim}: {unmet}");
        }
    }
}

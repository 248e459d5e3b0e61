//! A policy, read: its criteria and its template, as the row or a form has them.

use api::promotion::{FoundThing, PromotionPolicy, PromotionRun, Rule, Verdict, VerdictLine};
use db::entities::{promotion, promotion_policy};
use rules::{
    Criteria, Evaluation, Evidence, Facts, Field, TagTemplate,
    field::{NumberField, TextField},
    template::Source,
};
use serde_json::Value;

use crate::error::{ApiError, ApiResult};

/// What has to be read of images.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is about another table, and any of them can be asked for with any other"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Labels of the configuration.
    pub(super) labels: bool,
    /// Each vulnerability, and not only how many there are.
    pub(super) flaws: bool,
    /// Each component.
    pub(super) components: bool,
    /// Who signed.
    pub(super) signatures: bool,
}

impl Asked {
    /// What reasons name too.
    pub(super) fn with_reasons(self) -> Self {
        Self {
            flaws: true,
            ..self
        }
    }

    /// What both need.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            labels: self.labels || other.labels,
            flaws: self.flaws || other.flaws,
            components: self.components || other.components,
            signatures: self.signatures || other.signatures,
        }
    }
}

/// What a policy asks of images, and what it calls them.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) criteria: Criteria,
    pub(super) template: TagTemplate,
}

impl Terms {
    /// Reads rules and a template, or says what is wrong with them.
    pub(super) fn read(rules: &[Rule], template: &str) -> ApiResult<Self> {
        let invalid =
            |message: String| ApiError::invalid("INVALID_PROMOTION_POLICY", capital(&message));
        let mut texts = rules
            .iter()
            .flat_map(|rule| rule.key.iter().chain(&rule.values));
        if texts.any(|text| text.chars().any(char::is_control)) {
            return Err(invalid("a criterion has no control characters".to_owned()));
        }
        let rules = rules.iter().map(|rule| rules::Rule {
            field: rule.field.clone(),
            key: rule.key.clone(),
            operator: rule.operator.clone(),
            not: rule.not,
            values: rule.values.clone(),
        });
        let criteria =
            Criteria::new(rules.collect()).map_err(|error| invalid(error.to_string()))?;
        let template =
            TagTemplate::new(template.trim()).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { criteria, template })
    }

    /// Those of a policy that was saved.
    pub(super) fn of(row: &promotion_policy::Model) -> ApiResult<Self> {
        Self::read(&stored(&row.rules), &row.tag_template)
    }

    /// What has to be read of images to decide.
    pub(super) fn asked(&self) -> Asked {
        let fields = || self.criteria.iter().map(rules::Criterion::field);
        Asked {
            labels: fields().any(|field| field == Field::Text(TextField::Label))
                || self.template.as_str().contains("%{label:"),
            flaws: fields().any(|field| {
                matches!(
                    field,
                    Field::HighestScore | Field::Number(NumberField::Exploited)
                )
            }),
            components: self.criteria.evidence().contains(&Evidence::Components),
            signatures: self.criteria.evidence().contains(&Evidence::Signatures),
        }
    }

    /// The same, and what reasons name, where a rule is about what is wrong.
    pub(super) fn asked_with_reasons(&self) -> Asked {
        let asked = self.asked();
        if self.criteria.evidence().contains(&Evidence::Scan) {
            asked.with_reasons()
        } else {
            asked
        }
    }

    /// What an image of the repository is called in the target, or why it cannot be.
    pub(super) fn target_tag(
        &self,
        repository: &oci::RepositoryName,
        facts: &Facts<'_>,
    ) -> Result<String, String> {
        // not when it is promoted: so one push has one name, however often it is judged
        let source = Source {
            repository,
            tag: facts.tag,
            digest: &facts.digest,
            labels: facts.labels,
            at: facts.updated_at.unwrap_or(facts.now),
        };
        let tag = self.template.expand(&source);
        tag.map(|tag| tag.to_string())
            .map_err(|error| error.to_string())
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Rules as a row has them.
pub(super) fn stored(rules: &Value) -> Vec<Rule> {
    serde_json::from_value(rules.clone()).unwrap_or_default()
}

/// Rules as a row is to have them.
pub(super) fn to_store(rules: &[Rule]) -> Value {
    serde_json::to_value(rules).unwrap_or_default()
}

/// A verdict as the API says it.
pub(super) fn verdict(of: rules::Verdict) -> Verdict {
    match of {
        rules::Verdict::Holds => Verdict::Holds,
        rules::Verdict::DoesNotHold => Verdict::DoesNotHold,
        rules::Verdict::Unknown => Verdict::Unknown,
    }
}

/// Reasons as the API says them to somebody who is told names of accounts, or not.
pub(super) fn lines_for(of: Evaluation, people: bool) -> Vec<VerdictLine> {
    let mut lines = lines(of);
    if !people {
        let names_people = |line: &&mut VerdictLine| {
            let field = line.rule.field.as_str();
            field == "author" || field == "signed" || field.starts_with("signature.")
        };
        for line in lines.iter_mut().filter(names_people) {
            line.reason = String::new();
            line.found = Vec::new();
        }
    }
    lines
}

/// Reasons as the API says them.
pub(super) fn lines(of: Evaluation) -> Vec<VerdictLine> {
    of.lines
        .into_iter()
        .map(|line| VerdictLine {
            rule: Rule {
                field: line.rule.field,
                key: line.rule.key,
                operator: line.rule.operator,
                not: line.rule.not,
                values: line.rule.values,
            },
            criterion: line.criterion,
            verdict: verdict(line.verdict),
            reason: line.reason,
            found: line
                .found
                .into_iter()
                .map(|found| FoundThing {
                    what: found.what,
                    place: found.place,
                })
                .collect(),
        })
        .collect()
}

/// What is not shown to who may not see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) source: bool,
    pub(super) target: bool,
    /// Names of accounts, which the public is not told.
    pub(super) people: bool,
}

impl Sight {
    /// Sees everything.
    pub(super) fn is_whole(self) -> bool {
        self.source && self.target && self.people
    }
}

fn seen(may: bool, text: &str) -> String {
    if may { text.to_owned() } else { String::new() }
}

fn number(of: i32) -> u32 {
    u32::try_from(of).unwrap_or_default()
}

/// A policy as the API says it; `source` and `target` are the names of its repositories.
pub(super) fn shown(
    row: &promotion_policy::Model,
    (source, target): (&str, &str),
    sight: Sight,
) -> PromotionPolicy {
    PromotionPolicy {
        id: row.id,
        enabled: row.enabled,
        rules: if sight.source {
            stored(&row.rules)
        } else {
            Vec::new()
        },
        source_repository: seen(sight.source, source),
        target_repository: seen(sight.target, target),
        tag_template: row.tag_template.clone(),
        last_promoted_at: row.last_promoted_at.unwrap_or(api::NEVER),
        revision: number(row.revision),
        author: seen(sight.people, &row.author),
        updated_at: row.updated_at,
        include_referrers: row.referrers,
        applies_from: row.applies_from,
        stopped: row.stopped.as_ref().map(|reason| {
            if sight.is_whole() {
                reason.clone()
            } else {
                "who administers both repositories sees why".to_owned()
            }
        }),
    }
}

/// What was done as the API says it.
pub(super) fn run(row: promotion::Model, sight: Sight) -> PromotionRun {
    let lines = row
        .verdict
        .and_then(|verdict| serde_json::from_value(verdict).ok());
    PromotionRun {
        id: row.id,
        policy: row.policy_id,
        revision: number(row.revision),
        source_repository: seen(sight.source, &row.source),
        source_tag: seen(sight.source, &row.source_tag),
        target_repository: seen(sight.target, &row.target),
        target_tag: seen(sight.target, &row.target_tag),
        digest: row.digest,
        actor: seen(sight.people, &row.actor),
        is_done: row.is_done,
        reason: seen(sight.is_whole(), &row.reason),
        lines: lines
            .filter(|_| sight.source && sight.people)
            .unwrap_or_default(),
        made_at: row.made_at,
    }
}

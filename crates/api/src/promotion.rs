//! Promotion: policies, what they say of an image and why, and what was promoted. DTR's shapes; what says "ours" is ours.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// A criterion: DTR's `ruleengine.Rule`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is about, as `vulnerability_critical`.
    pub field: String,
    /// Ours: which label, annotation or component, where the field is about one of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it is compared, as `lte`.
    pub operator: String,
    /// Ours: whether it holds just when it would not. What is unknown stays unknown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
    /// What it is compared with.
    pub values: Vec<String>,
}

/// A promotion policy: an image that meets all its rules gets a tag in the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PromotionPolicy {
    /// Its id.
    pub id: Uuid,
    /// It can be switched off and on again.
    pub enabled: bool,
    /// The criteria, of which all have to hold; without any, every image is promoted.
    pub rules: Vec<Rule>,
    /// `namespace/name` of where images come from; empty to who may not see it.
    pub source_repository: String,
    /// `namespace/name` of where they go; empty to who may not see it.
    pub target_repository: String,
    /// What the tag is called there; `%n` is the tag in the source.
    pub tag_template: String,
    /// When it promoted an image last; `0001-01-01T00:00:00Z` where it never did.
    #[serde(with = "time::serde::rfc3339")]
    pub last_promoted_at: OffsetDateTime,
    /// Ours: counts from 1; each change is another.
    pub revision: u32,
    /// Ours: who made this revision. The policy may do what that account may.
    pub author: String,
    /// Ours: when this revision was made.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// Ours: whether what refers to an image (signatures, SBOMs, attestations) goes with it. Notary signatures never do.
    pub include_referrers: bool,
    /// Ours: tags that were set before this are left alone; absent where it applies to all.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub applies_from: Option<OffsetDateTime>,
    /// Ours: why it promotes nothing at present, although it is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// A new promotion policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePromotionPolicy {
    /// On, unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The criteria, at most 50.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What the tag is called in the target: `%n` keeps it.
    pub tag_template: String,
    /// `namespace/name`
    pub target_repository: String,
    /// Ours: see the policy; yes, unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_referrers: Option<bool>,
}

/// A change of a promotion policy; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdatePromotionPolicy {
    /// On or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The criteria, at most 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
    /// What the tag is called in the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_template: Option<String>,
    /// `namespace/name`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_repository: Option<String>,
    /// Ours: see the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_referrers: Option<bool>,
}

/// Ours: what a policy was at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PolicyRevision {
    /// Counts from 1.
    pub revision: u32,
    /// As in the policy.
    pub enabled: bool,
    /// As in the policy.
    pub rules: Vec<Rule>,
    /// As in the policy.
    pub tag_template: String,
    /// As in the policy.
    pub include_referrers: bool,
    /// Name of the target then.
    pub target_repository: String,
    /// Who made it.
    pub author: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
}

/// A promotion by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePromotion {
    /// `namespace/name`
    pub target_repository: String,
    /// The tag there.
    pub target_tag: String,
    /// Ours: whether what refers to the image goes with it; yes, unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_referrers: Option<bool>,
}

/// Where a promoted tag comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// The policy; `MANUAL` where somebody did it by hand.
    #[serde(rename = "promotionPolicyID")]
    pub promotion_policy_id: String,
    /// `namespace/name`; empty to who may not see it.
    pub source_repository: String,
    /// The tag there; empty to who may not see it.
    pub source_tag: String,
    /// All of it in words.
    pub string: String,
    /// Ours: the policy's revision; 0 where somebody did it by hand.
    pub revision: u32,
    /// Ours: when.
    #[serde(with = "time::serde::rfc3339")]
    pub promoted_at: OffsetDateTime,
    /// Ours: what the policy said of the image then, line by line, to who may see the source; not in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<VerdictLine>,
}

/// Ours: whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not.
    DoesNotHold,
    /// Something is not known. Nothing is promoted on that.
    Unknown,
}

/// Ours: one thing that a criterion found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundThing {
    /// What it is: `CVE-2014-0160 in openssl 1.0.1f`.
    pub what: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Ours: what one criterion says of an image, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerdictLine {
    /// The criterion as it was written.
    pub rule: Rule,
    /// The criterion in words.
    pub criterion: String,
    /// What it says.
    pub verdict: Verdict,
    /// What was found, in words, or what is not known.
    pub reason: String,
    /// What was found, and where: at most five.
    #[serde(default)]
    pub found: Vec<FoundThing>,
}

/// Ours: what was done for a policy, or by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PromotionRun {
    /// Its id.
    pub id: Uuid,
    /// The policy; absent where somebody did it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Uuid>,
    /// The policy's revision; 0 where somebody did it by hand.
    pub revision: u32,
    /// `namespace/name`; empty to who may not see it.
    pub source_repository: String,
    /// The tag there; empty to who may not see it.
    pub source_tag: String,
    /// `namespace/name`; empty to who may not see it.
    pub target_repository: String,
    /// The tag there; empty to who may not see it.
    pub target_tag: String,
    /// The image.
    pub digest: String,
    /// Whose rights it was done with.
    pub actor: String,
    /// Whether it was promoted.
    pub is_done: bool,
    /// Why it could not be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What the policy said then, line by line.
    #[serde(default)]
    pub lines: Vec<VerdictLine>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
}

/// Ours: what a policy says of a tag now, and what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TagPolicy {
    /// The policy.
    pub policy: PromotionPolicy,
    /// What its rules say of the image now.
    pub verdict: Verdict,
    /// Each of them.
    pub lines: Vec<VerdictLine>,
    /// What the tag is, or would be, called in the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_tag: Option<String>,
    /// What became of the image, in words.
    pub outcome: String,
    /// What was done, the newest first.
    pub runs: Vec<PromotionRun>,
}

/// Ours: the way of images over repositories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PromotionGraph {
    /// The repositories, in the order of their steps.
    pub repositories: Vec<GraphRepository>,
    /// The policies between them.
    pub policies: Vec<GraphPolicy>,
    /// Whether this is all; otherwise there is more than is told.
    pub is_whole: bool,
}

/// Ours: a repository on the way of images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphRepository {
    /// `namespace/name`
    pub name: String,
    /// How many promotions it is away from the repository that was asked for; negative where images come from.
    pub step: i32,
}

/// Ours: a policy on the way of images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GraphPolicy {
    /// Its id.
    pub id: Uuid,
    /// `namespace/name`; empty to who may not see it.
    pub source_repository: String,
    /// `namespace/name`; empty to who may not see it.
    pub target_repository: String,
    /// What the tag is called in the target.
    pub tag_template: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether it promotes nothing at present, although it is enabled.
    pub is_stopped: bool,
}

/// Ours: what a policy would do to one tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TriedTag {
    /// The tag.
    pub tag: String,
    /// What it points at.
    pub digest: String,
    /// What the rules say of it.
    pub verdict: Verdict,
    /// What it would be called in the target, where it would be promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_tag: Option<String>,
    /// Why it would not be promoted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What the saved policy says of it, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Verdict>,
}

/// Ours: what a policy would do to the tags that there are, or to what was pushed lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PolicyTrial {
    /// Tags that it would promote.
    pub would_promote: u64,
    /// Tags that it would not.
    pub would_not: u64,
    /// Tags of which it cannot say so, and would not promote either.
    pub unknown: u64,
    /// Of the first, those that the saved policy would not promote.
    pub more: u64,
    /// Tags that the saved policy would promote and this one would not.
    pub fewer: u64,
    /// Pushes of which nothing can be said: the image is not there any more.
    #[serde(default)]
    pub gone: u64,
    /// The newest of them, at most 200.
    pub tags: Vec<TriedTag>,
}

/// Ours: what a saved policy would do to the tags that there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PolicyTally {
    /// The policy.
    pub policy: Uuid,
    /// Tags that it would promote.
    pub would_promote: u64,
    /// Tags that it would not.
    pub would_not: u64,
    /// Tags of which it cannot say so, and would not promote either.
    pub unknown: u64,
}

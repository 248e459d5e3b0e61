//! A criterion as it is written in JSON.

use serde::{Deserialize, Serialize};

/// DTR's `ruleengine.Rule`: `{"field": "vulnerability_critical", "operator": "lte", "values": ["0"]}`. Ours are `key` and `not`, which are
/// left out where they say nothing, so that DTR's rules are written back as they came. A member that is not known is refused: a
/// rule that is understood in part would let images through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is about: a name of [`Field`](crate::Field).
    pub field: String,
    /// Which label, annotation or component, where the field is about one of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How it is compared: a code of [`Operator`](crate::Operator).
    pub operator: String,
    /// Whether it holds just when it would not. What is unknown stays unknown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
    /// What it is compared with.
    pub values: Vec<String>,
}

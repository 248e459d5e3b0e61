//! The question of a cluster, and the answer: `AdmissionReview` of `admission.k8s.io/v1`
//! (<https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/>).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";
/// Longer names and ids than any cluster gives are not passed on.
const MAX_NAME: usize = 512;
/// A warning is shown by `kubectl`, which cuts off what is longer.
const MAX_WARNING: usize = 250;
/// Warnings of one answer.
const MAX_WARNINGS: usize = 10;
/// Bytes of what is said of a refusal.
const MAX_MESSAGE: usize = 4000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    api_version: String,
    kind: String,
    request: Option<Request>,
}

/// What the cluster wants to know.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    /// Names the question, and the answer to it.
    pub(super) uid: String,
    /// What kind of thing the object is.
    pub(super) kind: GroupKind,
    /// In which namespace of the cluster.
    #[serde(default)]
    pub(super) namespace: String,
    /// Its name, if it has one yet.
    #[serde(default)]
    pub(super) name: String,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub(super) operation: String,
    /// Nothing is kept of it.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// What is to be there.
    #[serde(default)]
    pub(super) object: Value,
    /// What was there.
    #[serde(default)]
    pub(super) old_object: Value,
}

/// A kind of thing.
#[derive(Debug, Deserialize)]
pub(super) struct GroupKind {
    /// Its group; empty for the core.
    #[serde(default)]
    pub(super) group: String,
    /// Its name there.
    pub(super) kind: String,
}

impl Request {
    /// Whether something is run by it: what is deleted is not.
    pub(super) fn runs_something(&self) -> bool {
        self.operation != "DELETE"
    }
}

/// Reads a question; or why it is none.
pub(super) fn read(body: &[u8]) -> Result<Request, String> {
    let review: Review = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if review.api_version != API_VERSION || review.kind != KIND {
        return Err(format!(
            "apiVersion has to be {API_VERSION}, and kind {KIND}"
        ));
    }
    let request = review.request.ok_or("it has no request")?;
    let names = [
        &request.uid,
        &request.namespace,
        &request.name,
        &request.operation,
        &request.kind.kind,
    ];
    let is_name = |name: &&String| name.len() <= MAX_NAME && !name.contains(char::is_control);
    if request.uid.is_empty() || !names.iter().all(is_name) {
        return Err(format!(
            "the request has no uid, or a name that is none: of more than {MAX_NAME} bytes, or with control characters"
        ));
    }
    Ok(request)
}

/// What is answered: allowed, unless there is a refusal.
#[derive(Debug, Default)]
pub(super) struct Answer {
    refusal: Option<(u16, String)>,
    /// What does not hold, and is admitted all the same.
    pub(super) warnings: Vec<String>,
    patch: Vec<Value>,
}

impl Answer {
    /// It was judged, and is not to run.
    pub(super) fn refused(reasons: &[String]) -> Self {
        let message = cut(reasons.join("; "), MAX_MESSAGE);
        Self {
            refusal: Some((403, message)),
            ..Self::default()
        }
    }

    /// It could not be judged, and is not to run.
    pub(super) fn unjudged(why: &str) -> Self {
        let message = format!(
            "the registry could not judge the images, so they are not run: {why} Try again, or ask its administrator."
        );
        Self {
            refusal: Some((500, message)),
            ..Self::default()
        }
    }

    /// Why not.
    pub(super) fn message(&self) -> &str {
        self.refusal.as_ref().map_or("", |(_, message)| message)
    }

    /// Writes an image with its digest where it is named.
    pub(super) fn pin(&mut self, places: &[String], image: &str) {
        let replace = |path: &String| json!({"op": "replace", "path": path, "value": image});
        self.patch.extend(places.iter().map(replace));
    }

    /// As the cluster reads it.
    pub(super) fn review(self, request: &Request, pins: bool) -> Value {
        let mut response = json!({"uid": request.uid, "allowed": self.refusal.is_none()});
        if !self.warnings.is_empty() {
            let warnings = self.warnings.into_iter().take(MAX_WARNINGS);
            let warnings: Vec<String> = warnings.map(|text| cut(text, MAX_WARNING)).collect();
            response["warnings"] = json!(warnings);
        }
        match self.refusal {
            Some((code, message)) => {
                let reason = if code == 403 {
                    "Forbidden"
                } else {
                    "InternalError"
                };
                response["status"] = json!({"code": code, "reason": reason, "message": message});
            }
            None if pins && !self.patch.is_empty() => {
                let patch = Value::from(self.patch).to_string();
                response["patchType"] = json!("JSONPatch");
                response["patch"] = json!(STANDARD.encode(patch));
            }
            None => {}
        }
        json!({"apiVersion": API_VERSION, "kind": KIND, "response": response})
    }
}

fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes.saturating_sub(3)));
        text.push('…');
    }
    text
}

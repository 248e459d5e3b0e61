//! Mass assignment: a body takes the fields that the API's document gives it, and no others, at no depth. The bodies are those of the
//! walk's rows, so that a new operation with a body is tried without a word here.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    ADMISSION, ADMISSION_PIN, IMPORT, ROLES, ROWS, Stage, company, document, operations, recorded,
};
use crate::{company::ROLES as COMPANY, util::TestApp};

/// Fields that would give power if a body took them, and one that nobody knows.
const FIELDS: &[&str] = &[
    "isAdmin2",
    "isAdmin",
    "is_admin",
    "isadmin",
    "IsAdmin",
    "admin",
    "role",
    "isActive",
    "isOrg",
    "isImported",
    "id",
    "owner",
    "ownerId",
    "orgID",
    "accountId",
    "account_id",
    "namespace",
    "namespaceType",
    "permission",
    "accessLevel",
    "isSigningKey",
    "pulls",
    "pushes",
    "createdAt",
    "passwordHash",
    "password_hash",
    "password",
    "isPublic",
    "is_public",
    "visibility",
    "createRepositoryOnPush",
    "scope",
    "expiresAt",
    "__proto__",
];

/// Bodies that are somebody else's documents, so that what may stand in them is not ours to say.
const DOCUMENTS: [(&str, &str); 3] = [
    // VEX: OpenVEX and CycloneDX let anybody add fields.
    ("POST", IMPORT),
    // Kubernetes's AdmissionReview, of whichever version of it.
    ("POST", ADMISSION),
    ("POST", ADMISSION_PIN),
];

/// A body that is tried, and what its row says of who sends it.
pub(super) struct Case {
    path: &'static str,
    pub(super) body: &'static str,
    role: &'static str,
    status: u16,
}

/// The body of an operation: one that is taken, if the walk has any, and of those the site administrator's, whom no right stops: the
/// body itself has to.
pub(super) fn case(method: &str, template: &str) -> Option<Case> {
    let own = ROWS.iter().map(|row| {
        let named = (row.method, row.template);
        (named, row.path, row.body, &row.statuses[..], &ROLES[..])
    });
    let company = company::ROWS.iter().map(|row| {
        let named = (row.method, row.template);
        (named, row.path, row.body, &row.statuses[..], &COMPANY[..])
    });
    own.chain(company)
        .filter(|(named, _, body, ..)| *named == (method, template) && !body.is_empty())
        .flat_map(|(_, path, body, statuses, roles)| {
            let by = roles.iter().zip(statuses);
            by.map(move |(&role, &status)| Case {
                path,
                body,
                role,
                status,
            })
        })
        .min_by_key(|case| (case.status >= 300, case.role != "admin"))
}

/// An object in a body: the way to it, and the fields that it has. `[]` is an item of a list.
type Place = (Vec<String>, BTreeSet<String>);

fn places(document: &Value, schema: &Value, way: &[String], found: &mut Vec<Place>) {
    let schema = resolved(document, schema);
    let below = |step: &str| [way, &[step.to_owned()]].concat();
    if let Some(items) = schema.get("items") {
        places(document, items, &below("[]"), found);
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    found.push((way.to_vec(), properties.keys().cloned().collect()));
    for (name, property) in properties {
        places(document, property, &below(name), found);
    }
}

/// The schema itself, where there is only the name of it, or that or nothing.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let one = schema["oneOf"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one.get("$ref").is_some()))
        .unwrap_or(schema);
    match one["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => one,
    }
}

fn with(body: &Value, way: &[String], field: &str) -> Value {
    let mut added = json!({ (field): true });
    for step in way.iter().rev() {
        added = match step.as_str() {
            "[]" => json!([added]),
            name => json!({ (name): added }),
        };
    }
    let mut body = body.clone();
    for (name, value) in added.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Adds each field, in each object of the body, and answers what was not refused with its name.
async fn taken(stage: &Stage, method: &str, case: &Case, places: &[Place]) -> Vec<String> {
    let path = stage.path(case.path);
    let body: Value = serde_json::from_str(case.body).unwrap();
    let mut taken = Vec::new();
    for (way, own) in places {
        for field in FIELDS.iter().filter(|field| !own.contains(**field)) {
            let form = with(&body, way, field);
            let call = stage.app.call(method, &path).by(case.role).json(&form);
            let answer = call.send().await;
            let is_named = answer.status == 400
                && answer.code() == "INVALID_JSON"
                && answer.message().contains(field);
            if !is_named {
                let said = String::from_utf8_lossy(&answer.body).into_owned();
                taken.push(format!("{method} {path} {form}: {said}"));
            }
        }
    }
    taken
}

#[tokio::test]
async fn bodies_take_their_own_fields_and_no_others() {
    let document = document();
    let stage = Stage::of(TestApp::company().await).await;
    let before = recorded(&stage.app).await;
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (method, template, operation) in operations(&document) {
        let Some(json) = operation["requestBody"]["content"].get("application/json") else {
            continue;
        };
        if DOCUMENTS.contains(&(method.as_str(), template)) {
            continue;
        }
        let Some(case) = case(&method, template) else {
            wrong.push(format!(
                "{method} {template}: no row of the walk has a body"
            ));
            continue;
        };
        let mut found = Vec::new();
        places(&document, &json["schema"], &[], &mut found);
        if found.is_empty() {
            wrong.push(format!("{method} {template}: its schema has no fields"));
        }
        wrong.extend(taken(&stage, &method, &case, &found).await);
        tried += found.len();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 40, "only {tried} objects were tried");
    assert_eq!(recorded(&stage.app).await, before, "something was changed");
}

#[tokio::test]
async fn a_field_that_is_ones_own_is_still_not_for_everybody_and_not_twice() {
    let app = TestApp::new().await;
    let call = |body: &'static str| {
        app.call("PATCH", "/enzi/v0/accounts/alice")
            .by("alice")
            .header("content-type", "application/json")
            .body(body)
    };
    call(r#"{"isAdmin":true}"#).send().await.expect(403);
    let twice = call(r#"{"fullName":"a","fullName":"b"}"#);
    twice.send().await.expect(400);
    let alice = app.get("/enzi/v0/accounts/alice").by("alice");
    let alice = alice.send().await.expect(200).json();
    assert_eq!(
        (&alice["isAdmin"], &alice["fullName"]),
        (&false.into(), &"".into())
    );
}

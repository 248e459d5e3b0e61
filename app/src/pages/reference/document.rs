//! Reading an OpenAPI 3.1 document as far as the page shows it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The description of the API.
pub(super) struct Document(Value);

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// As `GET`.
    pub(super) method: &'static str,
    /// With `{parameters}`.
    pub(super) path: String,
    /// One line.
    pub(super) summary: String,
    /// The rest of it.
    pub(super) description: String,
    /// What can be given in the path and the query.
    pub(super) parameters: Vec<Parameter>,
    /// Schema of the JSON body.
    pub(super) body: Option<Value>,
    /// Status, meaning, and schema of the JSON in it.
    pub(super) answers: Vec<(String, String, Option<Value>)>,
}

/// One parameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: String,
    /// It stands in the path, not in the query.
    pub(super) in_path: bool,
    /// It cannot be left out.
    pub(super) required: bool,
    /// What it means.
    pub(super) description: String,
    /// As `integer`.
    pub(super) kind: String,
}

const METHODS: [(&str, &str); 6] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
];

/// How deep a schema is written out.
const DEPTH: usize = 4;

impl Document {
    pub(super) fn new(document: Value) -> Self {
        Self(document)
    }

    /// Operations by their first tag, in the order of the document's list of tags.
    pub(super) fn groups(&self) -> Vec<(String, Vec<Operation>)> {
        let tags = self.0.get("tags").and_then(Value::as_array);
        let mut groups: Vec<(String, Vec<Operation>)> = tags
            .into_iter()
            .flatten()
            .map(|tag| (text(tag, "name"), Vec::new()))
            .collect();
        let Some(paths) = self.0.get("paths").and_then(Value::as_object) else {
            return groups;
        };
        for (path, item) in paths {
            for (key, method) in METHODS {
                let Some(operation) = item.get(key) else {
                    continue;
                };
                let tag = operation
                    .pointer("/tags/0")
                    .and_then(Value::as_str)
                    .unwrap_or("other")
                    .to_owned();
                let operation = self.operation(method, path, item, operation);
                match groups.iter_mut().find(|(name, _)| *name == tag) {
                    Some((_, operations)) => operations.push(operation),
                    None => groups.push((tag, vec![operation])),
                }
            }
        }
        groups.retain(|(_, operations)| !operations.is_empty());
        groups
    }

    fn operation(
        &self,
        method: &'static str,
        path: &str,
        item: &Value,
        operation: &Value,
    ) -> Operation {
        let list = |value: &Value| {
            value
                .get("parameters")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let parameters = list(item)
            .into_iter()
            .chain(list(operation))
            .map(|p| self.parameter(&p))
            .collect();
        let answers = operation.get("responses").and_then(Value::as_object);
        let answers = answers.into_iter().flatten().map(|(status, answer)| {
            let answer = self.resolve(answer);
            (
                status.clone(),
                text(answer, "description"),
                json_schema(answer),
            )
        });
        Operation {
            method,
            path: path.to_owned(),
            summary: text(operation, "summary"),
            description: text(operation, "description"),
            parameters,
            body: operation
                .get("requestBody")
                .and_then(|body| json_schema(self.resolve(body))),
            answers: answers.collect(),
        }
    }

    fn parameter(&self, parameter: &Value) -> Parameter {
        let parameter = self.resolve(parameter);
        Parameter {
            name: text(parameter, "name"),
            in_path: text(parameter, "in") == "path",
            required: parameter
                .get("required")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
            description: text(parameter, "description"),
            kind: parameter
                .get("schema")
                .map(|schema| self.type_text(schema, 0, DEPTH))
                .unwrap_or_default(),
        }
    }

    /// Follows a `$ref`.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let target = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'));
        target
            .and_then(|pointer| self.0.pointer(pointer))
            .unwrap_or(value)
    }

    /// A schema written as a type: `{ name: string, visibility?: "public" | "private" }`.
    pub(super) fn schema(&self, schema: &Value) -> String {
        self.type_text(schema, 0, 0)
    }

    fn type_text(&self, schema: &Value, indent: usize, depth: usize) -> String {
        let name = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| r.rsplit('/').next());
        if let Some(name) = name.filter(|_| depth >= DEPTH) {
            return name.to_owned();
        }
        let schema = self.resolve(schema);
        for key in ["oneOf", "anyOf", "allOf"] {
            if let Some(Value::Array(members)) = schema.get(key) {
                let members: Vec<String> = members
                    .iter()
                    .map(|m| self.type_text(m, indent, depth))
                    .collect();
                return members.join(if key == "allOf" { " & " } else { " | " });
            }
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return values
                .iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join(" | ");
        }
        if let Some(Value::Object(properties)) = schema.get("properties") {
            return self.object_text(schema, properties, indent, depth);
        }
        if let Some(items) = schema.get("items") {
            return format!("[{}]", self.type_text(items, indent, depth + 1));
        }
        if let Some(values @ Value::Object(_)) = schema.get("additionalProperties") {
            return format!(
                "{{ [name]: {} }}",
                self.type_text(values, indent, depth + 1)
            );
        }
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            Some(Value::Array(kinds)) => kinds
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" | "),
            _ => "any".to_owned(),
        };
        match schema.get("format").and_then(Value::as_str) {
            Some(format) => format!("{kind} ({format})"),
            None => kind,
        }
    }

    fn object_text(
        &self,
        schema: &Value,
        properties: &Map<String, Value>,
        indent: usize,
        depth: usize,
    ) -> String {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|n| n == name));
        let pad = "  ".repeat(indent + 1);
        let mut out = "{\n".to_owned();
        for (name, value) in properties {
            let mark = if is_required(name) { "" } else { "?" };
            let kind = self.type_text(value, indent + 1, depth + 1);
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{pad}{name}{mark}: {kind}");
        }
        out.extend(std::iter::repeat_n("  ", indent));
        out.push('}');
        out
    }

    /// A body to begin with: the required properties, empty.
    pub(super) fn example(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        let Some(Value::Object(properties)) = schema.get("properties") else {
            return Value::Object(Map::new());
        };
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let is_wanted =
            |name: &String| required.is_empty() || required.iter().any(|n| n == name.as_str());
        properties
            .iter()
            .filter(|(name, _)| is_wanted(name))
            .map(|(name, property)| (name.clone(), empty(self.resolve(property))))
            .collect::<Map<_, _>>()
            .into()
    }
}

impl Operation {
    /// What the filter looks at.
    pub(super) fn searched(&self) -> String {
        format!("{} {} {}", self.method, self.path, self.summary).to_lowercase()
    }
}

fn empty(schema: &Value) -> Value {
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        other => other.and_then(Value::as_str),
    };
    match kind {
        Some("boolean") => Value::Bool(false),
        Some("integer" | "number") => Value::from(0),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(Map::new()),
        _ => Value::String(String::new()),
    }
}

fn json_schema(content: &Value) -> Option<Value> {
    let content = content.get("content")?.as_object()?;
    content
        .get("application/json")
        .or_else(|| content.values().next())?
        .get("schema")
        .cloned()
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        Document::new(json!({
            "tags": [{ "name": "empty" }, { "name": "things" }],
            "paths": {
                "/things/{id}": {
                    "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                    "get": { "tags": ["things"], "summary": "One thing", "responses": { "200": {
                        "description": "It", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } }
                    } } },
                    "delete": { "responses": {} }
                }
            },
            "components": { "schemas": {
                "Thing": { "type": "object", "required": ["name"], "properties": {
                    "name": { "type": "string" },
                    "kind": { "type": "string", "enum": ["a", "b"] },
                    "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } }
                } }
            } }
        }))
    }

    #[test]
    fn operations_are_grouped_and_parameters_of_the_path_belong_to_each() {
        // Tags without an operation are left out; an operation without a tag is kept.
        let groups = document().groups();
        let names: Vec<_> = groups
            .iter()
            .map(|(tag, operations)| (tag.as_str(), operations.len()))
            .collect();
        assert_eq!(names, [("things", 1), ("other", 1)]);
        let operation = &groups[0].1[0];
        assert_eq!(operation.searched(), "get /things/{id} one thing");
        assert_eq!(
            (
                operation.parameters[0].name.as_str(),
                operation.parameters[0].in_path
            ),
            ("id", true)
        );
        assert_eq!(operation.answers[0].1, "It");
    }

    #[test]
    fn a_schema_that_contains_itself_is_written_to_a_certain_depth() {
        let document = document();
        let schema = json!({ "$ref": "#/components/schemas/Thing" });
        let text = document.schema(&schema);
        assert!(
            text.starts_with("{\n  kind?: \"a\" | \"b\"\n  name: string\n  parts?: [{"),
            "{text}"
        );
        assert!(text.contains("[Thing]"), "{text}");
        assert_eq!(document.example(&schema), json!({ "name": "" }));
    }
}

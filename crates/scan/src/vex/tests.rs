//! VEX documents: what is read, what is refused, and that what we write is what we read.

use super::*;
use crate::document::hostile::withstands;
use crate::fingerprint::{Evidence, Kind};
use time::macros::datetime;

const OPENVEX: &str = r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/vex-1",
    "author":"security@example.org","timestamp":"2023-01-08T18:02:03.647787998-06:00","version":1,"statements":[
    {"vulnerability":{"@id":"https://nvd.nist.gov/vuln/detail/CVE-2023-12345","name":"CVE-2023-12345","aliases":["GHSA-xxxx-yyyy-zzzz"]},
     "timestamp":"2023-01-09T00:00:00Z",
     "products":[{"@id":"pkg:oci/app@sha256:abc","subcomponents":[{"@id":"pkg:deb/debian/libssl3@3.0.11-1?arch=amd64"}]},
                 {"hashes":{"sha-256":"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"}}],
     "status":"not_affected","justification":"vulnerable_code_not_in_execute_path","impact_statement":"never called"},
    {"vulnerability":{"name":"CVE-2023-2"},"products":[{"identifiers":{"purl":"pkg:npm/a@1"}}],"status":"affected","action_statement":"update"}]}"#;

const CYCLONEDX: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "metadata":{"timestamp":"2024-02-01T00:00:00Z","authors":[{"name":"The team"}],
        "component":{"type":"container","bom-ref":"image","name":"app","version":"1"}},
    "components":[{"type":"library","bom-ref":"a","name":"acme","version":"2","components":[
        {"type":"library","bom-ref":"pkg:npm/inner@3","name":"inner","purl":"pkg:npm/inner@3"}]}],
    "vulnerabilities":[
    {"id":"CVE-2024-1","references":[{"id":"GHSA-1","source":{"name":"GitHub"}}],
     "analysis":{"state":"not_affected","justification":"code_not_reachable","detail":"dead code","lastUpdated":"2024-03-01T00:00:00Z"},
     "affects":[{"ref":"a"},{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/inner@3"}]},
    {"id":"CVE-2024-2","analysis":{"state":"false_positive"},"affects":[{"ref":"pkg:pypi/elsewhere"}]},
    {"id":"CVE-2024-3","recommendation":"update","analysis":{"state":"exploitable","detail":"seen"},"affects":[{"ref":"image"}]},
    {"id":"CVE-2024-4","affects":[{"ref":"image"}]}]}"#;

fn debian() -> OsRelease {
    serde_json::from_str(r#"{"id":"debian","id_like":[],"path":"etc/os-release"}"#).unwrap()
}

fn parsed(document: &str) -> VexDocument {
    read(document.as_bytes()).unwrap()
}

#[track_caller]
fn refused(document: &str, because: &str) {
    let error = read(document.as_bytes()).unwrap_err().to_string();
    assert!(error.contains(because), "{error}");
}

#[test]
fn an_openvex_document_is_read() {
    let document = parsed(OPENVEX);
    assert_eq!(document.id.as_deref(), Some("https://example.org/vex-1"));
    assert_eq!(document.author.as_deref(), Some("security@example.org"));
    let [excused, affected] = document.statements.as_slice() else {
        panic!("{document:?}")
    };
    assert_eq!(excused.vulnerability, "CVE-2023-12345");
    assert_eq!(excused.aliases, ["GHSA-xxxx-yyyy-zzzz"]);
    assert_eq!(excused.status, VexStatus::NotAffected);
    assert_eq!(
        excused.justification,
        Some(VexJustification::VulnerableCodeNotInExecutePath)
    );
    assert_eq!(excused.timestamp, Some(datetime!(2023-01-09 0:00 UTC)));
    let [image, file] = excused.products.as_slice() else {
        panic!("{excused:?}")
    };
    assert_eq!(image.software.image_digest(), Some("sha256:abc"));
    let mut libssl = Component::new(
        Kind::Deb,
        "libssl3",
        Some("3.0.11-1"),
        Evidence::Database,
        "dpkg",
    );
    let os = debian();
    assert!(image.parts[0].covers(&libssl, Some(&os)));
    libssl.version = Some("3.0.12-1".into());
    assert!(!image.parts[0].covers(&libssl, Some(&os)));
    assert!(!file.software.covers(&libssl, Some(&os)));
    assert_eq!(
        file.software.digest.as_deref(),
        Some("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
    assert_eq!(affected.action.as_deref(), Some("update"));
    // the document's, where the statement has none
    assert_eq!(
        affected.timestamp,
        Some(datetime!(2023-01-08 18:02:03.647787998 -6))
    );
}

#[test]
fn cyclonedx_analyses_become_statements_in_the_words_of_vex() {
    let document = parsed(CYCLONEDX);
    assert_eq!(document.author.as_deref(), Some("The team"));
    let [excused, wrong, affected] = document.statements.as_slice() else {
        panic!("{document:?}")
    };
    assert_eq!(
        excused.justification,
        Some(VexJustification::VulnerableCodeNotInExecutePath)
    );
    assert_eq!(excused.aliases, ["GHSA-1"]);
    assert_eq!(excused.impact.as_deref(), Some("dead code"));
    assert_eq!(excused.timestamp, Some(datetime!(2024-03-01 0:00 UTC)));
    let acme = Component::new(Kind::Generic, "acme", Some("2"), Evidence::Signature, "x");
    assert!(excused.products[0].software.covers(&acme, None));
    let inner = excused.products[1].software.purl.as_ref().unwrap();
    assert_eq!(inner.to_string(), "pkg:npm/inner@3");
    assert_eq!(
        (wrong.status, wrong.justification, wrong.impact.as_deref()),
        (VexStatus::NotAffected, None, Some("false positive"))
    );
    assert_eq!(
        (
            affected.status,
            affected.action.as_deref(),
            affected.notes.as_deref()
        ),
        (VexStatus::Affected, Some("update"), Some("seen"))
    );
    assert_eq!(affected.timestamp, Some(datetime!(2024-02-01 0:00 UTC)));
}

#[test]
fn each_word_of_cyclonedx_has_its_word_in_vex() {
    let state = |word: &str| {
        let state: cyclonedx::State = serde_json::from_str(&format!("\"{word}\"")).unwrap();
        serde_json::to_string(&state.status()).unwrap()
    };
    for (word, vex) in [
        ("resolved", "fixed"),
        ("resolved_with_pedigree", "fixed"),
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("false_positive", "not_affected"),
        ("not_affected", "not_affected"),
    ] {
        assert_eq!(state(word), format!("\"{vex}\""));
    }
    let justification = |word: &str| {
        let word: cyclonedx::Justification = serde_json::from_str(&format!("\"{word}\"")).unwrap();
        serde_json::to_string(&word.of_vex()).unwrap()
    };
    for (word, vex) in [
        ("code_not_present", "vulnerable_code_not_present"),
        ("code_not_reachable", "vulnerable_code_not_in_execute_path"),
        (
            "requires_configuration",
            "vulnerable_code_not_in_execute_path",
        ),
        ("requires_dependency", "vulnerable_code_not_in_execute_path"),
        (
            "requires_environment",
            "vulnerable_code_not_in_execute_path",
        ),
        ("protected_by_compiler", "inline_mitigations_already_exist"),
        ("protected_at_runtime", "inline_mitigations_already_exist"),
        ("protected_at_perimeter", "inline_mitigations_already_exist"),
        (
            "protected_by_mitigating_control",
            "inline_mitigations_already_exist",
        ),
    ] {
        assert_eq!(justification(word), format!("\"{vex}\""));
    }
}

#[test]
fn what_excuses_without_a_reason_is_refused() {
    let without = OPENVEX.replace(
        r#","justification":"vulnerable_code_not_in_execute_path","impact_statement":"never called""#,
        "",
    );
    refused(&without, "statements[0]: not_affected needs");
    let without = CYCLONEDX.replace(
        r#""justification":"code_not_reachable","detail":"dead code","#,
        "",
    );
    refused(&without, "vulnerabilities[0].analysis: not_affected needs");
}

#[test]
fn a_statement_about_what_is_not_read_is_never_one_about_more() {
    let read = |from: &str, to: &str| {
        let document = OPENVEX.replace(from, to);
        assert_ne!(document, OPENVEX);
        parsed(&document)
    };
    let npm = r#"{"identifiers":{"purl":"pkg:npm/a@1"}}"#;
    for unread in [
        "{}",
        r#"{"identifiers":{"cpe23":"cpe:2.3:a:a:b:1"}}"#,
        r#"{"hashes":{"sha-512":"00"}}"#,
        r#"{"@id":"pkg:npm/a@1","subcomponents":[{"identifiers":{"cpe23":"cpe:2.3:a:a:b:1"}}]}"#,
    ] {
        let document = read(npm, unread);
        assert_eq!((document.statements.len(), document.passed_over), (1, 1));
    }
    // no products at all: those of the statement around it
    let document = read(&format!(r#""products":[{npm}],"#), "");
    assert!(document.statements[1].products.is_empty());
    assert_eq!(document.passed_over, 0);
}

#[test]
fn versions_narrow_what_cyclonedx_speaks_of_and_ranges_are_passed_over() {
    let elsewhere = r#"{"ref":"pkg:pypi/elsewhere"}"#;
    let narrowed = |versions: &str| {
        let affected = format!(r#"{{"ref":"pkg:pypi/elsewhere","versions":[{versions}]}}"#);
        parsed(&CYCLONEDX.replace(elsewhere, &affected))
    };
    let document = narrowed(
        r#"{"version":"1.0"},{"version":"2.0","status":"unaffected"},{"range":"vers:pypi/>3"}"#,
    );
    let products = document.statements[1].products.iter();
    let purls: Vec<String> = products
        .map(|product| product.software.purl.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(purls, ["pkg:pypi/elsewhere@1.0", "pkg:pypi/elsewhere@2.0"]);
    let document = narrowed(r#"{"range":"vers:pypi/>3"}"#);
    assert_eq!((document.statements.len(), document.passed_over), (2, 1));
    let other = CYCLONEDX.replace(
        r#"{"ref":"a"}"#,
        r#"{"ref":"a","versions":[{"version":"9"}]}"#,
    );
    assert_eq!(parsed(&other).statements[0].products.len(), 1);
}

#[test]
fn a_refusal_says_what_is_wrong_and_where() {
    refused(
        &OPENVEX.replace("\"affected\"", "\"harmless\""),
        "statements[1].status: unknown variant `harmless`",
    );
    refused(
        &OPENVEX.replace("{\"name\":\"CVE-2023-2\"}", "\"CVE-2023-2\""),
        "statements[1].vulnerability: invalid type: string",
    );
    refused(
        &OPENVEX.replace("CVE-2023-2\"", "CVE 2023\""),
        "statements[1].vulnerability.name: this is no name",
    );
    refused(
        &OPENVEX.replace("pkg:npm/a@1", "npm:a"),
        "statements[1].products[0]: a package URL begins with",
    );
    refused(
        &OPENVEX.replace("E3B0C442", "XYZ"),
        "statements[0].products[1].hashes: sha-256",
    );
    refused(&OPENVEX.replace("v0.2.0", "v9"), "OpenVEX 0.2.0 are read");
    refused(
        &CYCLONEDX.replace("\"1.6\"", "\"2.0\""),
        "CycloneDX 1.4 to 1.6",
    );
    refused(
        &CYCLONEDX.replace("\"ref\":\"a\"", "\"ref\":\"b\""),
        "vulnerabilities[0].affects[0]: it refers to \"b\"",
    );
    refused(
        &CYCLONEDX.replace("\"bom-ref\":\"a\"", "\"bom-ref\":\"image\""),
        "its bom-ref is another component's too",
    );
    refused("{\"a\":1}", "an OpenVEX or CycloneDX document");
}

#[test]
fn hostile_documents_are_refused_and_nothing_breaks() {
    withstands(OPENVEX, |bytes| read(bytes));
    withstands(CYCLONEDX, |bytes| read(bytes));
    let many = |list: &str| format!("[{}{list}]", format!("{list},").repeat(MOST_STATEMENTS));
    let inside = OPENVEX.split_once("\"statements\"").unwrap().0;
    let statement = r#"{"vulnerability":{"name":"A"},"status":"fixed"}"#;
    refused(
        &format!("{inside}\"statements\":{}}}", many(statement)),
        "a list has more than 20000 entries",
    );
    let padding = "x".repeat(usize::try_from(LARGEST).unwrap());
    refused(
        &format!("{{\"x\":\"{padding}\"}}"),
        "larger than 8388608 bytes",
    );
    let long = OPENVEX.replace("never called", &"x".repeat(LONGEST_TEXT + 1));
    refused(&long, "statements[0].impact_statement: the text is longer");
}

#[test]
fn a_statement_around_it_says_what_it_is_about() {
    let digest = "ab".repeat(32);
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"app","digest":{{"sha256":"{digest}"}}}}],
        "predicateType":"https://openvex.dev/ns/v0.2.0","predicate":{OPENVEX}}}"#
    );
    let document = parsed(&statement);
    assert_eq!(document.subjects, [format!("sha256:{digest}")]);
    assert_eq!(document.statements, parsed(OPENVEX).statements);
}

fn facts() -> OpenVexFacts<'static> {
    OpenVexFacts {
        author: "registry.example",
        timestamp: datetime!(2026-01-02 3:04:05 UTC),
        version: 3,
        tool_version: "0.1.0",
    }
}

fn written(statements: &[VexStatement]) -> String {
    let mut out = Vec::new();
    write_openvex(statements, &facts(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    for document in [OPENVEX, CYCLONEDX] {
        let statements = parsed(document).statements;
        let text = written(&statements);
        let again = parsed(&text);
        assert_eq!(again.author.as_deref(), Some("registry.example"));
        assert_eq!(again.statements.len(), statements.len());
        for statement in &statements {
            let same = again
                .statements
                .iter()
                .find(|one| one.vulnerability == statement.vulnerability)
                .unwrap();
            assert_eq!(same.status, statement.status);
            assert_eq!(same.justification, statement.justification);
            assert_eq!(same.aliases, statement.aliases);
            assert_eq!(same.timestamp, statement.timestamp);
            assert_eq!(same.products.len(), statement.products.len());
        }
        // what has been through once does not change any more
        assert_eq!(written(&again.statements), text);
    }
}

#[test]
fn what_is_written_follows_from_its_content_alone() {
    let mut statements = parsed(OPENVEX).statements;
    let text = written(&statements);
    statements.reverse();
    statements.push(statements[0].clone());
    for statement in &mut statements {
        statement.aliases.extend(statement.aliases.clone());
        statement.products.extend(statement.products.clone());
    }
    assert_eq!(written(&statements), text);
    let id = |text: &str| parsed(text).id.unwrap();
    assert!(id(&text).starts_with("urn:uuid:"));
    statements.pop();
    statements[0].status = VexStatus::Fixed;
    assert_ne!(id(&written(&statements)), id(&text));
}

#[test]
fn a_statement_is_written_as_the_schema_demands() {
    let bare = VexStatement {
        vulnerability: "CVE-1".into(),
        aliases: Vec::new(),
        products: vec![VexProduct {
            software: VexSoftware {
                name: Some("open ssl".into()),
                version: Some("1.0".into()),
                ..VexSoftware::default()
            },
            parts: Vec::new(),
        }],
        status: VexStatus::NotAffected,
        justification: None,
        impact: None,
        action: None,
        notes: None,
        timestamp: None,
    };
    let text = written(std::slice::from_ref(&bare));
    assert!(
        text.contains(r#""@id":"pkg:generic/open%20ssl@1.0""#),
        "{text}"
    );
    assert!(text.contains(r#""impact_statement":"No reason was given.""#));
    let affected = VexStatement {
        status: VexStatus::Affected,
        ..bare.clone()
    };
    assert!(written(&[affected]).contains(r#""action_statement":"No action was given.""#));
    // the schema has one of them or the other
    let both = VexStatement {
        justification: Some(VexJustification::ComponentNotPresent),
        impact: Some("we removed it".into()),
        ..bare
    };
    let text = written(&[both]);
    assert!(
        text.contains(r#""status_notes":"we removed it","justification":"component_not_present""#)
    );
    assert!(!text.contains("impact_statement"));
    assert!(write_openvex(&[], &facts(), Vec::new()).is_err());
}

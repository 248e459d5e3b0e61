//! OpenVEX 0.2.0.
//!
//! Rules: OpenVEX specification, "Statement", "Product Data Structure" and "Data Inheritance".

use super::{
    LONGEST_TEXT, MOST_PRODUCTS, MOST_STATEMENTS, VexDocument, VexJustification, VexProduct,
    VexSoftware, VexStatement, VexStatus, name, text, wrong,
};
use crate::document::{DocumentError, Opened, sha256};
use crate::sbom::Purl;
use crate::vulnerability::osv::List;
use serde::Deserialize;
use time::OffsetDateTime;
use time::serde::rfc3339;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@id")]
    id: String,
    author: String,
    #[serde(with = "rfc3339")]
    timestamp: OffsetDateTime,
    #[serde(default, with = "rfc3339::option")]
    last_updated: Option<OffsetDateTime>,
    statements: List<Statement, MOST_STATEMENTS>,
}

#[derive(Deserialize)]
struct Statement {
    vulnerability: Vulnerability,
    #[serde(default, with = "rfc3339::option")]
    timestamp: Option<OffsetDateTime>,
    #[serde(default, with = "rfc3339::option")]
    last_updated: Option<OffsetDateTime>,
    #[serde(default)]
    products: List<Product, MOST_PRODUCTS>,
    status: VexStatus,
    justification: Option<VexJustification>,
    #[serde(rename = "impact_statement")]
    impact: Option<String>,
    #[serde(rename = "action_statement")]
    action: Option<String>,
    status_notes: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    name: String,
    #[serde(default)]
    aliases: List<String, 1_000>,
}

/// An empty one takes three bytes of the document, and must not take many here.
#[derive(Deserialize)]
struct Product {
    #[serde(rename = "@id")]
    id: Option<Box<str>>,
    identifiers: Option<Box<Identifiers>>,
    hashes: Option<Box<Hashes>>,
    #[serde(default)]
    subcomponents: List<Software, MOST_PRODUCTS>,
}

#[derive(Deserialize)]
struct Software {
    #[serde(rename = "@id")]
    id: Option<Box<str>>,
    identifiers: Option<Box<Identifiers>>,
    hashes: Option<Box<Hashes>>,
}

#[derive(Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Hashes {
    #[serde(rename = "sha-256")]
    sha256: Option<String>,
}

pub(super) fn read(opened: &Opened) -> Result<VexDocument, DocumentError> {
    let document: Document = opened.parse()?;
    let issued = document.last_updated.unwrap_or(document.timestamp);
    let mut read = VexDocument {
        id: text(Some(document.id), "@id")?,
        author: text(Some(document.author), "author")?,
        subjects: Vec::new(),
        statements: Vec::new(),
        passed_over: 0,
    };
    for (at, statement) in document.statements.0.into_iter().enumerate() {
        match statement.checked(issued, &format!("statements[{at}]"))? {
            Some(statement) => read.statements.push(statement),
            None => read.passed_over += 1,
        }
    }
    Ok(read)
}

impl Statement {
    /// `None` if it names products, but none in a way that is read.
    fn checked(
        self,
        issued: OffsetDateTime,
        at: &str,
    ) -> Result<Option<VexStatement>, DocumentError> {
        let inside = |field: &str| format!("{at}.{field}");
        let impact = text(self.impact, &inside("impact_statement"))?;
        if self.status == VexStatus::NotAffected && self.justification.is_none() && impact.is_none()
        {
            let what = "not_affected needs a justification or an impact_statement";
            return Err(wrong(at.to_owned(), what));
        }
        let aliases = self.vulnerability.aliases.0.into_iter();
        let aliases = aliases.map(|alias| name(alias, &inside("vulnerability.aliases")));
        let names_products = !self.products.0.is_empty();
        let mut products = Vec::new();
        for (index, product) in self.products.0.into_iter().enumerate() {
            products.extend(product.checked(&format!("{at}.products[{index}]"))?);
        }
        if names_products && products.is_empty() {
            return Ok(None);
        }
        Ok(Some(VexStatement {
            aliases: aliases.collect::<Result<_, _>>()?,
            products,
            vulnerability: name(self.vulnerability.name, &inside("vulnerability.name"))?,
            status: self.status,
            justification: self.justification,
            impact,
            action: text(self.action, &inside("action_statement"))?,
            notes: text(self.status_notes, &inside("status_notes"))?,
            timestamp: Some(self.last_updated.or(self.timestamp).unwrap_or(issued)),
        }))
    }
}

impl Product {
    /// `None` if nothing names it, or it has parts and nothing names any of them: without them it would be the whole product.
    fn checked(self, at: &str) -> Result<Option<VexProduct>, DocumentError> {
        let itself = Software {
            id: self.id,
            identifiers: self.identifiers,
            hashes: self.hashes,
        };
        let names_parts = !self.subcomponents.0.is_empty();
        let mut parts = Vec::new();
        for (index, part) in self.subcomponents.0.into_iter().enumerate() {
            parts.extend(part.checked(&format!("{at}.subcomponents[{index}]"))?);
        }
        let software = itself.checked(at)?;
        let software = software.filter(|_| !(names_parts && parts.is_empty()));
        Ok(software.map(|software| VexProduct { software, parts }))
    }
}

impl Software {
    /// `@id` may be a package URL, or any other name. `None` if it has no name that is read.
    fn checked(self, at: &str) -> Result<Option<VexSoftware>, DocumentError> {
        let id = self.id.filter(|id| id.len() <= LONGEST_TEXT);
        let id = id.map(String::from);
        let stated = self.identifiers.and_then(|identifiers| identifiers.purl);
        let stated = stated.or_else(|| id.clone().filter(|id| id.starts_with("pkg:")));
        let purl = stated
            .map(|purl| purl.parse::<Purl>())
            .transpose()
            .map_err(|error| wrong(at.to_owned(), &error.to_string()))?;
        let digest = self.hashes.and_then(|hashes| hashes.sha256).map(|hex| {
            let what = "sha-256 is not 64 hexadecimal digits";
            sha256(&hex).ok_or_else(|| wrong(format!("{at}.hashes"), what))
        });
        let software = VexSoftware {
            name: id.filter(|_| purl.is_none()),
            purl,
            digest: digest.transpose()?,
            version: None,
        };
        Ok((software != VexSoftware::default()).then_some(software))
    }
}

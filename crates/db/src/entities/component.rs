//! A piece of software, as far as it decides what is wrong with it, with the sums of that.

use sea_orm::entity::prelude::*;

/// A piece of software, as far as it decides what is wrong with it, with the sums of that.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "components")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// A digest over everything that makes it this component and no other.
    pub key: String,
    /// Its package world.
    pub kind: String,
    /// As that world spells it.
    pub name: String,
    /// `None` when it could not be told.
    pub version: Option<String>,
    /// Whether `version` is the version, and not just near it.
    pub exact: bool,
    /// As vulnerability data names where it comes from, with the release of a distribution.
    pub ecosystem: String,
    /// The ecosystem without its release.
    pub base: String,
    /// Its name as vulnerability data has it, normalised.
    pub package: String,
    /// Its version as vulnerability data has it: of the source package, where that is what is named.
    pub package_version: Option<String>,
    /// Names by which CPE-keyed data knows it: pairs of vendor and product.
    pub products: Json,
    /// The vulnerability data that it was judged by.
    pub generation: i64,
    /// Findings of this severity.
    pub critical: i32,
    /// Findings of this severity.
    pub major: i32,
    /// Findings of this severity.
    pub minor: i32,
    /// Findings whose severity nobody said.
    pub unspecified: i32,
    /// Findings with a version that has the fix.
    pub fixable: i32,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

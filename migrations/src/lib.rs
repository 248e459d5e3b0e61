//! The database schema, step by step. Each migration runs on SQLite and on PostgreSQL, forward only; `crates/db` runs the
//! pending ones when the program starts, under a lock.
//!
//! Rules: a landed migration is never edited; a change of meaning is a new step that also converts the rows that exist.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261123_000001_accounts;
mod m20261123_000002_repositories;
mod m20261123_000003_sign_in;
mod m20261125_000004_blob_contents;
mod m20261125_000005_organizations;
mod m20261125_000006_api_tokens;
mod m20261125_000007_events;
mod m20261125_000008_public_keys;
mod m20261125_000009_identity;
mod m20261125_000010_second_factors;
mod m20261125_000011_token_scopes;
mod m20261125_000012_directory;
mod m20261125_000013_member_names;
mod m20261126_000014_owner_syncs;
mod m20261126_000015_imported_accounts;
mod m20261126_000016_manifest_digests;
mod m20261126_000017_pushing_jobs;
mod m20261126_000018_layer_reports;
mod m20261126_000019_advisories;
mod m20261126_000020_findings;
mod m20261126_000021_grant_names;
mod m20261126_000022_synced_members;
mod m20261126_000023_known_files;
mod m20261126_000024_base_images;
mod m20261126_000025_retired_keys;
mod m20261126_000026_base_index;
mod m20261126_000027_no_scratch;
mod m20261127_000028_image_sums;
mod m20261127_000029_promotions;
mod m20261127_000030_immutable_patterns;
mod m20261127_000031_webhooks;
mod m20261127_000032_pages_of_pushes;
mod m20261127_000033_trust;
mod m20261127_000034_signers;
mod m20261127_000035_signatures;
mod m20261127_000036_trust_policies;
mod m20261127_000037_custody;
mod m20261127_000038_proven_keys;
mod m20261127_000040_trust_marks;
mod m20261128_000039_role_keys;
mod m20261128_000043_signatures_anew;
mod m20261128_000044_certificates_until;
mod table;

/// Every step, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_accounts::Migration),
            Box::new(m20261123_000002_repositories::Migration),
            Box::new(m20261123_000003_sign_in::Migration),
            Box::new(m20261125_000004_blob_contents::Migration),
            Box::new(m20261125_000005_organizations::Migration),
            Box::new(m20261125_000006_api_tokens::Migration),
            Box::new(m20261125_000007_events::Migration),
            Box::new(m20261125_000008_public_keys::Migration),
            Box::new(m20261125_000009_identity::Migration),
            Box::new(m20261125_000010_second_factors::Migration),
            Box::new(m20261125_000011_token_scopes::Migration),
            Box::new(m20261125_000012_directory::Migration),
            Box::new(m20261125_000013_member_names::Migration),
            Box::new(m20261126_000014_owner_syncs::Migration),
            Box::new(m20261126_000015_imported_accounts::Migration),
            Box::new(m20261126_000016_manifest_digests::Migration),
            Box::new(m20261126_000017_pushing_jobs::Migration),
            Box::new(m20261126_000018_layer_reports::Migration),
            Box::new(m20261126_000019_advisories::Migration),
            Box::new(m20261126_000020_findings::Migration),
            Box::new(m20261126_000021_grant_names::Migration),
            Box::new(m20261126_000022_synced_members::Migration),
            Box::new(m20261126_000023_known_files::Migration),
            Box::new(m20261126_000024_base_images::Migration),
            Box::new(m20261126_000025_retired_keys::Migration),
            Box::new(m20261126_000026_base_index::Migration),
            Box::new(m20261126_000027_no_scratch::Migration),
            Box::new(m20261127_000028_image_sums::Migration),
            Box::new(m20261127_000029_promotions::Migration),
            Box::new(m20261127_000030_immutable_patterns::Migration),
            Box::new(m20261127_000031_webhooks::Migration),
            Box::new(m20261127_000032_pages_of_pushes::Migration),
            Box::new(m20261127_000033_trust::Migration),
            Box::new(m20261127_000034_signers::Migration),
            Box::new(m20261127_000035_signatures::Migration),
            Box::new(m20261127_000036_trust_policies::Migration),
            Box::new(m20261127_000037_custody::Migration),
            Box::new(m20261127_000038_proven_keys::Migration),
            Box::new(m20261128_000039_role_keys::Migration),
            Box::new(m20261127_000040_trust_marks::Migration),
            Box::new(m20261128_000043_signatures_anew::Migration),
            Box::new(m20261128_000044_certificates_until::Migration),
        ]
    }
}

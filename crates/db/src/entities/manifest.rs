//! A manifest of one repository, with the bytes as they were pushed.

use sea_orm::entity::prelude::*;

/// A manifest of one repository, with the bytes as they were pushed.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "manifests")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// `algorithm:hex` of the content.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// Served as Content-Type.
    pub media_type: String,
    /// The artifact's type, as the referrers API gives it (OCI image-spec, manifest: artifactType, or the config's type).
    pub artifact_type: Option<String>,
    /// The configuration, where the manifest has one.
    pub config_digest: Option<String>,
    /// The manifest that this one refers to.
    pub subject_digest: Option<String>,
    /// The manifest's annotations, for the referrers API.
    pub annotations: Option<Json>,
    /// Platform of an image, as its configuration says.
    pub os: Option<String>,
    /// Platform of an image, as its configuration says.
    pub architecture: Option<String>,
    /// Platform of an image, as its configuration says.
    pub variant: Option<String>,
    /// Platform of an image, as its configuration says.
    pub os_version: Option<String>,
    /// Bytes of the manifest itself.
    pub size: i64,
    /// Bytes of the configuration and the layers; for an index, of its children.
    pub image_size: i64,
    /// The manifest itself, byte for byte.
    pub content: Vec<u8>,
    /// The account that pushed it first.
    pub pushed_by: Option<Uuid>,
    /// When it was pushed first.
    pub pushed_at: TimeDateTimeWithTimeZone,
}

/// No relation is walked by the ORM: joins are written where they are used.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

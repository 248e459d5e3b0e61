//! What was found in layers: one report for each, whichever images it is in.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};
use time::OffsetDateTime;

use super::LOT;
use crate::{
    Db, Result,
    entities::{layer_file, layer_report},
};

/// The layers of these that were read by this detector version.
pub async fn known(db: &Db, digests: &[String], detector_version: i32) -> Result<Vec<String>> {
    Ok(layer_report::Entity::find()
        .select_only()
        .column(layer_report::Column::Digest)
        .filter(layer_report::Column::Digest.is_in(digests))
        .filter(layer_report::Column::DetectorVersion.eq(detector_version))
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// The reports of these layers, by digest, as they are stored, and when each was read.
pub async fn reports(
    db: &Db,
    digests: &[String],
) -> Result<HashMap<String, (Vec<u8>, OffsetDateTime)>> {
    let rows: Vec<(String, Vec<u8>, OffsetDateTime)> = layer_report::Entity::find()
        .select_only()
        .column(layer_report::Column::Digest)
        .column(layer_report::Column::Report)
        .column(layer_report::Column::ScannedAt)
        .filter(layer_report::Column::Digest.is_in(digests))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(digest, report, at)| (digest, (report, at)))
        .collect())
}

/// Keeps a report, with the digests (SHA-256 in hex) of the files that are code. What another detector found is replaced.
pub async fn put(db: &Db, report: layer_report::Model, files: &BTreeSet<String>) -> Result<()> {
    let layer = report.digest.clone();
    let transaction = db.begin().await?;
    layer_file::Entity::delete_many()
        .filter(layer_file::Column::Layer.eq(&layer))
        .exec(&transaction)
        .await?;
    layer_report::Entity::insert(layer_report::ActiveModel::from(report).reset_all())
        .on_conflict(
            OnConflict::column(layer_report::Column::Digest)
                .update_columns([
                    layer_report::Column::DetectorVersion,
                    layer_report::Column::Incomplete,
                    layer_report::Column::Uncompressed,
                    layer_report::Column::Report,
                    layer_report::Column::ScannedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
    let files: Vec<&String> = files.iter().collect();
    for lot in files.chunks(LOT) {
        let rows = lot.iter().map(|sha256| layer_file::ActiveModel {
            sha256: Set((*sha256).clone()),
            layer: Set(layer.clone()),
        });
        layer_file::Entity::insert_many(rows)
            .exec_without_returning(&transaction)
            .await?;
    }
    db.commit(transaction).await
}

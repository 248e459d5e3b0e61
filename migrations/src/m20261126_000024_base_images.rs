//! Each scan says which layers it ends with, so that the images that are made from it, and the one it is made from, are found.

use sea_orm_migration::{prelude::*, schema::big_integer_null, sea_orm::ConnectionTrait};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("image_scans")
                    .add_column(big_integer_null("chain_id"))
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE image_scans SET chain_id = (SELECT l.chain_id FROM image_chain_links l \
                 WHERE l.image_id = image_scans.id ORDER BY l.position DESC LIMIT 1)",
            )
            .await?;
        table::index(manager, "image_scans", &["chain_id"], false).await
    }
}

//! An account says whether it comes from the directory, and accounts can be listed by their names in words.

use sea_orm_migration::{prelude::*, schema::boolean, sea_orm::ConnectionTrait};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("accounts")
                    .add_column(boolean("is_imported").default(false))
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE accounts SET is_imported = TRUE WHERE id IN (SELECT account_id FROM directory_people)",
            )
            .await?;
        table::sort_by_bytes(manager, "accounts", &["full_name"]).await?;
        table::index(manager, "accounts", &["full_name", "name"], false).await
    }
}

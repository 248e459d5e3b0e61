//! Access tokens that are good for chosen repositories only. The choice goes with the repository; a token whose last one is gone is
//! good for nothing, and not for everything.

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, small_integer, uuid},
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("api_tokens")
                    .add_column(boolean("is_limited").default(false))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("api_token_scopes")
                    .col(uuid("token_id"))
                    .col(uuid("repository_id"))
                    .col(small_integer("actions"))
                    .primary_key(Index::create().col("token_id").col("repository_id"))
                    .foreign_key(&mut table::belongs_to(
                        "api_token_scopes",
                        "token_id",
                        "api_tokens",
                    ))
                    .foreign_key(&mut table::belongs_to(
                        "api_token_scopes",
                        "repository_id",
                        "repositories",
                    ))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "api_token_scopes", &["repository_id"], false).await
    }
}

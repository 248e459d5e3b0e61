//! The names of members, beside their memberships: a page of a large organization or team is read from an index in the order of
//! names, and not sorted anew. A rename changes them in its transaction.

use sea_orm_migration::{prelude::*, schema::text, sea_orm::ConnectionTrait};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (members, of) in [("org_members", "org_id"), ("team_members", "team_id")] {
            manager
                .alter_table(
                    Table::alter()
                        .table(members)
                        .add_column(text("name").default(""))
                        .to_owned(),
                )
                .await?;
            let fill = format!(
                "UPDATE {members} SET name = (SELECT name FROM accounts WHERE accounts.id = {members}.account_id)"
            );
            manager.get_connection().execute_unprepared(&fill).await?;
            table::sort_by_bytes(manager, members, &["name"]).await?;
            table::index(manager, members, &[of, "name"], false).await?;
        }
        Ok(())
    }
}

//! A membership says whether following the directory made it: who was put there by hand stays. Who is of the directory and in what
//! follows it already, is there because of it, as far as anybody knew until now.

use sea_orm_migration::{prelude::*, schema::boolean, sea_orm::ConnectionTrait};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["team_members", "org_members"] {
            manager
                .alter_table(
                    Table::alter()
                        .table(table)
                        .add_column(boolean("is_synced").default(false))
                        .to_owned(),
                )
                .await?;
        }
        let people = "account_id IN (SELECT account_id FROM directory_people)";
        let connection = manager.get_connection();
        connection
            .execute_unprepared(&format!(
                "UPDATE team_members SET is_synced = TRUE \
                 WHERE {people} AND team_id IN (SELECT team_id FROM member_syncs WHERE team_id IS NOT NULL)"
            ))
            .await?;
        connection
            .execute_unprepared(&format!(
                "UPDATE org_members SET is_synced = TRUE \
                 WHERE {people} AND is_owner AND org_id IN (SELECT id FROM member_syncs WHERE team_id IS NULL)"
            ))
            .await?;
        Ok(())
    }
}

//! The names of teams and repositories, beside the rights: a page of a large repository's teams, or of a large team's repositories,
//! is read from an index in the order of names, and searched there. Renaming a team changes them in its transaction.

use sea_orm_migration::{prelude::*, schema::text, sea_orm::ConnectionTrait};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (grants, of, id, name, things) in [
            (
                "repository_grants",
                "repository_id",
                "team_id",
                "team_name",
                "teams",
            ),
            (
                "repository_grants",
                "team_id",
                "repository_id",
                "repository_name",
                "repositories",
            ),
            (
                "namespace_grants",
                "org_id",
                "team_id",
                "team_name",
                "teams",
            ),
        ] {
            manager
                .alter_table(
                    Table::alter()
                        .table(grants)
                        .add_column(text(name).default(""))
                        .to_owned(),
                )
                .await?;
            let fill = format!(
                "UPDATE {grants} SET {name} = (SELECT name FROM {things} WHERE {things}.id = {grants}.{id})"
            );
            manager.get_connection().execute_unprepared(&fill).await?;
            table::sort_by_bytes(manager, grants, &[name]).await?;
            table::index(manager, grants, &[of, name], false).await?;
        }
        Ok(())
    }
}

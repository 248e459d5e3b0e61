//! The owners of an organization can follow the LDAP directory as teams can: one table for both, by the id of what follows.

use sea_orm_migration::{
    prelude::*,
    schema::{json, text, timestamp_with_time_zone_null, uuid, uuid_null},
    sea_orm::ConnectionTrait,
};

use crate::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("member_syncs")
                    .col(uuid("id").primary_key())
                    .col(uuid("org_id"))
                    .col(uuid_null("team_id"))
                    .col(json("config"))
                    .col(timestamp_with_time_zone_null("synced_at"))
                    .col(text("error"))
                    .foreign_key(&mut table::belongs_to("member_syncs", "org_id", "accounts"))
                    .foreign_key(&mut table::belongs_to("member_syncs", "team_id", "teams"))
                    .to_owned(),
            )
            .await?;
        table::index(manager, "member_syncs", &["org_id"], false).await?;
        table::index(manager, "member_syncs", &["team_id"], false).await?;
        manager
            .get_connection()
            .execute_unprepared(
                "INSERT INTO member_syncs (id, org_id, team_id, config, synced_at, error) \
                 SELECT teams.id, teams.org_id, teams.id, config, synced_at, error \
                 FROM team_syncs JOIN teams ON teams.id = team_syncs.team_id",
            )
            .await?;
        manager
            .drop_table(Table::drop().table("team_syncs").to_owned())
            .await
    }
}

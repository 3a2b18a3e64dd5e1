//! Creates the shops that people have asked for.

#![expect(elided_lifetimes_in_paths, reason = "the trait is written so")]

use sea_orm_migration::{
    prelude::*,
    schema::{string_len, text_null, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum SignUps {
    Table,
    Id,
    UserId,
    Slug,
    Name,
    Currency,
    State,
    Reason,
    ChangedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(SignUps::Table)
            .col(uuid(SignUps::Id).primary_key())
            .col(uuid(SignUps::UserId))
            .col(string_len(SignUps::Slug, 63))
            .col(string_len(SignUps::Name, 120))
            .col(string_len(SignUps::Currency, 3))
            .col(string_len(SignUps::State, 10))
            .col(text_null(SignUps::Reason))
            .col(timestamp_with_time_zone(SignUps::ChangedAt))
            .foreign_key(
                ForeignKey::create()
                    .from(SignUps::Table, SignUps::UserId)
                    .to("users", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(SignUps::Table).take()).await
    }
}

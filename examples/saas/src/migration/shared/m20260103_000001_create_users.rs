//! Creates users, their sessions, and what brings them from one host to another.

#![expect(elided_lifetimes_in_paths, reason = "the trait is written so")]

use sea_orm_migration::{
    prelude::*,
    schema::{boolean, string_len, string_len_uniq, text, timestamp_with_time_zone, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    Email,
    Name,
    PasswordHash,
    IsOperator,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Sessions {
    Table,
    Digest,
    UserId,
    Audience,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum HandOvers {
    Table,
    Digest,
    UserId,
    Audience,
    State,
    ExpiresAt,
}

/// A key from a table to the user that its rows belong to; they go with the user.
fn of_user(table: impl IntoIden + Copy, column: impl IntoIden) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.from(table, column).to(Users::Table, Users::Id).on_delete(ForeignKeyAction::Cascade);
    key
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::create()
            .table(Users::Table)
            .col(uuid(Users::Id).primary_key())
            .col(string_len_uniq(Users::Email, 254))
            .col(string_len(Users::Name, 120))
            .col(text(Users::PasswordHash))
            .col(boolean(Users::IsOperator))
            .col(timestamp_with_time_zone(Users::CreatedAt))
            .take();
        manager.create_table(users).await?;
        let sessions = Table::create()
            .table(Sessions::Table)
            .col(string_len(Sessions::Digest, 64).primary_key())
            .col(uuid(Sessions::UserId))
            .col(string_len(Sessions::Audience, 36))
            .col(timestamp_with_time_zone(Sessions::ExpiresAt))
            .foreign_key(&mut of_user("sessions", Sessions::UserId))
            .take();
        manager.create_table(sessions).await?;
        let hand_overs = Table::create()
            .table(HandOvers::Table)
            .col(string_len(HandOvers::Digest, 64).primary_key())
            .col(uuid(HandOvers::UserId))
            .col(string_len(HandOvers::Audience, 36))
            .col(string_len(HandOvers::State, 64))
            .col(timestamp_with_time_zone(HandOvers::ExpiresAt))
            .foreign_key(&mut of_user("hand_overs", HandOvers::UserId))
            .take();
        manager.create_table(hand_overs).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(HandOvers::Table).take()).await?;
        manager.drop_table(Table::drop().table(Sessions::Table).take()).await?;
        manager.drop_table(Table::drop().table(Users::Table).take()).await
    }
}

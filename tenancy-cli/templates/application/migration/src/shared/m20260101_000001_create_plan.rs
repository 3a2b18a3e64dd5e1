//! Creates the plans, with two to begin with.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Plan {
    Table,
    Name,
    PriceCents,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Plan::Table)
            .col(string(Plan::Name).primary_key())
            .col(big_integer(Plan::PriceCents))
            .take();
        manager.create_table(table).await?;
        let mut insert = Query::insert();
        insert
            .into_table(Plan::Table)
            .columns([Plan::Name, Plan::PriceCents]);
        for (name, price_cents) in [("free", 0_i64), ("pro", 2_900)] {
            insert.values_panic([name.into(), price_cents.into()]);
        }
        manager.get_connection().execute(&insert).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Plan::Table).take())
            .await
    }
}

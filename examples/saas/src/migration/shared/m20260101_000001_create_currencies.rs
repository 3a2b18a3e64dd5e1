//! Creates the currencies, with a few to begin with.

#![expect(elided_lifetimes_in_paths, reason = "the trait is written so")]

use sea_orm_migration::{
    prelude::*,
    schema::{string, string_len},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Currencies {
    Table,
    Code,
    Name,
    Symbol,
}

const CURRENCIES: [[&str; 3]; 4] = [
    ["CHF", "Swiss franc", "CHF\u{a0}"],
    ["EUR", "Euro", "€"],
    ["GBP", "Pound sterling", "£"],
    ["USD", "US dollar", "$"],
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Currencies::Table)
            .col(string_len(Currencies::Code, 3).primary_key())
            .col(string(Currencies::Name))
            .col(string(Currencies::Symbol))
            .take();
        manager.create_table(table).await?;
        let mut insert = Query::insert();
        insert.into_table(Currencies::Table).columns([
            Currencies::Code,
            Currencies::Name,
            Currencies::Symbol,
        ]);
        for currency in CURRENCIES {
            insert.values_panic(currency.map(Expr::value));
        }
        manager.get_connection().execute(&insert).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Currencies::Table).take()).await
    }
}

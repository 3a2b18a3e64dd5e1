//! Creates customers and products.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_pk_auto, integer, string_len, string_len_uniq, timestamp_with_time_zone,
    },
};
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Customers {
    Table,
    Id,
    Name,
    Email,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Products {
    Table,
    Id,
    Sku,
    Name,
    PriceCents,
    Stock,
}

impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table(Customers::Table)
                .col(big_pk_auto(Customers::Id))
                .col(string_len(Customers::Name, 120))
                .col(string_len_uniq(Customers::Email, 254))
                .col(timestamp_with_time_zone(Customers::CreatedAt)),
        )?;
        schema.create_table(
            Table::create()
                .table(Products::Table)
                .col(big_pk_auto(Products::Id))
                .col(string_len_uniq(Products::Sku, 40))
                .col(string_len(Products::Name, 120))
                .col(big_integer(Products::PriceCents))
                .col(integer(Products::Stock))
                .check(Expr::col(Products::Stock).gte(0)),
        )?;
        schema.create_index(
            Index::create().name("idx_products_name").table(Products::Table).col(Products::Name),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table(Products::Table);
        schema.drop_table(Customers::Table);
        Ok(())
    }
}

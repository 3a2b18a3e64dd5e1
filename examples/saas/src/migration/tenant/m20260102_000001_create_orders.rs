//! Creates orders and their items.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_pk_auto, integer, string_len, timestamp_with_time_zone},
};
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[derive(DeriveIden)]
enum Orders {
    Table,
    Id,
    CustomerId,
    Currency,
    PlacedAt,
}

#[derive(DeriveIden)]
enum OrderItems {
    Table,
    Id,
    OrderId,
    ProductId,
    Quantity,
    UnitPriceCents,
}

fn reference(from: impl IntoIden, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(from).to(to, "id").take()
}

impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table(Orders::Table)
                .col(big_pk_auto(Orders::Id))
                .col(big_integer(Orders::CustomerId))
                .col(string_len(Orders::Currency, 3))
                .col(timestamp_with_time_zone(Orders::PlacedAt))
                .foreign_key(&mut reference(Orders::CustomerId, "customers")),
        )?;
        schema.create_table(
            Table::create()
                .table(OrderItems::Table)
                .col(big_pk_auto(OrderItems::Id))
                .col(big_integer(OrderItems::OrderId))
                .col(big_integer(OrderItems::ProductId))
                .col(integer(OrderItems::Quantity))
                .col(big_integer(OrderItems::UnitPriceCents))
                .foreign_key(
                    reference(OrderItems::OrderId, "orders").on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(&mut reference(OrderItems::ProductId, "products"))
                .check(Expr::col(OrderItems::Quantity).gt(0)),
        )?;
        schema.create_index(
            Index::create().name("idx_orders_placed_at").table(Orders::Table).col(Orders::PlacedAt),
        )?;
        schema.create_index(
            Index::create()
                .name("uq_order_items_order_product")
                .table(OrderItems::Table)
                .col(OrderItems::OrderId)
                .col(OrderItems::ProductId)
                .unique(),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table(OrderItems::Table);
        schema.drop_table(Orders::Table);
        Ok(())
    }
}

//! Migrations of the tables that are there once, for all tenants: plain SeaORM migrations.

mod m20260101_000001_create_plan;

use sea_orm_migration::MigrationTrait;

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m20260101_000001_create_plan::Migration)]
}

//! Migrations of the tables that are present once: plain SeaORM migrations.

mod m20260101_000001_create_currencies;

use sea_orm_migration::MigrationTrait;

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m20260101_000001_create_currencies::Migration)]
}

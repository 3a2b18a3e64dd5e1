//! Migrations of the tables that are there once, for all tenants: plain SeaORM migrations.

use sea_orm_migration::MigrationTrait;

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![]
}

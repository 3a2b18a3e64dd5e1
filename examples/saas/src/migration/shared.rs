//! Migrations of the tables that are present once: plain SeaORM migrations.

mod m20260101_000001_create_currencies;
mod m20260103_000001_create_users;
mod m20260104_000001_create_sign_ups;

use sea_orm_migration::MigrationTrait;

pub(super) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20260101_000001_create_currencies::Migration),
        Box::new(m20260103_000001_create_users::Migration),
        Box::new(m20260104_000001_create_sign_ups::Migration),
    ]
}

//! A reading of a meter: its table and its entity. Nothing here mentions a tenant.

#![expect(unreachable_pub, reason = "SeaORM's macros write `pub`")]

use sea_orm::entity::prelude::*;
use sea_orm_migration::{
    MigrationName,
    prelude::Table,
    schema::{big_integer, big_pk_auto, string_len},
};
use serde::Serialize;
use tenancy_core::{Result, TenantMigration, TenantSchema};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "reading")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub meter: String,
    pub value: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Creates the readings.
pub(crate) struct CreateReadings;

impl MigrationName for CreateReadings {
    fn name(&self) -> &str {
        "m20260101_000002_create_readings"
    }
}

impl TenantMigration for CreateReadings {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        let mut reading = Table::create();
        schema.create_table(
            reading
                .table("reading")
                .col(big_pk_auto("id"))
                .col(string_len("meter", 40))
                .col(big_integer("value")),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table("reading");
        Ok(())
    }
}

//! Changes the table `example`, which is there once, for all tenants.

use sea_orm_migration::{prelude::*, schema::string_null};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("example")
            .add_column(string_null("new_column"))
            .take();
        manager.alter_table(table).await
    }
}

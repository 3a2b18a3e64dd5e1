//! Creates the table `example`, which is there once, for all tenants.

use sea_orm_migration::{
    prelude::*,
    schema::{pk_auto, string},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("example")
            .col(pk_auto("id"))
            .col(string("name"))
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("example").take())
            .await
    }
}

//! The migrations of the world, as an application would write them.

use sea_orm::{
    ActiveValue::Set,
    DbErr, EntityTrait,
    sea_query::{ColumnDef, ForeignKey, Index, Table},
};
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait,
    schema::{integer, pk_auto, string, string_uniq, text_null},
};

use super::currency;
use crate::{Dialect, MigrationSets, Result, TenantMigration, TenantSchema};

struct CreateCurrency;

impl MigrationName for CreateCurrency {
    fn name(&self) -> &'static str {
        "m20260101_000001_create_currency"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
impl MigrationTrait for CreateCurrency {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let code = ColumnDef::new("code").string().not_null().primary_key().take();
        let currency = Table::create().table("currency").col(code).col(string("name")).take();
        manager.create_table(currency).await?;
        let euro = currency::ActiveModel { code: Set("EUR".into()), name: Set("Euro".into()) };
        currency::Entity::insert(euro).exec_without_returning(manager.get_connection()).await?;
        Ok(())
    }
}

struct CreateRate;

impl MigrationName for CreateRate {
    fn name(&self) -> &'static str {
        "m20260301_000001_create_rate"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
impl MigrationTrait for CreateRate {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let code = ColumnDef::new("code").string().not_null().primary_key().take();
        manager.create_table(Table::create().table("rate").col(code).take()).await
    }
}

struct DropCurrency;

impl MigrationName for DropCurrency {
    fn name(&self) -> &'static str {
        "m20260401_000001_drop_currency"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
impl MigrationTrait for DropCurrency {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("currency").take()).await
    }
}

struct MoveCurrency;

impl MigrationName for MoveCurrency {
    fn name(&self) -> &'static str {
        "m20260402_000001_move_currency"
    }
}

impl TenantMigration for MoveCurrency {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(Table::create().table("currency").col(pk_auto("id")))
    }
}

struct CreateCustomers;

impl MigrationName for CreateCustomers {
    fn name(&self) -> &'static str {
        "m20260102_000001_create_customers"
    }
}

impl TenantMigration for CreateCustomers {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table("customer")
                .col(pk_auto("id"))
                .col(string_uniq("email"))
                .col(string("name")),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table("customer");
        Ok(())
    }
}

struct CreateInvoices;

impl MigrationName for CreateInvoices {
    fn name(&self) -> &'static str {
        "m20260103_000001_create_invoices"
    }
}

impl TenantMigration for CreateInvoices {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table("invoice")
                .col(pk_auto("id"))
                .col(integer("customer_id"))
                .col(string("number"))
                .col(integer("total"))
                .foreign_key(
                    ForeignKey::create().from("invoice", "customer_id").to("customer", "id"),
                ),
        )?;
        schema.create_index(
            Index::create().name("invoice_number").table("invoice").col("number").unique(),
        )
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table("invoice");
        Ok(())
    }
}

/// The name of the migration that [`with_note`] adds.
pub const ADD_NOTE: &str = "m20260201_000001_add_note";

struct AddNote;

impl MigrationName for AddNote {
    fn name(&self) -> &'static str {
        ADD_NOTE
    }
}

impl TenantMigration for AddNote {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.add_column("customer", &text_null("note"))
    }

    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_column("customer", "note");
        Ok(())
    }
}

/// The name of the migration that [`with_broken`] adds.
pub const BROKEN: &str = "m20260301_000001_broken";

struct Broken;

impl MigrationName for Broken {
    fn name(&self) -> &'static str {
        BROKEN
    }
}

impl TenantMigration for Broken {
    /// Its first change is possible, its second is not.
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(Table::create().table("half").col(pk_auto("id")))?;
        match schema.dialect() {
            Dialect::Postgres | Dialect::Sqlite => schema.drop_index("there_is_no_such_index"),
            Dialect::MySql => schema.drop_foreign_key("half", "there_is_no_such_key"),
        }
        Ok(())
    }
}

/// One shared table, and customers with invoices for each tenant.
#[must_use]
pub fn base() -> MigrationSets {
    MigrationSets {
        shared: vec![Box::new(CreateCurrency)],
        tenant: vec![Box::new(CreateCustomers), Box::new(CreateInvoices)],
        ..MigrationSets::default()
    }
}

/// [`base`], and one migration more.
#[must_use]
pub fn with_note() -> MigrationSets {
    let mut sets = base();
    sets.tenant.push(Box::new(AddNote));
    sets
}

/// [`with_note`], and one migration more, which fails half-way.
#[must_use]
pub fn with_broken() -> MigrationSets {
    let mut sets = with_note();
    sets.tenant.push(Box::new(Broken));
    sets
}

/// [`base`], and another shared table, `rate`.
#[must_use]
pub fn with_rate() -> MigrationSets {
    let mut sets = base();
    sets.shared.push(Box::new(CreateRate));
    sets
}

/// [`base`], and the shared table dropped.
#[must_use]
pub fn without_currency() -> MigrationSets {
    let mut sets = base();
    sets.shared.push(Box::new(DropCurrency));
    sets
}

/// [`without_currency`], and a tenant table of the same name.
#[must_use]
pub fn with_moved() -> MigrationSets {
    let mut sets = without_currency();
    sets.tenant.push(Box::new(MoveCurrency));
    sets
}

//! Numbers without gaps, such as invoices have: [`NumberSeries`].
//!
//! A sequence of the database leaves a gap wherever a transaction is rolled back, and an identity is
//! shared by all tenants where they lie in the same tables. A number series counts for each tenant
//! alone, in a table of the tenant, and takes back the number of a transaction that is.

use sea_orm::{
    ConnectionTrait as _, DbBackend, DbErr, ExprTrait as _,
    sea_query::{ColumnDef, Expr, OnConflict, Query, Table},
};

use crate::{connection::TenantTransaction, error::Result, migrate::TenantSchema};

/// A series of numbers that each tenant counts for itself, without gaps.
///
/// A tenant migration makes its table once for all series of the application, with
/// [`create_table`](Self::create_table). A number is drawn in the transaction that uses it; until that
/// ends, whoever draws another one of the same tenant and series waits.
///
/// ```
/// use tenancy_core::{Result, TenantMigration, TenantSchema, number_series::NumberSeries};
/// use tenancy_core::TenantTransaction;
///
/// struct Migration;
///
/// impl sea_orm_migration::MigrationName for Migration {
///     fn name(&self) -> &str {
///         "m20260101_000001_create_number_series"
///     }
/// }
///
/// impl TenantMigration for Migration {
///     fn up(&self, schema: &mut TenantSchema) -> Result<()> {
///         NumberSeries::create_table(schema)
///     }
/// }
///
/// const INVOICES: NumberSeries = NumberSeries::new("invoice");
///
/// async fn number(transaction: &TenantTransaction) -> Result<String, sea_orm::DbErr> {
///     Ok(format!("INV-{:05}", INVOICES.next(transaction).await?))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberSeries {
    name: &'static str,
    first: i64,
}

/// The table behind all series of a tenant, as an entity: to read how far a series is, and to set it.
pub mod counter {
    use sea_orm::entity::prelude::*;

    /// How far a series is.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "number_series")]
    pub struct Model {
        /// The series.
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        /// The number that was drawn last.
        pub last: i64,
    }

    /// None: numbers are drawn, not referred to.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl NumberSeries {
    /// A series by its name, which begins with 1.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, first: 1 }
    }

    /// The same series, beginning with another number. What a tenant has drawn already stays.
    #[must_use]
    pub const fn beginning_with(self, first: i64) -> Self {
        Self { first, ..self }
    }

    /// Creates the table of all series, for a tenant migration.
    ///
    /// # Errors
    /// Those of [`TenantSchema::create_table`].
    pub fn create_table(schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table(counter::Entity)
                .col(ColumnDef::new(counter::Column::Name).string_len(80).not_null().primary_key())
                .col(ColumnDef::new(counter::Column::Last).big_integer().not_null()),
        )
    }

    /// Draws the next number of the transaction's tenant. It is used up when the transaction is
    /// committed, and drawn again by the next one when it is rolled back.
    ///
    /// On MariaDB and MySQL several who draw the very first number of a series at once may meet a deadlock
    /// when one of them rolls back; as with any deadlock, the transaction has to be tried again.
    ///
    /// # Errors
    /// What the database says, such as that there is no table yet, or no number left.
    pub async fn next(&self, transaction: &TenantTransaction) -> Result<i64, DbErr> {
        let last = (counter::Entity, counter::Column::Last);
        let backend = transaction.get_database_backend();
        let mut draw = Query::insert();
        draw.into_table(counter::Entity)
            .columns([counter::Column::Name, counter::Column::Last])
            .values([self.name.into(), self.first.into()])
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .on_conflict(
                OnConflict::column(counter::Column::Name)
                    .value(counter::Column::Last, Expr::col(last).add(1))
                    .to_owned(),
            )
            .returning_col(counter::Column::Last);
        let row = if backend == DbBackend::MySql {
            // There nothing is returned; until the transaction ends the number is this one's. Those who
            // wait to insert one row are a deadlock when it is not inserted, so that is done once only.
            let raise = Query::update()
                .table(counter::Entity)
                .value(counter::Column::Last, Expr::col(counter::Column::Last).add(1))
                .and_where(Expr::col(counter::Column::Name).eq(self.name))
                .take();
            if transaction.execute(&raise).await?.rows_affected() == 0 {
                transaction.execute(&draw).await?;
            }
            let drawn = Query::select()
                .column(counter::Column::Last)
                .from(counter::Entity)
                .and_where(Expr::col(counter::Column::Name).eq(self.name))
                .take();
            transaction.query_one(&drawn).await?
        } else {
            transaction.query_one(&draw).await?
        };
        let row = row.ok_or_else(|| DbErr::RecordNotInserted)?;
        row.try_get_by_index(0)
    }
}

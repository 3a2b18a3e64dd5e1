//! A new tenant with the rows of another: all of it, or nothing.

mod elsewhere;
mod mysql;
mod objects;
mod together;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, IsolationLevel, Statement, TransactionOptions,
};
use serde::Serialize;

use crate::{
    databases,
    error::{Error, Result},
    migrate::{
        adopt::{
            AdoptedTable,
            copy::{Copy, Side},
            existing::Existing,
        },
        layout::LaidOutMigration,
        ledger, lock,
        render::{listed_in, literal, quoted},
        structure::{self, Generation, Structure, TableStructure},
        tenant::{self, Known, Place},
    },
    registry::{NewTenant, schema},
    scope::Dialect,
    seed::PROVISIONED,
    strategy::TenantDdl,
    tenancy::Tenancy,
    tenant::{Slug, Tenant, TenantStatus},
};

/// What was made of another tenant's.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Duplicate {
    /// The new tenant.
    pub tenant: Tenant,
    /// Its tables, with the number of rows that were copied.
    pub tables: Vec<CopiedTable>,
}

/// A table whose rows were copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CopiedTable {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
}

/// Copying one tenant into another.
struct Copying<'a> {
    tenancy: &'a Tenancy,
    from: Tenant,
    new: &'a NewTenant,
    to: Tenant,
}

impl Tenancy {
    /// Creates a tenant that has the tables and rows that another one has now, and gives out keys from
    /// where that one is. Members, domains and invitations are not copied. The copy is of one moment. The
    /// other may be worked with meanwhile; on MariaDB and MySQL who writes to it waits for the copy.
    ///
    /// The tables are made by the migrations, and compared with those of the other tenant, as are
    /// views, functions, triggers and rights on PostgreSQL: what somebody has made there by hand is
    /// named, and nothing is done. Seeds that the other tenant has had are not run again; hooks are
    /// told of the new one.
    ///
    /// For a new tenant with the same tables and no rows, use [`create_tenant`](Self::create_tenant).
    ///
    /// # Errors
    /// [`Error::NotCopied`] with the reason, [`Error::Drifted`] where the other tenant's tables are not
    /// those that the migrations make, [`Error::Behind`] where it lacks migrations, and those of
    /// [`create_tenant`](Self::create_tenant).
    pub async fn duplicate_tenant(&self, from: &Slug, new: &NewTenant) -> Result<Duplicate> {
        let _forgetting = self.forgetting();
        let migrations = self.prepared().await?;
        let from = self.registry().tenant(from).await?;
        match from.status {
            TenantStatus::Active | TenantStatus::Suspended | TenantStatus::Archived => {}
            TenantStatus::Provisioning | TenantStatus::Deleted => {
                return Err(not_copied(format!("`{}` is {}", from.slug, from.status.as_str())));
            }
        }
        if from.migration_head.as_ref() != self.tenant_set().head().map(|head| &head.name) {
            return Err(Error::Behind { slug: from.slug.to_string() });
        }
        let to = self.completed(new.tenant(TenantStatus::Active)?);
        let copying = Copying { tenancy: self, from, new, to };
        let tables = match (self.strategy().tenant_ddl(), self.dialect()) {
            (TenantDdl::Once, Dialect::Postgres) => Box::pin(copying.rows_among_all()).await?,
            (TenantDdl::Once, Dialect::Sqlite) => {
                let reason = "on SQLite keys are given out to all tenants of a table together, and a \
                              copy would need the same ones";
                return Err(not_copied(reason.to_owned()));
            }
            (TenantDdl::Once, Dialect::MySql) => Box::pin(copying.rows_on_mysql()).await?,
            (TenantDdl::PerTenant, dialect) => {
                let expected = self.references(&migrations).await?.pop().unwrap_or_default();
                if dialect == Dialect::MySql {
                    Box::pin(copying.database(&migrations, &expected)).await?
                } else if self.strategy().shares_registry(dialect) {
                    Box::pin(copying.schema(&migrations, expected)).await?
                } else {
                    Box::pin(copying.elsewhere(&expected)).await?
                }
            }
        };
        Ok(Duplicate { tenant: self.registry().tenant(&copying.to.slug).await?, tables })
    }
}

fn not_copied(reason: String) -> Error {
    Error::NotCopied { reason }
}

/// What stops a copy has the same reasons as what stops an adoption.
fn of_copying(error: Error) -> Error {
    if let Error::NotAdoptable { reason } = error { not_copied(reason) } else { error }
}

fn is_frameworks(table: &str) -> bool {
    table == ledger::TABLE || schema::TABLES.contains(&table)
}

impl Copying<'_> {
    /// Into a schema beside the other one, in one transaction.
    async fn schema(
        &self,
        migrations: &[LaidOutMigration],
        expected: Structure,
    ) -> Result<Vec<CopiedTable>> {
        let (tenancy, to) = (self.tenancy, &self.to);
        let transaction = self.begin_snapshot().await?;
        let found = structure::of_place(
            &transaction,
            Some(self.from.physical_name.as_str()),
            &is_frameworks,
        )
        .await?;
        self.compare(&found, &expected)?;
        self.write_rows(&transaction).await?;
        for statement in tenancy.strategy().place_statements(to, tenancy.dialect()) {
            execute(&transaction, &statement).await?;
        }
        let schema = Some(&to.physical_name);
        // Without the tenant, so that data steps do not run: the other tenant's rows show what they
        // did.
        let place = Place { tenant: None, ..Place::of(to, schema) };
        tenant::enter(&transaction, place, tenancy.entering()).await?;
        let applied = tenant::apply_pending(transaction, place, migrations, Known::default());
        let transaction = applied.await?.0;
        let [from, into] = [&self.from, to].map(|side| Side::schema(side.physical_name.as_str()));
        let existing = Existing::of(expected, migrations.len());
        let copy = Copy { from: &from, to: &into, existing: &existing, tenant: None };
        let tables = copied(copy.rows(&transaction).await.map_err(of_copying)?);
        self.objects(&transaction).await?;
        self.keep_seeds(&transaction).await?;
        let transaction = tenancy.begin_life(transaction, to, schema).await?;
        tenant::leave(&transaction).await?;
        tenancy.put_into_service(&transaction, to).await?;
        transaction.commit().await.map_err(Error::database("committing the copy"))?;
        Ok(tables)
    }

    /// Begins a transaction that sees one moment, at which no migration of the other tenant is going
    /// on. The moment is that of the first statement that reads, so the lock comes before it.
    async fn begin_snapshot(&self) -> Result<DatabaseTransaction> {
        let doing = Error::database("beginning the copy");
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            ..TransactionOptions::default()
        };
        let direct = &self.tenancy.databases().direct;
        let transaction = databases::begin(direct, options).await.map_err(&doing)?;
        let timeout = literal(&lock::milliseconds(self.tenancy.lock_timeout()));
        execute(&transaction, &format!("SET LOCAL lock_timeout = {timeout}")).await?;
        let schema = self.from.physical_name.quoted();
        let lock = format!("LOCK TABLE {schema}.{} IN SHARE MODE", quoted(ledger::TABLE));
        execute(&transaction, &lock).await?;
        Ok(transaction)
    }

    fn compare(&self, found: &Structure, expected: &Structure) -> Result<()> {
        match found.difference(expected).into_iter().next() {
            None => Ok(()),
            Some(difference) => {
                let place = self.from.slug.to_string();
                Err(Error::Drifted { place, difference: difference.to_string() })
            }
        }
    }

    /// Writes what the registry has of a tenant.
    async fn write_rows(&self, transaction: &DatabaseTransaction) -> Result<()> {
        for insert in self.new.rows(&self.to) {
            let inserted = transaction.execute(&insert).await;
            inserted.map_err(|error| self.new.refused(&self.to, error))?;
        }
        Ok(())
    }

    /// Enters the seeds of the other tenant as those of the new one, beside the registry.
    async fn keep_seeds(&self, transaction: &DatabaseTransaction) -> Result<()> {
        let table = format!("public.{}", quoted(schema::SEED));
        let keep = format!(
            "INSERT INTO {table} (tenant_id, name, ran_at) SELECT $1, name, ran_at \
             FROM {table} WHERE tenant_id = $2 AND name <> $3"
        );
        let values = [self.to.id, self.from.id].map(|id| id.as_uuid().into());
        let values = values.into_iter().chain([PROVISIONED.into()]);
        let keep = Statement::from_sql_and_values(transaction.get_database_backend(), keep, values);
        let kept = transaction.execute_raw(keep).await;
        kept.map(drop).map_err(Error::database("keeping the record of seeds"))
    }
}

async fn execute(transaction: &DatabaseTransaction, sql: &str) -> Result<()> {
    let executed = transaction.execute_unprepared(sql).await;
    executed.map(drop).map_err(Error::database("copying the tenant"))
}

/// The columns of a table whose values are copied, without one.
fn columns(dialect: Dialect, table: &TableStructure, without: Option<&str>) -> String {
    let is_written = |generated: &Option<Generation>| match generated {
        Some(Generation::Stored(_) | Generation::Virtual(_)) => false,
        Some(
            Generation::IdentityAlways | Generation::IdentityByDefault | Generation::Autoincrement,
        )
        | None => true,
    };
    let columns = table.columns.iter().filter(|column| is_written(&column.generated));
    let names = columns.map(|column| column.name.clone());
    let names: Vec<String> = names.filter(|name| Some(name.as_str()) != without).collect();
    listed_in(dialect, &names)
}

fn copied(tables: Vec<AdoptedTable>) -> Vec<CopiedTable> {
    tables.into_iter().map(|table| CopiedTable { name: table.name, rows: table.rows }).collect()
}

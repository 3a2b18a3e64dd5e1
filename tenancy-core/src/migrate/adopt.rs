//! Makes the tables of an application without tenants those of its first one.
//!
//! The tables are compared with what the migrations make of plain definitions, made anew where and
//! as the strategy has them, and filled with the rows, which are compared again. The former tables
//! go last, in the same transaction; where the tenant's place lies elsewhere, after it has been
//! published.

pub(crate) mod copy;
mod elsewhere;
pub(crate) mod existing;
mod former;
mod shared_set;

use chrono::Utc;
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use serde::Serialize;

use self::{copy::Copy, existing::Existing};
use super::{
    layout::LaidOutMigration,
    ledger,
    structure::{self, Structure},
    tenant::{self, Place},
};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    registry::{NewTenant, Registry, schema},
    scope::Dialect,
    strategy::TenantDdl,
    tenancy::Tenancy,
    tenant::{Tenant, TenantStatus},
};

/// What became of the tables of an application without tenants.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Adoption {
    /// The tenant whose they are now.
    pub tenant: Tenant,
    /// Its tables.
    pub tables: Vec<AdoptedTable>,
    /// The tenant migrations that its tables have; what comes after them is pending.
    pub migrations: Vec<String>,
    /// The shared migrations whose tables were there.
    pub shared: Vec<String>,
    /// What the application's former ledger named and the two sets do not. It is kept in
    /// `tenants_former_migration`.
    pub former: Vec<String>,
}

/// A table that became a tenant's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AdoptedTable {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
}

/// What an adoption works with.
struct Adopting<'a> {
    tenancy: &'a Tenancy,
    new: &'a NewTenant,
    tenant: Tenant,
    migrations: &'a [LaidOutMigration],
    /// The structure of plain tables after so many migrations.
    plain: Vec<Structure>,
    /// The same as the strategy has them.
    laid_out: Vec<Structure>,
    /// Tables that are not the tenant's: the framework's, the shared ones, and those to leave.
    others: Vec<String>,
}

impl Tenancy {
    /// Makes the tables of an application without tenants those of a new tenant, with all rows:
    /// under a strategy that keeps all tenants in the same tables they get the tenant column, under
    /// one with a place for each tenant they move there. Nobody may write meanwhile; on PostgreSQL
    /// the tables are locked, and writers wait.
    ///
    /// The tables must be those that the tenant set makes after some of its migrations, up to the
    /// names of keys and indexes; those migrations count as applied with their data steps, and the
    /// others are pending then. The same holds for the shared set. Tables of neither must be named
    /// in `leave`, and stay as they are. A former key of the kind `serial` becomes an identity, as
    /// the migrations write it.
    ///
    /// It is all or nothing. Rows are counted and compared before the former tables go.
    ///
    /// # Errors
    /// [`Error::Drifted`] with the first difference between tables and migrations,
    /// [`Error::NotAdoptable`] for what would be lost (views, triggers, rules, policies), for tables
    /// that nothing names, and where there are tenants in the same tables already; those of
    /// [`Tenancy::create_tenant`] and [`Tenancy::migrate`].
    pub async fn adopt_tenant(&self, new: &NewTenant, leave: &[String]) -> Result<Adoption> {
        if self.dialect() == Dialect::MySql {
            let reason = "MariaDB and MySQL commit each change of tables by itself, and an adoption that \
                          fails half-way could not be taken back";
            return Err(Error::NotAdoptable { reason: reason.to_owned() });
        }
        let _forgetting = self.forgetting();
        self.registry().install(self.strategy().name()).await?;
        let is_once = self.strategy().tenant_ddl() == TenantDdl::Once;
        if is_once && self.registry().count().await? > 0 {
            let reason = "there are tenants in the same tables already".to_owned();
            return Err(Error::NotAdoptable { reason });
        }
        let shared = Box::pin(self.adopt_shared()).await?;
        self.load_catalog().await?;
        let migrations = self.laid_out().await?;
        let mut others = crate::introspect::ever_shared(&self.databases().direct).await?;
        others.extend(schema::TABLES.map(str::to_owned));
        others.extend_from_slice(leave);
        let adopting = Adopting {
            tenancy: self,
            new,
            tenant: new.tenant(TenantStatus::Active)?,
            migrations: &migrations,
            plain: self.references_of(&self.lay_out(None, true).await?, true).await?,
            laid_out: self.references(&migrations).await?,
            others,
        };
        let adoption = match (is_once, self.strategy().shares_registry(self.dialect())) {
            (_, true) => Box::pin(adopting.beside_registry()).await?,
            (_, false) => Box::pin(adopting.elsewhere()).await?,
        };
        self.load_catalog().await?;
        Ok(Adoption { shared, ..adoption })
    }
}

impl Adopting<'_> {
    /// Where one transaction reaches both the former tables and the tenant's.
    async fn beside_registry(&self) -> Result<Adoption> {
        let (tenancy, tenant) = (self.tenancy, &self.tenant);
        let transaction = begin_writing(&tenancy.databases().direct).await?;
        super::lock::limit_waiting(&transaction, tenancy.lock_timeout()).await?;
        let existing = self.look(&transaction).await?;
        let former = self.set_aside(&transaction, &existing).await?;
        self.write_rows(&transaction).await?;
        let is_once = tenancy.strategy().tenant_ddl() == TenantDdl::Once;
        let schema = (!is_once).then_some(&tenant.physical_name);
        let (from, to) = if is_once {
            (copy::move_aside(&transaction, &existing).await?, copy::Side::registry(tenancy))
        } else {
            let create = tenancy.strategy().place_statements(tenant, tenancy.dialect());
            for statement in create {
                copy::execute(&transaction, &statement).await?;
            }
            (copy::Side::registry(tenancy), copy::Side::schema(tenant.physical_name.as_str()))
        };
        let place = Place { tenant: None, ..Place::of(tenant, schema) };
        tenant::enter(&transaction, place, tenancy.entering()).await?;
        let (transaction, tables) = self.fill(transaction, &existing, (&from, &to)).await?;
        tenant::leave(&transaction).await?;
        tenancy.secure(&transaction).await?;
        copy::drop_former(&transaction, &existing, &from).await?;
        let adoption = self.enlist(&transaction, &existing, tables, former).await?;
        transaction.commit().await.map_err(Error::database("committing the adoption"))?;
        Ok(adoption)
    }

    /// Makes the tables where the transaction stands, and fills them with the rows of the former
    /// ones.
    async fn fill(
        &self,
        mut transaction: DatabaseTransaction,
        existing: &Existing,
        (from, to): (&copy::Side, &copy::Side),
    ) -> Result<(DatabaseTransaction, Vec<AdoptedTable>)> {
        let applied = &self.migrations[..existing.migrations];
        ledger::install(&transaction).await?;
        // Without a tenant, so that data steps do not run: what they would do is done.
        let place = Place::of_all();
        let backend = transaction.get_database_backend();
        let noted = ledger::applied(&transaction).await?;
        for migration in applied {
            transaction =
                tenant::run_steps(transaction, place, migration.name(), &migration.up).await?;
            if !noted.iter().any(|name| name == migration.name()) {
                let enter = ledger::enter(backend, migration.name());
                tenant::write_ledger(&transaction, &enter).await?;
            }
        }
        let is_once = self.tenancy.strategy().tenant_ddl() == TenantDdl::Once;
        let tenant = is_once.then_some((self.tenancy.tenant_column(), self.tenant.id));
        if let Some(setting) = self.tenancy.strategy().tenant_setting(self.tenancy.dialect()) {
            crate::connection::tell(&transaction, setting, &self.tenant).await?;
        }
        let copy = Copy { from, to, existing, tenant };
        let tables = copy.rows(&transaction).await?;
        self.check(&transaction, existing).await?;
        Ok((transaction, tables))
    }

    /// The tables that were made are those that every tenant has after the same migrations.
    async fn check<C: TransactionTrait>(&self, transaction: &C, existing: &Existing) -> Result<()> {
        let is_other = |table: &str| self.is_other(table) || table.starts_with(copy::FORMER);
        let mut made = structure::of_place(transaction, None, &is_other).await?;
        made.types.retain(|name, _| !existing.other_types.contains(name));
        let expected = &self.laid_out[existing.migrations];
        let difference = made.difference(expected).into_iter().next();
        match difference {
            Some(difference) => Err(Error::Drifted {
                place: self.tenant.slug.to_string(),
                difference: difference.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// Writes what the registry has of a tenant.
    async fn write_rows(&self, transaction: &DatabaseTransaction) -> Result<()> {
        for insert in self.new.rows(&self.tenant) {
            let inserted = transaction.execute(&insert).await;
            inserted.map_err(|error| self.new.refused(&self.tenant, error))?;
        }
        Ok(())
    }

    /// Lists the tenant as one that has the migrations.
    async fn enlist(
        &self,
        transaction: &DatabaseTransaction,
        existing: &Existing,
        tables: Vec<AdoptedTable>,
        former: Vec<String>,
    ) -> Result<Adoption> {
        let applied = &self.migrations[..existing.migrations];
        let head = applied.last().map(|migration| &migration.recorded);
        Registry::set_head(transaction, self.tenant.id, head, Utc::now()).await?;
        let migrations: Vec<String> = applied.iter().map(|m| m.name().to_owned()).collect();
        self.tenancy.record_applied(transaction, &migrations).await?;
        let tenant = Registry::reread(transaction, &self.tenant).await?;
        Ok(Adoption { tenant, tables, migrations, shared: Vec::new(), former })
    }

    /// Leaves of the former ledger beside the registry what is of tables there.
    async fn set_aside(
        &self,
        transaction: &DatabaseTransaction,
        existing: &Existing,
    ) -> Result<Vec<String>> {
        let mut kept = self.tenancy.shared_names();
        let mut known: Vec<String> = self.migrations.iter().map(|m| m.name().to_owned()).collect();
        if self.tenancy.strategy().tenant_ddl() == TenantDdl::Once {
            kept.extend(known.drain(..existing.migrations));
        }
        former::set_aside(transaction, &kept, &known).await
    }

    fn is_other(&self, table: &str) -> bool {
        self.others.iter().any(|other| other == table)
    }
}

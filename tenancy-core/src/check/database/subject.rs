//! `DatabaseSubject`: what is known of a live database before it is checked.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::{
    catalog::Catalog,
    error::{Error, Result},
    migrate::tenant::STEPS_TABLE,
    name::Identifier,
    registry::schema,
    scope::Dialect,
    strategy::Databases,
    tenant::{Tenant, TenantStatus},
};

pub(super) const DOING: &str = "reading the database's catalog";

/// What kind of relation a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RelationKind {
    /// A table, partitioned or not.
    Table,
    /// A view.
    View,
    /// A view whose rows are stored.
    MaterializedView,
    /// A table of another server.
    ForeignTable,
}

impl RelationKind {
    /// What it is called.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::ForeignTable => "foreign table",
        }
    }
}

/// Whose a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Owner {
    /// The framework's: registry and ledger.
    Framework,
    /// Shared by all tenants: a shared migration made it.
    Shared,
    /// It holds rows of tenants: tenant migrations make it.
    Tenant,
    /// It belongs to an extension of the database.
    Extension,
    /// Nobody's, beside the tables of the application.
    Nobody,
    /// Nobody's here: it lies in a schema that is neither the shared one nor a tenant's.
    Elsewhere,
}

/// A table or view of the live database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Relation {
    /// The schema that it lies in; where tenants lie in files, `main` or a tenant's physical name.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Whose it is.
    pub owner: Owner,
}

/// A trigger or a rule: something that a statement sets off without naming it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Trigger {
    /// The schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Whether it is a rule.
    pub is_rule: bool,
}

/// What a check of a live database looks at: the catalog, read once, and a way to ask for more.
#[derive(Debug)]
pub struct DatabaseSubject<'a> {
    pub(super) databases: &'a Databases,
    pub(super) dialect: Dialect,
    pub(super) tenant_column: &'a Identifier,
    pub(super) pools: u32,
    pub(super) has_direct: bool,
    pub(super) lies_together: bool,
    pub(super) is_initialised: bool,
    /// What tenants have after all migrations.
    pub(super) tenant_tables: Catalog,
    /// What tenants have, or had after an earlier migration.
    pub(super) ever_tenant: BTreeSet<String>,
    pub(super) writable: Vec<String>,
    pub(super) shared_migrations: Vec<String>,
    /// The shared tables, and whether each is still there.
    pub(super) shared: BTreeMap<String, bool>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) ready: Vec<String>,
    pub(super) copies: BTreeSet<String>,
    pub(super) names: BTreeSet<String>,
    pub(super) relations: Vec<Relation>,
    pub(super) triggers: Vec<Trigger>,
    /// The places whose tables could not be read, by slug.
    pub(super) unreadable: Vec<(String, Error)>,
}

impl DatabaseSubject<'_> {
    /// The dialect of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The connections of the application.
    #[must_use]
    pub fn databases(&self) -> &Databases {
        self.databases
    }

    /// The column that entities and definitions never mention.
    #[must_use]
    pub fn tenant_column(&self) -> &Identifier {
        self.tenant_column
    }

    /// The tables that tenants have after all migrations, as the migrations define them.
    #[must_use]
    pub fn tenant_tables(&self) -> &Catalog {
        &self.tenant_tables
    }

    /// The tables and views of the database, by schema and name, without those that partition
    /// another.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.iter()
    }

    /// The triggers and rules on them.
    pub fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.triggers.iter()
    }

    /// The tables of tenants that are there, each as it lies in the database.
    pub fn tenant_relations(&self) -> impl Iterator<Item = &Relation> {
        let is_tenants = |r: &&Relation| r.owner == Owner::Tenant && r.kind == RelationKind::Table;
        self.relations.iter().filter(is_tenants)
    }

    /// All tenants, whatever their status; none without a registry.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// The physical names of places that wait for a tenant.
    #[must_use]
    pub fn ready_places(&self) -> &[String] {
        &self.ready
    }

    /// The physical names of places that are being copied from another tenant's, or were when that was
    /// cut off. They wait for nobody.
    #[must_use]
    pub fn copied_places(&self) -> &BTreeSet<String> {
        &self.copies
    }

    /// Whether a physical name is or was used for a place, also of a tenant that is gone.
    #[must_use]
    pub fn is_physical_name(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether a place belongs to a tenant, waits for one, or is being copied for one.
    #[must_use]
    pub fn is_place(&self, name: &str) -> bool {
        self.tenants.iter().any(|tenant| tenant.physical_name.as_str() == name)
            || self.ready.iter().any(|ready| ready == name)
            || self.copies.contains(name)
    }

    /// The tenants whose place must be there: neither being made nor on their way out.
    pub fn tenants_with_place(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.iter().filter(|tenant| match tenant.status {
            TenantStatus::Active | TenantStatus::Suspended | TenantStatus::Archived => true,
            TenantStatus::Provisioning | TenantStatus::Deleted => false,
        })
    }

    /// Whether tenants have, or had after some migration, a table of this name.
    #[must_use]
    pub fn knows_tenant_table(&self, name: &str) -> bool {
        self.ever_tenant.contains(name) || self.tenant_tables.table(name).is_some()
    }

    /// Whether the application or the framework has a table of this name, on whichever side.
    #[must_use]
    pub fn knows_table(&self, name: &str) -> bool {
        self.knows_tenant_table(name)
            || self.shared.contains_key(name)
            || (!["seaql_migrations", STEPS_TABLE].contains(&name)
                && schema::TABLES.contains(&name))
    }

    /// Sends a reading statement on the direct connection.
    ///
    /// # Errors
    /// [`Error::Database`] when the database refuses.
    pub async fn rows(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>> {
        let direct = &self.databases.direct;
        let statement = Statement::from_sql_and_values(direct.get_database_backend(), sql, values);
        direct.query_all_raw(statement).await.map_err(Error::database(DOING))
    }

    /// Reads a value of a row that was sent for.
    ///
    /// # Errors
    /// [`Error::Database`] for a value of another type.
    pub fn cell<T: sea_orm::TryGetable>(&self, row: &QueryResult, at: usize) -> Result<T> {
        row.try_get_by_index(at).map_err(Error::database(DOING))
    }

    /// Whose a table is.
    pub(super) fn owner(&self, schema: &str, name: &str, is_extension: bool) -> Owner {
        if is_extension {
            return Owner::Extension;
        }
        let is_ledger = schema::TABLES.contains(&name);
        if schema == self.dialect.shared_schema().as_str() {
            let is_shared = self.shared.get(name).copied().unwrap_or_default();
            return match self.lies_together && self.knows_tenant_table(name) {
                _ if is_ledger => Owner::Framework,
                true => Owner::Tenant,
                false if is_shared => Owner::Shared,
                false => Owner::Nobody,
            };
        }
        if self.lies_together || !self.is_place(schema) {
            return Owner::Elsewhere;
        }
        let is_own = ["seaql_migrations", schema::SEED, STEPS_TABLE].contains(&name);
        match self.knows_tenant_table(name) {
            _ if is_own => Owner::Framework,
            true => Owner::Tenant,
            false => Owner::Nobody,
        }
    }

    /// Whether tenants may write to a shared table.
    pub(super) fn is_writable(&self, table: &str) -> bool {
        self.writable.iter().any(|name| name == table)
    }
}

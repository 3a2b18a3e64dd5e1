//! The other tenant. It has every row that the tenant of the test ever had, under the same keys,
//! so that whatever reads or writes too much changes what the test sees or what the other has.

use real::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tenancy_core::{Catalog, Table, Tenant, TenantDdl};

/// The rows of the other tenant, and the way to them past the framework.
#[derive(Debug)]
pub(crate) struct Neighbour {
    direct: DatabaseConnection,
    /// The tenant of the test, and the other.
    places: [Place; 2],
    /// The tables, in the order of their creation.
    tables: Vec<Table>,
    /// What its rows were when they were last copied.
    known: Vec<String>,
}

#[derive(Debug)]
struct Place {
    tenant: Tenant,
    ddl: TenantDdl,
}

impl Place {
    fn schema(&self) -> &str {
        match self.ddl {
            TenantDdl::Once => "public",
            TenantDdl::PerTenant => self.tenant.physical_name.as_str(),
        }
    }

    fn table(&self, table: &Table) -> String {
        format!("\"{}\".{}", self.schema(), quoted(&table.name))
    }

    /// The condition on rows of the tenant.
    fn condition(&self) -> String {
        match self.ddl {
            TenantDdl::Once => format!("tenant_id = '{}'", self.tenant.id),
            TenantDdl::PerTenant => "true".to_owned(),
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Neighbour {
    pub(crate) fn new(direct: DatabaseConnection, ddl: TenantDdl, tenants: [Tenant; 2]) -> Self {
        let places = tenants.map(|tenant| Place { tenant, ddl });
        Self { direct, places, tables: Vec::new(), known: Vec::new() }
    }

    /// The connection past the framework.
    pub(crate) fn direct(&self) -> &DatabaseConnection {
        &self.direct
    }

    /// Takes up the tables after a migration.
    pub(crate) fn tables(&mut self, catalog: &Catalog) {
        self.tables.clear();
        self.tables.extend(catalog.tables().cloned());
        self.known.clear();
    }

    /// Checks that the rows are as they were left, and gives the other tenant the rows that the
    /// test has written since.
    pub(crate) async fn keep_up(&mut self) -> Result<(), DbErr> {
        if self.tables.is_empty() {
            return Ok(());
        }
        if !self.known.is_empty() {
            let rows = self.rows().await?;
            assert_eq!(self.known, rows, "WRONG ANSWER: the rows of the other tenant have changed");
        }
        // Keys have been checked when the tenant wrote the rows, and the copies have none to keep.
        let mut copy = "BEGIN; SET LOCAL session_replication_role = replica;\n".to_owned();
        for table in &self.tables {
            copy.push_str(&self.copy(table));
        }
        copy.push_str("COMMIT");
        self.direct.execute_unprepared(&copy).await?;
        self.known = self.rows().await?;
        Ok(())
    }

    /// Checks that there is somebody else's row wherever the tenant of the test has one.
    pub(crate) async fn check_presence(&self) -> Result<(), DbErr> {
        let [from, to] = &self.places;
        for table in &self.tables {
            let exists = |place: &Place| {
                format!("EXISTS (SELECT FROM {} WHERE {})", place.table(table), place.condition())
            };
            let lonely = format!("SELECT {} AND NOT {}", exists(from), exists(to));
            let lonely = Statement::from_string(DbBackend::Postgres, lonely);
            let row = self.direct.query_one_raw(lonely).await?;
            let lonely: Option<bool> = row.map(|row| row.try_get_by_index(0)).transpose()?;
            assert_eq!(lonely, Some(false), "the other tenant has no rows in `{}`", table.name);
        }
        Ok(())
    }

    fn copy(&self, table: &Table) -> String {
        let [from, to] = &self.places;
        let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
        let (mut into, mut values) = (columns.clone(), columns);
        // A row is taken from one schema to another as text, for enum types differ between them.
        let mut rows = format!(
            "(SELECT (one_row::text::{}).* FROM {} AS one_row) AS copied",
            to.table(table),
            from.table(table)
        );
        if from.ddl == TenantDdl::Once {
            into.push("tenant_id".to_owned());
            values.push(format!("'{}'::uuid", to.tenant.id));
            rows = from.table(table);
        }
        // Without a key a row would be copied again and again.
        let once = if table.keys.is_empty() {
            format!(" AND NOT EXISTS (SELECT FROM {} WHERE {})", to.table(table), to.condition())
        } else {
            String::new()
        };
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} WHERE {}{once} ON CONFLICT DO NOTHING;\n",
            to.table(table),
            into.join(", "),
            values.join(", "),
            rows,
            from.condition(),
        )
    }

    /// A digest of the rows of each table.
    async fn rows(&self) -> Result<Vec<String>, DbErr> {
        let [_, to] = &self.places;
        let digest = |table: &Table| {
            format!(
                "SELECT '{}: ' || count(*) || ' ' || \
                 md5(coalesce(string_agg(one_row::text, ',' ORDER BY one_row::text), '')) \
                 FROM {} AS one_row WHERE {}",
                table.name.replace('\'', "''"),
                to.table(table),
                to.condition(),
            )
        };
        let digests: Vec<String> = self.tables.iter().map(digest).collect();
        let digests = Statement::from_string(DbBackend::Postgres, digests.join("\nUNION ALL "));
        let rows = self.direct.query_all_raw(digests).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect()
    }
}

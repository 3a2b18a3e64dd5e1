//! Copies on MariaDB and MySQL.
//!
//! A statement that copies rows reads what is there when it begins, so the rows are held against changes
//! first, all of them and the gaps between: who writes to the tenant waits until the copy is made. A copy
//! in a database of its own is claimed like any new place (`databases::claim`): one that was cut off
//! is an orphan.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, IsolationLevel, QueryResult, Statement,
    TransactionOptions, Value,
};

use super::{CopiedTable, Copying, columns, execute, is_frameworks, not_copied};
use crate::{
    databases::{self, begin_writing},
    error::{Error, Result},
    introspect,
    migrate::{
        layout::LaidOutMigration,
        ledger::BEGIN_AGAIN,
        lock,
        render::quoted_in,
        structure::{self, Structure, TableStructure},
        tenant::{self, Known, Place},
    },
    registry::schema,
    scope::Dialect,
    seed::PROVISIONED,
    strategy::{Purpose, Site},
};

const DOING: &str = "copying the rows";

/// Rows come as they are: in whatever order, and with whatever keys. What they refer to is held.
const AS_THEY_ARE: &str = "SET SESSION foreign_key_checks = 0, \
                           SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',NO_AUTO_VALUE_ON_ZERO')";

/// As every session is.
const AS_BEFORE: &str = "SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_AUTO_VALUE_ON_ZERO', ''), \
     SESSION foreign_key_checks = 1";

/// Where keys are counted on. MySQL remembers for a day what it once told, and reads this as more than a
/// comment.
const COUNTERS: &str = "SELECT CONVERT(table_name USING utf8mb4), CAST(auto_increment AS SIGNED) \
                        FROM information_schema.tables \
                        WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL";
const COUNT_ANEW: &str =
    "SET SESSION foreign_key_checks = 1 /*!80000 , SESSION information_schema_stats_expiry = 0 */";

/// What lies in a database beside its tables.
const OBJECTS: &str = "\
    SELECT 'view', CONVERT(table_name USING utf8mb4) FROM information_schema.views \
    WHERE table_schema = DATABASE() \
    UNION ALL SELECT 'routine', CONVERT(routine_name USING utf8mb4) \
    FROM information_schema.routines WHERE routine_schema = DATABASE() \
    UNION ALL SELECT 'event', CONVERT(event_name USING utf8mb4) \
    FROM information_schema.events WHERE event_schema = DATABASE()";

/// What would do its work once more for each row that is copied.
const TRIGGERS: &str = "SELECT CONVERT(event_object_table USING utf8mb4), \
                        CONVERT(trigger_name USING utf8mb4) FROM information_schema.triggers \
                        WHERE trigger_schema = DATABASE()";

fn name(name: &str) -> String {
    quoted_in(Dialect::MySql, name)
}

fn cell<T: sea_orm::TryGetable>(row: &QueryResult, at: usize) -> Result<T> {
    row.try_get_by_index(at).map_err(Error::database(DOING))
}

async fn rows(transaction: &DatabaseTransaction, sql: &str) -> Result<Vec<QueryResult>> {
    let select = Statement::from_string(DbBackend::MySql, sql);
    transaction.query_all_raw(select).await.map_err(Error::database(DOING))
}

async fn pairs(transaction: &DatabaseTransaction, sql: &str) -> Result<Vec<(String, String)>> {
    let rows = rows(transaction, sql).await?;
    rows.iter().map(|row| Ok((cell(row, 0)?, cell(row, 1)?))).collect()
}

/// Refuses what would act on each row that comes.
async fn no_triggers(
    transaction: &DatabaseTransaction,
    is_copied: impl Fn(&str) -> bool,
) -> Result<()> {
    for (table, trigger) in pairs(transaction, TRIGGERS).await? {
        if is_copied(&table) {
            let reason = format!(
                "the trigger `{trigger}` on `{table}` would do its work once more for each row"
            );
            return Err(not_copied(reason));
        }
    }
    Ok(())
}

/// Holds the rows of a table against changes, and its gaps against new rows.
async fn hold(
    transaction: &DatabaseTransaction,
    table: &str,
    of: Option<(&str, Value)>,
) -> Result<()> {
    let (which, values) = match of {
        Some((column, value)) => (format!(" WHERE {} = ?", name(column)), vec![value]),
        None => (String::new(), Vec::new()),
    };
    let sql = format!("SELECT COUNT(*) FROM {}{which} LOCK IN SHARE MODE", name(table));
    let hold = Statement::from_sql_and_values(DbBackend::MySql, sql, values);
    let held = transaction.query_one_raw(hold).await;
    held.map(drop).map_err(Error::database("holding the rows"))
}

/// Begins a transaction that holds gaps too.
async fn begin_holding(database: &sea_orm::DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        isolation_level: Some(IsolationLevel::RepeatableRead),
        ..TransactionOptions::default()
    };
    databases::begin(database, options).await.map_err(Error::database("beginning the copy"))
}

async fn insert(
    transaction: &DatabaseTransaction,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64> {
    let insert = Statement::from_sql_and_values(DbBackend::MySql, sql, values);
    let inserted = transaction.execute_raw(insert).await.map_err(Error::database(DOING))?;
    Ok(inserted.rows_affected())
}

impl Copying<'_> {
    /// Among the rows of all tenants, in one transaction. Keys mean something within a tenant only.
    pub(super) async fn rows_on_mysql(&self) -> Result<Vec<CopiedTable>> {
        let (tenancy, to) = (self.tenancy, &self.to);
        // Its settings end with it.
        let own = tenancy.databases().open_owner().await?;
        let transaction = begin_holding(&own).await?;
        lock::take_within(&transaction, Place::of_all().lock, tenancy.lock_timeout()).await?;
        let tables = self.tables(&transaction).await?;
        no_triggers(&transaction, |table| tables.contains_key(table)).await?;
        let (column, from) = (tenancy.tenant_column().as_str(), self.from.id.as_uuid());
        for table in tables.keys() {
            hold(&transaction, table, Some((column, from.into()))).await?;
        }
        if self.tables(&transaction).await? != tables {
            return Err(not_copied("its tables were changed meanwhile".to_owned()));
        }
        self.write_rows(&transaction).await?;
        let copied = self.among_all(&transaction, &tables).await?;
        let seeds = name(schema::SEED);
        self.copy_seeds(&transaction, &seeds, &seeds).await?;
        let transaction = tenancy.begin_life(transaction, to, None).await?;
        tenancy.put_into_service(&transaction, to).await?;
        transaction.commit().await.map_err(Error::database("committing the copy"))?;
        own.close().await.map_err(Error::database("leaving the server"))?;
        Ok(copied)
    }

    async fn among_all(
        &self,
        transaction: &DatabaseTransaction,
        tables: &BTreeMap<String, TableStructure>,
    ) -> Result<Vec<CopiedTable>> {
        let of_tenant = self.tenancy.tenant_column().as_str();
        let mut copied = Vec::new();
        execute(transaction, AS_THEY_ARE).await?;
        for (table, structure) in tables {
            let columns = self.columns_of_all(structure);
            let (table_name, of_tenant) = (name(table), name(of_tenant));
            let sql = format!(
                "INSERT INTO {table_name} ({of_tenant}, {columns}) \
                 SELECT ?, {columns} FROM {table_name} WHERE {of_tenant} = ?"
            );
            let values = [self.to.id, self.from.id].map(|id| id.as_uuid().into());
            let rows = insert(transaction, sql, values).await?;
            copied.push(CopiedTable { name: table.clone(), rows });
        }
        execute(transaction, AS_BEFORE).await?;
        Ok(copied)
    }

    /// Enters the seeds of the other tenant as those of the new one.
    async fn copy_seeds(
        &self,
        transaction: &DatabaseTransaction,
        from: &str,
        into: &str,
    ) -> Result<()> {
        let sql = format!(
            "INSERT INTO {into} (tenant_id, name, ran_at) SELECT ?, name, ran_at \
             FROM {from} WHERE tenant_id = ? AND name <> ?"
        );
        let ids = [self.to.id, self.from.id].map(|id| id.as_uuid().into());
        insert(transaction, sql, ids.into_iter().chain([PROVISIONED.into()])).await.map(drop)
    }

    /// Into a database beside the other one. The registry is told when it is complete; a crash before
    /// that leaves a database that is nobody's.
    pub(super) async fn database(
        &self,
        migrations: &[LaidOutMigration],
        expected: &Structure,
    ) -> Result<Vec<CopiedTable>> {
        let (tenancy, to) = (self.tenancy, &self.to);
        let registry = begin_writing(&tenancy.databases().direct).await?;
        self.write_rows(&registry).await?;
        let made = Box::pin(self.make_database(migrations, expected)).await;
        let tables = match made {
            Ok(tables) => tables,
            Err(error) => {
                // Removed where it has a claim: without one it is somebody else's, or complete.
                if let Err(left) = tenancy.strategy().abandon(tenancy.databases(), to).await {
                    let left = left.with_sources();
                    tracing::error!(tenant = %to.slug, error = %left, "half a copy is left");
                }
                return Err(error);
            }
        };
        let listed = async {
            tenancy.put_into_service(&registry, to).await?;
            registry.commit().await.map_err(Error::database("committing the new tenant"))
        };
        if let Err(error) = listed.await {
            let known = tenancy.tenant_set().tables();
            tenancy.strategy().deprovision(tenancy.databases(), to, known).await?;
            return Err(error);
        }
        Ok(tables)
    }

    async fn make_database(
        &self,
        migrations: &[LaidOutMigration],
        expected: &Structure,
    ) -> Result<Vec<CopiedTable>> {
        let (tenancy, from) = (self.tenancy, &self.from);
        let route = tenancy.strategy().route(tenancy.databases(), from, Purpose::Migration).await?;
        let held = begin_holding(&route.connection).await?;
        tenant::enter(&held, Place::of(from, route.schema.as_ref()), tenancy.entering()).await?;
        execute(&held, COUNT_ANEW).await?;
        for _ in 0..2 {
            // What is changed by hand is found whether it was before the rows were held, or meanwhile.
            self.compare(&structure::of_place(&held, None, &is_frameworks).await?, expected)?;
            for table in expected.tables.keys() {
                hold(&held, table, None).await?;
            }
        }
        let Site { transaction, schema, publish } =
            tenancy.strategy().provision(tenancy.databases(), &self.to).await?;
        let schema = schema.as_ref();
        let place = Place { tenant: None, ..Place::of(&self.to, schema) };
        tenant::enter(&transaction, place, tenancy.entering()).await?;
        let applied = tenant::apply_pending(transaction, place, migrations, Known::default());
        let transaction = applied.await?.0;
        self.same_objects(&held, &transaction).await?;
        self.go_on_counting(&held, &transaction, expected).await?;
        let tables = self.fill_database(&transaction, expected).await?;
        if introspect::has_table(&held, schema::SEED).await? {
            let seeds = self.in_other(schema::SEED);
            self.copy_seeds(&transaction, &seeds, &name(schema::SEED)).await?;
        }
        let transaction = tenancy.begin_life(transaction, &self.to, schema).await?;
        transaction.commit().await.map_err(Error::database("committing the copy"))?;
        held.rollback().await.map_err(Error::database("leaving the other tenant's place"))?;
        publish.await?;
        Ok(tables)
    }

    /// A table of the other tenant, seen from the new one's database.
    fn in_other(&self, table: &str) -> String {
        format!("{}.{}", name(self.from.physical_name.as_str()), name(table))
    }

    /// What lies beside the tables is what the migrations make.
    async fn same_objects(
        &self,
        held: &DatabaseTransaction,
        transaction: &DatabaseTransaction,
    ) -> Result<()> {
        no_triggers(held, |_| true).await?;
        let made = pairs(transaction, OBJECTS).await?;
        for object in pairs(held, OBJECTS).await? {
            if !made.contains(&object) {
                let ((kind, name), of) = (object, self.from.slug.as_str());
                return Err(not_copied(format!(
                    "the {kind} `{name}` of `{of}` is not the migrations'"
                )));
            }
        }
        Ok(())
    }

    /// Has generated keys go on where they were, also past rows that are gone; and makes what else commits
    /// by itself.
    async fn go_on_counting(
        &self,
        held: &DatabaseTransaction,
        transaction: &DatabaseTransaction,
        expected: &Structure,
    ) -> Result<()> {
        for row in rows(held, COUNTERS).await? {
            let (table, next): (String, i64) = (cell(&row, 0)?, cell(&row, 1)?);
            if expected.tables.contains_key(&table) {
                let alter = format!("ALTER TABLE {} AUTO_INCREMENT = {next}", name(&table));
                execute(transaction, &alter).await?;
            }
        }
        if introspect::has_table(held, schema::SEED).await? {
            let made = schema::install_seed(transaction).await;
            made.map_err(Error::database("creating the record of seeds"))?;
        }
        execute(transaction, BEGIN_AGAIN).await
    }

    async fn fill_database(
        &self,
        transaction: &DatabaseTransaction,
        expected: &Structure,
    ) -> Result<Vec<CopiedTable>> {
        let mut copied = Vec::new();
        execute(transaction, AS_THEY_ARE).await?;
        for (table, structure) in &expected.tables {
            let (into, columns) = (name(table), columns(Dialect::MySql, structure, None));
            // What steps have written that are not plain definitions: the rows that come have it.
            execute(transaction, &format!("DELETE FROM {into}")).await?;
            let from = self.in_other(table);
            let sql = format!("INSERT INTO {into} ({columns}) SELECT {columns} FROM {from}");
            let rows = insert(transaction, sql, []).await?;
            copied.push(CopiedTable { name: table.clone(), rows });
        }
        execute(transaction, AS_BEFORE).await?;
        Ok(copied)
    }
}

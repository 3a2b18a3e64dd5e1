//! What a tenant migration writes its changes into: `TenantSchema`, and `trait TenantMigration`.

mod alter;
mod entity;

use std::{future::Future, pin::Pin, sync::Arc};

use sea_orm::sea_query::{
    ColumnDef, ForeignKeyCreateStatement, IndexCreateStatement, IntoIden, TableCreateStatement,
    extension::postgres::TypeCreateStatement,
};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::MigrationName;

use super::{
    change::SchemaChange,
    raw, read,
    step::{DataStep, RawStep, Step},
};
use crate::{
    connection::TenantTransaction,
    error::{Error, Result},
    scope::Dialect,
};

/// A migration of the tables that every tenant has, written once for every strategy.
///
/// It says what changes and does nothing itself: [`up`](Self::up) writes the changes into a
/// [`TenantSchema`], the strategy lays them out, and the runner applies them where they belong. So
/// it is called once, however many tenants there are, and what it will do is known beforehand.
///
/// ```
/// use sea_orm_migration::{prelude::*, schema::{pk_auto, string}};
/// use tenancy_core::{Result, TenantMigration, TenantSchema};
///
/// #[derive(DeriveIden)]
/// enum Note { Table, Id, Title }
///
/// struct CreateNotes;
///
/// impl MigrationName for CreateNotes {
///     fn name(&self) -> &str { "m20260101_000001_create_notes" }
/// }
///
/// impl TenantMigration for CreateNotes {
///     fn up(&self, schema: &mut TenantSchema) -> Result<()> {
///         schema.create_table(
///             Table::create().table(Note::Table).col(pk_auto(Note::Id)).col(string(Note::Title)),
///         )
///     }
///
///     fn down(&self, schema: &mut TenantSchema) -> Result<()> {
///         schema.drop_table(Note::Table);
///         Ok(())
///     }
/// }
/// ```
pub trait TenantMigration: MigrationName + Send + Sync {
    /// Writes the changes down.
    ///
    /// # Errors
    /// When a change holds what cannot be laid out.
    fn up(&self, schema: &mut TenantSchema) -> Result<()>;

    /// Writes down the changes that take those of [`up`](Self::up) back.
    ///
    /// # Errors
    /// [`Error::Irreversible`] where nothing can take them back, which is what it says unless it
    /// is written.
    fn down(&self, _schema: &mut TenantSchema) -> Result<()> {
        Err(Error::Irreversible { migration: self.name().to_owned() })
    }

    /// Whether it runs in a transaction, as nearly everything should. One that does not has a
    /// single step, so that a run that is cut off can be gone on with: an index that is built
    /// `CONCURRENTLY`, or dropped. Where the tables are empty, as a new tenant's are, and on SQLite,
    /// it runs in a transaction all the same.
    fn in_transaction(&self) -> bool {
        true
    }
}

/// The steps of one migration, in order.
#[derive(Debug)]
pub struct TenantSchema {
    dialect: Dialect,
    steps: Vec<Step>,
    /// Why each step is made, as far as it was said.
    reasons: Vec<Option<String>>,
    /// What was said of the step that comes next.
    reason: Option<String>,
}

impl TenantSchema {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, steps: Vec::new(), reasons: Vec::new(), reason: None }
    }

    /// The steps, and why each of them is made.
    pub(crate) fn into_parts(self) -> (Vec<Step>, Vec<Option<String>>) {
        (self.steps, self.reasons)
    }

    fn change(&mut self, change: SchemaChange) {
        self.changes(vec![change]);
    }

    /// The changes of one call, so what was said before it holds for all of them. Without any, as for
    /// types on SQLite, it is forgotten: it was not said of what is called after.
    fn changes(&mut self, changes: Vec<SchemaChange>) {
        let reason = self.reason.take();
        self.reasons.extend(changes.iter().map(|_| reason.clone()));
        self.steps.extend(changes.into_iter().map(Step::Schema));
    }

    pub(crate) fn step(&mut self, step: Step) {
        self.reasons.push(self.reason.take());
        self.steps.push(step);
    }

    /// Says why the next step is made, and no other. A step that drops a table or a column of all
    /// tenants has to say it, or `check` finds it (`SET008`). A reason that is reworded changes no
    /// checksum: what the migration does is the same.
    ///
    /// ```
    /// # use tenancy_core::{Result, TenantSchema};
    /// fn up(schema: &mut TenantSchema) -> Result<()> {
    ///     schema.because("not read since 1.4, see the export of May").drop_column("note", "colour");
    ///     Ok(())
    /// }
    /// ```
    pub fn because(&mut self, reason: &str) -> &mut Self {
        self.reason = Some(reason.trim()).filter(|reason| !reason.is_empty()).map(str::to_owned);
        self
    }

    /// The database that the changes are written down for.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Creates a table. An `IF NOT EXISTS` is not kept: the ledger knows whether it exists, and a
    /// table that nobody knows of is an error.
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for what cannot be laid out: a name with a schema, a
    /// partitioned, temporary or derived table, deferrable keys.
    pub fn create_table(&mut self, table: &TableCreateStatement) -> Result<()> {
        self.change(SchemaChange::CreateTable(read::table(table, self.dialect)?));
        Ok(())
    }

    /// Drops a table.
    pub fn drop_table(&mut self, table: impl IntoIden) {
        self.change(SchemaChange::DropTable { table: name(table) });
    }

    /// Renames a table.
    pub fn rename_table(&mut self, table: impl IntoIden, to: impl IntoIden) {
        self.change(SchemaChange::RenameTable { table: name(table), to: name(to) });
    }

    /// Adds a column to a table.
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for a column with a key of its own.
    pub fn add_column(&mut self, table: impl IntoIden, column: &ColumnDef) -> Result<()> {
        let column = read::column(column, self.dialect)?;
        self.change(SchemaChange::AddColumn { table: name(table), column });
        Ok(())
    }

    /// Drops a column.
    pub fn drop_column(&mut self, table: impl IntoIden, column: impl IntoIden) {
        self.change(SchemaChange::DropColumn { table: name(table), column: name(column) });
    }

    /// Renames a column.
    pub fn rename_column(
        &mut self,
        table: impl IntoIden,
        column: impl IntoIden,
        to: impl IntoIden,
    ) {
        self.change(SchemaChange::RenameColumn {
            table: name(table),
            column: name(column),
            to: name(to),
        });
    }

    /// Creates an index. A unique one holds for each tenant by itself.
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for `INCLUDE` and `NULLS NOT DISTINCT`. An index that is
    /// built `CONCURRENTLY` needs a migration of its own, outside a transaction.
    pub fn create_index(&mut self, index: &IndexCreateStatement) -> Result<()> {
        self.change(SchemaChange::CreateIndex(read::index(index, self.dialect)?));
        Ok(())
    }

    /// Drops an index.
    pub fn drop_index(&mut self, index: &str) {
        self.change(SchemaChange::DropIndex { name: index.to_owned() });
    }

    /// Adds a foreign key to a table that exists; in a new table it stands in its definition.
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for deferrable keys.
    pub fn create_foreign_key(&mut self, key: &ForeignKeyCreateStatement) -> Result<()> {
        let (table, key) = read::foreign_key(key)?;
        self.change(SchemaChange::AddForeignKey { table, key });
        Ok(())
    }

    /// Creates an enum type, which lies where the tenant's tables lie. SQLite has none: a column of
    /// it is text there, and nothing has to be created.
    ///
    /// ```
    /// use sea_orm_migration::{
    ///     prelude::{*, extension::postgres::Type},
    ///     schema::{enumeration, pk_auto},
    /// };
    /// use tenancy_core::{Result, TenantSchema};
    ///
    /// fn up(schema: &mut TenantSchema) -> Result<()> {
    ///     schema.create_type(Type::create().as_enum("mood").values(["glad", "sad"]))?;
    ///     schema.create_table(
    ///         Table::create()
    ///             .table("note")
    ///             .col(pk_auto("id"))
    ///             .col(enumeration("mood", "mood", ["glad", "sad"])),
    ///     )
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for what is no enum type, and a name with a schema.
    pub fn create_type(&mut self, definition: &TypeCreateStatement) -> Result<()> {
        let definition = read::enum_type(definition)?;
        match self.dialect {
            Dialect::Postgres => self.change(SchemaChange::CreateType(definition)),
            Dialect::Sqlite | Dialect::MySql => self.changes(Vec::new()),
        }
        Ok(())
    }

    /// Drops an enum type, which no column may have any more. On SQLite and MySQL there is none to drop.
    pub fn drop_type(&mut self, definition: impl IntoIden) {
        match self.dialect {
            Dialect::Postgres => {
                self.change(SchemaChange::DropType { name: name(definition) });
            }
            Dialect::Sqlite | Dialect::MySql => self.changes(Vec::new()),
        }
    }

    /// Makes the change that a statement of the data definition language says in the database's
    /// own words. It is read into a definition and laid out as if it had been built: a statement
    /// that cannot be read whole is refused.
    ///
    /// `CREATE TABLE`, `CREATE INDEX`, `CREATE TYPE … AS ENUM`, `DROP TABLE`, `DROP INDEX`,
    /// `DROP TYPE`, `ALTER INDEX … RENAME`, `ALTER TYPE`, and `ALTER TABLE` that renames the table,
    /// adds, alters, drops or renames columns, adds or drops foreign keys, unique keys and checks
    /// are read, as PostgreSQL writes them also for SQLite. As in
    /// [`create_table`](Self::create_table), an `IF EXISTS` or `IF NOT EXISTS` is not kept.
    ///
    /// ```
    /// # use tenancy_core::{Result, TenantSchema};
    /// fn up(schema: &mut TenantSchema) -> Result<()> {
    ///     schema.sql("CREATE TABLE note (id integer PRIMARY KEY, title varchar(80) NOT NULL)")
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for everything else, such as `CASCADE`, which would drop
    /// what other migrations made.
    pub fn sql(&mut self, statement: &str) -> Result<()> {
        self.changes(read::sql(statement, self.dialect)?);
        Ok(())
    }

    /// Drops a foreign key by its name.
    pub fn drop_foreign_key(&mut self, table: impl IntoIden, key: &str) {
        self.change(SchemaChange::DropConstraint { table: name(table), name: key.to_owned() });
    }

    /// Runs SQL as it stands, for what no definition says: functions, triggers, views, options of
    /// tables. Under a strategy with tables for each tenant it runs where they lie, under one that
    /// keeps all tenants in the same tables it runs once. `sql` holds the words for each database
    /// that the application runs on; empty words say that nothing is needed there.
    ///
    /// What is made so is not laid out and not known: tenants cannot name it, and it keeps nobody
    /// apart by itself. A view over tenant tables, for example, shows the rows of all tenants where
    /// they lie in the same tables.
    ///
    /// ```
    /// # use tenancy_core::{Dialect, Result, TenantSchema};
    /// fn up(schema: &mut TenantSchema) -> Result<()> {
    ///     schema.raw(
    ///         "room on each page for the updates of busy rows",
    ///         &[
    ///             (Dialect::Postgres, "ALTER TABLE stock SET (fillfactor = 70)"),
    ///             (Dialect::Sqlite, ""),
    ///         ],
    ///     )
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnsupportedDefinition`] for a database without words, for transaction control and
    /// session settings, for work on rows, which belongs in [`data`](Self::data), and for what [`sql`](Self::sql) can read: a table that is made past the
    /// layout would belong to no tenant.
    pub fn raw(&mut self, reason: &str, sql: &[(Dialect, &str)]) -> Result<()> {
        let words = sql.iter().find(|(dialect, _)| *dialect == self.dialect);
        let Some((_, words)) = words else {
            let what = format!("raw SQL without words for {}", self.dialect);
            return Err(Error::UnsupportedDefinition { what });
        };
        match raw::checked(words, self.dialect)? {
            Some(sql) => self.step(Step::Raw(RawStep { reason: reason.to_owned(), sql })),
            None => self.changes(Vec::new()),
        }
        Ok(())
    }

    /// Works on the rows of each tenant: `step` is called for one tenant after another, in a
    /// transaction that sees that tenant only. It runs when the migration reaches the tenant, for
    /// those created later too, and must not rest on what earlier tenants left in memory.
    ///
    /// Data steps stand behind the schema changes of their migration (in `down`, before them).
    /// Under a strategy that keeps all tenants in the same tables, those changes have been made
    /// once, for all; a later migration whose changes rest on the data is not begun before every
    /// tenant has it.
    ///
    /// `purpose` says what it is for, in reports and in place of the code in the checksum.
    ///
    /// ```
    /// # use tenancy_core::{Result, TenantSchema};
    /// use sea_orm::ConnectionTrait;
    ///
    /// fn up(schema: &mut TenantSchema) -> Result<()> {
    ///     schema.sql("ALTER TABLE customer ADD COLUMN display_name text")?;
    ///     schema.data("display names from names", |tenant| {
    ///         Box::pin(async move {
    ///             tenant.execute_unprepared("UPDATE customer SET display_name = name").await?;
    ///             Ok(())
    ///         })
    ///     });
    ///     Ok(())
    /// }
    /// ```
    pub fn data<F>(&mut self, purpose: &str, step: F)
    where
        F: for<'a> Fn(
                &'a TenantTransaction,
            ) -> Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'a>>
            + Send
            + Sync
            + 'static,
    {
        self.step(Step::Data(DataStep { purpose: purpose.to_owned(), action: Arc::new(step) }));
    }

    /// As [`data`](Self::data), with one statement in the database's own words. It is scoped like
    /// every statement of a tenant, or refused.
    pub fn data_sql(&mut self, statement: &str) {
        let sql = statement.to_owned();
        self.data(statement, move |tenant| {
            let sql = sql.clone();
            Box::pin(async move { tenant.execute_unprepared(&sql).await.map(|_| ()) })
        });
    }
}

fn name(name: impl IntoIden) -> String {
    name.into_iden().to_string()
}

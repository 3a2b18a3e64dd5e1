//! Steps on MariaDB and MySQL, which commit each change of a table by itself: what has been done is
//! written down step by step, and a run that was cut off or failed is gone on with at its step.
//!
//! A step is marked as begun before it, and as done after it. Between the two a server can go away: the
//! next run tries such a step again, and takes the server's word that it is done already. Only then: a
//! step that the server refuses is no more marked.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, TryGetable, Value,
};

use super::{Place, run_adapted};
use crate::{
    connection::TenantTransaction,
    error::{Error, Result},
    introspect,
    migrate::{layout::LaidOutStep, ledger::BEGIN_AGAIN, record::hex_digest, retry},
};

/// The record of steps, beside the ledger.
pub(crate) const TABLE: &str = "tenants_migration_step";

const CREATE: &str = "CREATE TABLE IF NOT EXISTS tenants_migration_step (\
     migration VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, \
     step INT NOT NULL, \
     digest CHAR(64) CHARACTER SET ascii NOT NULL, \
     is_done BOOLEAN NOT NULL, \
     PRIMARY KEY (migration, step)) ENGINE = InnoDB";

/// What the server says of a step that is done already: the table, column, key, trigger or function is
/// there or is gone
/// (<https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>).
const DONE: [u16; 9] = [1022, 1050, 1051, 1060, 1061, 1091, 1304, 1359, 1826];

/// The same of a name that is another one already, by what stands in the statement.
const RENAMED: [(u16, &str); 3] =
    [(1146, " RENAME TO "), (1054, " RENAME COLUMN "), (1176, " RENAME INDEX ")];

/// A step that was begun before.
struct Begun {
    step: usize,
    digest: String,
    is_done: bool,
}

/// Runs the steps of a migration that have not been done yet.
///
/// It may end in the middle of a transaction, as it began in one, for what is written after it.
pub(super) async fn run_steps(
    mut transaction: DatabaseTransaction,
    place: Place<'_>,
    migration: &str,
    steps: &[LaidOutStep],
) -> Result<DatabaseTransaction> {
    let is_pure_data = steps.iter().all(|step| matches!(step, LaidOutStep::Data(..)));
    if is_pure_data {
        // Nothing commits by itself: all of it is one transaction's.
        for step in steps {
            transaction = data(transaction, place, migration, step).await?;
        }
        return Ok(transaction);
    }
    execute(&transaction, CREATE, []).await?;
    let begun = begun(&transaction, migration).await?;
    let whole = steps.len();
    for (at, step) in steps.iter().enumerate() {
        let digest = digest(step);
        let before = begun.iter().find(|begun| begun.step == at);
        if before.is_some_and(|before| before.digest != digest) {
            return Err(Error::EditedMigration { migration: migration.to_owned() });
        }
        if before.is_some_and(|before| before.is_done) {
            continue;
        }
        let marking = Marking { transaction: &transaction, migration, at };
        marking.begin(&digest).await?;
        let done = match step {
            LaidOutStep::Sql(sql) => {
                let ran = transaction.execute_unprepared(sql).await.map(drop);
                ran.or_else(|error| taken_as_done(before.is_some(), sql, error))
            }
            LaidOutStep::Adapted(adapted) => run_adapted(&transaction, adapted).await,
            LaidOutStep::Data(..) => {
                execute(&transaction, BEGIN_AGAIN, []).await?;
                transaction = data(transaction, place, migration, step)
                    .await
                    .map_err(|error| in_part(error, at, whole))?;
                Ok(())
            }
        };
        let marking = Marking { transaction: &transaction, migration, at };
        if let Err(source) = done {
            if !retry::is_lost(&source) {
                marking.take_back().await?;
            }
            let failed = Error::MigrationFailed { migration: migration.to_owned(), source };
            return Err(in_part(failed, at, whole));
        }
        marking.end().await?;
    }
    execute(&transaction, BEGIN_AGAIN, []).await?;
    Ok(transaction)
}

/// Forgets the steps of a migration that stands in the ledger now, or no more.
pub(super) async fn forget(transaction: &DatabaseTransaction, migration: &str) -> Result<()> {
    if !introspect::has_table(transaction, TABLE).await? {
        return Ok(());
    }
    let sql = "DELETE FROM tenants_migration_step WHERE migration = ?";
    execute(transaction, sql, [migration.into()]).await
}

async fn data(
    transaction: DatabaseTransaction,
    place: Place<'_>,
    migration: &str,
    step: &LaidOutStep,
) -> Result<DatabaseTransaction> {
    let (LaidOutStep::Data(data, scoper), Some(tenant)) = (step, place.tenant) else {
        return Ok(transaction);
    };
    let bound =
        TenantTransaction::migrating(transaction, tenant, place.schema, scoper.clone()).await?;
    let failed = |source| Error::MigrationFailed { migration: migration.to_owned(), source };
    (data.action)(&bound).await.map_err(failed)?;
    bound.into_inner().await
}

/// A failure says how much of the migration has been done before it.
fn in_part(error: Error, done: usize, whole: usize) -> Error {
    if done == 0 {
        return error;
    }
    if let Error::MigrationFailed { migration, source } = error {
        return Error::AppliedInPart { migration, done, whole, source };
    }
    error
}

fn taken_as_done(was_begun: bool, sql: &str, error: DbErr) -> Result<(), DbErr> {
    let number = retry::number(&error).unwrap_or_default();
    let is_renamed = RENAMED.iter().any(|(code, words)| *code == number && sql.contains(words));
    if was_begun && (DONE.contains(&number) || is_renamed) { Ok(()) } else { Err(error) }
}

fn digest(step: &LaidOutStep) -> String {
    let account = match step {
        LaidOutStep::Sql(sql) => format!("sql:{sql}"),
        LaidOutStep::Data(data, _) => format!("data:{}", data.purpose),
        LaidOutStep::Adapted(adapted) => {
            format!("adapted:{}:{}", adapted.migration.name(), adapted.down)
        }
    };
    hex_digest(account.as_bytes())
}

/// Where a step stands.
struct Marking<'a> {
    transaction: &'a DatabaseTransaction,
    migration: &'a str,
    at: usize,
}

impl Marking<'_> {
    fn key(&self) -> [Value; 2] {
        [self.migration.into(), i32::try_from(self.at).unwrap_or(i32::MAX).into()]
    }

    async fn begin(&self, digest: &str) -> Result<()> {
        let [migration, step] = self.key();
        let sql = "INSERT INTO tenants_migration_step (migration, step, digest, is_done) \
                   VALUES (?, ?, ?, FALSE) ON DUPLICATE KEY UPDATE digest = VALUES(digest)";
        execute(self.transaction, sql, [migration, step, digest.into()]).await?;
        execute(self.transaction, "COMMIT", []).await
    }

    async fn end(&self) -> Result<()> {
        let sql = "UPDATE tenants_migration_step SET is_done = TRUE \
                   WHERE migration = ? AND step = ?";
        execute(self.transaction, sql, self.key()).await?;
        execute(self.transaction, "COMMIT", []).await
    }

    async fn take_back(&self) -> Result<()> {
        let sql = "DELETE FROM tenants_migration_step WHERE migration = ? AND step = ?";
        execute(self.transaction, sql, self.key()).await?;
        execute(self.transaction, "COMMIT", []).await
    }
}

async fn begun(transaction: &DatabaseTransaction, migration: &str) -> Result<Vec<Begun>> {
    let doing = Error::database("reading which steps have been done");
    let sql = "SELECT step, digest, is_done FROM tenants_migration_step WHERE migration = ?";
    let select = Statement::from_sql_and_values(DbBackend::MySql, sql, [migration.into()]);
    let rows = transaction.query_all_raw(select).await.map_err(&doing)?;
    let read = |row: &sea_orm::QueryResult| {
        let step = i32::try_get_by_index(row, 0).map_err(DbErr::from)?;
        Ok(Begun {
            step: usize::try_from(step).unwrap_or(usize::MAX),
            digest: row.try_get_by_index(1)?,
            is_done: row.try_get_by_index(2)?,
        })
    };
    rows.iter().map(read).collect::<Result<_, DbErr>>().map_err(&doing)
}

async fn execute(
    transaction: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<()> {
    let doing = Error::database("writing which steps have been done");
    let mut values = values.into_iter().peekable();
    if values.peek().is_none() {
        return transaction.execute_unprepared(sql).await.map(drop).map_err(doing);
    }
    let statement = Statement::from_sql_and_values(DbBackend::MySql, sql, values);
    transaction.execute_raw(statement).await.map(drop).map_err(doing)
}

//! Runs the steps of migrations where a tenant's tables lie, in a transaction.

mod committed;

pub(crate) use committed::TABLE as STEPS_TABLE;

use std::{collections::HashSet, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};
use sea_orm_migration::SchemaManager;

use super::{
    layout::{LaidOutMigration, LaidOutStep},
    ledger, lock,
    message::END,
    render::quoted,
    step::AdaptedStep,
};
use crate::{
    connection::TenantTransaction,
    error::{Error, Result},
    name::{Identifier, PhysicalName},
    tenant::Tenant,
};

/// Whose tables are worked on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// For errors: the tenant's slug, or what the tables are.
    pub(crate) label: &'a str,
    /// For the lock: a name that the place has for ever.
    pub(crate) lock: &'a str,
    /// The schema to stand in.
    pub(crate) schema: Option<&'a PhysicalName>,
    /// Whose rows data steps work on; `None` where all tenants lie in the same tables.
    pub(crate) tenant: Option<&'a Tenant>,
}

impl<'a> Place<'a> {
    /// The place of a tenant.
    pub(crate) fn of(tenant: &'a Tenant, schema: Option<&'a PhysicalName>) -> Self {
        Self {
            label: tenant.slug.as_str(),
            lock: tenant.physical_name.as_str(),
            schema,
            tenant: Some(tenant),
        }
    }

    /// The tables that all tenants lie in.
    pub(crate) fn of_all() -> Self {
        Self { label: "the tables of all tenants", lock: "tenants", schema: None, tenant: None }
    }
}

/// How a place is entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entering<'a> {
    /// How long a lock is waited for.
    pub(crate) lock_timeout: Duration,
    /// The schemas that hold extensions.
    pub(crate) extension_schemas: &'a [Identifier],
}

impl Entering<'_> {
    /// Where names are looked for within a schema: there, and among the extensions.
    pub(crate) fn path(&self, schema: &PhysicalName) -> String {
        search_path(schema, self.extension_schemas)
    }
}

/// Where names are looked for within a schema: there, and in schemas that hold extensions.
pub(crate) fn search_path(schema: &PhysicalName, extension_schemas: &[Identifier]) -> String {
    let extensions = extension_schemas.iter().map(|name| quoted(name.as_str()));
    std::iter::once(schema.quoted()).chain(extensions).collect::<Vec<_>>().join(", ")
}

/// Takes the place's lock, steps into its schema, and makes sure that it is the one.
///
/// A search path whose first schema is missing would quietly make the next one current, and the
/// migration would change the tables of someone else.
pub(crate) async fn enter(
    transaction: &DatabaseTransaction,
    place: Place<'_>,
    entering: Entering<'_>,
) -> Result<()> {
    lock::take_within(transaction, place.lock, entering.lock_timeout).await?;
    let Some(schema) = place.schema else { return Ok(()) };
    let backend = transaction.get_database_backend();
    if backend == DbBackend::MySql {
        return stands_in(transaction, place, schema).await;
    }
    if backend != DbBackend::Postgres {
        return Ok(());
    }
    let doing = Error::database("entering the tenant's schema");
    let sql = "SELECT pg_catalog.set_config('search_path', $1, true)";
    let set = Statement::from_sql_and_values(backend, sql, [entering.path(schema).into()]);
    transaction.execute_raw(set).await.map_err(&doing)?;
    let current = Statement::from_string(backend, "SELECT pg_catalog.current_schema()::text");
    let row = transaction.query_one_raw(current).await.map_err(&doing)?;
    let current: Option<String> =
        row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?.flatten();
    if current.as_deref() == Some(schema.as_str()) {
        return Ok(());
    }
    Err(Error::WrongPlace {
        slug: place.label.to_owned(),
        reason: format!("its schema `{schema}` is missing"),
    })
}

/// On MariaDB and MySQL connections are opened in the tenant's database, and are asked where they are.
async fn stands_in(
    transaction: &DatabaseTransaction,
    place: Place<'_>,
    schema: &PhysicalName,
) -> Result<()> {
    if crate::introspect::current_database(transaction).await? == schema.as_str() {
        return Ok(());
    }
    Err(Error::WrongPlace {
        slug: place.label.to_owned(),
        reason: format!("its database `{schema}` is missing"),
    })
}

/// What makes the registry's schema the current one again.
pub(crate) const LEAVE: &str = "pg_catalog.set_config('search_path', 'public', true)";

/// Steps back to where the registry lies.
pub(crate) async fn leave(transaction: &DatabaseTransaction) -> Result<()> {
    let backend = transaction.get_database_backend();
    if backend != DbBackend::Postgres {
        return Ok(());
    }
    let leave = Statement::from_string(backend, format!("SELECT {LEAVE}"));
    transaction.execute_raw(leave).await.map_err(Error::database("leaving the tenant's schema"))?;
    Ok(())
}

/// Runs steps one after another; what is plain SQL is sent in as few messages as there can be.
pub(crate) async fn run_steps(
    mut transaction: DatabaseTransaction,
    place: Place<'_>,
    migration: &str,
    steps: &[LaidOutStep],
) -> Result<DatabaseTransaction> {
    if transaction.get_database_backend() == DbBackend::MySql {
        // In a box, or the futures of applications would be as deep as a compiler can look.
        return Box::pin(committed::run_steps(transaction, place, migration, steps)).await;
    }
    let failed = |source: DbErr| Error::MigrationFailed { migration: migration.to_owned(), source };
    let mut message = String::new();
    for step in steps {
        if let LaidOutStep::Sql(sql) = step {
            message.push_str(sql);
            message.push_str(END);
            continue;
        }
        flush(&transaction, &mut message).await.map_err(failed)?;
        match step {
            LaidOutStep::Sql(_) => {}
            LaidOutStep::Adapted(adapted) => {
                run_adapted(&transaction, adapted).await.map_err(failed)?;
            }
            LaidOutStep::Data(data, scoper) => {
                let Some(tenant) = place.tenant else { continue };
                let bound =
                    TenantTransaction::migrating(transaction, tenant, place.schema, scoper.clone())
                        .await?;
                (data.action)(&bound).await.map_err(failed)?;
                transaction = bound.into_inner().await?;
            }
        }
    }
    flush(&transaction, &mut message).await.map_err(failed)?;
    Ok(transaction)
}

async fn flush(transaction: &DatabaseTransaction, message: &mut String) -> Result<(), DbErr> {
    let message = std::mem::take(message);
    if message.is_empty() {
        return Ok(());
    }
    transaction.execute_unprepared(&message).await.map(|_| ())
}

async fn run_adapted(
    transaction: &DatabaseTransaction,
    adapted: &AdaptedStep,
) -> Result<(), DbErr> {
    let manager = SchemaManager::new(transaction);
    if adapted.down {
        adapted.migration.down(&manager).await
    } else {
        adapted.migration.up(&manager).await
    }
}

/// What is known of a place beside the migrations that are to be applied.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    /// What else may stand in its ledger.
    pub(crate) others: &'a [String],
    /// A migration whose steps have been run outside the transaction.
    pub(crate) done: Option<&'a str>,
    /// Whether its ledger was seen.
    pub(crate) has_ledger: bool,
}

/// Applies what is pending in a place that was entered; the names of those that were applied.
pub(crate) async fn apply_pending(
    mut transaction: DatabaseTransaction,
    place: Place<'_>,
    migrations: &[LaidOutMigration],
    known: Known<'_>,
) -> Result<(DatabaseTransaction, Vec<String>)> {
    if !known.has_ledger {
        ledger::install(&transaction).await?;
    }
    let applied = ledger::entered(&transaction).await?;
    check_known(place, &applied, migrations, known.others)?;
    let mut newly = Vec::new();
    for migration in migrations.iter().filter(|m| !applied.iter().any(|name| name == m.name())) {
        let is_done = known.done == Some(migration.name());
        let steps = if is_done { &[] } else { migration.up.as_slice() };
        transaction = run_and_enter(transaction, place, migration.name(), steps).await?;
        newly.push(migration.name().to_owned());
    }
    Ok((transaction, newly))
}

/// Runs the steps of a migration and enters it in the ledger: with the last of them, where nothing
/// commits by itself.
async fn run_and_enter(
    mut transaction: DatabaseTransaction,
    place: Place<'_>,
    migration: &str,
    steps: &[LaidOutStep],
) -> Result<DatabaseTransaction> {
    let backend = transaction.get_database_backend();
    let enter = ledger::enter(backend, migration);
    if backend == DbBackend::MySql {
        transaction = run_steps(transaction, place, migration, steps).await?;
        write_ledger(&transaction, &enter).await?;
        forget_steps(&transaction, migration).await?;
        return Ok(transaction);
    }
    let entering = std::iter::once(LaidOutStep::Sql(enter));
    let steps: Vec<LaidOutStep> = steps.iter().cloned().chain(entering).collect();
    run_steps(transaction, place, migration, &steps).await
}

/// Forgets which steps of a migration were done, once the ledger says it of the whole.
pub(crate) async fn forget_steps(transaction: &DatabaseTransaction, migration: &str) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::MySql {
        committed::forget(transaction, migration).await?;
    }
    Ok(())
}

/// Enters a migration in the ledger, or takes it out.
pub(crate) async fn write_ledger(transaction: &DatabaseTransaction, sql: &str) -> Result<()> {
    transaction.execute_unprepared(sql).await.map_err(Error::database("writing the ledger"))?;
    Ok(())
}

/// Refuses a place whose ledger names what this application does not know.
pub(crate) fn check_known(
    place: Place<'_>,
    applied: &[String],
    migrations: &[LaidOutMigration],
    known_before: &[String],
) -> Result<()> {
    let known: HashSet<&str> = migrations
        .iter()
        .map(LaidOutMigration::name)
        .chain(known_before.iter().map(String::as_str))
        .collect();
    match applied.iter().find(|name| !known.contains(name.as_str())) {
        Some(unknown) => Err(Error::UnknownMigration {
            place: place.label.to_owned(),
            migration: unknown.clone(),
        }),
        None => Ok(()),
    }
}

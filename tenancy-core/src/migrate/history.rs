//! What runs leave in the registry: each run, what became of each tenant in it, and what every
//! migration was when it was first applied.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, InsertStatement, OnConflict, UpdateStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    record::{RecordedMigration, TenantSet},
    report::Outcome,
    select::Selection,
};
use crate::{
    error::{Error, Result},
    registry::entity::{migration, migration_outcome, migration_run},
    tenant::{Tenant, TenantId},
};

/// Which run of migrations it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Uuid);

impl RunId {
    pub(crate) fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for RunId {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self> {
        let id = Uuid::parse_str(id);
        id.map(Self).map_err(|_| Error::UnknownRun { what: "has an id that is no UUID".to_owned() })
    }
}

/// Which way a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// It applies migrations.
    Up,
    /// It takes them back.
    Down,
}

/// A run as it stands in the registry.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RunRecord {
    /// Which one it is.
    pub id: RunId,
    /// Which way it went.
    pub direction: Direction,
    /// Which tenants it was for.
    pub selection: Selection,
    /// What it changed beside the tenants: shared migrations, and those of tables that all tenants
    /// lie in.
    pub applied: Vec<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was done with; `None` while it is going on, after it was cut off, and while tenants
    /// of it failed or are left.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What became of a tenant in an earlier run.
#[derive(Debug, Clone)]
pub(crate) struct PastOutcome {
    pub(crate) tenant: TenantId,
    /// What was applied, in order.
    pub(crate) applied: Vec<String>,
}

fn broken(what: &'static str) -> impl Fn(serde_json::Error) -> Error {
    move |_| Error::UnknownRun { what: format!("can be read: its {what} is not what was written") }
}

fn json<T: Serialize>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn record_of(row: migration_run::Model) -> Result<RunRecord> {
    Ok(RunRecord {
        id: RunId(row.id),
        direction: serde_json::from_value(row.direction.into()).map_err(broken("direction"))?,
        selection: serde_json::from_value(row.selection).map_err(broken("selection"))?,
        applied: serde_json::from_value(row.applied).map_err(broken("list"))?,
        started_at: row.started_at,
        finished_at: row.finished_at,
    })
}

/// Where runs are recorded: beside the registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct History<'a> {
    database: &'a DatabaseConnection,
}

impl<'a> History<'a> {
    pub(crate) fn new(database: &'a DatabaseConnection) -> Self {
        Self { database }
    }

    /// Records a run; once, however often it is tried.
    pub(crate) async fn begin(
        self,
        id: RunId,
        direction: Direction,
        selection: &Selection,
    ) -> Result<RunId> {
        let direction = json(&direction).as_str().unwrap_or_default().to_owned();
        let run = migration_run::ActiveModel {
            id: Set(id.0),
            direction: Set(direction),
            selection: Set(json(selection)),
            applied: Set(json(&Vec::<String>::new())),
            started_at: Set(Utc::now()),
            finished_at: Set(None),
        };
        let conflict = OnConflict::column(migration_run::Column::Id)
            .do_nothing_on([migration_run::Column::Id])
            .to_owned();
        migration_run::Entity::insert(run)
            .on_conflict(conflict)
            .exec_without_returning(self.database)
            .await
            .map_err(Error::database("recording the run"))?;
        Ok(id)
    }

    /// Notes what a run has changed beside the tenants.
    pub(crate) async fn note<C: ConnectionTrait>(
        connection: &C,
        run: RunId,
        applied: &[String],
    ) -> Result<()> {
        let noting = noting(run, applied, connection.get_database_backend());
        let noted = connection.execute(&noting).await;
        noted.map(drop).map_err(Error::database("recording the run"))
    }

    pub(crate) async fn finish(self, run: RunId) -> Result<()> {
        let finished = self.database.execute(&finishing(run)).await;
        finished.map(drop).map_err(Error::database("recording the end of the run"))
    }

    /// The newest runs, newest first.
    pub(crate) async fn list(self, limit: u64) -> Result<Vec<RunRecord>> {
        let rows = migration_run::Entity::find()
            .order_by_desc(migration_run::Column::Id)
            .limit(limit)
            .all(self.database)
            .await
            .map_err(Error::database("reading the runs"))?;
        rows.into_iter().map(record_of).collect()
    }

    pub(crate) async fn run(self, id: RunId) -> Result<RunRecord> {
        let row = migration_run::Entity::find_by_id(id.0)
            .one(self.database)
            .await
            .map_err(Error::database("reading the run"))?;
        row.map_or_else(|| Err(Error::UnknownRun { what: format!("`{id}`") }), record_of)
    }

    /// The newest run up that was not done with.
    pub(crate) async fn unfinished(self) -> Result<RunRecord> {
        let row = migration_run::Entity::find()
            .filter(migration_run::Column::FinishedAt.is_null())
            .filter(migration_run::Column::Direction.eq("up"))
            .order_by_desc(migration_run::Column::Id)
            .one(self.database)
            .await
            .map_err(Error::database("reading the runs"))?;
        let none = || Err(Error::UnknownRun { what: "was cut off or has tenants left".to_owned() });
        row.map_or_else(none, record_of)
    }

    /// The tenants that a run changed.
    pub(crate) async fn changed_by(self, run: RunId) -> Result<Vec<PastOutcome>> {
        let rows = migration_outcome::Entity::find()
            .filter(migration_outcome::Column::RunId.eq(run.0))
            .order_by_asc(migration_outcome::Column::Slug)
            .all(self.database)
            .await
            .map_err(Error::database("reading what the run did"))?;
        let outcome = |row: migration_outcome::Model| {
            let applied = serde_json::from_value(row.applied).map_err(broken("list"))?;
            Ok(PastOutcome { tenant: TenantId::from(row.tenant_id), applied })
        };
        let outcomes: Result<Vec<PastOutcome>> = rows.into_iter().map(outcome).collect();
        Ok(outcomes?.into_iter().filter(|outcome| !outcome.applied.is_empty()).collect())
    }

    /// Refuses a set in which a migration is another one than it was when it was applied, or in
    /// which a new one is older by its name than one that was applied.
    pub(crate) async fn check(self, set: &TenantSet) -> Result<()> {
        let rows = migration::Entity::find()
            .all(self.database)
            .await
            .map_err(Error::database("reading what was applied"))?;
        let newest = rows.iter().map(|row| row.name.as_str()).max();
        for ours in set.migrations() {
            match rows.iter().find(|row| row.name == ours.name) {
                Some(row) if row.checksum != ours.checksum => {
                    return Err(Error::EditedMigration { migration: ours.name.clone() });
                }
                Some(_) => {}
                None => {
                    if let Some(newest) = newest.filter(|newest| *newest > ours.name.as_str()) {
                        return Err(Error::LateMigration {
                            migration: ours.name.clone(),
                            applied: newest.to_owned(),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes out what nobody has any more, so that it can be edited and applied again.
    pub(crate) async fn forget<C: ConnectionTrait>(connection: &C, names: &[String]) -> Result<()> {
        migration::Entity::delete_many()
            .filter(migration::Column::Name.is_in(names))
            .exec(connection)
            .await
            .map_err(Error::database("recording what was taken back"))?;
        Ok(())
    }
}

/// The statement that records migrations as they are now, where they are not recorded yet; `None`
/// where there are none. It stands in the transaction that applies them: one that has failed
/// everywhere may be mended.
pub(crate) fn recording<'m>(
    migrations: impl IntoIterator<Item = &'m RecordedMigration>,
) -> Option<InsertStatement> {
    let mut migrations = migrations.into_iter().peekable();
    migrations.peek()?;
    let rows = migrations.map(|migration| migration::ActiveModel {
        name: Set(migration.name.clone()),
        checksum: Set(migration.checksum.clone()),
        recorded_at: Set(Utc::now()),
    });
    let conflict = OnConflict::column(migration::Column::Name)
        .do_nothing_on([migration::Column::Name])
        .to_owned();
    Some(migration::Entity::insert_many(rows).on_conflict(conflict).into_query())
}

/// The statement that notes what a run has changed beside the tenants. What it had changed before it was
/// gone on with stays.
pub(crate) fn noting(run: RunId, applied: &[String], backend: DbBackend) -> UpdateStatement {
    let new = if backend == DbBackend::Postgres { "CAST($1 AS jsonb)" } else { "?" };
    let both = joined(backend, "applied", new);
    migration_run::Entity::update_many()
        .col_expr(migration_run::Column::Applied, Expr::cust_with_values(both, [json(&applied)]))
        .filter(migration_run::Column::Id.eq(run.0))
        .into_query()
}

/// The statement that records the end of a run.
pub(crate) fn finishing(run: RunId) -> UpdateStatement {
    migration_run::Entity::update_many()
        .col_expr(migration_run::Column::FinishedAt, Expr::value(Utc::now()))
        .filter(migration_run::Column::Id.eq(run.0))
        .into_query()
}

/// The lists of two JSON values, one after the other.
fn joined(backend: DbBackend, first: &str, second: &str) -> String {
    if backend == DbBackend::Postgres {
        format!("{first} || {second}")
    } else if backend == DbBackend::MySql {
        format!("JSON_MERGE_PRESERVE({first}, {second})")
    } else {
        format!(
            "(SELECT json_group_array(value) FROM (SELECT value FROM json_each({first}) \
             UNION ALL SELECT value FROM json_each({second})))"
        )
    }
}

/// The statement that records what became of a tenant. What the run has applied to it before, such
/// as before it was cut off or failed, stays.
pub(crate) fn outcome(
    run: RunId,
    tenant: &Tenant,
    outcome: &Outcome,
    backend: DbBackend,
) -> InsertStatement {
    use migration_outcome::Column;
    let (applied, error): (&[String], Option<String>) = match outcome {
        Outcome::Migrated { applied } => (applied, None),
        Outcome::RolledBack { taken_back } => (taken_back, None),
        Outcome::Failed { error } => (&[], Some(error.with_sources())),
        Outcome::UpToDate | Outcome::Ahead { .. } | Outcome::Skipped => (&[], None),
    };
    let row = migration_outcome::ActiveModel {
        run_id: Set(run.0),
        tenant_id: Set(tenant.id.as_uuid()),
        slug: Set(tenant.slug.to_string()),
        result: Set(outcome.word().to_owned()),
        applied: Set(json(&applied)),
        error: Set(error),
        ended_at: Set(Utc::now()),
    };
    let new = if backend == DbBackend::MySql { "VALUES(applied)" } else { "excluded.applied" };
    let both = joined(backend, "tenants_migration_outcome.applied", new);
    let conflict = OnConflict::columns([Column::RunId, Column::TenantId])
        .update_columns([Column::Result, Column::Error, Column::EndedAt])
        .value(Column::Applied, Expr::cust(both))
        .to_owned();
    migration_outcome::Entity::insert(row).on_conflict(conflict).into_query()
}

//! Templates: a prepared database that the tests of one run copy instead of preparing their own.

use std::{
    process,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    RUN_ID, TestDatabaseError,
    postgres::{DatabaseName, Server, quoted},
};

/// How the comment on a finished template begins; the time it was made follows. A template
/// without it was left half prepared by a process that died.
const MARK: &str = "tenancy test template, made at ";

/// How long a template may be copied from. Longer than any run of tests takes.
const LIFETIME_SECONDS: u64 = 24 * 60 * 60;

/// The key of the advisory lock under which templates are prepared, one at a time.
const LOCK: i64 = 0x7465_6e61_6e63_7901;

/// Returns the name of the template, prepared by this call or by an earlier one of the same run.
pub(super) async fn prepared<P, R>(
    server: &Server,
    template: &str,
    prepare: P,
) -> Result<String, TestDatabaseError>
where
    P: FnOnce(String) -> R,
    R: Future<Output = Result<(), TestDatabaseError>>,
{
    let name = name(template, run());
    let session = server.connect("tenancy_test_template").await.map_err(failed("connect"))?;
    let result = if is_finished(&session, &name).await? {
        Ok(())
    } else {
        prepare_alone(server, &session, &name, prepare).await
    };
    // Closing the session also gives the lock back, whatever happened.
    session.close().await.map_err(failed("disconnect"))?;
    result.map(|()| name)
}

/// Prepares the template while no other process prepares one.
async fn prepare_alone<P, R>(
    server: &Server,
    session: &DatabaseConnection,
    name: &str,
    prepare: P,
) -> Result<(), TestDatabaseError>
where
    P: FnOnce(String) -> R,
    R: Future<Output = Result<(), TestDatabaseError>>,
{
    execute(session, "wait for a template", &format!("SELECT pg_advisory_lock({LOCK})")).await?;
    if is_finished(session, name).await? {
        return Ok(());
    }
    remove_old(session).await?;
    let quoted = quoted(name);
    let drop = format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)");
    execute(session, "remove a half prepared template", &drop).await?;
    let create = format!("CREATE DATABASE {quoted} TEMPLATE template0");
    execute(session, "create a template", &create).await?;
    prepare(server.url_of(name)).await?;
    // A database cannot be copied while somebody is connected to it.
    let close = format!("ALTER DATABASE {quoted} ALLOW_CONNECTIONS false");
    execute(session, "close a template", &close).await?;
    let disconnect =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    execute(session, "close a template", &disconnect).await?;
    let mark = format!("COMMENT ON DATABASE {quoted} IS '{MARK}{}'", seconds_since_epoch());
    execute(session, "mark a template", &mark).await
}

/// Removes the finished templates of earlier runs. Only what carries both the name and the mark
/// of this helper is touched.
async fn remove_old(session: &DatabaseConnection) -> Result<(), TestDatabaseError> {
    let action = "look for old templates";
    let sql = "SELECT datname::text, shobj_description(oid, 'pg_database') FROM pg_database";
    let rows = session
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .map_err(failed(action))?;
    for row in rows {
        let (datname, comment): (String, Option<String>) =
            row.try_get_many_by_index().map_err(failed(action))?;
        let (Some(name), Some(made)) = (DatabaseName::parse(&datname), made_at(comment.as_deref()))
        else {
            continue;
        };
        if made + LIFETIME_SECONDS < seconds_since_epoch() {
            let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name.quoted());
            execute(session, "remove an old template", &drop).await?;
        }
    }
    Ok(())
}

async fn is_finished(session: &DatabaseConnection, name: &str) -> Result<bool, TestDatabaseError> {
    let sql = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
    let row = session.query_one_raw(statement).await.map_err(failed("look for a template"))?;
    let Some(row) = row else { return Ok(false) };
    let comment: Option<String> = row.try_get_by_index(0).map_err(failed("look for a template"))?;
    Ok(made_at(comment.as_deref()).is_some())
}

fn made_at(comment: Option<&str>) -> Option<u64> {
    comment?.strip_prefix(MARK)?.parse().ok()
}

/// Names a template. The run is part of it: a template of yesterday's run would hold yesterday's
/// migrations.
pub(super) fn name(template: &str, run: &str) -> String {
    let digest = Sha256::new().chain_update(run).chain_update([0]).chain_update(template);
    let digest = digest.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("tenancy_test_template_{hex}")
}

/// What the processes that share templates have in common.
fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| {
        super::variable(RUN_ID)
            .or_else(|| super::variable("NEXTEST_RUN_ID"))
            .unwrap_or_else(|| format!("{}-{}", process::id(), Uuid::now_v7()))
    })
}

fn seconds_since_epoch() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

async fn execute(
    session: &DatabaseConnection,
    action: &'static str,
    sql: &str,
) -> Result<(), TestDatabaseError> {
    session.execute_unprepared(sql).await.map(drop).map_err(failed(action))
}

fn failed(action: &'static str) -> impl Fn(DbErr) -> TestDatabaseError {
    move |source| TestDatabaseError::Database { action, source }
}

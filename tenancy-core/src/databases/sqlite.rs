//! How a connection to SQLite is opened, and what it is looked at for before it is used.

use std::time::Duration;

use sea_orm::{
    ConnectOptions,
    sqlx::{
        self, SqliteConnection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode},
    },
};

/// Lets a pool open connections as the framework needs them, and use none that is not so.
pub(super) fn configure(connect: &mut ConnectOptions, busy_timeout: Duration) {
    connect
        .map_sqlx_sqlite_opts(move |options| with_settings(options, busy_timeout))
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_connect(|connection, _| Box::pin(check_foreign_keys(connection)))
        });
}

pub(super) fn with_settings(
    options: SqliteConnectOptions,
    busy_timeout: Duration,
) -> SqliteConnectOptions {
    options.foreign_keys(true).busy_timeout(busy_timeout).journal_mode(SqliteJournalMode::Wal)
}

/// Isolation: on SQLite it is foreign keys that keep a row from referring to another tenant's, and a
/// library that was built without them ignores the setting without a word.
pub(super) async fn check_foreign_keys(
    connection: &mut SqliteConnection,
) -> Result<(), sqlx::Error> {
    let are_on: Option<i64> =
        sqlx::query_scalar("PRAGMA foreign_keys").fetch_optional(connection).await?;
    if are_on == Some(1) {
        return Ok(());
    }
    Err(sqlx::Error::Configuration("SQLite does not enforce foreign keys".into()))
}

#[cfg(test)]
mod tests {
    use sea_orm::{
        DbErr,
        sqlx::{Connection as _, SqlitePool, sqlite::SqlitePoolOptions},
    };

    use super::*;
    use crate::databases::{
        Addresses, BUSY_TIMEOUT, PoolOptions, SqliteFile, connect_options, open, open_sqlite_file,
    };

    #[tokio::test]
    async fn connections_without_foreign_keys_are_refused() {
        let without = SqliteConnectOptions::new().in_memory(true).foreign_keys(false);
        let mut connection = SqliteConnection::connect_with(&without).await.unwrap();
        let refused = check_foreign_keys(&mut connection).await.unwrap_err();
        assert!(refused.to_string().contains("foreign keys"), "{refused}");
        // One that has them and loses them.
        let with = with_settings(without.clone(), BUSY_TIMEOUT);
        let mut connection = SqliteConnection::connect_with(&with).await.unwrap();
        check_foreign_keys(&mut connection).await.unwrap();
        sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut connection).await.unwrap();
        check_foreign_keys(&mut connection).await.unwrap_err();
        // A pool gives none out.
        let pool = SqlitePoolOptions::new().acquire_timeout(Duration::from_millis(50));
        let pool: SqlitePool = pool
            .after_connect(|connection, _| Box::pin(check_foreign_keys(connection)))
            .connect_lazy_with(without);
        let refused = pool.acquire().await.unwrap_err();
        assert!(matches!(refused, sqlx::Error::PoolTimedOut), "{refused}");
    }

    #[tokio::test]
    async fn every_connection_of_every_pool_has_been_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let (file, busy_timeout) = (folder.path().join("a.db"), BUSY_TIMEOUT);
        let options =
            PoolOptions { max_connections: 3, acquire_timeout: Duration::from_millis(500) };
        let opened = SqliteFile { file: &file, create: true, attached: None, busy_timeout };
        let alone = open_sqlite_file(opened, options).await.unwrap();
        let shared = Some(("shared", file.as_path()));
        let opened = SqliteFile { file: &file, create: false, attached: shared, busy_timeout };
        let attached = open_sqlite_file(opened, options).await.unwrap();
        let url = format!("sqlite://{}", file.display());
        let plain =
            sea_orm::Database::connect(connect_options(&url, options, busy_timeout)).await.unwrap();
        for database in [alone, attached, plain] {
            let pool = database.get_sqlite_connection_pool();
            let mut held = Vec::new();
            for _ in 0..3 {
                let mut connection = pool.acquire().await.unwrap();
                check_foreign_keys(&mut connection).await.unwrap();
                held.push(connection);
            }
            drop(held);
            database.close().await.map_err(|error: DbErr| error.to_string()).unwrap();
        }
    }
    #[tokio::test]
    async fn every_pool_waits_as_long_as_the_configuration_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("registry.db");
        // The same file by three addresses, so that each has a pool of its own.
        let [data, direct, central] = ["mode=rwc", "mode=rw", "mode=rw&cache=private"]
            .map(|how| format!("sqlite://{}?{how}", file.display()));
        let options = PoolOptions { max_connections: 1, acquire_timeout: BUSY_TIMEOUT };
        let busy_timeout = Duration::from_millis(1_234);
        let databases = open(Addresses {
            data: &data,
            direct: &direct,
            central: &central,
            options,
            busy_timeout,
            extension_schemas: &[],
            tenant_pools: None,
            dedicated_pools: 1,
        })
        .await
        .unwrap();
        assert!(databases.has_direct && databases.has_central);
        for database in [&databases.data, &databases.direct, &databases.central] {
            let pool = database.get_sqlite_connection_pool();
            let waits: i64 =
                sqlx::query_scalar("PRAGMA busy_timeout").fetch_one(pool).await.unwrap();
            assert_eq!(waits, 1_234);
        }
    }
}

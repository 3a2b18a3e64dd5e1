//! On SQLite, MariaDB and MySQL: a number that every change raises is looked at twice a second.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{Changes, standing::refresh, triggers};
use crate::error::{Error, Result};

const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Looks until the database cannot be read.
pub(super) async fn poll(changes: &Changes, direct: &DatabaseConnection) -> Result<()> {
    // A connection of its own: whoever holds those of the application does not keep it from looking.
    let own = own_connection(direct).await?;
    let mut seen = look(&own).await?;
    refresh(&own, changes, &changes.live()).await?;
    changes.set_watching(true);
    loop {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let now = look(&own).await?;
        if now != seen {
            seen = now;
            let told = changes.live();
            refresh(&own, changes, &told).await?;
            changes.all_changed();
            refresh(&own, changes, &changes.live_beside(&told)).await?;
        }
    }
}

#[cfg(feature = "sqlite")]
fn own_file(direct: &DatabaseConnection) -> DatabaseConnection {
    use sea_orm::{SqlxSqliteConnector, sqlx::sqlite::SqlitePoolOptions};

    let options = direct.get_sqlite_connection_pool().connect_options();
    let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with((*options).clone());
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
}

#[cfg_attr(
    not(feature = "mysql"),
    expect(clippy::unused_async, reason = "one to a server is waited for")
)]
async fn own_connection(direct: &DatabaseConnection) -> Result<DatabaseConnection> {
    #[cfg(feature = "mysql")]
    if direct.get_database_backend() == sea_orm::DbBackend::MySql {
        return crate::databases::mysql::open_single(direct, None).await;
    }
    #[cfg(feature = "sqlite")]
    if direct.get_database_backend() == sea_orm::DbBackend::Sqlite {
        return Ok(own_file(direct));
    }
    let backend = format!("{:?}", direct.get_database_backend());
    Err(Error::UnsupportedDatabase { backend })
}

async fn look(own: &DatabaseConnection) -> Result<i64> {
    let doing = Error::database("looking for changes of the registry");
    let backend = own.get_database_backend();
    let look = Statement::from_string(backend, triggers::look(backend));
    let row = own.query_one_raw(look).await.map_err(&doing)?;
    let number = row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
    number.ok_or(Error::NotInitialised)
}

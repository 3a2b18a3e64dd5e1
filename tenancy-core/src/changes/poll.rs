//! On SQLite: a number that every change raises is looked at twice a second.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqlxSqliteConnector, Statement,
    sqlx::sqlite::SqlitePoolOptions,
};

use super::{Changes, standing::refresh, triggers};
use crate::error::{Error, Result};

const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Looks until the database cannot be read.
pub(super) async fn poll(changes: &Changes, direct: &DatabaseConnection) -> Result<()> {
    let options = direct.get_sqlite_connection_pool().connect_options();
    // A connection of its own: whoever holds those of the application does not keep it from looking.
    let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with((*options).clone());
    let own = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    let mut seen = look(&own).await?;
    refresh(&own, changes).await?;
    changes.set_watching(true);
    loop {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let now = look(&own).await?;
        if now != seen {
            seen = now;
            refresh(&own, changes).await?;
            changes.all_changed();
        }
    }
}

async fn look(own: &DatabaseConnection) -> Result<i64> {
    let doing = Error::database("looking for changes of the registry");
    let look = Statement::from_string(DbBackend::Sqlite, triggers::LOOK);
    let row = own.query_one_raw(look).await.map_err(&doing)?;
    let number = row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
    number.ok_or(Error::NotInitialised)
}

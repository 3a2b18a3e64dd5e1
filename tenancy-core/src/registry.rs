//! Where tenants are kept: `Registry`, over the tables `tenants_…` of a database.

mod domain;
pub(crate) mod entity;
mod invitation;
mod member;
mod new_tenant;
mod place;
pub(crate) mod ready;
pub(crate) mod schema;
mod tenant;

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait, QuerySelect,
};

pub(crate) use self::tenant::Present;
pub use self::{
    domain::Domain,
    new_tenant::NewTenant,
    tenant::{ListTenants, TenantChange},
};
use crate::{
    changes::{Changes, Subject},
    databases::begin_writing,
    error::{Error, Result},
    introspect::is_missing_table,
    tenant::TenantId,
};

/// The tenants of an application, their domains, members and invitations.
///
/// It works on the central connection, and makes its tables on the direct one. Whatever reads before it
/// writes does both in one transaction that holds the tenant's row, so that two of them never pass each
/// other.
#[derive(Debug, Clone)]
pub struct Registry {
    database: DatabaseConnection,
    /// The owner's, who makes its tables.
    direct: DatabaseConnection,
    /// What this process changes, it knows at once.
    changes: Arc<Changes>,
}

impl Registry {
    pub(crate) fn new(database: DatabaseConnection, direct: DatabaseConnection) -> Self {
        Self { database, direct, changes: Arc::default() }
    }

    /// The same, which says what it changes.
    pub(crate) fn telling(self, changes: Arc<Changes>) -> Self {
        Self { changes, ..self }
    }

    /// The same over another connection to the same database.
    pub(crate) fn over(&self, database: DatabaseConnection) -> Self {
        Self { database, ..self.clone() }
    }

    /// Notes what has been committed.
    pub(crate) fn changed(&self, subjects: &[Subject<'_>]) {
        self.changes.changed(subjects);
    }

    pub(crate) fn database(&self) -> &DatabaseConnection {
        &self.database
    }

    /// Creates the registry's tables if they are missing, brings those of an older release forward,
    /// and refuses a database that another strategy or a newer release has initialised.
    ///
    /// The generation of the catalog, where nothing had to be made.
    pub(crate) async fn install(&self, strategy: &str) -> Result<Option<i64>> {
        match self.marker(strategy).await {
            Ok(marker) if marker.registry_version == schema::VERSION => {
                return Ok(Some(marker.catalog_generation));
            }
            Ok(_) | Err(Error::NotInitialised) => {}
            Err(error) => return Err(error),
        }
        let doing = Error::database("creating the registry's tables");
        let transaction = begin_writing(&self.direct).await?;
        lock_installation(&transaction).await?;
        match self.marker_on(&transaction, strategy).await {
            Err(Error::NotInitialised) => schema::install(&transaction, strategy).await,
            Ok(marker) => schema::upgrade(&transaction, marker.registry_version).await,
            Err(error) => return Err(error),
        }
        .map_err(&doing)?;
        transaction.commit().await.map_err(&doing)?;
        Ok(None)
    }

    /// Whether the registry's tables are there.
    async fn is_installed<C: ConnectionTrait>(&self, connection: &C) -> Result<bool> {
        crate::introspect::has_table(connection, "tenants_marker").await
    }

    /// Compares the marker row with the strategy and this release.
    ///
    /// # Errors
    /// [`Error::NotInitialised`], [`Error::OtherStrategy`] and [`Error::NewerRegistry`].
    pub(crate) async fn marker(&self, strategy: &str) -> Result<entity::marker::Model> {
        let found = entity::marker::Entity::find_by_id(1).one(&self.database).await;
        match found {
            Ok(marker) => judged(marker, strategy),
            // Outside a transaction nothing is lost by trying.
            Err(error) if is_missing_table(&error) => Err(Error::NotInitialised),
            Err(error) => Err(Error::database("reading the marker row")(error)),
        }
    }

    /// As [`marker`](Self::marker), and the registry must have this release's tables.
    ///
    /// # Errors
    /// Those of [`marker`](Self::marker), and [`Error::OlderRegistry`].
    pub(crate) async fn current_marker(&self, strategy: &str) -> Result<entity::marker::Model> {
        let marker = self.marker(strategy).await?;
        if marker.registry_version < schema::VERSION {
            return Err(Error::OlderRegistry {
                database: marker.registry_version,
                known: schema::VERSION,
            });
        }
        Ok(marker)
    }

    async fn marker_on<C: ConnectionTrait>(
        &self,
        connection: &C,
        strategy: &str,
    ) -> Result<entity::marker::Model> {
        if !self.is_installed(connection).await? {
            return Err(Error::NotInitialised);
        }
        let marker = entity::marker::Entity::find_by_id(1)
            .one(connection)
            .await
            .map_err(Error::database("reading the marker row"))?;
        judged(marker, strategy)
    }

    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        begin_writing(&self.database).await
    }

    /// Begins a transaction that holds the row of a tenant.
    async fn begin_for(
        &self,
        tenant: TenantId,
    ) -> Result<(DatabaseTransaction, entity::tenant::Model)> {
        let transaction = self.begin().await?;
        let mut find = entity::tenant::Entity::find_by_id(tenant.as_uuid());
        if transaction.get_database_backend() != DbBackend::Sqlite {
            find = find.lock_exclusive();
        }
        let row = find
            .one(&transaction)
            .await
            .map_err(Error::database("locking the tenant"))?
            .ok_or_else(|| Error::UnknownTenant { tenant: tenant.to_string() })?;
        Ok((transaction, row))
    }
}

/// The marker row, where it is that of the strategy and of a release no newer than this one.
fn judged(marker: Option<entity::marker::Model>, strategy: &str) -> Result<entity::marker::Model> {
    let marker = marker.ok_or(Error::NotInitialised)?;
    if marker.strategy != strategy {
        return Err(Error::OtherStrategy {
            marked: marker.strategy,
            configured: strategy.to_owned(),
        });
    }
    if marker.registry_version > schema::VERSION {
        return Err(Error::NewerRegistry {
            database: marker.registry_version,
            known: schema::VERSION,
        });
    }
    Ok(marker)
}

async fn commit(transaction: DatabaseTransaction) -> Result<()> {
    transaction.commit().await.map_err(Error::database("committing to the registry"))
}

/// Two processes that start at once on an empty database install one after the other.
async fn lock_installation(transaction: &DatabaseTransaction) -> Result<()> {
    crate::migrate::lock::take(transaction, "registry").await
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

//! Tenants as databases of a MariaDB or MySQL server.
//!
//! The server commits `CREATE DATABASE` by itself. So a place is claimed in the registry before it is
//! made, and the claim goes when it is complete: a making that was cut off is known by its claim, and
//! made anew by the next; a database without a claim is complete, or somebody else's, and is left alone.

use sea_orm::DatabaseConnection;
use tenancy_core::{
    Databases, Error, PhysicalName, Purpose, Result, Site, Tenant, databases::begin_writing,
};

use crate::sql;

/// Opens connections that stand in a tenant's database, for migrations.
pub(crate) async fn enter(databases: &Databases, tenant: &Tenant) -> Result<DatabaseConnection> {
    let name = &tenant.physical_name;
    match databases.open_in_database(name, Purpose::Migration).await {
        Ok(connection) => Ok(connection),
        Err(error) => {
            if sql::has_database(&databases.direct, name).await? {
                return Err(error);
            }
            let slug = tenant.slug.to_string();
            Err(Error::WrongPlace { slug, reason: format!("its database `{name}` is missing") })
        }
    }
}

fn exists(name: &PhysicalName) -> Error {
    Error::PlaceExists { place: format!("database {name}") }
}

/// Makes a tenant's database, to be filled. What a run that was cut off left is made anew.
pub(crate) async fn provision(databases: &Databases, tenant: &Tenant) -> Result<Site> {
    let name = &tenant.physical_name;
    let own = databases.open_owner().await?;
    sql::lock_place(&own, name).await?;
    let is_there = sql::has_database(&own, name).await?;
    match (is_there, databases.is_claimed(name).await?) {
        (true, false) => return Err(exists(name)),
        (true, true) => sql::drop_database(&own, name).await?,
        (false, true) => {}
        (false, false) => databases.claim(name).await?,
    }
    let create = databases.database_creation(name).await?;
    if !sql::create_database(&own, name, &create).await? {
        // Somebody else's, who has made it a moment ago.
        databases.unclaim(name).await?;
        return Err(exists(name));
    }
    sql::enter_database(&own, name).await?;
    let transaction = begin_writing(&own).await?;
    let (databases, name) = (databases.clone(), name.clone());
    let schema = Some(name.clone());
    let publish = Box::pin(async move {
        databases.unclaim(&name).await?;
        let closed = own.close().await;
        closed.map_err(|source| Error::Database { doing: "leaving the tenant's place", source })
    });
    Ok(Site { transaction, schema, publish })
}

/// Removes a database that was begun and is not complete.
pub(crate) async fn abandon(databases: &Databases, name: &PhysicalName) -> Result<()> {
    let own = databases.open_owner().await?;
    sql::lock_place(&own, name).await?;
    if databases.is_claimed(name).await? {
        sql::drop_database(&own, name).await?;
        databases.unclaim(name).await?;
    }
    own.close().await.map_err(|source| Error::Database { doing: "leaving the server", source })
}

/// Removes a tenant's database, however far its making has come.
pub(crate) async fn remove(databases: &Databases, name: &PhysicalName) -> Result<()> {
    sql::drop_database(&databases.direct, name).await?;
    databases.unclaim(name).await
}

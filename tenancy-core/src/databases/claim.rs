//! Claims on places that are being made where no transaction makes them: on MariaDB and MySQL, which
//! commit `CREATE DATABASE` by itself.
//!
//! A claim is written before the place is made and goes when the place is complete. So a place with a
//! claim is one that was cut off, which may be thrown away and made anew; one without is complete, or
//! somebody else's.

use chrono::Utc;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{
    error::{Error, Result},
    name::PhysicalName,
    strategy::Databases,
};

fn table() -> Alias {
    Alias::new("tenants_place_claim")
}

fn name_is(name: &PhysicalName) -> Expr {
    Expr::col(Alias::new("name")).eq(name.as_str())
}

impl Databases {
    /// Whether a place is being made, or was when its making was cut off.
    ///
    /// # Errors
    /// [`Error::Database`] when the registry cannot be read.
    pub async fn is_claimed(&self, name: &PhysicalName) -> Result<bool> {
        let find = Query::select()
            .column(Alias::new("name"))
            .from(table())
            .and_where(name_is(name))
            .take();
        let found = self.central.query_one(&find).await;
        found.map(|row| row.is_some()).map_err(Error::database("looking for a claim on a place"))
    }

    /// Claims a place that is to be made next. Once, however often it is tried.
    ///
    /// # Errors
    /// [`Error::Database`] when the registry cannot be written.
    pub async fn claim(&self, name: &PhysicalName) -> Result<()> {
        if self.is_claimed(name).await? {
            return Ok(());
        }
        let failed = Error::database("claiming a place");
        let claim = Query::insert()
            .into_table(table())
            .columns(["name", "claimed_at"].map(Alias::new))
            .values([name.as_str().into(), Utc::now().into()])
            .map_err(|error| failed(sea_orm::DbErr::Custom(error.to_string())))?
            .take();
        self.central.execute(&claim).await.map(drop).map_err(Error::database("claiming a place"))
    }

    /// Gives the claim on a place up, which is complete or gone.
    ///
    /// # Errors
    /// [`Error::Database`] when the registry cannot be written.
    pub async fn unclaim(&self, name: &PhysicalName) -> Result<()> {
        let delete = Query::delete().from_table(table()).and_where(name_is(name)).take();
        let given_up = self.central.execute(&delete).await;
        given_up.map(drop).map_err(Error::database("giving up the claim on a place"))
    }
}

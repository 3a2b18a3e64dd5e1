//! The names of places: those that were ever given, and those that belong to somebody now.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait, QuerySelect, sea_query::Query};

use super::{Registry, entity};
use crate::{
    error::{Error, Result},
    name::PhysicalName,
    tenant::Tenant,
};

const READING: &str = "reading the names of places";

impl Registry {
    /// All names that were ever given to a place.
    pub(crate) async fn given_names(&self) -> Result<BTreeSet<PhysicalName>> {
        use entity::physical_name::{Column, Entity};
        let names = Entity::find().select_only().column(Column::Name).into_tuple();
        let names: Vec<String> =
            names.all(&self.database).await.map_err(Error::database(READING))?;
        parsed(&names)
    }

    /// Those of tenants, whatever their status, and of places that wait for one.
    pub(crate) async fn owned_names(&self) -> Result<BTreeSet<PhysicalName>> {
        use entity::{ready_place, tenant};
        let of_tenants =
            tenant::Entity::find().select_only().column(tenant::Column::PhysicalName).into_tuple();
        let ready = ready_place::Entity::find()
            .select_only()
            .column(ready_place::Column::Name)
            .into_tuple();
        let mut names: Vec<String> =
            of_tenants.all(&self.database).await.map_err(Error::database(READING))?;
        names.extend(
            ready.all(&self.database).await.map_err(Error::database(READING))? as Vec<String>
        );
        parsed(&names)
    }

    /// Notes that a name that was given before is a tenant's now.
    pub(crate) async fn give_again<C: ConnectionTrait>(
        connection: &C,
        tenant: &Tenant,
    ) -> Result<()> {
        use entity::physical_name::{Column, Entity};
        let give = Query::update()
            .table(Entity)
            .value(Column::TenantId, tenant.id.as_uuid())
            .and_where(Column::Name.eq(tenant.physical_name.as_str()))
            .take();
        let given = connection.execute(&give).await;
        given.map(drop).map_err(Error::database("noting whose the place is"))
    }
}

fn parsed(names: &[String]) -> Result<BTreeSet<PhysicalName>> {
    names.iter().map(|name| PhysicalName::parse(name)).collect()
}

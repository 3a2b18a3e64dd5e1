//! How tenants with handles stand, read from the registry.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Changes, Live};
use crate::{
    connection::TenantState,
    error::{Error, Result},
    registry::entity::tenant::{Column, Entity},
    tenant::TenantId,
};

/// How many tenants are asked about at a time.
const AT_ONCE: usize = 500;

/// A tenant's row as far as its handles are concerned.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) id: TenantId,
    pub(super) status: String,
    pub(super) generation: i64,
    /// When it was changed last, in microseconds.
    pub(super) since: i64,
}

/// Tells handles how their tenants stand.
pub(super) async fn refresh(
    connection: &DatabaseConnection,
    changes: &Changes,
    handles: &Live,
) -> Result<()> {
    let handles: Vec<(&TenantId, &Arc<TenantState>)> = handles.iter().collect();
    for handles in handles.chunks(AT_ONCE) {
        let handles: Live = handles.iter().map(|(id, state)| (**id, Arc::clone(state))).collect();
        let ids: Vec<Uuid> = handles.keys().map(TenantId::as_uuid).collect();
        let rows: Vec<(Uuid, String, i64, DateTime<Utc>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Status, Column::Generation, Column::UpdatedAt])
            .filter(Column::Id.is_in(ids))
            .into_tuple()
            .all(connection)
            .await
            .map_err(Error::database("reading the states of tenants"))?;
        let standings = rows.into_iter().map(|(id, status, generation, updated_at)| Standing {
            id: TenantId::from(id),
            status,
            generation,
            since: updated_at.timestamp_micros(),
        });
        changes.settle(&handles, &standings.collect::<Vec<_>>());
    }
    Ok(())
}

//! [`CentralPool`]: where statements that are no tenant's run.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr};

use super::{Turn, sub_pools::SubPools};

/// Where statements that are no tenant's run: in a pool of their own, or beside those of tenants where
/// both have the same address.
#[derive(Debug, Clone)]
pub(crate) struct CentralPool {
    connection: DatabaseConnection,
    beside: Option<Arc<SubPools>>,
}

impl CentralPool {
    /// A pool, and those of tenants with the same address.
    pub(crate) fn new(connection: DatabaseConnection, beside: Option<Arc<SubPools>>) -> Self {
        Self { connection, beside }
    }

    /// The pool for work that takes longer.
    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// A connection for one statement or a few.
    ///
    /// # Errors
    /// [`DbErr::ConnectionAcquire`] when none is free within the time that the configuration allows.
    pub(crate) async fn turn(&self) -> Result<Turn, DbErr> {
        match &self.beside {
            Some(pools) => {
                let turn = pools.central_turn().await?;
                turn.make_room().await;
                Ok(turn)
            }
            None => Ok(Turn::of(self.connection.clone())),
        }
    }
}

//! What a tenant migration consists of: `Step`, in the order in which it was written down.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use sea_orm_migration::MigrationTrait;

use super::change::SchemaChange;
use crate::connection::TenantTransaction;

/// One step of a tenant migration.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Step {
    /// A change of the tables, which the strategy lays out.
    Schema(SchemaChange),
    /// SQL in the database's own words, which is run as it stands where the tables lie.
    Raw(RawStep),
    /// Work on the rows of each tenant, which sees that tenant and nothing else.
    Data(DataStep),
    /// A migration written for SeaORM's own migrator, run as it is in the tenant's place.
    Adapted(AdaptedStep),
}

/// SQL that is run as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawStep {
    /// What it is for, and why it cannot be said as a definition.
    pub reason: String,
    /// The statements, in the words of the database that the set was written down for.
    pub sql: String,
}

/// What a data step does for a tenant.
pub(crate) type DataAction =
    Arc<dyn for<'a> Fn(&'a TenantTransaction) -> BoxFuture<'a, Result<(), DbErr>> + Send + Sync>;

/// Work on the rows of a tenant.
#[derive(Clone)]
pub struct DataStep {
    /// What it is for. It stands for the code in the checksum.
    pub purpose: String,
    pub(crate) action: DataAction,
}

impl fmt::Debug for DataStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataStep").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// A migration of SeaORM's own kind.
#[derive(Clone)]
pub struct AdaptedStep {
    pub(crate) migration: Arc<dyn MigrationTrait>,
    /// Whether it is taken back rather than applied.
    pub(crate) down: bool,
}

impl fmt::Debug for AdaptedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdaptedStep")
            .field("migration", &self.migration.name())
            .field("down", &self.down)
            .finish()
    }
}

impl Step {
    /// The step as it enters the checksum of its migration: what it does to the tables, and of code
    /// what it is called.
    pub(crate) fn account(&self) -> serde_json::Value {
        match self {
            Self::Schema(change) => serde_json::json!({ "schema": change }),
            Self::Raw(raw) => serde_json::json!({ "raw": raw.sql }),
            Self::Data(data) => serde_json::json!({ "data": data.purpose }),
            Self::Adapted(adapted) => serde_json::json!({ "adapted": adapted.migration.name() }),
        }
    }

    /// Whether it works on rows, tenant by tenant.
    #[must_use]
    pub fn is_data(&self) -> bool {
        match self {
            Self::Data(_) => true,
            Self::Schema(_) | Self::Raw(_) | Self::Adapted(_) => false,
        }
    }
}

//! Making a statement the tenant's: every statement is scoped or refused before it is sent.

pub mod refusal;

use std::sync::Arc;

use sea_orm::{DbBackend, Statement, Values};

pub use self::refusal::Refusal;
use crate::{
    catalog::Catalog,
    error::{Error, Result},
    name::{Identifier, PhysicalName},
    strategy::TenancyStrategy,
    tenant::TenantId,
};

/// The SQL dialects in which statements can be scoped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// The schema in which the registry and the tables that are present once lie.
    #[must_use]
    pub fn shared_schema(self) -> Identifier {
        Identifier::known(match self {
            Self::Postgres => "public",
            Self::Sqlite => "main",
        })
    }
}

impl TryFrom<DbBackend> for Dialect {
    type Error = Error;

    fn try_from(backend: DbBackend) -> Result<Self> {
        if backend == DbBackend::Postgres {
            Ok(Self::Postgres)
        } else if backend == DbBackend::Sqlite {
            Ok(Self::Sqlite)
        } else {
            Err(Error::UnsupportedDatabase { backend: format!("{backend:?}") })
        }
    }
}

/// What a strategy says of a table: how a reference to it becomes the tenant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableRule {
    /// The rows of all tenants lie together in `schema`; each reference is filtered by
    /// `column = <the tenant's id>`, and inserted rows get the column.
    Filter {
        /// The schema the table lies in.
        schema: Identifier,
        /// The tenant column.
        column: Identifier,
    },
    /// The table lies in the tenant's own schema; each reference is qualified with it.
    TenantSchema,
    /// The table lies in `schema` of the connection, which holds nothing of another tenant; each
    /// reference is qualified with it and nothing else.
    Schema(Identifier),
}

/// The tenant that a statement is scoped for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    /// The value of the tenant column.
    pub id: TenantId,
    /// The tenant's own schema, where the strategy has one.
    pub schema: Option<PhysicalName>,
}

/// Makes statements the tenant's, or refuses them.
#[derive(Debug)]
pub struct Scoper {
    _catalog: Arc<Catalog>,
}

impl Scoper {
    /// Prepares scoping for the tables of a catalog, by the rules of a strategy.
    ///
    /// # Errors
    /// When the strategy gives no rule for a tenant or shared table.
    pub fn new(
        _dialect: Dialect,
        catalog: Arc<Catalog>,
        _strategy: &dyn TenancyStrategy,
    ) -> Result<Self> {
        Ok(Self { _catalog: catalog })
    }

    /// Refuses statements that name this column, which entities never mention.
    #[must_use]
    pub fn with_reserved_column(self, _column: Identifier) -> Self {
        self
    }

    /// Scopes a statement with its values.
    ///
    /// # Errors
    /// A [`Refusal`] that names the construct and the way to say it.
    pub fn scope(
        &self,
        _statement: Statement,
        _tenant: &TenantScope,
    ) -> Result<Statement, Refusal> {
        Err(Refusal::NotParsed { reason: String::new() })
    }

    /// Scopes a statement without values, the tenant written into it as a literal.
    ///
    /// # Errors
    /// As [`Scoper::scope`].
    pub fn scope_unprepared(&self, _sql: &str, _tenant: &TenantScope) -> Result<String, Refusal> {
        let _: Option<Values> = None;
        Err(Refusal::NotParsed { reason: String::new() })
    }
}

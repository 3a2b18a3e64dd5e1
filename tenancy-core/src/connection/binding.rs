//! `Binding`: what makes the statements of a handle its tenant's.

use std::sync::Arc;

use sea_orm::{DbBackend, DbErr, Statement};

use super::{Guard, HandleState, Plans};
use crate::{
    databases::Watch,
    error::{Error, Result},
    metrics::Observer,
    scope::{Scoper, TenantScope},
    strategy::Kept,
    tenancy::Tables,
    tenant::Tenant,
};

/// What the handles of a process have in common.
#[derive(Debug)]
pub(crate) struct Handles {
    pub(crate) tables: Tables,
    pub(crate) plans: Plans,
    pub(crate) observer: Observer,
    pub(crate) watch: Watch,
}

impl Handles {
    /// Handles on tables that stay as they are, which nobody observes.
    pub(crate) fn fixed(scoper: Arc<Scoper>) -> Self {
        Self {
            tables: Tables::fixed(scoper),
            plans: Plans::default(),
            observer: Observer::default(),
            watch: Watch::default(),
        }
    }
}

/// What binds statements to a tenant. It never changes tenant.
///
/// A request opens a handle, often for a single statement: so a binding is a few counted references,
/// and copies nothing.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(super) tenant: Arc<Tenant>,
    pub(super) scope: TenantScope,
    pub(super) handles: Arc<Handles>,
    state: HandleState,
    /// What the route keeps for whoever can send on it.
    pub(super) kept: Option<Kept>,
}

impl Binding {
    pub(crate) fn new(
        tenant: Arc<Tenant>,
        scope: TenantScope,
        state: HandleState,
        handles: Arc<Handles>,
    ) -> Self {
        Self { tenant, scope, handles, state, kept: None }
    }

    /// Lets be known what has become of a statement.
    fn observed<T>(&self, scoped: Result<T, DbErr>) -> Result<T, DbErr> {
        let Tenant { id, slug, .. } = self.tenant.as_ref();
        match &scoped {
            Ok(_) => {
                tracing::trace!(target: "tenancy::statement", tenant = %slug, tenant.id = %id, "scoped");
                self.handles.observer.scoped(&self.tenant);
            }
            Err(error) => {
                if let Some(error) = Error::from_db_err(error) {
                    let code = error.code();
                    tracing::warn!(
                        target: "tenancy::statement",
                        tenant = %slug, tenant.id = %id, code, "a statement was refused"
                    );
                    self.handles.observer.refused(&self.tenant, error);
                }
            }
        }
        scoped
    }

    /// Refuses what comes through a handle whose tenant is out of service or has moved.
    pub(crate) fn check_served(&self) -> Result<()> {
        self.handles.watch.check()?;
        self.state.check_served(&self.tenant)
    }

    /// The statement as the tenant's; one that names an unknown table is tried once more when the
    /// tables have been looked at.
    pub(super) async fn scoped(
        &self,
        statement: Statement,
        outside_transaction: bool,
    ) -> Result<Statement, DbErr> {
        self.observed(self.scope_statement(statement, outside_transaction).await)
    }

    async fn scope_statement(
        &self,
        statement: Statement,
        outside_transaction: bool,
    ) -> Result<Statement, DbErr> {
        self.check_served()?;
        let scoper = self.handles.tables.scoper()?;
        let (refusal, statement) = match scoper.scope_or_return(statement, &self.scope) {
            Ok(scoped) => return Ok(scoped),
            Err(refused) => *refused,
        };
        match self.handles.tables.newer_for(&refusal, &scoper, outside_transaction).await {
            Some(newer) => Ok(newer.scope(statement, &self.scope).map_err(Error::from)?),
            None => Err(Error::from(refusal).into()),
        }
    }

    /// The same for a text without values.
    pub(super) async fn scoped_text(
        &self,
        sql: &str,
        outside_transaction: bool,
    ) -> Result<String, DbErr> {
        self.observed(self.scope_text(sql, outside_transaction).await)
    }

    async fn scope_text(&self, sql: &str, outside_transaction: bool) -> Result<String, DbErr> {
        self.check_served()?;
        let scoper = self.handles.tables.scoper()?;
        let refusal = match scoper.scope_unprepared(sql, &self.scope) {
            Ok(scoped) => return Ok(scoped),
            Err(refusal) => refusal,
        };
        match self.handles.tables.newer_for(&refusal, &scoper, outside_transaction).await {
            Some(newer) => Ok(newer.scope_unprepared(sql, &self.scope).map_err(Error::from)?),
            None => Err(Error::from(refusal).into()),
        }
    }

    /// What tells the database's own rules whose statements they are, where there are such rules.
    pub(super) fn guard(&self) -> Result<Option<Guard>> {
        let setting = self.handles.tables.tenant_setting()?;
        Ok(setting.map(|setting| Guard::new(setting, &self.tenant)))
    }

    /// What to send if the server has outlived the prepared form of a statement, or gives it up for
    /// somebody else's. Within a transaction there is none: the server refuses everything after an
    /// error there.
    pub(super) fn spare(&self, scoped: &Statement, outside_transaction: bool) -> Option<Statement> {
        (outside_transaction && scoped.db_backend == DbBackend::Postgres).then(|| scoped.clone())
    }
}

//! What a process has learned of the database for all tenants: the tables, how they are laid out, and
//! whether the database's own rules are what they should be.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use super::Tenancy;
use crate::{
    catalog::Catalog,
    error::{Error, Result},
    migrate::{adapt, layout::LaidOutMigration},
    scope::Scoper,
    strategy::Unsecured,
};

impl Tenancy {
    /// Reads what tables there are, and prepares scoping for them.
    pub(crate) async fn load_catalog(&self) -> Result<()> {
        self.forget_layout();
        if self.tenant_set().has_adapted() {
            let references = self.references(&self.laid_out().await?).await?;
            let tables = references.last().map(adapt::catalog_of).unwrap_or_default();
            self.inner.handles.tables.learn_tenant(tables);
        }
        self.inner.handles.tables.load().await?;
        self.look_at_security().await
    }

    /// The same after a run, for which tables are read again only if they are others by now.
    pub(crate) async fn reload_catalog(&self) -> Result<()> {
        if self.tenant_set().has_adapted() {
            return self.load_catalog().await;
        }
        self.forget_layout();
        self.inner.handles.tables.load_if_changed().await?;
        self.look_at_security().await
    }

    /// The layout refers to the shared tables.
    fn forget_layout(&self) {
        self.inner.is_prepared.store(false, Ordering::Release);
        *self.inner.layout.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Looks whether the database's own rules are what they should be.
    pub(crate) async fn look_at_security(&self) -> Result<()> {
        let unsecured = match self.check_secured().await {
            Ok(()) => None,
            Err(Error::Unsecured { reason, mend }) => Some(Unsecured { reason, mend }),
            Err(error) => return Err(error),
        };
        self.learn_security(unsecured);
        Ok(())
    }

    /// Knows what is not as it should be from having brought the rest there.
    pub(crate) fn learn_security(&self, unsecured: Option<Unsecured>) {
        *self.inner.unsecured.write().unwrap_or_else(PoisonError::into_inner) = unsecured;
    }

    /// Refuses tenants' connections while the database's own rules are not what they should be.
    pub(super) fn check_known_security(&self) -> Result<()> {
        let unsecured = self.inner.unsecured.read().unwrap_or_else(PoisonError::into_inner);
        match unsecured.as_ref() {
            None => Ok(()),
            Some(unsecured) => Err(unsecured.clone().into()),
        }
    }

    /// What scopes statements to the tables as they are known now.
    pub(crate) fn scoper(&self) -> Result<Arc<Scoper>> {
        self.inner.handles.tables.scoper()
    }

    /// The tables that are present once, if those of this generation of the catalog are known.
    pub(crate) fn present_once_at(&self, generation: i64) -> Option<Arc<Catalog>> {
        self.inner.handles.tables.present_once_at(generation)
    }

    /// The layout of the tenant set, if it was made since the catalog was read.
    pub(crate) fn kept_layout(&self) -> Option<Arc<[LaidOutMigration]>> {
        self.inner.layout.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep_layout(&self, layout: &Arc<[LaidOutMigration]>) {
        let mut kept = self.inner.layout.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Arc::clone(layout));
    }
}

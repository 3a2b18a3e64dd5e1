//! What a process has learned of the database for all tenants: the tables, how they are laid out, and
//! whether the database's own rules are what they should be.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use super::{Tenancy, tables::PresentOnce};
use crate::{
    error::{Error, Result},
    migrate::{adapt, layout::LaidOutMigration},
    scope::Scoper,
    strategy::Unsecured,
};

/// How the tenant set is laid out.
pub(super) struct KeptLayout {
    migrations: Arc<[LaidOutMigration]>,
    /// Beside what is present once, where that was known.
    beside: Option<Arc<PresentOnce>>,
}

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

    /// The same after a run that does not know what there is: tables are read again only if they are
    /// others by now.
    pub(crate) async fn reload_catalog(&self) -> Result<()> {
        if self.tenant_set().has_adapted() {
            return self.load_catalog().await;
        }
        self.forget_layout();
        self.inner.handles.tables.load_if_changed().await?;
        self.look_at_security().await
    }

    /// The layout refers to the shared tables.
    pub(crate) fn forget_layout(&self) {
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

    /// What is present once, if it is known as of this generation of the catalog.
    pub(crate) fn present_once_at(&self, generation: i64) -> Option<Arc<PresentOnce>> {
        self.inner.handles.tables.present_once_at(generation)
    }

    /// The layout of the tenant set, if it was made since the last run that had to read the tables.
    pub(crate) fn kept_layout(&self) -> Option<Arc<[LaidOutMigration]>> {
        self.kept_layout_beside(None)
    }

    /// The same, if it was made beside this where it is known.
    pub(crate) fn kept_layout_beside(
        &self,
        known: Option<&Arc<PresentOnce>>,
    ) -> Option<Arc<[LaidOutMigration]>> {
        let kept = self.inner.layout.read().unwrap_or_else(PoisonError::into_inner);
        let KeptLayout { migrations, beside } = kept.as_ref()?;
        let is_beside = |known| beside.as_ref().is_some_and(|beside| Arc::ptr_eq(beside, known));
        known.is_none_or(is_beside).then(|| Arc::clone(migrations))
    }

    pub(crate) fn keep_layout(
        &self,
        migrations: &Arc<[LaidOutMigration]>,
        beside: Option<Arc<PresentOnce>>,
    ) {
        let mut kept = self.inner.layout.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(KeptLayout { migrations: Arc::clone(migrations), beside });
    }
}

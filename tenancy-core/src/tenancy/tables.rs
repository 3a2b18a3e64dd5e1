//! The tables as this process knows them, with the scoper made from them. A statement that names
//! one that is not known makes it look whether a newer release has made it.

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::DatabaseConnection;
use tokio::sync::Mutex;

use crate::{
    catalog::Catalog,
    error::{Error, Result},
    introspect,
    name::Identifier,
    registry::schema,
    scope::{Dialect, Refusal, Scoper, declared::Declared},
    strategy::{TenancyStrategy, TenantSetting},
};

/// How long after a look at the database the next one is, at the earliest: who sends names that do
/// not exist must not make the database work for it.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Where the tables are read, and by what rules they are scoped.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) central: DatabaseConnection,
    pub(crate) dialect: Dialect,
    pub(crate) strategy: Arc<dyn TenancyStrategy>,
    /// What tenants have after the migrations of this release.
    pub(crate) tenant: Arc<RwLock<Catalog>>,
    pub(crate) tenant_column: Identifier,
    pub(crate) declared: Declared,
}

/// What is present once, where the registry lies.
#[derive(Debug, Default)]
pub(crate) struct PresentOnce {
    /// The framework's own tables and the shared ones, with what is in those.
    pub(crate) tables: Catalog,
    /// The database's name, where statements can name it.
    pub(crate) database: Option<String>,
}

impl PresentOnce {
    /// Reads it for tenants who have these tables.
    pub(crate) async fn read(
        database: &DatabaseConnection,
        tenant: &Catalog,
        declared: &Declared,
    ) -> Result<Self> {
        let mut tables = introspect::shared_catalog(database, tenant).await?;
        declared.open(&mut tables);
        Ok(Self { tables, database: introspect::database_name(database).await? })
    }
}

#[derive(Debug, Clone)]
struct Known {
    /// The generation of the database's catalog that it was made from.
    generation: i64,
    present_once: Arc<PresentOnce>,
    scoper: Arc<Scoper>,
}

/// The tables as they are known, for all handles of a process.
pub(crate) struct Tables {
    known: RwLock<Option<Known>>,
    source: Option<Source>,
    looks: Mutex<Looks>,
    /// Whether a transaction met an unknown table: it cannot look itself, for it holds a connection.
    wanted: AtomicBool,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("known", &self.known).finish_non_exhaustive()
    }
}

impl Tables {
    /// Nothing is known yet.
    pub(crate) fn of(source: Source) -> Self {
        Self {
            known: RwLock::new(None),
            source: Some(source),
            looks: Mutex::default(),
            wanted: AtomicBool::new(false),
        }
    }

    /// Tables that stay as they are, such as between two steps of a migration.
    pub(crate) fn fixed(scoper: Arc<Scoper>) -> Self {
        Self {
            known: RwLock::new(Some(Known { generation: 0, present_once: Arc::default(), scoper })),
            source: None,
            looks: Mutex::default(),
            wanted: AtomicBool::new(false),
        }
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is a registry to know tables from.
    pub(crate) fn is_loaded(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The scoper of the tables as they are known.
    pub(crate) fn scoper(&self) -> Result<Arc<Scoper>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| Arc::clone(&known.scoper)).ok_or(Error::NotInitialised)
    }

    /// The setting that tells the database whose statement it is, where it has rules of its own.
    pub(crate) fn tenant_setting(&self) -> Result<Option<TenantSetting>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.scoper.tenant_setting()).ok_or(Error::NotInitialised)
    }

    /// Knows the tables of tenants from having made them, where migrations do not say.
    pub(crate) fn learn_tenant(&self, tenant: Catalog) {
        if let Some(source) = &self.source {
            *source.tenant.write().unwrap_or_else(PoisonError::into_inner) = tenant;
        }
    }

    /// What tenants have after the migrations of this release, as far as it is known.
    pub(crate) fn tenant(&self) -> Catalog {
        self.source.as_ref().map(Source::tenant).unwrap_or_default()
    }

    /// Reads the tables, and prepares scoping for them.
    pub(crate) async fn load(&self) -> Result<()> {
        let Some(source) = &self.source else { return Ok(()) };
        // First the generation: what changes between the two is read again later.
        let generation = schema::catalog_generation(&source.central).await?;
        let tenant = source.tenant();
        let present_once = PresentOnce::read(&source.central, &tenant, &source.declared).await?;
        let scoper = Arc::new(source.scoper(&present_once, &tenant)?);
        let present_once = Arc::new(present_once);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Known { generation, present_once, scoper });
        Ok(())
    }

    /// What is present once, if it is known as of this generation.
    pub(crate) fn present_once_at(&self, generation: i64) -> Option<Arc<PresentOnce>> {
        let known = self.known().filter(|known| known.generation == generation);
        known.map(|known| known.present_once)
    }

    /// Reads the tables, unless the database says that they are those that were read before.
    pub(crate) async fn load_if_changed(&self) -> Result<()> {
        let (Some(source), Some(known)) = (&self.source, self.known()) else {
            return self.load().await;
        };
        if schema::catalog_generation(&source.central).await? == known.generation {
            return Ok(());
        }
        self.load().await
    }

    /// The scoper to try a refused statement with once more, if it may be another by now.
    pub(crate) async fn newer_for(
        &self,
        refusal: &Refusal,
        tried: &Arc<Scoper>,
        outside_transaction: bool,
    ) -> Option<Arc<Scoper>> {
        if !matches!(refusal, Refusal::UnknownTable { .. }) {
            return None;
        }
        if outside_transaction {
            // What hardly ever happens takes no room in the future of each statement.
            Box::pin(self.look()).await;
        } else {
            self.wanted.store(true, Ordering::Release);
        }
        self.scoper().ok().filter(|scoper| !Arc::ptr_eq(scoper, tried))
    }

    /// Looks for what a transaction missed, before the next one begins.
    pub(crate) async fn look_if_wanted(&self) {
        if self.wanted.load(Ordering::Acquire) {
            Box::pin(self.look()).await;
        }
    }

    /// Reads the tables again if the database has others by now. Those who come meanwhile wait, and
    /// find them read.
    async fn look(&self) {
        let Some(source) = &self.source else { return };
        let mut looks = self.looks.lock().await;
        if !looks.may_look(Instant::now()) {
            return;
        }
        self.wanted.store(false, Ordering::Release);
        let generation = self.known().map(|known| known.generation);
        let looked = match schema::catalog_generation(&source.central).await {
            Ok(now) if Some(now) == generation => return,
            Ok(_) => self.load().await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(()) => tracing::info!("the tables have changed and were read again"),
            // The statement is refused as before; the next look may succeed.
            Err(error) => tracing::warn!(
                error = %error.with_sources(),
                "the tables could not be read again"
            ),
        }
    }
}

/// When the database was looked at last.
#[derive(Debug, Default)]
struct Looks {
    last: Option<Instant>,
}

impl Looks {
    /// Whether it may be looked at now; if so, it counts as done.
    fn may_look(&mut self, now: Instant) -> bool {
        let is_early = |last| now.saturating_duration_since(last) < BETWEEN_LOOKS;
        if self.last.is_some_and(is_early) {
            return false;
        }
        self.last = Some(now);
        true
    }
}

impl Source {
    fn scoper(&self, present_once: &PresentOnce, tenant: &Catalog) -> Result<Scoper> {
        let catalog = catalog(present_once.tables.clone(), tenant);
        let scoper = Scoper::new(self.dialect, Arc::new(catalog), self.strategy.as_ref())?;
        let scoper = scoper.with_functions(self.declared.functions());
        let scoper = scoper.with_reserved_column(&self.tenant_column);
        Ok(match &present_once.database {
            Some(name) => scoper.with_database(name.clone()),
            None => scoper,
        })
    }

    fn tenant(&self) -> Catalog {
        self.tenant.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The tables that tenants have after all migrations, beside those that are present once.
fn catalog(mut present_once: Catalog, tenant: &Catalog) -> Catalog {
    for table in tenant.tables() {
        present_once.insert(table.clone());
    }
    for name in tenant.tenant_types() {
        present_once.insert_tenant_type(name.to_owned());
    }
    present_once
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_rare() {
        let start = Instant::now();
        let mut looks = Looks::default();
        assert!(looks.may_look(start));
        assert!(!looks.may_look(start));
        assert!(!looks.may_look(start + BETWEEN_LOOKS / 2));
        assert!(looks.may_look(start + BETWEEN_LOOKS));
        assert!(!looks.may_look(start + BETWEEN_LOOKS));
    }
}

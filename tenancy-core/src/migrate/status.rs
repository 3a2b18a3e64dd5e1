//! Where the migrations stand; reading only.

use serde::Serialize;

use super::{
    ledger,
    report::{MigrationCounts, MigrationStatus, TenantProgress},
    run::PAGE,
    select::Selection,
};
use crate::{
    error::Result,
    registry::ListTenants,
    strategy::TenantDdl,
    tenancy::Tenancy,
    tenant::{Slug, Tenant},
};

impl Tenancy {
    /// Where the migrations stand. Writes nothing.
    ///
    /// # Errors
    /// [`Error::NotInitialised`](crate::Error::NotInitialised), and
    /// [`Error::Database`](crate::Error::Database) when the registry cannot be read.
    pub async fn migration_status(&self) -> Result<MigrationStatus> {
        self.registry().marker(self.strategy().name()).await?;
        let applied = ledger::beside_registry(&self.databases().central).await?;
        let shared = self.shared_migrations().iter().map(|m| m.name().to_owned());
        let names: Vec<String> =
            self.tenant_set().migrations().iter().map(|m| m.name.clone()).collect();
        let mut status = MigrationStatus {
            shared: shared
                .map(|name| (applied.contains(&name), name))
                .map(|(a, n)| (n, a))
                .collect(),
            ..MigrationStatus::default()
        };
        let mut page = ListTenants { limit: Some(PAGE), ..ListTenants::default() };
        loop {
            let tenants = self.registry().list(&page).await?;
            page.after = tenants.last().map(|tenant| tenant.slug.clone());
            status.tenants.extend(tenants.into_iter().map(|tenant| progress_of(tenant, &names)));
            if page.after.is_none() {
                break;
            }
        }
        status.tenant = names;
        Ok(status)
    }

    /// How many tenants a run would concern now, in two statements however many there are.
    ///
    /// # Errors
    /// [`Error::NotInitialised`](crate::Error::NotInitialised), and
    /// [`Error::Database`](crate::Error::Database) when the registry cannot be read.
    pub async fn migration_counts(&self) -> Result<MigrationCounts> {
        self.registry().marker(self.strategy().name()).await?;
        let head = self.tenant_set().head().map(|head| head.name.as_str());
        let (tenants, behind) = self.registry().count_behind(head).await?;
        Ok(MigrationCounts { tenants, behind })
    }
}

/// What a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MigrationPlan {
    /// The migrations that would be applied once, in order: shared ones, and under a strategy that
    /// keeps all tenants in the same tables also what changes those.
    pub shared: Vec<String>,
    /// The tenants that it would work on, by slug.
    pub tenants: Vec<TenantPlan>,
    /// The tenants that have migrations which this application does not know.
    pub ahead: Vec<Slug>,
}

/// What a run would do for a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TenantPlan {
    /// The tenant.
    pub tenant: Slug,
    /// The migrations that it lacks, in order.
    pub pending: Vec<String>,
}

impl MigrationPlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.tenants.is_empty()
    }

    /// Plans from what is known: the set in order, and how far each tenant is.
    fn of(set: &[String], tenants: &[Tenant]) -> Self {
        let mut plan = Self::default();
        for tenant in tenants {
            let has = match &tenant.migration_head {
                None => Some(0),
                Some(head) => set.iter().position(|name| name == head).map(|at| at + 1),
            };
            match has.map(|has| &set[has..]) {
                None => plan.ahead.push(tenant.slug.clone()),
                Some([]) => {}
                Some(pending) => plan
                    .tenants
                    .push(TenantPlan { tenant: tenant.slug.clone(), pending: pending.to_vec() }),
            }
        }
        plan
    }
}

impl Tenancy {
    /// What a run for these tenants would do now. Writes nothing.
    ///
    /// # Errors
    /// Those that a run would begin with, and [`Error::Database`](crate::Error::Database) when the
    /// registry cannot be read.
    pub async fn migration_plan(&self, selection: &Selection) -> Result<MigrationPlan> {
        let shared = self.shared_migrations().iter().map(|m| m.name().to_owned());
        let names: Vec<String> =
            self.tenant_set().migrations().iter().map(|m| m.name.clone()).collect();
        let is_once = self.strategy().tenant_ddl() == TenantDdl::Once;
        let once = names.iter().filter(|_| is_once).cloned();
        if !self.is_initialised() {
            let shared = shared.chain(once).collect();
            return Ok(MigrationPlan { shared, ..MigrationPlan::default() });
        }
        self.registry().marker(self.strategy().name()).await?;
        let applied = ledger::beside_registry(&self.databases().central).await?;
        let tenants = self.selected(selection).await?;
        let mut plan = MigrationPlan::of(&names, &tenants);
        plan.shared = shared.chain(once).filter(|name| !applied.contains(name)).collect();
        if is_once {
            self.keep_data_steps(&mut plan);
        }
        if selection.shared_only {
            plan.tenants.clear();
        }
        Ok(plan)
    }

    /// Where all tenants lie in the same tables, only data steps are theirs.
    fn keep_data_steps(&self, plan: &mut MigrationPlan) {
        let with_data: Vec<&str> = self
            .tenant_set()
            .migrations()
            .iter()
            .filter(|migration| migration.has_data())
            .map(|migration| migration.name.as_str())
            .collect();
        for tenant in &mut plan.tenants {
            tenant.pending.retain(|name| with_data.contains(&name.as_str()));
        }
        plan.tenants.retain(|tenant| !tenant.pending.is_empty());
    }
}

fn progress_of(tenant: Tenant, names: &[String]) -> TenantProgress {
    let pending = match &tenant.migration_head {
        None => Some(names.len()),
        Some(head) => names.iter().position(|name| name == head).map(|at| names.len() - at - 1),
    };
    TenantProgress { tenant: tenant.slug, head: tenant.migration_head, pending }
}

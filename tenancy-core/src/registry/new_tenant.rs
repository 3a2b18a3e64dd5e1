//! `NewTenant`: what a new tenant begins with in the registry.

use chrono::{SubsecRound as _, Utc};
use sea_orm::{DbErr, EntityTrait, QueryTrait, Set, SqlErr, sea_query::InsertStatement};

use super::entity;
use crate::{
    domain::DomainName,
    error::{Error, Result},
    member::Role,
    migrate::RecordedMigration,
    name::PhysicalName,
    tenant::{Slug, Tenant, TenantId, TenantStatus},
};

/// What a new tenant begins with.
///
/// ```
/// use tenancy_core::registry::NewTenant;
///
/// let acme = NewTenant::new("acme".parse()?, "Acme Ltd")
///     .with_domain("acme.example.com".parse()?)
///     .with_owner("user-1");
/// # Ok::<(), tenancy_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub(crate) slug: Slug,
    pub(crate) name: String,
    pub(crate) domains: Vec<DomainName>,
    pub(crate) owner: Option<String>,
    pub(crate) settings: serde_json::Value,
}

impl NewTenant {
    /// A tenant of this slug and name.
    #[must_use]
    pub fn new(slug: Slug, name: impl Into<String>) -> Self {
        Self {
            slug,
            name: name.into(),
            domains: Vec::new(),
            owner: None,
            settings: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// Gives it a domain; the first one is the primary one. A tenant needs at least one.
    #[must_use]
    pub fn with_domain(mut self, domain: DomainName) -> Self {
        self.domains.push(domain);
        self
    }

    /// Makes a user its owner.
    #[must_use]
    pub fn with_owner(self, user: impl Into<String>) -> Self {
        Self { owner: Some(user.into()), ..self }
    }

    /// What the application keeps about it.
    #[must_use]
    pub fn with_settings(self, settings: serde_json::Value) -> Self {
        Self { settings, ..self }
    }

    /// The tenant that it will be.
    pub(crate) fn tenant(&self, status: TenantStatus) -> Result<Tenant> {
        let id = TenantId::generate();
        self.tenant_in(PhysicalName::for_tenant(&self.slug, id)?, id, status)
    }

    /// The tenant that it will be in a place that is there already, which is of this id.
    pub(crate) fn tenant_in(
        &self,
        physical_name: PhysicalName,
        id: TenantId,
        status: TenantStatus,
    ) -> Result<Tenant> {
        if self.domains.is_empty() {
            return Err(Error::NoDomain { slug: self.slug.to_string() });
        }
        // The database keeps microseconds, and what is returned must equal what is read later.
        let now = Utc::now().trunc_subsecs(6);
        Ok(Tenant {
            id,
            slug: self.slug.clone(),
            name: self.name.clone(),
            status,
            generation: 1,
            physical_name,
            settings: self.settings.clone(),
            migration_head: None,
            created_at: now,
            updated_at: now,
        })
    }

    /// The statements that write its rows: physical name, tenant, domains, owner.
    pub(crate) fn rows(&self, tenant: &Tenant) -> Vec<InsertStatement> {
        let name = physical_name_row(&tenant.physical_name, tenant.id, tenant.created_at);
        std::iter::once(name).chain(self.rows_in_place(tenant)).collect()
    }

    /// The same for a tenant that will have had every migration when they are committed: its row need
    /// not be written twice.
    pub(crate) fn migrated_rows(
        &self,
        tenant: &Tenant,
        head: Option<&RecordedMigration>,
    ) -> Vec<InsertStatement> {
        let name = physical_name_row(&tenant.physical_name, tenant.id, tenant.created_at);
        let row = entity::tenant::ActiveModel {
            migration_head: Set(head.map(|head| head.name.clone())),
            migration_checksum: Set(head.map(|head| head.checksum.clone())),
            migrated_at: Set(Some(tenant.created_at)),
            ..row(tenant)
        };
        std::iter::once(name).chain(self.rows_with(tenant, row)).collect()
    }

    /// The same as [`rows`](Self::rows) for a tenant whose physical name has been written down before.
    pub(crate) fn rows_in_place(&self, tenant: &Tenant) -> Vec<InsertStatement> {
        self.rows_with(tenant, row(tenant))
    }

    fn rows_with(&self, tenant: &Tenant, row: entity::tenant::ActiveModel) -> Vec<InsertStatement> {
        let domains = self.domains.iter().enumerate().map(|(at, domain)| {
            let row = super::domain::row(tenant.id, domain, at == 0, tenant.created_at);
            entity::domain::Entity::insert(row).into_query()
        });
        let owner = self.owner.iter().map(|owner| {
            let row = super::member::row(tenant.id, owner, Role::Owner, tenant.created_at);
            entity::member::Entity::insert(row).into_query()
        });
        let row = entity::tenant::Entity::insert(row).into_query();
        std::iter::once(row).chain(domains).chain(owner).collect()
    }

    /// What it means that the database refused one of its rows, or its place.
    pub(crate) fn refused(&self, tenant: &Tenant, error: DbErr) -> Error {
        let constraint = match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => message,
            _ => return Error::database("creating the tenant")(error),
        };
        // MariaDB and MySQL name the value and the key, which is `PRIMARY` of more than one table.
        let is_primary = constraint.contains("PRIMARY'");
        let is_domain = |domain: &DomainName| constraint.contains(&format!("'{domain}'"));
        if constraint.contains("tenants_domain")
            || (is_primary && self.domains.iter().any(is_domain))
        {
            let taken = self.domains.iter().find(|domain| constraint.contains(domain.as_str()));
            let domain =
                taken.or(self.domains.first()).map_or_else(String::new, ToString::to_string);
            return Error::Taken { what: "domain", name: domain };
        }
        if constraint.contains("physical_name") || is_primary {
            let name = tenant.physical_name.to_string();
            return Error::Taken { what: "physical name", name };
        }
        Error::Taken { what: "slug", name: self.slug.to_string() }
    }
}

/// The row of a tenant that has had no migration.
fn row(tenant: &Tenant) -> entity::tenant::ActiveModel {
    entity::tenant::ActiveModel {
        id: Set(tenant.id.as_uuid()),
        slug: Set(tenant.slug.to_string()),
        name: Set(tenant.name.clone()),
        status: Set(tenant.status.as_str().to_owned()),
        generation: Set(tenant.generation),
        physical_name: Set(tenant.physical_name.to_string()),
        settings: Set(tenant.settings.clone()),
        migration_head: Set(None),
        migration_checksum: Set(None),
        migrated_at: Set(None),
        created_at: Set(tenant.created_at),
        updated_at: Set(tenant.updated_at),
    }
}

/// The statement that writes a physical name down, for ever.
pub(crate) fn physical_name_row(
    name: &PhysicalName,
    id: TenantId,
    made_at: chrono::DateTime<Utc>,
) -> InsertStatement {
    let row = entity::physical_name::ActiveModel {
        name: Set(name.to_string()),
        tenant_id: Set(id.as_uuid()),
        made_at: Set(made_at),
    };
    entity::physical_name::Entity::insert(row).into_query()
}

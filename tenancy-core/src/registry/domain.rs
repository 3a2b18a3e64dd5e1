//! Domains in the registry. The database keeps at most one primary per tenant, the transactions
//! keep at least one domain, and one of them primary.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, Set, SqlErr, sea_query::Expr,
};
use serde::Serialize;

use super::{Registry, commit, entity};
use crate::{
    changes::Subject,
    domain::DomainName,
    error::{Error, Result},
    tenant::TenantId,
};

/// A domain that leads to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Domain {
    /// The tenant it leads to.
    pub tenant: TenantId,
    /// The host name.
    pub name: DomainName,
    /// Whether links and redirects use it.
    pub is_primary: bool,
    /// Since when it leads there.
    pub since: DateTime<Utc>,
}

fn domain_of(row: &entity::domain::Model) -> Result<Domain> {
    Ok(Domain {
        tenant: TenantId::from(row.tenant_id),
        name: row.domain.parse()?,
        is_primary: row.is_primary,
        since: row.created_at,
    })
}

/// The row of a domain.
pub(super) fn row(
    tenant: TenantId,
    domain: &DomainName,
    is_primary: bool,
    since: DateTime<Utc>,
) -> entity::domain::ActiveModel {
    entity::domain::ActiveModel {
        domain: Set(domain.to_string()),
        tenant_id: Set(tenant.as_uuid()),
        is_primary: Set(is_primary),
        created_at: Set(since),
    }
}

/// How many domains a tenant has.
pub(super) async fn count(transaction: &DatabaseTransaction, tenant: TenantId) -> Result<u64> {
    entity::domain::Entity::find()
        .filter(entity::domain::Column::TenantId.eq(tenant.as_uuid()))
        .count(transaction)
        .await
        .map_err(Error::database("counting the tenant's domains"))
}

pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    tenant: TenantId,
    domain: &DomainName,
    is_primary: bool,
) -> Result<Domain> {
    let row = row(tenant, domain, is_primary, Utc::now());
    let row = row.insert(transaction).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Error::Taken { what: "domain", name: domain.to_string() }
        }
        _ => Error::database("adding the domain")(error),
    })?;
    domain_of(&row)
}

async fn make_primary(
    transaction: &DatabaseTransaction,
    tenant: TenantId,
    domain: &str,
) -> Result<()> {
    use entity::domain::Column;
    let of_tenant = Column::TenantId.eq(tenant.as_uuid());
    // One after the other: the unique index holds within the transaction as well.
    for (is_primary, which) in
        [(false, Column::Domain.ne(domain)), (true, Column::Domain.eq(domain))]
    {
        entity::domain::Entity::update_many()
            .col_expr(Column::IsPrimary, Expr::value(is_primary))
            .filter(of_tenant.clone())
            .filter(which)
            .exec(transaction)
            .await
            .map_err(Error::database("changing the primary domain"))?;
    }
    Ok(())
}

impl Registry {
    /// Removes all domains of a tenant whose removal begins: from then on there is no way back.
    pub(crate) async fn drop_domains(&self, tenant: TenantId) -> Result<()> {
        entity::domain::Entity::delete_many()
            .filter(entity::domain::Column::TenantId.eq(tenant.as_uuid()))
            .exec(&self.database)
            .await
            .map_err(Error::database("removing the tenant's domains"))?;
        // What its domains lead to rests on the tenant too.
        self.changed(&[Subject::Tenant(tenant)]);
        Ok(())
    }

    /// The domains of a tenant, the primary one first.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn domains(&self, tenant: TenantId) -> Result<Vec<Domain>> {
        let rows = entity::domain::Entity::find()
            .filter(entity::domain::Column::TenantId.eq(tenant.as_uuid()))
            .order_by_desc(entity::domain::Column::IsPrimary)
            .order_by_asc(entity::domain::Column::Domain)
            .all(&self.database)
            .await
            .map_err(Error::database("reading the domains"))?;
        rows.iter().map(domain_of).collect()
    }

    /// The primary domain of a tenant; `None` for one that has none.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn primary_domain(&self, tenant: TenantId) -> Result<Option<DomainName>> {
        let row = entity::domain::Entity::find()
            .filter(entity::domain::Column::TenantId.eq(tenant.as_uuid()))
            .filter(entity::domain::Column::IsPrimary.eq(true))
            .one(&self.database)
            .await
            .map_err(Error::database("reading the primary domain"))?;
        row.map(|row| row.domain.parse()).transpose()
    }

    /// Adds a domain to a tenant.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], and [`Error::Taken`] for a domain that leads elsewhere already.
    pub async fn add_domain(&self, tenant: TenantId, domain: &DomainName) -> Result<Domain> {
        let (transaction, _) = self.begin_for(tenant).await?;
        let domain = insert(&transaction, tenant, domain, false).await?;
        commit(transaction).await?;
        self.changed(&[Subject::Tenant(tenant), Subject::Domain(domain.name.as_str())]);
        Ok(domain)
    }

    /// Makes one of a tenant's domains the primary one.
    ///
    /// # Errors
    /// [`Error::UnknownDomain`] for a domain that is none of the tenant's.
    pub async fn set_primary_domain(&self, tenant: TenantId, domain: &DomainName) -> Result<()> {
        let (transaction, _) = self.begin_for(tenant).await?;
        find(&transaction, tenant, domain).await?;
        make_primary(&transaction, tenant, domain.as_str()).await?;
        commit(transaction).await?;
        self.changed(&[Subject::Tenant(tenant)]);
        Ok(())
    }

    /// Removes a domain from a tenant. If it was the primary one, the oldest of the others is.
    ///
    /// # Errors
    /// [`Error::UnknownDomain`], and [`Error::LastDomain`] for the only one.
    pub async fn remove_domain(&self, tenant: TenantId, domain: &DomainName) -> Result<()> {
        let (transaction, row) = self.begin_for(tenant).await?;
        let removed = find(&transaction, tenant, domain).await?;
        let other = entity::domain::Entity::find()
            .filter(entity::domain::Column::TenantId.eq(tenant.as_uuid()))
            .filter(entity::domain::Column::Domain.ne(domain.as_str()))
            .order_by_asc(entity::domain::Column::CreatedAt)
            .one(&transaction)
            .await
            .map_err(Error::database("reading the domains"))?
            .ok_or_else(|| Error::LastDomain {
                slug: row.slug.clone(),
                domain: domain.to_string(),
            })?;
        entity::domain::Entity::delete_by_id(domain.as_str())
            .exec(&transaction)
            .await
            .map_err(Error::database("removing the domain"))?;
        if removed.is_primary {
            make_primary(&transaction, tenant, &other.domain).await?;
        }
        commit(transaction).await?;
        self.changed(&[Subject::Tenant(tenant), Subject::Domain(domain.as_str())]);
        Ok(())
    }
}

async fn find(
    transaction: &DatabaseTransaction,
    tenant: TenantId,
    domain: &DomainName,
) -> Result<entity::domain::Model> {
    entity::domain::Entity::find_by_id(domain.as_str())
        .filter(entity::domain::Column::TenantId.eq(tenant.as_uuid()))
        .one(transaction)
        .await
        .map_err(Error::database("reading the domain"))?
        .ok_or_else(|| Error::UnknownDomain { domain: domain.to_string() })
}

//! Tenants in the registry: create, find, list, change.

use chrono::{SubsecRound as _, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set, SqlErr,
    sea_query::{Expr, Func, LikeExpr, Query, SimpleExpr, UpdateStatement},
};

use super::{NewTenant, Registry, commit, entity};
use crate::{
    changes::Subject,
    domain::DomainName,
    error::{Error, Result},
    migrate::RecordedMigration,
    name::PhysicalName,
    tenant::{Slug, Tenant, TenantId, TenantStatus},
};

/// Tenants by the newest migration that they have at present.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Present<'a> {
    /// Whichever it is.
    Any,
    /// One of these.
    Among(&'a [String]),
    /// One of these, or none at all.
    AmongOrNone(&'a [String]),
}

/// Which tenants to list. They come in the order of their slugs.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListTenants {
    /// Only those of this status.
    pub status: Option<TenantStatus>,
    /// Only those whose slug stands behind this one; the last slug of the page before.
    pub after: Option<Slug>,
    /// At most so many; 100 unless said, 1,000 at most.
    pub limit: Option<u64>,
    /// Only those in whose slug, name or one of whose domains this text stands, in whatever case.
    pub search: Option<String>,
}

/// What to change of a tenant. What is `None` stays. The physical name is not among it: it never
/// changes.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    /// Its new slug.
    pub slug: Option<Slug>,
    /// Its new name.
    pub name: Option<String>,
    /// Its new settings.
    pub settings: Option<serde_json::Value>,
}

pub(crate) fn tenant_of(row: entity::tenant::Model) -> Result<Tenant> {
    Ok(Tenant {
        id: TenantId::from(row.id),
        slug: row.slug.parse()?,
        name: row.name,
        status: row.status.parse()?,
        generation: row.generation,
        physical_name: PhysicalName::parse(&row.physical_name)?,
        settings: row.settings,
        migration_head: row.migration_head,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn taken(doing: &'static str, what: &'static str, name: String) -> impl FnOnce(DbErr) -> Error {
    move |error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Taken { what, name },
        _ => Error::database(doing)(error),
    }
}

impl Registry {
    /// Writes the row of a new tenant, with its domains and owner; it is `provisioning` until its
    /// place has been made.
    pub(crate) async fn reserve(&self, new: &NewTenant) -> Result<Tenant> {
        let tenant = new.tenant(TenantStatus::Provisioning)?;
        let transaction = self.begin().await?;
        for insert in new.rows(&tenant) {
            let inserted = transaction.execute(&insert).await;
            inserted.map_err(|error| new.refused(&tenant, error))?;
        }
        commit(transaction).await?;
        self.created(new, &tenant);
        Ok(tenant)
    }

    /// Notes that a tenant is there now, with what leads to it.
    pub(crate) fn created(&self, new: &NewTenant, tenant: &Tenant) {
        let domains = new.domains.iter().map(|domain| Subject::Domain(domain.as_str()));
        let own = [Subject::Tenant(tenant.id), Subject::Slug(tenant.slug.as_str())];
        let all: Vec<_> = domains.chain(own).chain([Subject::Members(tenant.id)]).collect();
        self.changed(&all);
    }

    /// Notes that a tenant is another than it was, or gone.
    pub(crate) fn altered(&self, tenant: &Tenant) {
        self.changed(&[
            Subject::Tenant(tenant.id),
            Subject::Slug(tenant.slug.as_str()),
            Subject::Members(tenant.id),
        ]);
    }

    /// A tenant as it is now, within a transaction.
    pub(crate) async fn reread<C: ConnectionTrait>(
        connection: &C,
        tenant: &Tenant,
    ) -> Result<Tenant> {
        let row = entity::tenant::Entity::find_by_id(tenant.id.as_uuid())
            .one(connection)
            .await
            .map_err(Error::database("reading the tenant"))?;
        row.map_or_else(|| Err(Error::UnknownTenant { tenant: tenant.slug.to_string() }), tenant_of)
    }

    /// Takes back the row of a tenant whose place could not be made. Its physical name stays used.
    pub(crate) async fn release(&self, tenant: &Tenant) -> Result<()> {
        entity::tenant::Entity::delete_many()
            .filter(entity::tenant::Column::Id.eq(tenant.id.as_uuid()))
            .filter(entity::tenant::Column::Status.eq(TenantStatus::Provisioning.as_str()))
            .exec(&self.database)
            .await
            .map_err(Error::database("taking the tenant's row back"))?;
        self.altered(tenant);
        Ok(())
    }

    /// Removes the row of a tenant whose place is gone, with its domains and members. Its physical
    /// name stays used.
    pub(crate) async fn forget(&self, tenant: &Tenant) -> Result<()> {
        entity::tenant::Entity::delete_many()
            .filter(entity::tenant::Column::Id.eq(tenant.id.as_uuid()))
            .filter(entity::tenant::Column::Status.eq(TenantStatus::Deleted.as_str()))
            .exec(&self.database)
            .await
            .map_err(Error::database("removing the tenant's row"))?;
        self.altered(tenant);
        Ok(())
    }

    /// Finds a tenant by its id.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn find(&self, id: TenantId) -> Result<Option<Tenant>> {
        let row = entity::tenant::Entity::find_by_id(id.as_uuid())
            .one(&self.database)
            .await
            .map_err(Error::database("reading the tenant"))?;
        row.map(tenant_of).transpose()
    }

    /// Finds a tenant by its slug.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Tenant>> {
        let row = entity::tenant::Entity::find()
            .filter(entity::tenant::Column::Slug.eq(slug.as_str()))
            .one(&self.database)
            .await
            .map_err(Error::database("reading the tenant"))?;
        row.map(tenant_of).transpose()
    }

    /// The tenant of this slug.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] where there is none.
    pub async fn tenant(&self, slug: &Slug) -> Result<Tenant> {
        self.find_by_slug(slug)
            .await?
            .ok_or_else(|| Error::UnknownTenant { tenant: slug.to_string() })
    }

    /// Finds the tenant that a domain leads to.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn find_by_domain(&self, domain: &DomainName) -> Result<Option<Tenant>> {
        let of_domain = Query::select()
            .column(entity::domain::Column::TenantId)
            .from(entity::domain::Entity)
            .and_where(entity::domain::Column::Domain.eq(domain.as_str()))
            .take();
        let row = entity::tenant::Entity::find()
            .filter(entity::tenant::Column::Id.in_subquery(of_domain))
            .one(&self.database)
            .await
            .map_err(Error::database("reading the tenant"))?;
        row.map(tenant_of).transpose()
    }

    /// Lists tenants by pages, in the order of their slugs.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn list(&self, which: &ListTenants) -> Result<Vec<Tenant>> {
        let mut find = entity::tenant::Entity::find()
            .order_by_asc(entity::tenant::Column::Slug)
            .limit(which.limit.unwrap_or(100).clamp(1, 1_000));
        if let Some(status) = which.status {
            find = find.filter(entity::tenant::Column::Status.eq(status.as_str()));
        }
        if let Some(after) = &which.after {
            find = find.filter(entity::tenant::Column::Slug.gt(after.as_str()));
        }
        if let Some(text) = &which.search {
            find = find.filter(holds(text));
        }
        let rows =
            find.all(&self.database).await.map_err(Error::database("listing the tenants"))?;
        rows.into_iter().map(tenant_of).collect()
    }

    /// Counts all tenants, whatever their status.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn count(&self) -> Result<u64> {
        entity::tenant::Entity::find()
            .count(&self.database)
            .await
            .map_err(Error::database("counting the tenants"))
    }

    /// Counts the tenants that a migration run includes by their status, and those among them whose
    /// newest migration is another than `head`.
    pub(crate) async fn count_behind(&self, head: Option<&str>) -> Result<(u64, u64)> {
        let doing = Error::database("counting the tenants that are behind");
        let migrated = entity::tenant::Entity::find().filter(is_migrated());
        let behind = migrated.clone().filter(is_other_than(head));
        let migrated = migrated.count(&self.database).await.map_err(&doing)?;
        Ok((migrated, behind.count(&self.database).await.map_err(&doing)?))
    }

    /// Changes slug, name or settings of a tenant.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], and [`Error::Taken`] for a slug that another tenant has.
    pub async fn update(&self, id: TenantId, change: TenantChange) -> Result<Tenant> {
        let (transaction, row) = self.begin_for(id).await?;
        let updated_at = row.updated_at;
        let mut row = row.into_active_model();
        let slug = change.slug.as_ref().map_or_else(String::new, ToString::to_string);
        if let Some(slug) = change.slug {
            row.slug = Set(slug.to_string());
        }
        if let Some(name) = change.name {
            row.name = Set(name);
        }
        if let Some(settings) = change.settings {
            row.settings = Set(settings);
        }
        row.updated_at = Set(after(updated_at));
        let row =
            row.update(&transaction).await.map_err(taken("changing the tenant", "slug", slug))?;
        commit(transaction).await?;
        let tenant = tenant_of(row)?;
        self.altered(&tenant);
        Ok(tenant)
    }

    /// Brings a tenant into another status. What takes its data out of service for long (archived,
    /// deleted) also makes every handle opened before stale for ever.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], and [`Error::StatusChange`] for a step that a tenant's life does
    /// not have.
    pub(crate) async fn set_status(&self, id: TenantId, to: TenantStatus) -> Result<Tenant> {
        let (transaction, row) = self.begin_for(id).await?;
        let from: TenantStatus = row.status.parse()?;
        if from == to {
            return tenant_of(row);
        }
        // Isolation: a removal takes the domains before the place, parts of which may be gone.
        let is_going = from == TenantStatus::Deleted
            && to != TenantStatus::Deleted
            && super::domain::count(&transaction, id).await? == 0;
        if is_going || !from.may_become(to) {
            return Err(Error::StatusChange { slug: row.slug, from, to });
        }
        let leaves = matches!(to, TenantStatus::Archived | TenantStatus::Deleted);
        let generation = row.generation + i64::from(leaves);
        let updated_at = row.updated_at;
        let mut row = row.into_active_model();
        row.status = Set(to.as_str().to_owned());
        row.generation = Set(generation);
        row.updated_at = Set(after(updated_at));
        let row = row
            .update(&transaction)
            .await
            .map_err(Error::database("changing the tenant's status"))?;
        commit(transaction).await?;
        let tenant = tenant_of(row)?;
        self.altered(&tenant);
        Ok(tenant)
    }

    /// Lists tenants that a migration run concerns: those it includes by their status whose newest
    /// migration is another than `head`.
    pub(crate) async fn behind(
        &self,
        head: Option<&str>,
        after: Option<&Slug>,
        limit: u64,
    ) -> Result<Vec<Tenant>> {
        use entity::tenant::Column;
        let mut find = entity::tenant::Entity::find()
            .filter(is_migrated())
            .filter(is_other_than(head))
            .order_by_asc(Column::Slug)
            .limit(limit);
        if let Some(after) = after {
            find = find.filter(Column::Slug.gt(after.as_str()));
        }
        let rows = find
            .all(&self.database)
            .await
            .map_err(Error::database("listing the tenants that are behind"))?;
        rows.into_iter().map(tenant_of).collect()
    }

    /// Lists tenants that a migration run includes by their status and that have none of these
    /// migrations as their newest one.
    pub(crate) async fn lacking(
        &self,
        newest: &[String],
        after: Option<&Slug>,
        limit: u64,
    ) -> Result<Vec<Tenant>> {
        use entity::tenant::Column;
        let lacks = Column::MigrationHead.is_not_in(newest).or(Column::MigrationHead.is_null());
        let mut find = entity::tenant::Entity::find()
            .filter(is_migrated())
            .filter(lacks)
            .order_by_asc(Column::Slug)
            .limit(limit);
        if let Some(after) = after {
            find = find.filter(Column::Slug.gt(after.as_str()));
        }
        let rows = find
            .all(&self.database)
            .await
            .map_err(Error::database("listing the tenants that lack data steps"))?;
        rows.into_iter().map(tenant_of).collect()
    }

    /// Records the newest migration of a tenant, and puts it into service if it was being made.
    pub(crate) async fn set_head<C: ConnectionTrait>(
        connection: &C,
        tenant: TenantId,
        head: Option<&RecordedMigration>,
        at: chrono::DateTime<Utc>,
    ) -> Result<()> {
        let update = Self::head_update(tenant, head, at);
        connection.execute(&update).await.map_err(Error::database("recording the migration"))?;
        Ok(())
    }

    /// The statement of [`set_head`](Self::set_head).
    pub(crate) fn head_update(
        tenant: TenantId,
        head: Option<&RecordedMigration>,
        at: chrono::DateTime<Utc>,
    ) -> UpdateStatement {
        use entity::tenant::{Column, Entity};
        let status = Expr::case(
            Expr::col(Column::Status).eq(TenantStatus::Provisioning.as_str()),
            TenantStatus::Active.as_str(),
        )
        .finally(Expr::col(Column::Status));
        Query::update()
            .table(Entity)
            .values(head_values(head))
            .value(Column::UpdatedAt, not_before(at))
            .value(Column::Status, status)
            .and_where(Expr::col(Column::Id).eq(tenant.as_uuid()))
            .take()
    }

    /// Records the newest migration of tenants by their present one.
    pub(crate) async fn set_heads<C: ConnectionTrait>(
        connection: &C,
        present: Present<'_>,
        head: Option<&RecordedMigration>,
    ) -> Result<()> {
        let set = connection.execute(&Self::setting_heads(present, head)).await;
        set.map(drop).map_err(Error::database("recording the migration"))
    }

    /// The statement that does so.
    pub(crate) fn setting_heads(
        present: Present<'_>,
        head: Option<&RecordedMigration>,
    ) -> UpdateStatement {
        use entity::tenant::{Column, Entity};
        let mut update = Query::update().table(Entity).values(head_values(head)).take();
        // The grace period of those that are deleted goes on: nobody has changed them.
        let updated_at = Expr::case(
            Expr::col(Column::Status).eq(TenantStatus::Deleted.as_str()),
            Expr::col(Column::UpdatedAt),
        );
        update.value(Column::UpdatedAt, updated_at.finally(not_before(Utc::now())));
        update.and_where(Column::Status.ne(TenantStatus::Provisioning.as_str()));
        update.and_where(is_other_than(head.map(|head| head.name.as_str())));
        let among = |names: &[String]| Column::MigrationHead.is_in(names.iter().cloned());
        match present {
            Present::Any => {}
            Present::Among(names) => {
                update.and_where(among(names));
            }
            Present::AmongOrNone(names) => {
                update.and_where(among(names).or(Column::MigrationHead.is_null()));
            }
        }
        update
    }

    /// The newest migrations that tenants have, whatever their status.
    pub(crate) async fn heads(&self) -> Result<Vec<Option<String>>> {
        entity::tenant::Entity::find()
            .select_only()
            .column(entity::tenant::Column::MigrationHead)
            .distinct()
            .into_tuple()
            .all(&self.database)
            .await
            .map_err(Error::database("reading the newest migrations"))
    }
}

/// Now, or just after the last change where the clock that it was made by is ahead: which of two
/// changes is the later one must not depend on whose clock is right.
fn after(last: chrono::DateTime<Utc>) -> chrono::DateTime<Utc> {
    let next = last.checked_add_signed(chrono::TimeDelta::microseconds(1)).unwrap_or(last);
    std::cmp::max(Utc::now().trunc_subsecs(6), next)
}

/// This time, or that of the last change where it is later.
fn not_before(now: chrono::DateTime<Utc>) -> SimpleExpr {
    let last = Expr::col(entity::tenant::Column::UpdatedAt);
    Expr::case(last.clone().gt(now), last).finally(Expr::value(now)).into()
}

fn is_migrated() -> SimpleExpr {
    let migrated = TenantStatus::ALL.into_iter().filter(|status| status.is_migrated());
    entity::tenant::Column::Status.is_in(migrated.map(TenantStatus::as_str))
}

/// Whether a text stands in the slug, the name or a domain. It is taken as it is: `%` and `_` stand
/// for themselves.
fn holds(text: &str) -> SimpleExpr {
    use entity::{domain, tenant};
    let plain = text.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    let pattern = || LikeExpr::new(format!("%{plain}%")).escape('\\');
    let of_domain = Query::select()
        .column(domain::Column::TenantId)
        .from(domain::Entity)
        .and_where(domain::Column::Domain.like(pattern()))
        .take();
    let name = Expr::expr(Func::lower(Expr::col((tenant::Entity, tenant::Column::Name))));
    tenant::Column::Slug
        .like(pattern())
        .or(name.like(pattern()))
        .or(tenant::Column::Id.in_subquery(of_domain))
}

fn is_other_than(head: Option<&str>) -> SimpleExpr {
    use entity::tenant::Column;
    match head {
        Some(head) => Column::MigrationHead.ne(head).or(Column::MigrationHead.is_null()),
        None => Column::MigrationHead.is_not_null(),
    }
}

fn head_values(head: Option<&RecordedMigration>) -> [(entity::tenant::Column, SimpleExpr); 3] {
    use entity::tenant::Column;
    [
        (Column::MigrationHead, Expr::value(head.map(|head| head.name.clone()))),
        (Column::MigrationChecksum, Expr::value(head.map(|head| head.checksum.clone()))),
        (Column::MigratedAt, Expr::value(Utc::now())),
    ]
}

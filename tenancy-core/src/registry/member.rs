//! Members in the registry. A tenant that has an owner keeps one.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, Set, SqlErr,
};

use super::{Registry, commit, entity};
use crate::{
    changes::Subject,
    error::{Error, Result},
    member::{Member, Role},
    tenant::TenantId,
};

fn member_of(row: entity::member::Model) -> Result<Member> {
    Ok(Member {
        tenant: TenantId::from(row.tenant_id),
        user: row.user_id,
        role: row.role.parse()?,
        since: row.created_at,
    })
}

/// The row of a member.
pub(super) fn row(
    tenant: TenantId,
    user: &str,
    role: Role,
    since: DateTime<Utc>,
) -> entity::member::ActiveModel {
    entity::member::ActiveModel {
        tenant_id: Set(tenant.as_uuid()),
        user_id: Set(user.to_owned()),
        role: Set(role.as_str().to_owned()),
        created_at: Set(since),
    }
}

pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    tenant: TenantId,
    user: &str,
    role: Role,
) -> Result<Member> {
    let row = row(tenant, user, role, Utc::now());
    let row = row.insert(transaction).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Error::Taken { what: "member", name: user.to_owned() }
        }
        _ => Error::database("adding the member")(error),
    })?;
    member_of(row)
}

async fn find(
    transaction: &DatabaseTransaction,
    tenant: TenantId,
    user: &str,
) -> Result<entity::member::Model> {
    entity::member::Entity::find_by_id((tenant.as_uuid(), user.to_owned()))
        .one(transaction)
        .await
        .map_err(Error::database("reading the member"))?
        .ok_or_else(|| Error::UnknownMember { user: user.to_owned() })
}

async fn keep_an_owner(
    transaction: &DatabaseTransaction,
    row: &entity::member::Model,
    slug: String,
) -> Result<()> {
    if row.role != Role::Owner.as_str() {
        return Ok(());
    }
    let owners = entity::member::Entity::find()
        .filter(entity::member::Column::TenantId.eq(row.tenant_id))
        .filter(entity::member::Column::Role.eq(Role::Owner.as_str()))
        .count(transaction)
        .await
        .map_err(Error::database("counting the owners"))?;
    if owners > 1 { Ok(()) } else { Err(Error::LastOwner { slug, user: row.user_id.clone() }) }
}

impl Registry {
    /// The members of a tenant, by their user ids.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn members(&self, tenant: TenantId) -> Result<Vec<Member>> {
        let rows = entity::member::Entity::find()
            .filter(entity::member::Column::TenantId.eq(tenant.as_uuid()))
            .order_by_asc(entity::member::Column::UserId)
            .all(&self.database)
            .await
            .map_err(Error::database("reading the members"))?;
        rows.into_iter().map(member_of).collect()
    }

    /// The tenants that a user belongs to.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn memberships(&self, user: &str) -> Result<Vec<Member>> {
        let rows = entity::member::Entity::find()
            .filter(entity::member::Column::UserId.eq(user))
            .order_by_asc(entity::member::Column::TenantId)
            .all(&self.database)
            .await
            .map_err(Error::database("reading the memberships"))?;
        rows.into_iter().map(member_of).collect()
    }

    /// A user's membership of a tenant, if there is one.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn find_member(&self, tenant: TenantId, user: &str) -> Result<Option<Member>> {
        let row = entity::member::Entity::find_by_id((tenant.as_uuid(), user.to_owned()))
            .one(&self.database)
            .await
            .map_err(Error::database("reading the member"))?;
        row.map(member_of).transpose()
    }

    /// Makes a user a member of a tenant.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], and [`Error::Taken`] for a user who is a member already.
    pub async fn add_member(&self, tenant: TenantId, user: &str, role: Role) -> Result<Member> {
        let (transaction, _) = self.begin_for(tenant).await?;
        let member = insert(&transaction, tenant, user, role).await?;
        commit(transaction).await?;
        self.changed(&[Subject::Members(tenant)]);
        Ok(member)
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// [`Error::UnknownMember`], and [`Error::LastOwner`] for the only owner.
    pub async fn set_role(&self, tenant: TenantId, user: &str, role: Role) -> Result<Member> {
        let (transaction, of) = self.begin_for(tenant).await?;
        let row = find(&transaction, tenant, user).await?;
        if role != Role::Owner {
            keep_an_owner(&transaction, &row, of.slug).await?;
        }
        let mut row = row.into_active_model();
        row.role = Set(role.as_str().to_owned());
        let row = row.update(&transaction).await.map_err(Error::database("changing the role"))?;
        commit(transaction).await?;
        self.changed(&[Subject::Members(tenant)]);
        member_of(row)
    }

    /// Ends a user's membership of a tenant.
    ///
    /// # Errors
    /// [`Error::UnknownMember`], and [`Error::LastOwner`] for the only owner.
    pub async fn remove_member(&self, tenant: TenantId, user: &str) -> Result<()> {
        let (transaction, of) = self.begin_for(tenant).await?;
        let row = find(&transaction, tenant, user).await?;
        keep_an_owner(&transaction, &row, of.slug).await?;
        entity::member::Entity::delete_by_id((tenant.as_uuid(), user.to_owned()))
            .exec(&transaction)
            .await
            .map_err(Error::database("removing the member"))?;
        commit(transaction).await?;
        self.changed(&[Subject::Members(tenant)]);
        Ok(())
    }
}

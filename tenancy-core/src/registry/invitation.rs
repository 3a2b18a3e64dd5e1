//! Invitations in the registry: for an address, or for whoever has a link, up to a number of uses.
//! Of those who accept the last use of one at the same time, exactly one does.

use std::{num::NonZeroU16, time::Duration};

use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, Set, SqlErr, sea_query::Expr,
};
use uuid::Uuid;

use super::{Registry, commit, entity};
use crate::{
    changes::Subject,
    error::{Error, Result},
    invitation::{Invitation, InvitationStatus, InvitationToken},
    member::{Member, Role},
    tenant::{TenantId, TenantStatus},
};

use entity::invitation::Column;

/// No invitation is open for longer than ten years.
const LONGEST_VALIDITY: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

fn invitation_of(row: entity::invitation::Model) -> Result<Invitation> {
    let status = InvitationStatus::ALL.into_iter().find(|s| s.as_str() == row.status);
    Ok(Invitation {
        id: row.id,
        tenant: TenantId::from(row.tenant_id),
        address: Some(row.address).filter(|address| !address.is_empty()),
        role: row.role.parse()?,
        status: status.ok_or_else(|| Error::InvalidName {
            kind: "invitation status",
            name: row.status,
            reason: "known are pending, accepted, revoked and expired",
        })?,
        expires_at: row.expires_at,
        created_at: row.created_at,
        most_uses: u32::try_from(row.most_uses).unwrap_or_default(),
        uses: u32::try_from(row.uses).unwrap_or_default(),
    })
}

fn plain_address(address: &str) -> Result<String> {
    let address = address.trim().to_lowercase();
    let is_plain = address.len() <= 254
        && !address.chars().any(|c| c.is_whitespace() || c.is_control())
        && address.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
    if is_plain {
        return Ok(address);
    }
    Err(Error::InvalidName { kind: "address", name: address, reason: "it is no mail address" })
}

/// Closes pending invitations that fulfil a condition; the count of those it was the one to close.
async fn close(
    transaction: &DatabaseTransaction,
    condition: sea_orm::Condition,
    status: InvitationStatus,
) -> Result<u64> {
    let closed = entity::invitation::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status.as_str()))
        .col_expr(Column::ClosedAt, Expr::value(Utc::now()))
        .filter(Column::Status.eq(InvitationStatus::Pending.as_str()))
        .filter(condition)
        .exec(transaction)
        .await
        .map_err(Error::database("closing the invitation"))?;
    Ok(closed.rows_affected)
}

/// Takes a use of the pending invitations that fulfil a condition, and closes those of which it was
/// the last one; the count of those that had one.
async fn take(
    transaction: &DatabaseTransaction,
    condition: sea_orm::Condition,
    user: &str,
) -> Result<u64> {
    let uses = || Expr::col(Column::Uses).add(1);
    let is_last = || uses().gte(Expr::col(Column::MostUses));
    let status = Expr::case(is_last(), InvitationStatus::Accepted.as_str())
        .finally(Expr::col(Column::Status));
    let closed_at = Expr::case(is_last(), Utc::now()).finally(Expr::col(Column::ClosedAt));
    // The count comes last: MySQL assigns from left to right, and reads what it has assigned.
    let taken = entity::invitation::Entity::update_many()
        .col_expr(Column::Status, status.into())
        .col_expr(Column::ClosedAt, closed_at.into())
        .col_expr(Column::AcceptedBy, Expr::value(user))
        .col_expr(Column::Uses, uses())
        .filter(Column::Status.eq(InvitationStatus::Pending.as_str()))
        .filter(Expr::col(Column::Uses).lt(Expr::col(Column::MostUses)))
        .filter(condition)
        .exec(transaction)
        .await
        .map_err(Error::database("accepting the invitation"))?;
    Ok(taken.rows_affected)
}

fn all() -> sea_orm::Condition {
    sea_orm::Condition::all()
}

/// An invitation to write.
struct NewInvitation<'a> {
    /// Empty for one that is for whoever has the token.
    address: String,
    role: Role,
    valid_for: Duration,
    most_uses: u16,
    invited_by: Option<&'a str>,
}

impl Registry {
    /// Invites an address into a tenant. The token is handed out here and nowhere else.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what is no mail address, and [`Error::Taken`] while an
    /// invitation of the same address is pending.
    pub async fn invite(
        &self,
        tenant: TenantId,
        address: &str,
        role: Role,
        valid_for: Duration,
        invited_by: Option<&str>,
    ) -> Result<(Invitation, InvitationToken)> {
        let address = plain_address(address)?;
        let new = NewInvitation { address, role, valid_for, most_uses: 1, invited_by };
        self.write_invitation(tenant, new).await
    }

    /// Invites whoever has the token, so many users at most, such as by a link that is shared. A
    /// tenant may have several of these at a time.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`], and when the registry cannot be written.
    pub async fn invite_by_link(
        &self,
        tenant: TenantId,
        role: Role,
        valid_for: Duration,
        most_uses: NonZeroU16,
        invited_by: Option<&str>,
    ) -> Result<(Invitation, InvitationToken)> {
        let (address, most_uses) = (String::new(), most_uses.get());
        let new = NewInvitation { address, role, valid_for, most_uses, invited_by };
        self.write_invitation(tenant, new).await
    }

    async fn write_invitation(
        &self,
        tenant: TenantId,
        new: NewInvitation<'_>,
    ) -> Result<(Invitation, InvitationToken)> {
        let NewInvitation { address, role, valid_for, most_uses, invited_by } = new;
        let token = InvitationToken::generate()?;
        let now = Utc::now();
        let valid_for = valid_for.min(LONGEST_VALIDITY);
        let expires_at = now + chrono::Duration::from_std(valid_for).unwrap_or_default();
        let (transaction, _) = self.begin_for(tenant).await?;
        let run_out = all()
            .add(Column::TenantId.eq(tenant.as_uuid()))
            .add(Column::Address.eq(&address))
            .add(Column::ExpiresAt.lte(now));
        close(&transaction, run_out, InvitationStatus::Expired).await?;
        let row = entity::invitation::ActiveModel {
            id: Set(Uuid::now_v7()),
            tenant_id: Set(tenant.as_uuid()),
            address: Set(address.clone()),
            role: Set(role.as_str().to_owned()),
            token_hash: Set(InvitationToken::digest(token.reveal())),
            status: Set(InvitationStatus::Pending.as_str().to_owned()),
            invited_by: Set(invited_by.map(str::to_owned)),
            accepted_by: Set(None),
            expires_at: Set(expires_at),
            created_at: Set(now),
            closed_at: Set(None),
            most_uses: Set(most_uses.into()),
            uses: Set(0),
        };
        let row = row.insert(&transaction).await.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                Error::Taken { what: "pending invitation", name: address }
            }
            _ => Error::database("writing the invitation")(error),
        })?;
        commit(transaction).await?;
        Ok((invitation_of(row)?, token))
    }

    /// The invitations of a tenant, the newest first.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn invitations(&self, tenant: TenantId) -> Result<Vec<Invitation>> {
        let rows = entity::invitation::Entity::find()
            .filter(Column::TenantId.eq(tenant.as_uuid()))
            .order_by_desc(Column::Id)
            .all(&self.database)
            .await
            .map_err(Error::database("reading the invitations"))?;
        rows.into_iter().map(invitation_of).collect()
    }

    /// The invitation of a token, whatever has become of it.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub async fn find_invitation(&self, token: &str) -> Result<Option<Invitation>> {
        self.invitation_row(token).await?.map(invitation_of).transpose()
    }

    async fn invitation_row(&self, token: &str) -> Result<Option<entity::invitation::Model>> {
        entity::invitation::Entity::find()
            .filter(Column::TokenHash.eq(InvitationToken::digest(token)))
            .one(&self.database)
            .await
            .map_err(Error::database("reading the invitation"))
    }

    /// Accepts an invitation: the user becomes a member. Of those who accept the last use of one at
    /// the same time exactly one does.
    ///
    /// # Errors
    /// [`Error::InvitationClosed`] for a token that is unknown, used, revoked or out of time,
    /// [`Error::NotServed`] while the tenant is out of service, [`Error::Taken`] for a user who is
    /// a member already; the invitation stays open then.
    pub async fn accept_invitation(&self, token: &str, user: &str) -> Result<Member> {
        let row = self.invitation_row(token).await?.ok_or(Error::InvitationClosed)?;
        let tenant = TenantId::from(row.tenant_id);
        let (transaction, of) = self.begin_for(tenant).await?;
        let status: TenantStatus = of.status.parse()?;
        if !status.is_served() {
            return Err(Error::NotServed { slug: of.slug, status });
        }
        let open = all().add(Column::Id.eq(row.id)).add(Column::ExpiresAt.gt(Utc::now()));
        if take(&transaction, open, user).await? != 1 {
            return Err(Error::InvitationClosed);
        }
        let member = super::member::insert(&transaction, tenant, user, row.role.parse()?).await?;
        commit(transaction).await?;
        self.changed(&[Subject::Members(tenant)]);
        Ok(member)
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`Error::InvitationClosed`] for one that is not pending.
    pub async fn revoke_invitation(&self, tenant: TenantId, id: Uuid) -> Result<()> {
        let (transaction, _) = self.begin_for(tenant).await?;
        let which = all().add(Column::Id.eq(id)).add(Column::TenantId.eq(tenant.as_uuid()));
        if close(&transaction, which, InvitationStatus::Revoked).await? != 1 {
            return Err(Error::InvitationClosed);
        }
        commit(transaction).await
    }
}

//! Sessions: a sign-in that lasts, and holds on one site only.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use tenancy_core::TenantId;
use uuid::Uuid;

use super::{AccountError, Accounts, SESSION, Token};
use crate::entity::{Session as Sessions, User, session, user};

/// The site that a session was made on, and holds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The site where shops are asked for and chosen.
    Central,
    /// The operators' site.
    Console,
    /// A tenant's site.
    Tenant(TenantId),
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Central => f.write_str("central"),
            Self::Console => f.write_str("console"),
            Self::Tenant(id) => id.fmt(f),
        }
    }
}

/// Whose session it is, and for which site.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) user: user::Model,
    audience: String,
}

impl Session {
    /// Whether it was made on this site. On any other it opens nothing.
    pub(crate) fn is_for(&self, audience: Audience) -> bool {
        self.audience == audience.to_string()
    }
}

impl Session {
    /// The tenant whose site it was made on, if it was one's.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.audience.parse().ok().map(|id: Uuid| TenantId::from(id))
    }
}

/// When something ends that begins now.
pub(super) fn end(lasting: std::time::Duration) -> DateTime<Utc> {
    Utc::now() + chrono::Duration::from_std(lasting).unwrap_or_default()
}

impl Accounts {
    /// Opens a session of a user on a site. The token is handed out here and nowhere else.
    pub(crate) async fn open_session(
        &self,
        user: Uuid,
        audience: Audience,
    ) -> Result<Token, AccountError> {
        let token = Token::generate()?;
        // Here they are few: those of one user.
        Sessions::delete_many()
            .filter(session::Column::UserId.eq(user))
            .filter(session::Column::ExpiresAt.lte(Utc::now()))
            .exec(&self.database)
            .await?;
        let session = session::ActiveModel {
            digest: Set(Token::digest(token.reveal())),
            user_id: Set(user),
            audience: Set(audience.to_string()),
            expires_at: Set(end(SESSION)),
        };
        session.insert(&self.database).await?;
        Ok(token)
    }

    /// The session behind a token, whatever site it was made on.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<Session>, AccountError> {
        let found = Sessions::find_by_id(Token::digest(token))
            .filter(session::Column::ExpiresAt.gt(Utc::now()))
            .find_also_related(User)
            .one(&self.database)
            .await?;
        Ok(found
            .and_then(|(session, user)| Some(Session { user: user?, audience: session.audience })))
    }

    pub(crate) async fn close_session(&self, token: &str) -> Result<(), AccountError> {
        Sessions::delete_by_id(Token::digest(token)).exec(&self.database).await?;
        Ok(())
    }
}

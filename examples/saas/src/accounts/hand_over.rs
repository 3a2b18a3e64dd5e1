//! Bringing a sign-in from the central site to a tenant's: cookies do not leave their host.
//!
//! The tenant's site asks for it with a secret that it leaves in the browser (`state`), and takes
//! only what was made for that secret, so that nobody is signed in by a link of somebody else's.

use std::time::Duration;

use chrono::Utc;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use tenancy_core::TenantId;
use uuid::Uuid;

use super::{AccountError, Accounts, Audience, Token, session::end};
use crate::entity::{HandOver, hand_over};

/// How long a browser may take from one host to the other.
const ON_ITS_WAY: Duration = Duration::from_secs(60);

impl Accounts {
    /// Lets a user into a tenant's site, once. `state` is the digest of the browser's secret.
    pub(crate) async fn hand_over(
        &self,
        user: Uuid,
        tenant: TenantId,
        state: &str,
    ) -> Result<Token, AccountError> {
        HandOver::delete_many()
            .filter(hand_over::Column::ExpiresAt.lte(Utc::now()))
            .exec(&self.database)
            .await?;
        let token = Token::generate()?;
        let row = hand_over::ActiveModel {
            digest: Set(Token::digest(token.reveal())),
            user_id: Set(user),
            audience: Set(Audience::Tenant(tenant).to_string()),
            state: Set(state.to_owned()),
            expires_at: Set(end(ON_ITS_WAY)),
        };
        row.insert(&self.database).await?;
        Ok(token)
    }

    /// Takes what was handed over for this tenant and this browser; the user whose it is. Of those
    /// who take one at the same time, exactly one gets it.
    pub(crate) async fn take_over(
        &self,
        token: &str,
        tenant: TenantId,
        secret: &str,
    ) -> Result<Option<Uuid>, AccountError> {
        let digest = Token::digest(token);
        let Some(row) = HandOver::find_by_id(&digest).one(&self.database).await? else {
            return Ok(None);
        };
        let taken = HandOver::delete_many()
            .filter(hand_over::Column::Digest.eq(digest))
            .filter(hand_over::Column::Audience.eq(Audience::Tenant(tenant).to_string()))
            .filter(hand_over::Column::State.eq(Token::digest(secret)))
            .filter(hand_over::Column::ExpiresAt.gt(Utc::now()))
            .exec(&self.database)
            .await?;
        Ok((taken.rows_affected == 1).then_some(row.user_id))
    }
}

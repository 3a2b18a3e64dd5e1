//! `tenancy invite`: invitations into a tenant.

use std::time::Duration;

use uuid::Uuid;

use super::Context;
use crate::{
    args::InviteCommand,
    error::{Error, Result},
    output::Answer,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) async fn run(context: &mut Context<'_>, command: InviteCommand) -> Result<Answer> {
    match command {
        InviteCommand::Create { slug, address, role, days, by } => {
            let (tenancy, tenant) = context.tenant(&slug).await?;
            let (invitation, token) = tenancy
                .registry()
                .invite(tenant.id, &address, role, DAY * u32::from(days), by.as_deref())
                .await?;
            Ok(Answer::Invited { slug: tenant.slug, invitation: Box::new(invitation), token })
        }
        InviteCommand::Accept { token, user } => {
            let token = if token == "-" { context.output.read_line()? } else { token };
            let member =
                context.tenancy().await?.registry().accept_invitation(&token, &user).await?;
            Ok(Answer::Members(vec![member]))
        }
        InviteCommand::Revoke { slug, id } => {
            let id: Uuid = id.parse().map_err(|_| Error::InvalidId { id })?;
            let (tenancy, tenant) = context.tenant(&slug).await?;
            tenancy.registry().revoke_invitation(tenant.id, id).await?;
            Ok(Answer::Done { note: format!("revoked the invitation `{id}`") })
        }
        InviteCommand::List { slug } => {
            let (tenancy, tenant) = context.tenant(&slug).await?;
            Ok(Answer::Invitations(tenancy.registry().invitations(tenant.id).await?))
        }
    }
}

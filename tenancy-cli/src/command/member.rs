//! `tenancy member`: who belongs to a tenant.

use super::Context;
use crate::{args::MemberCommand, error::Result, output::Answer};

pub(crate) async fn run(context: &Context<'_>, command: MemberCommand) -> Result<Answer> {
    let note = match command {
        MemberCommand::List { slug } => {
            let (tenancy, tenant) = context.tenant(&slug).await?;
            return Ok(Answer::Members(tenancy.registry().members(tenant.id).await?));
        }
        MemberCommand::Add { slug, user, role } => {
            let (tenancy, tenant) = context.tenant(&slug).await?;
            tenancy.registry().add_member(tenant.id, &user, role).await?;
            format!("`{user}` belongs to the tenant `{slug}` as {role}")
        }
        MemberCommand::Remove { slug, user } => {
            let (tenancy, tenant) = context.tenant(&slug).await?;
            tenancy.registry().remove_member(tenant.id, &user).await?;
            format!("`{user}` no longer belongs to the tenant `{slug}`")
        }
        MemberCommand::Role { slug, user, role } => {
            let (tenancy, tenant) = context.tenant(&slug).await?;
            tenancy.registry().set_role(tenant.id, &user, role).await?;
            format!("`{user}` belongs to the tenant `{slug}` as {role}")
        }
    };
    Ok(Answer::Done { note })
}

//! `tenancy domain`: the domains that lead to a tenant.

use tenancy_core::DomainName;

use super::Context;
use crate::{args::DomainCommand, error::Result, output::Answer};

pub(crate) async fn run(context: &Context<'_>, command: DomainCommand) -> Result<Answer> {
    let note = match command {
        DomainCommand::List { slug } => {
            let (tenancy, tenant) = context.tenant(&slug).await?;
            return Ok(Answer::Domains(tenancy.registry().domains(tenant.id).await?));
        }
        DomainCommand::Add { slug, domain } => {
            let domain: DomainName = domain.parse()?;
            let (tenancy, tenant) = context.tenant(&slug).await?;
            tenancy.registry().add_domain(tenant.id, &domain).await?;
            format!("`{domain}` leads to the tenant `{slug}`")
        }
        DomainCommand::Remove { slug, domain } => {
            let domain: DomainName = domain.parse()?;
            let (tenancy, tenant) = context.tenant(&slug).await?;
            tenancy.registry().remove_domain(tenant.id, &domain).await?;
            format!("`{domain}` leads nowhere")
        }
        DomainCommand::Primary { slug, domain } => {
            let domain: DomainName = domain.parse()?;
            let (tenancy, tenant) = context.tenant(&slug).await?;
            tenancy.registry().set_primary_domain(tenant.id, &domain).await?;
            format!("`{domain}` is the primary domain of the tenant `{slug}`")
        }
    };
    Ok(Answer::Done { note })
}

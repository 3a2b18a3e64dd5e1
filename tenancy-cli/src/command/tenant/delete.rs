//! `tenancy tenant delete`: marked first, removed when the grace period is over.

use std::time::Duration;

use chrono::Utc;
use tenancy_core::{Slug, Tenancy, Tenant, TenantStatus};

use crate::{
    command::Context,
    error::{Error, Result},
    output::{Answer, moment},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn run(
    context: &mut Context<'_>,
    slug: &str,
    at_once: bool,
    yes: bool,
) -> Result<Answer> {
    let slug: Slug = slug.parse()?;
    // The hooks of the project are told of a removal, and they are in its binary.
    context.need_project("tenant delete")?;
    let grace = grace(context)?;
    let tenancy = context.tenancy().await?;
    let tenant = tenancy.registry().tenant(&slug).await?;
    match tenant.kept_until(grace) {
        None if !at_once => {
            let days = grace.as_secs() / DAY.as_secs();
            let what = format!(
                "the tenant `{slug}` is taken out of service; its data is kept for {days} days, in \
                 which `{} tenant restore {slug}` brings it back",
                context.program
            );
            confirm(context, &slug, &what, yes)?;
            let tenant = tenancy.delete_tenant(&slug).await?;
            let until = tenant.kept_until(grace).map(moment).unwrap_or_default();
            let note = format!("deleted the tenant `{slug}`; its data is kept until {until}");
            Ok(Answer::Changed { note, tenant: Box::new(tenant) })
        }
        Some(until) if !at_once && until > Utc::now() => {
            // It may have been cut off.
            tenancy.delete_tenant(&slug).await?;
            Err(Error::GracePeriod { slug: slug.to_string(), until: moment(until) })
        }
        Some(_) | None => remove(context, &tenancy, &tenant, yes).await,
    }
}

async fn remove(
    context: &mut Context<'_>,
    tenancy: &Tenancy,
    tenant: &Tenant,
    yes: bool,
) -> Result<Answer> {
    let slug = &tenant.slug;
    let domains = tenancy.registry().domains(tenant.id).await?;
    let members = tenancy.registry().members(tenant.id).await?;
    let served = match tenant.status {
        TenantStatus::Active => ", which is in service",
        TenantStatus::Provisioning
        | TenantStatus::Suspended
        | TenantStatus::Archived
        | TenantStatus::Deleted => "",
    };
    let what = format!(
        "the tenant `{slug}`{served} is removed for ever: all its rows in `{}`, {} domains, {} \
         members; nothing brings them back",
        tenant.physical_name,
        domains.len(),
        members.len()
    );
    confirm(context, slug, &what, yes)?;
    tenancy.remove_tenant(slug).await?;
    Ok(Answer::Done { note: format!("removed the tenant `{slug}` with its data") })
}

/// The configured grace period.
fn grace(context: &Context<'_>) -> Result<Duration> {
    context.config()?;
    let inspection = context.loader().inspect();
    let days = inspection.values().iter().find(|value| value.key == "tenants.grace_days");
    // Where it cannot be told, nothing is removed but at once.
    Ok(DAY * days.and_then(|value| value.value.parse().ok()).unwrap_or(3_650))
}

/// Says what will happen, and waits until the slug has been typed.
fn confirm(context: &mut Context<'_>, slug: &Slug, what: &str, yes: bool) -> Result<()> {
    context.output.announce(what)?;
    if yes || context.output.ask("type its slug to go on: ")? == slug.as_str() {
        return Ok(());
    }
    Err(Error::NotTyped)
}

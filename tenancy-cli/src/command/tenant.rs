//! `tenancy tenant`: tenants, by way of the registry and the core's provisioning.

mod delete;
mod orphan;

use tenancy_core::{
    Slug, Tenant, TenantStatus,
    registry::{NewTenant, TenantChange},
};

use super::{Context, each};
use crate::{
    args::{NewTenantArgs, RenameArgs, TenantCommand},
    error::{Error, Result},
    output::{Answer, TenantPage},
};

#[expect(clippy::too_many_lines, reason = "an arm for each command")]
pub(crate) async fn run(context: &mut Context<'_>, command: TenantCommand) -> Result<Answer> {
    match command {
        TenantCommand::Create(args) => create(context, args).await,
        TenantCommand::Adopt { new, leave } => {
            let new = new_tenant(new)?;
            context.need_project("tenant adopt")?;
            let tenancy = context.connect(&context.config()?).await?;
            let adoption = tenancy.adopt_tenant(&new, &leave).await?;
            Ok(Answer::Adopted(Box::new(adoption)))
        }
        TenantCommand::Duplicate { from, new } => {
            let (from, new): (Slug, _) = (from.parse()?, new_tenant(new)?);
            context.need_project("tenant duplicate")?;
            let duplicate = context.tenancy().await?.duplicate_tenant(&from, &new).await?;
            Ok(Answer::Duplicated { from, duplicate: Box::new(duplicate) })
        }
        TenantCommand::Backup { slug, file } => {
            let slug: Slug = slug.parse()?;
            let tenant = context.tenancy().await?.back_up(&slug, &file).await?;
            let (place, file) = (&tenant.physical_name, file.display());
            let note = format!("wrote what the tenant `{slug}` has (`{place}`) to `{file}`");
            Ok(changed(note, tenant))
        }
        TenantCommand::Orphan(command) => orphan::run(context, command).await,
        TenantCommand::List { status } => list(context, status).await,
        TenantCommand::Show { slug } => show(context, &slug).await,
        TenantCommand::Suspend { slug } => {
            let slug: Slug = slug.parse()?;
            let tenant = context.tenancy().await?.suspend(&slug).await?;
            Ok(changed(format!("suspended the tenant `{slug}`"), tenant))
        }
        TenantCommand::Resume { slug } => {
            let slug: Slug = slug.parse()?;
            let tenant = context.tenancy().await?.resume(&slug).await?;
            Ok(changed(format!("resumed the tenant `{slug}`"), tenant))
        }
        TenantCommand::Archive { slug } => {
            let slug: Slug = slug.parse()?;
            let tenant = context.tenancy().await?.archive(&slug).await?;
            Ok(changed(format!("archived the tenant `{slug}`"), tenant))
        }
        TenantCommand::Prepare { count } => {
            context.need_project("tenant prepare")?;
            let tenancy = context.tenancy().await?;
            let made = tenancy.prepare_tenants(count).await?;
            let ready = tenancy.ready_count().await?;
            Ok(Answer::Done { note: format!("made {made} places; {ready} stand ready") })
        }
        TenantCommand::Delete { slug, at_once, yes } => {
            delete::run(context, &slug, at_once, yes).await
        }
        TenantCommand::Restore { slug } => {
            let slug: Slug = slug.parse()?;
            let tenant = context.tenancy().await?.restore_tenant(&slug).await?;
            let note = format!(
                "restored the tenant `{slug}`, which is suspended; `{program} tenant resume {slug}` \
                 serves it again",
                program = context.program
            );
            Ok(changed(note, tenant))
        }
        TenantCommand::Rename(args) => rename(context, args).await,
        TenantCommand::Finish { slug } => {
            let slug: Slug = slug.parse()?;
            context.need_project("tenant finish")?;
            let tenant = context.tenancy().await?.finish_tenant(&slug).await?;
            Ok(changed(format!("finished the tenant `{slug}`"), tenant))
        }
    }
}

fn changed(note: String, tenant: Tenant) -> Answer {
    Answer::Changed { note, tenant: Box::new(tenant) }
}

async fn create(context: &Context<'_>, args: NewTenantArgs) -> Result<Answer> {
    let new = new_tenant(args)?;
    context.need_project("tenant create")?;
    let tenant = context.tenancy().await?.create_tenant(&new).await?;
    Ok(changed(format!("created the tenant `{}`", tenant.slug), tenant))
}

fn new_tenant(args: NewTenantArgs) -> Result<NewTenant> {
    let slug: Slug = args.slug.parse()?;
    let name = args.name.unwrap_or_else(|| slug.to_string());
    let mut new = NewTenant::new(slug, name);
    for domain in &args.domains {
        new = new.with_domain(domain.parse()?);
    }
    if let Some(owner) = args.owner {
        new = new.with_owner(owner);
    }
    if let Some(settings) = &args.settings {
        new = new.with_settings(json_object(settings)?);
    }
    Ok(new)
}

fn json_object(text: &str) -> Result<serde_json::Value> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|source| Error::InvalidSettings { source: Some(source) })?;
    if value.is_object() { Ok(value) } else { Err(Error::InvalidSettings { source: None }) }
}

async fn list(context: &Context<'_>, status: Option<TenantStatus>) -> Result<Answer> {
    Ok(Answer::Tenants(each::all(&context.tenancy().await?, status).await?))
}

async fn show(context: &Context<'_>, slug: &str) -> Result<Answer> {
    let (tenancy, tenant) = context.tenant(slug).await?;
    let domains = tenancy.registry().domains(tenant.id).await?;
    let members = tenancy.registry().members(tenant.id).await?;
    Ok(Answer::Tenant(Box::new(TenantPage { tenant, domains, members })))
}

async fn rename(context: &Context<'_>, args: RenameArgs) -> Result<Answer> {
    let slug: Option<Slug> = args.to.slug.map(|slug| slug.parse()).transpose()?;
    let (tenancy, tenant) = context.tenant(&args.slug).await?;
    let change = TenantChange { slug, name: args.to.name, settings: None };
    let renamed = tenancy.registry().update(tenant.id, change).await?;
    let note = if renamed.slug == tenant.slug {
        format!("renamed the tenant `{}`", tenant.slug)
    } else {
        format!("renamed the tenant `{}` to `{}`", tenant.slug, renamed.slug)
    };
    Ok(changed(note, renamed))
}

//! `tenancy tenant orphan`: places of tenants that belong to none.

use tenancy_core::PhysicalName;

use super::{changed, new_tenant};
use crate::{
    args::OrphanCommand,
    command::Context,
    error::{Error, Result},
    output::Answer,
};

pub(super) async fn run(context: &mut Context<'_>, command: OrphanCommand) -> Result<Answer> {
    match command {
        OrphanCommand::List => Ok(Answer::Orphans(context.tenancy().await?.orphans().await?)),
        OrphanCommand::Adopt { place, new } => {
            let (place, new) = (PhysicalName::parse(&place)?, new_tenant(new)?);
            context.need_project("tenant orphan adopt")?;
            let tenant = context.tenancy().await?.adopt_orphan(&place, &new).await?;
            Ok(changed(format!("the tenant `{}` has the place `{place}`", tenant.slug), tenant))
        }
        OrphanCommand::Remove { place, yes } => remove(context, &place, yes).await,
    }
}

async fn remove(context: &mut Context<'_>, place: &str, yes: bool) -> Result<Answer> {
    let place = PhysicalName::parse(place)?;
    let tenancy = context.tenancy().await?;
    if !tenancy.orphans().await?.contains(&place) {
        let place = place.to_string();
        return Err(tenancy_core::Error::NotOrphaned { place }.into());
    }
    let what = format!(
        "the place `{place}` is removed for ever, with all rows in it; nothing brings them back"
    );
    context.output.announce(&what)?;
    if !yes && context.output.ask("type its name to go on: ")? != place.as_str() {
        return Err(Error::NotTyped);
    }
    tenancy.remove_orphan(&place).await?;
    Ok(Answer::Done { note: format!("removed the place `{place}` with its rows") })
}

//! The tenants that a command is for, and how it went with them.

use tenancy_core::{Tenancy, Tenant, TenantStatus, migrate::Selection, registry::ListTenants};

use crate::{
    args::EachArgs,
    error::{Error, Result},
    output::EachAnswer,
    status::Status,
};

/// How many tenants are read at a time.
const PAGE: u64 = 1_000;

/// The tenants in service that the patterns take in. One that is named and is not there is refused,
/// and so is a pattern that nobody matches.
pub(super) async fn tenants(tenancy: &Tenancy, args: &EachArgs) -> Result<Vec<Tenant>> {
    let mut selection = Selection::default();
    selection.tenants.clone_from(&args.tenant);
    selection.exclude.clone_from(&args.exclude);
    let names = args.tenant.iter().chain(&args.exclude);
    for name in names.filter(|name| !name.contains(['*', '?'])) {
        let tenant = tenancy.registry().tenant(&name.parse()?).await?;
        if !tenant.status.is_served() && args.tenant.contains(name) {
            let (slug, status) = (name.clone(), tenant.status);
            return Err(tenancy_core::Error::NotServed { slug, status }.into());
        }
    }
    let mut found = all(tenancy, Some(TenantStatus::Active)).await?;
    found.retain(|tenant| selection.includes(&tenant.slug));
    if found.is_empty() { Err(Error::NobodyMatches) } else { Ok(found) }
}

/// All tenants, or those of a status, in the order of their slugs.
pub(super) async fn all(tenancy: &Tenancy, status: Option<TenantStatus>) -> Result<Vec<Tenant>> {
    let mut which = ListTenants::default();
    which.status = status;
    which.limit = Some(PAGE);
    let mut tenants = Vec::new();
    loop {
        let page = tenancy.registry().list(&which).await?;
        let Some(last) = page.last() else { break };
        which.after = Some(last.slug.clone());
        tenants.extend(page);
    }
    Ok(tenants)
}

pub(super) fn status(answers: &[EachAnswer]) -> Status {
    let failed = answers.iter().any(EachAnswer::has_failed);
    if failed { Status::Unsound } else { Status::Done }
}

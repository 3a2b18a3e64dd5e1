//! The shops that a user belongs to, as pages list them.

use tenancy_core::{Result, Role, Tenant, TenantStatus};

use super::app::App;
use crate::entity::user;

/// A shop that a user belongs to.
#[derive(Debug, Clone)]
pub(super) struct Belonging {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) status: TenantStatus,
    pub(super) role: Role,
    /// The address of its site.
    pub(super) url: String,
    pub(super) accent: &'static str,
}

/// The shops that a user belongs to, at most so many, by name.
pub(super) async fn of(app: &App, user: &user::Model, most: usize) -> Result<Vec<Belonging>> {
    let registry = app.tenancy.registry();
    let mut shops = Vec::new();
    for member in registry.memberships(&user.id.to_string()).await?.into_iter().take(most) {
        let Some(tenant) = registry.find(member.tenant).await? else { continue };
        let url = address(app, &tenant).await?;
        shops.push(Belonging {
            accent: accent(&tenant),
            name: tenant.name,
            slug: tenant.slug.to_string(),
            status: tenant.status,
            role: member.role,
            url,
        });
    }
    shops.sort_by(|a, b| (&a.name, &a.slug).cmp(&(&b.name, &b.slug)));
    Ok(shops)
}

/// The address of a tenant's site: that of its primary domain.
pub(super) async fn address(app: &App, tenant: &Tenant) -> Result<String> {
    let domains = app.tenancy.registry().domains(tenant.id).await?;
    let host = domains.first().map_or(tenant.slug.as_str(), |domain| domain.name.as_str());
    Ok(app.sites.url(host))
}

/// The colour of a tenant's pages, as the style sheet names it.
pub(super) fn accent(tenant: &Tenant) -> &'static str {
    match tenant.settings.get("accent").and_then(serde_json::Value::as_str) {
        Some("plum") => "plum",
        Some("indigo") => "indigo",
        Some("rust") => "rust",
        _ => "teal",
    }
}

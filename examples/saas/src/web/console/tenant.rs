//! One tenant, and what is done with it.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use tenancy_core::{Error, Invitation, Member, Slug, Tenant, axum::Problem, registry::Domain};

use super::{Frame, Standing, Step};
use crate::web::{
    app::App,
    memberships,
    page::{Page, PageError},
    visitor::Visitor,
};

/// How long a deleted tenant can be restored, unless the operator says otherwise at its removal.
const GRACE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Debug, Template)]
#[template(path = "console/tenant.html")]
struct TenantPage {
    frame: Frame,
    tenant: Tenant,
    url: String,
    standing: Standing,
    domains: Vec<Domain>,
    /// The members, each with the address of its account.
    members: Vec<(Member, String)>,
    invitations: Vec<Invitation>,
    kept_until: Option<String>,
}

impl TenantPage {
    fn steps(&self) -> impl Iterator<Item = Step> {
        let status = self.tenant.status;
        Step::ALL.into_iter().filter(move |step| step.is_possible(status))
    }
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let tenant = find(&app, &slug).await?;
    let registry = app.tenancy.registry();
    let members = registry.members(tenant.id).await?;
    let users = app.accounts.users(members.iter().map(|member| member.user.as_str())).await?;
    let members = members.into_iter().map(|member| {
        let email = users.get(&member.user).map_or(member.user.as_str(), |user| &user.email);
        let email = email.to_owned();
        (member, email)
    });
    let page = TenantPage {
        frame: Frame::new(&app, visitor, "tenants"),
        url: memberships::address(&app, &tenant).await?,
        standing: Standing::of(&app, &tenant),
        domains: registry.domains(tenant.id).await?,
        members: members.collect(),
        invitations: registry.invitations(tenant.id).await?,
        kept_until: tenant.kept_until(GRACE).map(|until| until.format("%Y-%m-%d").to_string()),
        tenant,
    };
    Ok(Page::ok(page).into_response())
}

async fn find(app: &App, slug: &str) -> Result<Tenant, PageError> {
    let slug: Slug = slug.parse().map_err(|_| PageError::not_found())?;
    app.tenancy.registry().find_by_slug(&slug).await?.ok_or_else(PageError::not_found)
}

pub(super) async fn change(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Path((slug, step)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let tenant = find(&app, &slug).await?;
    let step = Step::ALL.into_iter().find(|known| known.name() == step);
    let step = step.ok_or_else(PageError::not_found)?;
    let (tenancy, slug) = (&app.tenancy, &tenant.slug);
    tracing::info!(operator = %operator.id, tenant = %slug, step = step.name(), "an operator's step");
    let done = match step {
        Step::Finish => tenancy.finish_tenant(slug).await,
        Step::Suspend => tenancy.suspend(slug).await,
        Step::Resume => tenancy.resume(slug).await,
        Step::Archive => tenancy.archive(slug).await,
        Step::Delete => tenancy.delete_tenant(slug).await,
        Step::Restore => tenancy.restore_tenant(slug).await,
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/tenants/{slug}"))),
        // Somebody else was faster.
        Err(error @ Error::StatusChange { .. }) => {
            let problem = Problem::new(StatusCode::CONFLICT, error.to_string());
            Err(problem.with_code(error.code()).into())
        }
        Err(error) => Err(error.into()),
    }
}

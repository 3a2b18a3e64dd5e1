//! The list of tenants, a page at a time, and the form for a new one.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tenancy_core::{
    Error, Slug, TenantStatus,
    registry::{ListTenants, NewTenant},
};

use super::{Frame, Standing};
use crate::{
    entity::currency,
    invalid::Invalid,
    sign_up::{SignUpError, Wanted},
    web::{
        app::App,
        form::{Entered, Field},
        page::{Page, PageError},
        visitor::{Visitor, form_urlencoded},
    },
};

/// How many tenants a page lists.
const PAGE: usize = 25;

/// A tenant as the list shows it.
#[derive(Debug)]
struct Row {
    name: String,
    slug: Slug,
    status: TenantStatus,
    standing: Standing,
    url: String,
    domains: usize,
    members: usize,
}

#[derive(Debug, Template)]
#[template(path = "console/tenants.html")]
pub(in crate::web) struct TenantsPage {
    frame: Frame,
    rows: Vec<Row>,
    count: u64,
    behind: u64,
    asked: Asked,
    /// Where the next page begins, if there is one.
    next: Option<String>,
}

/// Which tenants to list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Asked {
    search: String,
    status: String,
    after: String,
}

impl Asked {
    fn has_status(&self, status: &TenantStatus) -> bool {
        self.status == status.as_str()
    }

    fn is_narrowed(&self) -> bool {
        !self.search.trim().is_empty() || !self.status.is_empty()
    }

    fn list(&self) -> ListTenants {
        let mut which = ListTenants::default();
        which.status = self.status.parse().ok();
        which.after = self.after.parse().ok();
        which.limit = Some(PAGE as u64 + 1);
        let search = self.search.trim();
        which.search = (!search.is_empty()).then(|| search.to_owned());
        which
    }

    /// The address of the first page of the same list.
    fn first(&self) -> String {
        let search = form_urlencoded(self.search.trim());
        format!("/tenants?search={search}&status={}", form_urlencoded(&self.status))
    }

    /// The address of the page behind a tenant.
    fn behind(&self, last: &Slug) -> String {
        format!("{}&after={last}", self.first())
    }
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Page<TenantsPage>, PageError> {
    let registry = app.tenancy.registry();
    let mut tenants = registry.list(&asked.list()).await?;
    let has_more = tenants.len() > PAGE;
    tenants.truncate(PAGE);
    let next = tenants.last().filter(|_| has_more).map(|last| asked.behind(&last.slug));
    let mut rows = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let domains = registry.domains(tenant.id).await?;
        let host = domains.first().map_or(tenant.slug.as_str(), |domain| domain.name.as_str());
        rows.push(Row {
            url: app.sites.url(host),
            domains: domains.len(),
            members: registry.members(tenant.id).await?.len(),
            standing: Standing::of(&app, &tenant),
            status: tenant.status,
            name: tenant.name,
            slug: tenant.slug,
        });
    }
    let count = registry.count().await?;
    let behind = app.tenancy.migration_counts().await?.behind;
    let frame = Frame::new(&app, visitor, "tenants");
    Ok(Page::ok(TenantsPage { frame, rows, count, behind, asked, next }))
}

#[derive(Debug, Template)]
#[template(path = "console/new_tenant.html")]
struct NewTenantPage {
    frame: Frame,
    fields: Vec<Field>,
    owner: Field,
    currencies: Vec<currency::Model>,
    currency: String,
}

/// The form as it was filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct TenantForm {
    shop_name: String,
    slug: String,
    currency: String,
    owner: String,
}

impl TenantForm {
    async fn page(
        &self,
        app: &App,
        visitor: Visitor,
        invalid: &Invalid,
    ) -> Result<NewTenantPage, PageError> {
        let fields = vec![
            Field::new(
                "shop_name",
                "Name",
                &self.shop_name,
                "required maxlength=120 autocomplete=off",
            )
            .with_error(invalid, "shop_name"),
            Field::new(
                "slug",
                "Slug",
                &self.slug,
                "required maxlength=63 autocapitalize=none spellcheck=false autocomplete=off",
            )
            .with_hint("The first part of its host name.")
            .with_error(invalid, "slug"),
        ];
        let owner = Field::new("owner", "Owner", &self.owner, "type=email autocomplete=off")
            .with_hint("The address of an account; may be left empty.")
            .with_error(invalid, "owner");
        let currencies = app.sign_ups.currencies().await?;
        let frame = Frame::new(app, visitor, "tenants");
        Ok(NewTenantPage { frame, fields, owner, currencies, currency: self.currency.clone() })
    }

    fn wanted(&self) -> Wanted {
        let (name, slug) = (self.shop_name.clone(), self.slug.clone());
        Wanted { name, slug, currency: self.currency.clone() }
    }
}

pub(super) async fn new(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let page = TenantForm::default().page(&app, visitor, &Invalid::default()).await?;
    Ok(Page::ok(page).into_response())
}

pub(super) async fn create(
    State(app): State<App>,
    visitor: Visitor,
    Entered(form): Entered<TenantForm>,
) -> Result<Response, PageError> {
    match make(&app, &form).await? {
        Ok(slug) => Ok(Redirect::to(&format!("/tenants/{slug}")).into_response()),
        Err(invalid) => {
            Ok(Page::invalid(form.page(&app, visitor, &invalid).await?).into_response())
        }
    }
}

async fn make(app: &App, form: &TenantForm) -> Result<Result<Slug, Invalid>, PageError> {
    let slug = match app.sign_ups.check(&form.wanted()).await {
        Ok(slug) => slug,
        Err(SignUpError::Invalid(invalid)) => return Ok(Err(invalid)),
        Err(error) => return Err(error.into()),
    };
    let mut new = NewTenant::new(slug.clone(), form.shop_name.trim())
        .with_domain(app.sites.domain(&slug)?)
        .with_settings(serde_json::json!({ "currency": form.currency }));
    if !form.owner.trim().is_empty() {
        let Some(owner) = app.accounts.user_of_email(&form.owner).await? else {
            return Ok(Err(Invalid::of("owner", "There is no account with this address.")));
        };
        new = new.with_owner(owner.id.to_string());
    }
    match app.tenancy.create_tenant(&new).await {
        Ok(tenant) => Ok(Ok(tenant.slug)),
        Err(Error::Taken { .. }) => Ok(Err(Invalid::of("slug", "This address is taken."))),
        Err(error) => Err(error.into()),
    }
}

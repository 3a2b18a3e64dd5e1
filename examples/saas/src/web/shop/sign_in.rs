//! Signing in on a tenant's site, for its members.

use axum::{
    extract::{Query, State},
    response::Response,
};
use tenancy_core::Tenant;

use crate::{
    accounts::Audience,
    web::{
        app::App,
        form::Entered,
        memberships,
        page::PageError,
        sign_in::{self, Gate, Onward, SignInForm},
    },
};

fn gate(tenant: &Tenant) -> Gate {
    Gate {
        name: tenant.name.clone(),
        accent: memberships::accent(tenant),
        audience: Audience::Tenant(tenant.id),
        other_way: Some(("/enter".to_owned(), "I am signed in on the central site")),
    }
}

pub(super) async fn show(tenant: Tenant, onward: Query<Onward>) -> Response {
    sign_in::show(gate(&tenant), onward)
}

pub(super) async fn enter(
    State(app): State<App>,
    tenant: Tenant,
    form: Entered<SignInForm>,
) -> Result<Response, PageError> {
    let admit = async |user: &crate::entity::user::Model| {
        let member = app.tenancy.registry().find_member(tenant.id, &user.id.to_string()).await?;
        Ok(member.is_none().then_some("This account is no member of this shop."))
    };
    sign_in::enter(&app, gate(&tenant), form, admit).await
}

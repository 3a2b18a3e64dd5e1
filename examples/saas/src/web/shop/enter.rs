//! Coming from the central site: it is asked to hand the sign-in over, and what it hands over is
//! taken, once, by the browser that asked.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use tenancy_core::{Tenant, axum::Problem};

use crate::{
    accounts::{Audience, Token},
    web::{app::App, cookie, page::PageError},
};

/// Leaves a secret in the browser, and asks the central site for what is made for its digest.
pub(super) async fn ask(State(app): State<App>, tenant: Tenant) -> Result<Response, PageError> {
    let secret = Token::generate().map_err(crate::accounts::AccountError::from)?;
    let state = Token::digest(secret.reveal());
    let to = format!("{}/hand-over/{}?state={state}", app.sites.central(), tenant.slug);
    Ok((cookie::with_state(&app.sites, secret.reveal()), Redirect::to(&to)).into_response())
}

pub(super) async fn take(
    State(app): State<App>,
    tenant: Tenant,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let secret = cookie::state(&app.sites, &headers).unwrap_or_default();
    let Some(user) = app.accounts.take_over(&token, tenant.id, &secret).await? else {
        let detail = "This way in has been used already, or was made for another browser.";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail).with_code("SAAS004").into());
    };
    let token = app.accounts.open_session(user, Audience::Tenant(tenant.id)).await?;
    Ok((cookie::handed_over(&app.sites, token.reveal()), Redirect::to("/")).into_response())
}

//! Signing in and out, on whichever site: a session holds on the site that it was made on.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    app::App,
    cookie,
    form::{Entered, Field},
    page::{Page, PageError},
    visitor,
};
use crate::{
    accounts::{AccountError, Audience},
    entity::user,
    invalid::Invalid,
};

/// The site that somebody signs in to.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) name: String,
    pub(super) accent: &'static str,
    pub(super) audience: Audience,
    /// Another way in: where it leads, and what it is called.
    pub(super) other_way: Option<(String, &'static str)>,
}

#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    gate: Gate,
    fields: Vec<Field>,
    to: String,
}

/// The form as it was filled in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SignInForm {
    email: String,
    password: String,
    to: String,
}

/// Where to go on to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Onward {
    to: String,
}

fn page(gate: Gate, email: &str, to: &str, invalid: &Invalid) -> SignInPage {
    let fields = vec![
        Field::new("email", "Email", email, "type=email required autocomplete=username")
            .with_error(invalid, "email"),
        Field::new(
            "password",
            "Password",
            "",
            "type=password required autocomplete=current-password",
        )
        .with_error(invalid, "password"),
    ];
    SignInPage { gate, fields, to: visitor::onward(to).to_owned() }
}

pub(super) fn show(gate: Gate, Query(onward): Query<Onward>) -> Response {
    Page::ok(page(gate, "", &onward.to, &Invalid::default())).into_response()
}

/// Signs in whoever the site is open to; `admit` says why it is not, where it is not.
pub(super) async fn enter(
    app: &App,
    gate: Gate,
    Entered(form): Entered<SignInForm>,
    admit: impl AsyncFnOnce(&user::Model) -> Result<Option<&'static str>, PageError>,
) -> Result<Response, PageError> {
    let user = match app.accounts.known_user(&form.email, &form.password).await {
        Ok(user) => user,
        Err(AccountError::Invalid(invalid)) => {
            return Ok(Page::invalid(page(gate, &form.email, &form.to, &invalid)).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(reason) = admit(&user).await? {
        let invalid = Invalid::of("email", reason);
        return Ok(Page::invalid(page(gate, &form.email, &form.to, &invalid)).into_response());
    }
    open(app, &user, gate.audience, visitor::onward(&form.to)).await
}

/// Opens a session on a site, and goes on.
pub(super) async fn open(
    app: &App,
    user: &user::Model,
    audience: Audience,
    to: &str,
) -> Result<Response, PageError> {
    let token = app.accounts.open_session(user.id, audience).await?;
    Ok((cookie::signed_in(&app.sites, token.reveal()), Redirect::to(to)).into_response())
}

/// Ends the session, also one that could not be used here.
pub(super) async fn leave(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if let Some(token) = cookie::token(&app.sites, &headers) {
        app.accounts.close_session(&token).await?;
    }
    Ok((cookie::signed_out(&app.sites), Redirect::to("/sign-in")).into_response())
}

//! `/api/session`: a token for a program, for this tenant only.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tenancy_core::Tenant;

use super::{ApiError, json::Received};
use crate::{
    accounts::{Audience, SESSION},
    invalid::Invalid,
    web::app::App,
};

/// An account of a member.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Credentials {
    email: String,
    password: String,
}

/// A token to show as `Authorization: Bearer`.
#[derive(Serialize)]
pub(in crate::web) struct Opened {
    token: String,
    expires_in_seconds: u64,
}

pub(in crate::web) async fn open(
    State(app): State<App>,
    tenant: Tenant,
    Received(account): Received<Credentials>,
) -> Result<(StatusCode, Json<Opened>), ApiError> {
    let user = app.accounts.known_user(&account.email, &account.password).await?;
    let member = app.tenancy.registry().find_member(tenant.id, &user.id.to_string()).await?;
    if member.is_none() {
        let detail = "This account is no member of this shop.";
        return Err(crate::accounts::AccountError::from(Invalid::of("email", detail)).into());
    }
    let token = app.accounts.open_session(user.id, Audience::Tenant(tenant.id)).await?;
    let token = token.reveal().to_owned();
    Ok((StatusCode::CREATED, Json(Opened { token, expires_in_seconds: SESSION.as_secs() })))
}

//! Going on to a shop that one belongs to: its site has asked for it, for one browser.

use axum::{
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tenancy_core::{Slug, axum::Problem};

use super::visitor;
use crate::web::{app::App, memberships, page::PageError, visitor::nobody};

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Asked {
    state: String,
}

pub(super) async fn hand_over(
    State(app): State<App>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<Response, PageError> {
    let Some(user) = visitor(&app, request.headers()).await? else { return Ok(nobody(&request)) };
    let slug: Slug = slug.parse().map_err(|_| PageError::not_found())?;
    let registry = app.tenancy.registry();
    let tenant = registry.find_by_slug(&slug).await?.ok_or_else(PageError::not_found)?;
    if registry.find_member(tenant.id, &user.id.to_string()).await?.is_none() {
        let detail = "You are not a member of this shop.";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail).with_code("SAAS002").into());
    }
    let token = app.accounts.hand_over(user.id, tenant.id, &asked.state).await?;
    let shop = memberships::address(&app, &tenant).await?;
    Ok(Redirect::to(&format!("{shop}/enter/{}", token.reveal())).into_response())
}

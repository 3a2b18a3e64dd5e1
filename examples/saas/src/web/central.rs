//! The central site: where people ask for a shop, see those they belong to, and go on to them.

mod hand_over;
mod home;
mod sign_in;
mod sign_up;

use axum::{
    Router,
    http::HeaderMap,
    routing::{get, post},
};

use super::{
    app::{App, Setting},
    page::PageError,
    visitor,
};
use crate::{accounts::Audience, entity::user};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(super::sign_in::leave))
        .route("/sign-up", get(sign_up::show).post(sign_up::ask))
        .route("/sign-ups/{id}", get(sign_up::progress))
        .route("/sign-ups/{id}/again", post(sign_up::again))
        .route("/hand-over/{slug}", get(hand_over::hand_over))
}

/// What every page of the central site shows.
#[derive(Debug, Clone)]
struct Frame {
    user: Option<user::Model>,
    setting: Setting,
    /// The entry of the navigation that the page belongs to.
    section: &'static str,
}

impl Frame {
    fn new(app: &App, user: Option<user::Model>, section: &'static str) -> Self {
        Self { user, setting: app.setting, section }
    }
}

/// Who is signed in on the central site.
async fn visitor(app: &App, headers: &HeaderMap) -> Result<Option<user::Model>, PageError> {
    let session = visitor::session(app, headers, Audience::Central).await;
    let session = session.map_err(tenancy_core::axum::Problem::from)?;
    Ok(session.map(|session| session.user))
}

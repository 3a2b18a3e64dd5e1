//! The front page: what this is, or the shops that one belongs to.

use askama::Template;
use axum::{extract::State, http::HeaderMap};

use super::{Frame, visitor};
use crate::web::{
    app::App,
    memberships::{self, Belonging},
    page::{Page, PageError},
};

/// The most shops that are listed for a person.
const MOST: usize = 200;

#[derive(Debug, Template)]
#[template(path = "central/home.html")]
pub(in crate::web) struct HomePage {
    frame: Frame,
    shops: Vec<Belonging>,
}

pub(super) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Page<HomePage>, PageError> {
    let user = visitor(&app, &headers).await?;
    let shops = match &user {
        Some(user) => memberships::of(&app, user, MOST).await?,
        None => Vec::new(),
    };
    Ok(Page::ok(HomePage { frame: Frame::new(&app, user, "home"), shops }))
}

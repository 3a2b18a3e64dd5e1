//! Signing in on the central site, for everybody who has an account.

use axum::{
    extract::{Query, State},
    response::Response,
};

use crate::{
    accounts::Audience,
    web::{
        app::App,
        form::Entered,
        page::PageError,
        sign_in::{self, Gate, Onward, SignInForm},
    },
};

fn gate() -> Gate {
    Gate {
        name: "Shops".to_owned(),
        accent: "",
        audience: Audience::Central,
        other_way: Some(("/sign-up".to_owned(), "Open a shop of your own")),
    }
}

pub(super) async fn show(onward: Query<Onward>) -> Response {
    sign_in::show(gate(), onward)
}

pub(super) async fn enter(
    State(app): State<App>,
    form: Entered<SignInForm>,
) -> Result<Response, PageError> {
    sign_in::enter(&app, gate(), form, async |_| Ok(None)).await
}

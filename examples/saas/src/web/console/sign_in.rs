//! Signing in to the console.

use axum::{
    extract::{Query, State},
    response::Response,
};

use crate::{
    accounts::Audience,
    entity::user,
    web::{
        app::App,
        form::Entered,
        page::PageError,
        sign_in::{self, Gate, Onward, SignInForm},
    },
};

fn gate() -> Gate {
    Gate {
        name: "Console".to_owned(),
        accent: "console",
        audience: Audience::Console,
        other_way: None,
    }
}

pub(super) async fn show(onward: Query<Onward>) -> Response {
    sign_in::show(gate(), onward)
}

pub(super) async fn enter(
    State(app): State<App>,
    form: Entered<SignInForm>,
) -> Result<Response, PageError> {
    let admit = async |user: &user::Model| {
        Ok((!user.is_operator).then_some("The console is for operators."))
    };
    sign_in::enter(&app, gate(), form, admit).await
}

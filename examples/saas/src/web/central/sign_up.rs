//! Asking for a shop, and looking on while it is made.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Frame, visitor};
use crate::{
    accounts::{AccountError, Audience, NewUser},
    entity::{currency, sign_up, user},
    invalid::Invalid,
    sign_up::{SignUpError, State as Stage, Wanted},
    web::{
        app::App,
        cookie,
        form::{self, Entered, Field},
        page::{Page, PageError},
    },
};

#[derive(Debug, Template)]
#[template(path = "central/sign_up.html")]
struct SignUpPage {
    frame: Frame,
    fields: Vec<Field>,
    person: Vec<Field>,
    currencies: Vec<currency::Model>,
    currency: String,
    base: String,
}

#[derive(Debug, Template)]
#[template(path = "central/progress.html")]
struct ProgressPage {
    frame: Frame,
    row: sign_up::Model,
    /// The way into the shop that is made.
    shop: String,
}

impl ProgressPage {
    fn is_waiting(&self) -> bool {
        self.row.is(Stage::Waiting) && !self.row.is_open_again()
    }

    fn is_made(&self) -> bool {
        self.row.is(Stage::Made)
    }

    fn state(&self) -> &str {
        if self.row.is_open_again() { Stage::Failed.as_str() } else { &self.row.state }
    }
}

/// The form as it was filled in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct SignUpForm {
    shop_name: String,
    slug: String,
    currency: String,
    your_name: String,
    email: String,
    password: String,
}

impl SignUpForm {
    fn wanted(&self) -> Wanted {
        Wanted {
            name: self.shop_name.clone(),
            slug: self.slug.clone(),
            currency: self.currency.clone(),
        }
    }

    fn new_user(&self) -> NewUser {
        NewUser {
            name: self.your_name.clone(),
            email: self.email.clone(),
            password: self.password.clone(),
        }
    }

    async fn page(
        &self,
        app: &App,
        user: Option<user::Model>,
        invalid: &Invalid,
    ) -> Result<SignUpPage, PageError> {
        let fields = vec![
            Field::new("shop_name", "Name of the shop", &self.shop_name, "required maxlength=120")
                .with_error(invalid, "shop_name"),
            Field::new("slug", "Address", &self.slug, "required maxlength=63 autocapitalize=none spellcheck=false autocomplete=off")
                .with_hint("Small letters, digits and hyphens; it becomes the first part of the shop's host name.")
                .with_error(invalid, "slug"),
        ];
        let person = if user.is_some() { Vec::new() } else { self.person(invalid) };
        Ok(SignUpPage {
            frame: Frame::new(app, user, "sign-up"),
            fields,
            person,
            currencies: app.sign_ups.currencies().await?,
            currency: self.currency.clone(),
            base: app.sites.base().to_owned(),
        })
    }

    fn person(&self, invalid: &Invalid) -> Vec<Field> {
        form::person(&self.your_name, &self.email, invalid)
    }
}

pub(super) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let user = visitor(&app, &headers).await?;
    let page = SignUpForm::default().page(&app, user, &Invalid::default()).await?;
    Ok(Page::ok(page).into_response())
}

pub(super) async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
    Entered(form): Entered<SignUpForm>,
) -> Result<Response, PageError> {
    let known = visitor(&app, &headers).await?;
    // Everything that is wrong is said at once, and no account is made for a shop that cannot be.
    let mut invalid = match app.sign_ups.check(&form.wanted()).await {
        Ok(_) => Invalid::default(),
        Err(SignUpError::Invalid(invalid)) => invalid,
        Err(error) => return Err(error.into()),
    };
    let new = form.new_user();
    if known.is_none() {
        invalid.extend(new.check().err().unwrap_or_default());
    }
    if !invalid.fields().is_empty() {
        return Ok(Page::invalid(form.page(&app, known, &invalid).await?).into_response());
    }
    let (user, is_new) = match known {
        Some(user) => (user, false),
        None => match app.accounts.add_user(&new).await {
            Ok(user) => (user, true),
            Err(AccountError::Invalid(invalid)) => {
                return Ok(Page::invalid(form.page(&app, None, &invalid).await?).into_response());
            }
            Err(error) => return Err(error.into()),
        },
    };
    let id = app.sign_ups.ask(user.id, &form.wanted()).await?;
    let onward = Redirect::to(&format!("/sign-ups/{id}"));
    if is_new {
        let token = app.accounts.open_session(user.id, Audience::Central).await?;
        return Ok((cookie::signed_in(&app.sites, token.reveal()), onward).into_response());
    }
    Ok(onward.into_response())
}

async fn own(
    app: &App,
    headers: &HeaderMap,
    id: &str,
) -> Result<(user::Model, sign_up::Model), PageError> {
    let user = visitor(app, headers).await?.ok_or_else(PageError::not_found)?;
    let id: Uuid = id.parse().map_err(|_| PageError::not_found())?;
    let row = app.sign_ups.find(id, user.id).await?.ok_or_else(PageError::not_found)?;
    Ok((user, row))
}

pub(super) async fn progress(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (user, row) = own(&app, &headers, &id).await?;
    let shop = app.sites.url(app.sites.domain(&row.slug.parse()?)?.as_str());
    let page = ProgressPage { frame: Frame::new(&app, Some(user), ""), row, shop };
    Ok(Page::ok(page).into_response())
}

pub(super) async fn again(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Redirect, PageError> {
    let (_, row) = own(&app, &headers, &id).await?;
    let to = format!("/sign-ups/{}", row.id);
    app.sign_ups.again(row).await?;
    Ok(Redirect::to(&to))
}

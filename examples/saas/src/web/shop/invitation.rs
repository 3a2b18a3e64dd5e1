//! Accepting an invitation, with an account that one has or a new one.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use tenancy_core::{Error, Invitation, Tenant};

use crate::{
    accounts::{AccountError, Audience, NewUser},
    entity::user,
    invalid::Invalid,
    web::{
        app::App,
        form::{self, Entered, Field},
        memberships,
        page::{Page, PageError},
        sign_in,
    },
};

#[derive(Debug, Template)]
#[template(path = "shop/invitation.html")]
struct InvitationPage {
    name: String,
    accent: &'static str,
    invitation: Invitation,
    token: String,
    fresh: Vec<Field>,
    known: Vec<Field>,
    wants_known: bool,
}

/// The form as it was filled in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct AcceptForm {
    /// `known` for an account that is there.
    account: String,
    your_name: String,
    email: String,
    password: String,
}

impl AcceptForm {
    fn is_known(&self) -> bool {
        self.account == "known"
    }

    fn page(
        &self,
        tenant: &Tenant,
        invitation: Invitation,
        token: String,
        invalid: &Invalid,
    ) -> InvitationPage {
        let none = Invalid::default();
        let email = if self.email.is_empty() {
            invitation.address.clone().unwrap_or_default()
        } else {
            self.email.clone()
        };
        let (of_fresh, of_known) =
            if self.is_known() { (&none, invalid) } else { (invalid, &none) };
        let known = vec![
            Field::new("email", "Email", &email, "type=email required autocomplete=username")
                .with_id("known_email")
                .with_error(of_known, "email"),
            Field::new(
                "password",
                "Password",
                "",
                "type=password required autocomplete=current-password",
            )
            .with_id("known_password")
            .with_error(of_known, "password"),
        ];
        InvitationPage {
            name: tenant.name.clone(),
            accent: memberships::accent(tenant),
            fresh: form::person(&self.your_name, &email, of_fresh),
            known,
            wants_known: self.is_known(),
            invitation,
            token,
        }
    }

    /// The account that accepts.
    async fn account(&self, app: &App) -> Result<user::Model, AccountError> {
        if self.is_known() {
            return app.accounts.known_user(&self.email, &self.password).await;
        }
        let (name, email) = (self.your_name.clone(), self.email.clone());
        app.accounts.add_user(&NewUser { name, email, password: self.password.clone() }).await
    }
}

/// The open invitation of a token into this shop. One into another shop is none here.
async fn find(app: &App, tenant: &Tenant, token: &str) -> Result<Invitation, PageError> {
    let found = app.tenancy.registry().find_invitation(token).await?;
    let found = found.filter(|invitation| invitation.tenant == tenant.id);
    found.filter(|open| open.is_open(chrono::Utc::now())).ok_or_else(closed)
}

fn closed() -> PageError {
    PageError::gone("This invitation has been used, taken back, or has run out.")
}

pub(super) async fn show(
    State(app): State<App>,
    tenant: Tenant,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let invitation = find(&app, &tenant, &token).await?;
    let page = AcceptForm::default().page(&tenant, invitation, token, &Invalid::default());
    Ok(Page::ok(page).into_response())
}

pub(super) async fn accept(
    State(app): State<App>,
    tenant: Tenant,
    Path(token): Path<String>,
    Entered(form): Entered<AcceptForm>,
) -> Result<Response, PageError> {
    let invitation = find(&app, &tenant, &token).await?;
    let email = form.email.trim().to_lowercase();
    let is_other = invitation.address.as_ref().is_some_and(|address| *address != email);
    let account = if is_other {
        let detail = "This invitation is for another address.";
        Err(AccountError::Invalid(Invalid::of("email", detail)))
    } else {
        form.account(&app).await
    };
    let user = match account {
        Ok(user) => user,
        Err(AccountError::Invalid(invalid)) => {
            let page = form.page(&tenant, invitation, token, &invalid);
            return Ok(Page::invalid(page).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    match app.tenancy.registry().accept_invitation(&token, &user.id.to_string()).await {
        // Who is a member already goes on as what he or she is.
        Ok(_) | Err(Error::Taken { .. }) => {
            sign_in::open(&app, &user, Audience::Tenant(tenant.id), "/").await
        }
        Err(Error::InvitationClosed) => Err(closed()),
        Err(error) => Err(error.into()),
    }
}

//! The members of a shop, and how others become some: invitations by mail or by a link.

use std::{num::NonZeroU16, time::Duration};

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tenancy_core::{Error, Invitation, Member, Role, TenantConnection};
use uuid::Uuid;

use crate::{
    invalid::{Invalid, is_email},
    rights::Right,
    shop::ShopError,
    web::{
        app::App,
        form::{Entered, Field},
        page::{Page, PageError},
        shop::site::{Shop, Site},
    },
};

/// How long an invitation is open.
const OPEN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A member as the page shows it.
#[derive(Debug)]
struct Row {
    member: Member,
    name: String,
    email: String,
    is_self: bool,
}

#[derive(Debug, Template)]
#[template(path = "shop/members.html")]
struct MembersPage {
    site: Site,
    section: &'static str,
    rows: Vec<Row>,
    open: Vec<Invitation>,
    fields: Vec<Field>,
    role: String,
    /// The link of the invitation that was just made. It is shown once.
    link: Option<String>,
}

impl MembersPage {
    /// The roles that the member may give: none above the own one.
    fn roles(&self) -> impl Iterator<Item = Role> {
        let own = self.site.role;
        Role::ALL.into_iter().filter(move |role| *role >= own)
    }
}

/// The form for an invitation as it was filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct InviteForm {
    email: String,
    uses: String,
    role: String,
}

/// Whom an invitation is for.
enum Whom {
    Address(String),
    Link(NonZeroU16),
}

impl InviteForm {
    fn read(&self, own: Role) -> Result<(Whom, Role), Invalid> {
        let mut invalid = Invalid::default();
        let role = self.role.parse::<Role>().ok().filter(|role| *role >= own);
        if role.is_none() {
            invalid.add("role", "Choose a role that is not above your own.");
        }
        let email = self.email.trim();
        let whom = if email.is_empty() {
            match self.uses.trim().parse::<NonZeroU16>() {
                Ok(uses) if uses.get() <= 1000 => Some(Whom::Link(uses)),
                _ => None,
            }
        } else {
            is_email(email).then(|| Whom::Address(email.to_owned()))
        };
        match (&whom, email.is_empty()) {
            (None, true) => invalid.add("uses", "A number between 1 and 1000, please."),
            (None, false) => invalid.add("email", "This is no email address."),
            (Some(_), _) => {}
        }
        match (whom, role) {
            (Some(whom), Some(role)) => invalid.into_result().map(|()| (whom, role)),
            _ => Err(invalid),
        }
    }

    async fn page(
        &self,
        app: &App,
        shop: Shop,
        invalid: &Invalid,
        link: Option<String>,
    ) -> Result<Response, PageError> {
        let Shop { connection, site } = shop;
        let tenant = connection.tenant().id;
        let registry = app.tenancy.registry();
        let members = registry.members(tenant).await?;
        let users = app.accounts.users(members.iter().map(|member| member.user.as_str())).await?;
        let own = site.user.id.to_string();
        let rows = members.into_iter().map(|member| {
            let user = users.get(&member.user);
            Row {
                name: user.map_or_else(|| member.user.clone(), |user| user.name.clone()),
                email: user.map_or_else(String::new, |user| user.email.clone()),
                is_self: member.user == own,
                member,
            }
        });
        let rows = rows.collect();
        let now = chrono::Utc::now();
        let mut open = Vec::new();
        if site.may(Right::Invite) {
            open = registry.invitations(tenant).await?;
            open.retain(|invitation| invitation.is_open(now));
        }
        let fields = vec![
            Field::new("email", "Email", &self.email, "type=email maxlength=254 autocomplete=off")
                .with_hint("For one person. Leave it empty for a link that several can use.")
                .with_error(invalid, "email"),
            Field::new(
                "uses",
                "Uses of the link",
                &self.uses,
                "type=number min=1 max=1000 inputmode=numeric",
            )
            .with_hint("How many people can come in by it.")
            .with_error(invalid, "uses"),
        ];
        let role = self.role.clone();
        let page = MembersPage { site, section: "members", rows, open, fields, role, link };
        let is_invalid = !invalid.fields().is_empty();
        Ok(if is_invalid { Page::invalid(page) } else { Page::ok(page) }.into_response())
    }
}

pub(super) async fn list(State(app): State<App>, shop: Shop) -> Result<Response, PageError> {
    let form = InviteForm { uses: "1".to_owned(), role: "user".to_owned(), ..Default::default() };
    form.page(&app, shop, &Invalid::default(), None).await
}

/// Invites, and shows the link: this application sends no mail.
pub(super) async fn invite(
    State(app): State<App>,
    shop: Shop,
    Entered(form): Entered<InviteForm>,
) -> Result<Response, PageError> {
    shop.require(Right::Invite)?;
    let (whom, role) = match form.read(shop.site.role) {
        Ok(read) => read,
        Err(invalid) => return form.page(&app, shop, &invalid, None).await,
    };
    let tenant = shop.connection.tenant().id;
    let by = shop.site.user.id.to_string();
    let registry = app.tenancy.registry();
    let invited = match whom {
        Whom::Address(address) => registry.invite(tenant, &address, role, OPEN, Some(&by)).await,
        Whom::Link(uses) => registry.invite_by_link(tenant, role, OPEN, uses, Some(&by)).await,
    };
    let token = match invited {
        Ok((_, token)) => token,
        Err(Error::Taken { .. }) => {
            let invalid = Invalid::of("email", "An invitation for this address is open already.");
            return form.page(&app, shop, &invalid, None).await;
        }
        Err(error) => return Err(error.into()),
    };
    let url = address(&app, &shop.connection).await?;
    let link = format!("{url}/invitation/{}", token.reveal());
    let form = InviteForm { uses: "1".to_owned(), role: "user".to_owned(), ..Default::default() };
    form.page(&app, shop, &Invalid::default(), Some(link)).await
}

async fn address(app: &App, shop: &TenantConnection) -> Result<String, PageError> {
    Ok(crate::web::memberships::address(app, shop.tenant()).await?)
}

pub(super) async fn revoke(
    State(app): State<App>,
    shop: Shop,
    Path(id): Path<String>,
) -> Result<Redirect, PageError> {
    shop.require(Right::Invite)?;
    let id: Uuid = id.parse().map_err(|_| PageError::not_found())?;
    match app.tenancy.registry().revoke_invitation(shop.connection.tenant().id, id).await {
        // Whoever looks at the list sees that it is open no more.
        Ok(()) | Err(Error::InvitationClosed) => Ok(Redirect::to("/members")),
        Err(error) => Err(error.into()),
    }
}

/// What becomes of a member: another role, or the end of the membership.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct ChangeForm {
    role: String,
}

pub(super) async fn change(
    State(app): State<App>,
    shop: Shop,
    Path(user): Path<String>,
    Entered(form): Entered<ChangeForm>,
) -> Result<Redirect, PageError> {
    shop.require(Right::Invite)?;
    let tenant = shop.connection.tenant().id;
    let registry = app.tenancy.registry();
    let member = registry.find_member(tenant, &user).await?.ok_or_else(PageError::not_found)?;
    // Nobody changes those above, or lifts anybody above.
    let own = shop.site.role;
    let to: Option<Role> = form.role.parse().ok();
    if member.role < own || to.is_some_and(|role| role < own) {
        return Err(ShopError::Forbidden.into());
    }
    let changed = match (to, form.role.as_str()) {
        (Some(role), _) => registry.set_role(tenant, &user, role).await.map(drop),
        (None, "none") => registry.remove_member(tenant, &user).await,
        (None, _) => return Err(PageError::not_found()),
    };
    match changed {
        Ok(()) => Ok(Redirect::to("/members")),
        Err(Error::LastOwner { .. }) => {
            let detail = "The only owner of a shop stays its owner.";
            Err(ShopError::from(Invalid::of("role", detail)).into())
        }
        Err(error) => Err(error.into()),
    }
}

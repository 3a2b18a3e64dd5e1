//! The operators' site: all tenants, what state they are in, and what is done with them.

mod checks;
mod migrations;
mod sign_in;
mod tenant;
mod tenants;

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use tenancy_core::{Tenant, TenantStatus, axum::Problem};

use super::{
    app::{App, Setting},
    respond,
    visitor::{self, Visitor, nobody},
};
use crate::{accounts::Audience, entity::user};

pub(super) fn routes(app: &App) -> Router<App> {
    let operators = middleware::from_fn_with_state(app.clone(), operators_only);
    let closed = Router::new()
        .route("/", get(tenants::list))
        .route("/tenants", get(tenants::list).post(tenants::create))
        .route("/tenants/new", get(tenants::new))
        .route("/tenants/{slug}", get(tenant::show))
        .route("/tenants/{slug}/{step}", post(tenant::change))
        .route("/migrations", get(migrations::list).post(migrations::begin))
        .route("/migrations/{id}", get(migrations::progress))
        .route("/checks", get(checks::show))
        .route_layer(operators);
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(super::sign_in::leave))
        .merge(closed)
}

/// Lets operators in, and nobody else. Whether one still is an operator is asked each time.
async fn operators_only(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    match visitor::session(&app, request.headers(), Audience::Console).await {
        Ok(Some(session)) if session.user.is_operator => {
            request.extensions_mut().insert(Visitor(session.user));
            next.run(request).await
        }
        Ok(Some(_)) => {
            let problem = Problem::new(StatusCode::FORBIDDEN, "The console is for operators.");
            respond(&uri, problem.with_code("SAAS005"))
        }
        Ok(None) => nobody(&request),
        Err(refused) => respond(&uri, refused.into()),
    }
}

/// What every page of the console shows.
#[derive(Debug, Clone)]
struct Frame {
    user: user::Model,
    setting: Setting,
    section: &'static str,
}

impl Frame {
    fn new(app: &App, Visitor(user): Visitor, section: &'static str) -> Self {
        Self { user, setting: app.setting, section }
    }
}

/// How far a tenant is behind the migrations of this release.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// It has all of them.
    UpToDate,
    /// It lacks so many.
    Behind(usize),
    /// It has one that this release does not know.
    Ahead,
}

impl Standing {
    fn of(app: &App, tenant: &Tenant) -> Self {
        let known = app.tenancy.tenant_set().migrations();
        let has = match &tenant.migration_head {
            None => Some(0),
            Some(head) => known.iter().position(|known| known.name == *head).map(|at| at + 1),
        };
        match has.map(|has| known.len() - has) {
            None => Self::Ahead,
            Some(0) => Self::UpToDate,
            Some(lacking) => Self::Behind(lacking),
        }
    }

    fn is_behind(&self) -> bool {
        matches!(self, Self::Behind(_))
    }

    fn text(&self) -> String {
        match self {
            Self::UpToDate => "up to date".to_owned(),
            Self::Behind(1) => "1 migration behind".to_owned(),
            Self::Behind(count) => format!("{count} migrations behind"),
            Self::Ahead => "ahead of this release".to_owned(),
        }
    }
}

/// What an operator may do with a tenant, as the last part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Finish,
    Suspend,
    Resume,
    Archive,
    Delete,
    Restore,
}

impl Step {
    const ALL: [Self; 6] =
        [Self::Finish, Self::Suspend, Self::Resume, Self::Archive, Self::Delete, Self::Restore];

    fn name(self) -> &'static str {
        match self {
            Self::Finish => "finish",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Archive => "archive",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Finish => "Finish its creation",
            Self::Suspend => "Suspend",
            Self::Resume => "Resume",
            Self::Archive => "Archive",
            Self::Delete => "Delete",
            Self::Restore => "Restore",
        }
    }

    /// Whether it asks to be done on purpose.
    fn is_grave(self) -> bool {
        matches!(self, Self::Archive | Self::Delete)
    }

    fn is_possible(self, status: TenantStatus) -> bool {
        match self {
            Self::Finish => status == TenantStatus::Provisioning,
            Self::Suspend => status == TenantStatus::Active,
            Self::Resume => {
                matches!(status, TenantStatus::Suspended | TenantStatus::Archived)
            }
            Self::Archive => matches!(status, TenantStatus::Active | TenantStatus::Suspended),
            Self::Delete => matches!(
                status,
                TenantStatus::Active | TenantStatus::Suspended | TenantStatus::Archived
            ),
            Self::Restore => status == TenantStatus::Deleted,
        }
    }
}

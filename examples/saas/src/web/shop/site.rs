//! What a handler takes as an argument: the shop that the request is for.

use std::borrow::Borrow;

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use sea_orm::EntityTrait;
use serde_json::Value;
use tenancy_core::{Role, Tenant, TenantConnection, axum::Problem};

use crate::{
    entity::{Currency, currency, user},
    rights::Right,
    shop::{ShopError, money},
    web::{
        app::{App, Setting},
        is_api,
        memberships::{self, Belonging},
        respond,
        visitor::Member,
    },
};

/// How many shops the menu of a page lists; the central site lists all of them.
const MENU: usize = 8;

/// The shop that a request is for: the way to its data, and what its pages show of it.
#[derive(Debug)]
pub(in crate::web) struct Shop {
    pub(in crate::web) connection: TenantConnection,
    pub(in crate::web) site: Site,
}

impl Shop {
    /// Refuses what the member's role does not include.
    pub(in crate::web) fn require(&self, right: Right) -> Result<(), ShopError> {
        if self.site.may(right) { Ok(()) } else { Err(ShopError::Forbidden) }
    }
}

/// What every page shows of a shop.
#[derive(Debug, Clone)]
pub(in crate::web) struct Site {
    pub(in crate::web) name: String,
    pub(in crate::web) slug: String,
    pub(in crate::web) currency: currency::Model,
    pub(in crate::web) accent: &'static str,
    pub(in crate::web) setting: Setting,
    pub(in crate::web) user: user::Model,
    pub(in crate::web) role: Role,
    /// The shops that the member may go to from here.
    pub(in crate::web) shops: Vec<Belonging>,
    /// The address of the central site.
    pub(in crate::web) central: String,
}

impl Site {
    /// The letter that stands for the shop.
    pub(in crate::web) fn initial(&self) -> char {
        self.name.chars().next().unwrap_or('·')
    }

    pub(in crate::web) fn money(&self, cents: impl Borrow<i64>) -> String {
        money::format(&self.currency.symbol, *cents.borrow())
    }

    pub(in crate::web) fn may(&self, right: Right) -> bool {
        right.is_of(self.role)
    }

    pub(in crate::web) fn may_sell(&self) -> bool {
        self.may(Right::Sell)
    }

    pub(in crate::web) fn may_invite(&self) -> bool {
        self.may(Right::Invite)
    }

    pub(in crate::web) fn may_stock(&self) -> bool {
        self.may(Right::Stock)
    }
}

async fn currency(tenant: &Tenant, shop: &TenantConnection) -> Result<currency::Model, Problem> {
    let code = tenant.settings.get("currency").and_then(Value::as_str).unwrap_or("EUR");
    // A shared table, read through the tenant's connection.
    let found = Currency::find_by_id(code).one(shop).await;
    let found = found.map_err(|error| Problem::from(&error))?;
    Ok(found.unwrap_or_else(|| currency::Model {
        code: code.to_owned(),
        name: code.to_owned(),
        symbol: format!("{code} "),
    }))
}

impl FromRequestParts<App> for Shop {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        // Isolation: without a member there is no connection.
        let Member { user, role } = Member::from_request_parts(parts, app).await?;
        let connection = TenantConnection::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let refused = |problem| respond(&parts.uri, problem);
        let tenant = connection.tenant();
        let currency = currency(tenant, &connection).await.map_err(refused)?;
        let shops = if is_api(&parts.uri) {
            Vec::new()
        } else {
            let shops = memberships::of(app, &user, MENU).await;
            shops.map_err(|error| refused(Problem::from(&error)))?
        };
        let site = Site {
            name: tenant.name.clone(),
            slug: tenant.slug.to_string(),
            currency,
            accent: memberships::accent(tenant),
            setting: app.setting,
            user,
            role,
            shops,
            central: app.sites.central(),
        };
        Ok(Self { connection, site })
    }
}

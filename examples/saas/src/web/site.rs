//! What a handler takes as an argument: the shop that the request is for.

use std::borrow::Borrow;

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use sea_orm::EntityTrait;
use serde_json::Value;
use tenancy_core::{Tenant, TenantConnection, axum::Problem};

use super::Setting;
use crate::{
    entity::{Currency, currency},
    shop::money,
};

/// The shop that a request is for: the way to its data, and what its pages show of it.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) connection: TenantConnection,
    pub(super) site: Site,
}

/// What every page shows of a shop.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) currency: currency::Model,
    pub(super) accent: Accent,
    pub(super) setting: Setting,
}

/// The colour of a shop.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Accent {
    #[default]
    Teal,
    Plum,
}

impl Accent {
    fn of(tenant: &Tenant) -> Self {
        match setting(tenant, "accent") {
            Some("plum") => Self::Plum,
            _ => Self::Teal,
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Teal => "teal",
            Self::Plum => "plum",
        }
    }
}

impl Site {
    /// The letter that stands for the shop.
    pub(super) fn initial(&self) -> char {
        self.name.chars().next().unwrap_or('·')
    }

    pub(super) fn money(&self, cents: impl Borrow<i64>) -> String {
        money::format(&self.currency.symbol, *cents.borrow())
    }
}

/// What the application keeps about a tenant.
fn setting<'a>(tenant: &'a Tenant, name: &str) -> Option<&'a str> {
    tenant.settings.get(name).and_then(Value::as_str)
}

impl FromRequestParts<Setting> for Shop {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Setting) -> Result<Self, Response> {
        let connection = TenantConnection::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let tenant = connection.tenant();
        let code = setting(tenant, "currency").unwrap_or("EUR");
        // A shared table, read through the tenant's connection.
        let found = Currency::find_by_id(code).one(&connection).await;
        let currency = found
            .map_err(|error| super::respond(&parts.uri, Problem::from(&error)))?
            .unwrap_or_else(|| currency::Model {
                code: code.to_owned(),
                name: code.to_owned(),
                symbol: format!("{code} "),
            });
        let site = Site {
            name: tenant.name.clone(),
            slug: tenant.slug.to_string(),
            currency,
            accent: Accent::of(tenant),
            setting: *state,
        };
        Ok(Self { connection, site })
    }
}

//! `/api/customers`.

use axum::{Json, http::StatusCode};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{ApiError, json::Received};
use crate::{
    entity::customer,
    rights::Right,
    shop::customers::{self, NewCustomer},
    web::shop::site::Shop,
};

#[derive(Debug, Serialize)]
pub(super) struct Customers {
    customers: Vec<Customer>,
}

#[derive(Debug, Serialize)]
pub(super) struct Customer {
    id: i64,
    name: String,
    email: String,
    created_at: DateTime<Utc>,
}

impl From<customer::Model> for Customer {
    fn from(customer: customer::Model) -> Self {
        let customer::Model { id, name, email, created_at } = customer;
        Self { id, name, email, created_at }
    }
}

pub(super) async fn list(shop: Shop) -> Result<Json<Customers>, ApiError> {
    let customers = customers::list(&shop.connection).await?;
    Ok(Json(Customers { customers: customers.into_iter().map(Customer::from).collect() }))
}

pub(super) async fn add(
    shop: Shop,
    Received(new): Received<NewCustomer>,
) -> Result<(StatusCode, Json<Customer>), ApiError> {
    shop.require(Right::Sell)?;
    let customer = customers::add(&shop.connection, &new).await?;
    Ok((StatusCode::CREATED, Json(customer.into())))
}

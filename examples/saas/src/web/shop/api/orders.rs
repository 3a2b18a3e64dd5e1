//! `/api/orders`.

use axum::{
    Json,
    extract::{Path, rejection::PathRejection},
    http::{HeaderName, StatusCode, header::LOCATION},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{ApiError, json::Received};
use crate::{
    rights::Right,
    shop::{
        ShopError,
        orders::{self, NewOrder, Placed},
    },
    web::shop::site::Shop,
};

#[derive(Debug, Serialize)]
pub(super) struct Orders {
    orders: Vec<Order>,
}

#[derive(Debug, Serialize)]
pub(super) struct Order {
    id: i64,
    customer_id: i64,
    placed_at: DateTime<Utc>,
    currency: String,
    total_cents: i64,
    items: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    product_id: i64,
    quantity: i32,
    unit_price_cents: i64,
}

impl From<Placed> for Order {
    fn from(placed: Placed) -> Self {
        let items = placed.items.iter().map(|(item, _)| Item {
            product_id: item.product_id,
            quantity: item.quantity,
            unit_price_cents: item.unit_price_cents,
        });
        Self {
            id: placed.order.id,
            customer_id: placed.order.customer_id,
            placed_at: placed.order.placed_at,
            total_cents: placed.total_cents(),
            items: items.collect(),
            currency: placed.order.currency,
        }
    }
}

pub(super) async fn list(shop: Shop) -> Result<Json<Orders>, ApiError> {
    let orders = orders::list(&shop.connection).await?;
    Ok(Json(Orders { orders: orders.into_iter().map(Order::from).collect() }))
}

pub(super) async fn show(
    shop: Shop,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Order>, ApiError> {
    let Path(id) = id.map_err(|_| ShopError::NotFound)?;
    Ok(Json(orders::find(&shop.connection, id).await?.into()))
}

pub(super) async fn place(
    shop: Shop,
    Received(new): Received<NewOrder>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Order>), ApiError> {
    shop.require(Right::Sell)?;
    let order = orders::place(&shop.connection, &new, &shop.site.currency.code).await?;
    let placed = orders::find(&shop.connection, order.id).await?;
    let location = [(LOCATION, format!("/api/orders/{}", order.id))];
    Ok((StatusCode::CREATED, location, Json(placed.into())))
}

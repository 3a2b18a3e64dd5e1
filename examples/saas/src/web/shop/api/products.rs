//! `/api/products`.

use axum::{Json, http::StatusCode};
use serde::Serialize;

use super::{ApiError, json::Received};
use crate::{
    entity::product,
    rights::Right,
    shop::products::{self, NewProduct},
    web::shop::site::Shop,
};

#[derive(Debug, Serialize)]
pub(super) struct Products {
    products: Vec<Product>,
}

#[derive(Debug, Serialize)]
pub(super) struct Product {
    id: i64,
    sku: String,
    name: String,
    price_cents: i64,
    currency: String,
    stock: i32,
}

impl Product {
    fn new(product: product::Model, currency: &str) -> Self {
        let product::Model { id, sku, name, price_cents, stock } = product;
        Self { id, sku, name, price_cents, currency: currency.to_owned(), stock }
    }
}

pub(super) async fn list(shop: Shop) -> Result<Json<Products>, ApiError> {
    let products = products::list(&shop.connection).await?.into_iter();
    let currency = &shop.site.currency.code;
    Ok(Json(Products { products: products.map(|p| Product::new(p, currency)).collect() }))
}

pub(super) async fn add(
    shop: Shop,
    Received(new): Received<NewProduct>,
) -> Result<(StatusCode, Json<Product>), ApiError> {
    shop.require(Right::Stock)?;
    let product = products::add(&shop.connection, &new).await?;
    Ok((StatusCode::CREATED, Json(Product::new(product, &shop.site.currency.code))))
}

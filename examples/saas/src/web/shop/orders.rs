//! The orders, one of them, and the form for a new one.

use askama::Template;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use crate::{
    entity::{customer, product},
    rights::Right,
    shop::{
        Invalid, ShopError, customers,
        orders::{self, NewItem, NewOrder, Placed},
        products,
    },
    web::{
        form::Entered,
        page::{Page, PageError},
        shop::site::{Shop, Site},
    },
};

#[derive(Debug, Template)]
#[template(path = "shop/orders.html")]
pub(super) struct OrdersPage {
    site: Site,
    section: &'static str,
    orders: Vec<Placed>,
}

#[derive(Debug, Template)]
#[template(path = "shop/order.html")]
pub(super) struct OrderPage {
    site: Site,
    section: &'static str,
    placed: Placed,
}

#[derive(Debug, Template)]
#[template(path = "shop/new_order.html")]
pub(super) struct NewOrderPage {
    site: Site,
    section: &'static str,
    customers: Vec<customer::Model>,
    products: Vec<product::Model>,
    form: OrderForm,
    invalid: Invalid,
}

/// The form as it was filled in: a customer, and a quantity for each product.
#[derive(Debug, Default)]
pub(super) struct OrderForm {
    customer: String,
    quantities: Vec<(i64, String)>,
}

impl OrderForm {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            if name == "customer" {
                form.customer = value;
            } else if let Some(Ok(id)) = name.strip_prefix("quantity-").map(str::parse) {
                form.quantities.push((id, value));
            }
        }
        form
    }

    fn has_customer(&self, id: &i64) -> bool {
        self.customer == id.to_string()
    }

    fn quantity(&self, product: &i64) -> &str {
        let entered = self.quantities.iter().find(|(id, _)| id == product);
        entered.map_or("", |(_, quantity)| quantity)
    }

    fn read(&self) -> Result<NewOrder, Invalid> {
        let mut invalid = Invalid::default();
        let customer_id = self.customer.parse().unwrap_or_else(|_| {
            invalid.add("customer_id", "Choose a customer.");
            0
        });
        let mut items = Vec::new();
        for (product_id, quantity) in &self.quantities {
            match quantity.trim() {
                "" | "0" => {}
                number => match number.parse() {
                    Ok(quantity) => items.push(NewItem { product_id: *product_id, quantity }),
                    Err(_) => invalid.add("items", "Please write whole numbers."),
                },
            }
        }
        if items.is_empty() {
            invalid.add("items", "Choose at least one product.");
        }
        invalid.into_result().map(|()| NewOrder { customer_id, items })
    }

    async fn page(self, shop: Shop, invalid: Invalid) -> Result<NewOrderPage, DbErr> {
        let customers = customers::list(&shop.connection).await?;
        let products = products::list(&shop.connection).await?;
        let (site, section) = (shop.site, "orders");
        Ok(NewOrderPage { site, section, customers, products, form: self, invalid })
    }
}

pub(super) async fn list(shop: Shop) -> Result<Page<OrdersPage>, PageError> {
    let orders = orders::list(&shop.connection).await?;
    Ok(Page::ok(OrdersPage { site: shop.site, section: "orders", orders }))
}

pub(super) async fn show(
    shop: Shop,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Page<OrderPage>, PageError> {
    let Path(id) = id.map_err(|_| ShopError::NotFound)?;
    let placed = orders::find(&shop.connection, id).await?;
    Ok(Page::ok(OrderPage { site: shop.site, section: "orders", placed }))
}

pub(super) async fn new(shop: Shop) -> Result<Page<NewOrderPage>, PageError> {
    shop.require(Right::Sell)?;
    Ok(Page::ok(OrderForm::default().page(shop, Invalid::default()).await?))
}

pub(super) async fn place(
    shop: Shop,
    Entered(pairs): Entered<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    shop.require(Right::Sell)?;
    let form = OrderForm::of(pairs);
    let placed = match form.read() {
        Ok(new) => orders::place(&shop.connection, &new, &shop.site.currency.code).await,
        Err(invalid) => Err(ShopError::Invalid(invalid)),
    };
    match placed {
        Ok(order) => Ok(Redirect::to(&format!("/orders/{}", order.id)).into_response()),
        Err(ShopError::Invalid(invalid)) => {
            Ok(Page::invalid(form.page(shop, invalid).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A point of time for people, in one form for all of them.
fn day_and_time(time: &DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

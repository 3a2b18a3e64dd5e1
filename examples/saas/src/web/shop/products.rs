//! The form for a new product.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::{
    rights::Right,
    shop::{
        Invalid, ShopError, money,
        products::{self, NewProduct},
    },
    web::{
        form::{Entered, Field},
        page::{Page, PageError},
        shop::site::{Shop, Site},
    },
};

#[derive(Debug, Template)]
#[template(path = "shop/product.html")]
pub(super) struct ProductPage {
    site: Site,
    section: &'static str,
    fields: Vec<Field>,
}

/// The form as it was filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProductForm {
    sku: String,
    name: String,
    price: String,
    stock: String,
}

impl ProductForm {
    fn read(&self) -> Result<NewProduct, Invalid> {
        let mut invalid = Invalid::default();
        let price_cents = money::parse(&self.price).unwrap_or_else(|| {
            invalid.add("price_cents", "Please write an amount, such as 12.50.");
            0
        });
        let stock = self.stock.trim().parse().unwrap_or_else(|_| {
            invalid.add("stock", "Please write a whole number.");
            0
        });
        let (sku, name) = (self.sku.clone(), self.name.clone());
        let new = NewProduct { sku, name, price_cents, stock };
        invalid.extend(new.check().err().unwrap_or_default());
        invalid.into_result().map(|()| new)
    }

    fn page(&self, site: Site, invalid: &Invalid) -> ProductPage {
        let fields = vec![
            Field::new("name", "Name", &self.name, "required maxlength=120 autocomplete=off")
                .with_error(invalid, "name"),
            Field::new("sku", "Number (SKU)", &self.sku, "required maxlength=40 autocomplete=off")
                .with_hint("Each product of this shop has its own, such as ANV-100.")
                .with_error(invalid, "sku"),
            Field::new("price", "Price", &self.price, "required inputmode=decimal")
                .with_hint("With cents, such as 12.50.")
                .with_error(invalid, "price_cents"),
            Field::new("stock", "Pieces in stock", &self.stock, "required inputmode=numeric")
                .with_error(invalid, "stock"),
        ];
        ProductPage { site, section: "products", fields }
    }
}

pub(super) async fn new(shop: Shop) -> Result<Page<ProductPage>, PageError> {
    shop.require(Right::Stock)?;
    Ok(Page::ok(ProductForm::default().page(shop.site, &Invalid::default())))
}

pub(super) async fn add(
    shop: Shop,
    Entered(form): Entered<ProductForm>,
) -> Result<Response, PageError> {
    shop.require(Right::Stock)?;
    let added = match form.read() {
        Ok(new) => products::add(&shop.connection, &new).await,
        Err(invalid) => Err(ShopError::Invalid(invalid)),
    };
    match added {
        Ok(product) => Ok(Redirect::to(&format!("/#product-{}", product.id)).into_response()),
        Err(ShopError::Invalid(invalid)) => {
            Ok(Page::invalid(form.page(shop.site, &invalid)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

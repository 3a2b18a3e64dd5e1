//! The customers, and the form for a new one.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use sea_orm::DbErr;
use serde::Deserialize;

use crate::{
    entity::customer,
    rights::Right,
    shop::{
        Invalid, ShopError,
        customers::{self, NewCustomer},
    },
    web::{
        form::{Entered, Field},
        page::{Page, PageError},
        shop::site::{Shop, Site},
    },
};

#[derive(Debug, Template)]
#[template(path = "shop/customers.html")]
pub(super) struct CustomersPage {
    site: Site,
    section: &'static str,
    customers: Vec<customer::Model>,
    fields: Vec<Field>,
}

/// The form as it was filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CustomerForm {
    name: String,
    email: String,
}

impl CustomerForm {
    async fn page(&self, shop: Shop, invalid: &Invalid) -> Result<CustomersPage, DbErr> {
        let customers = customers::list(&shop.connection).await?;
        let fields = vec![
            Field::new("name", "Name", &self.name, "required maxlength=120 autocomplete=off")
                .with_error(invalid, "name"),
            Field::new(
                "email",
                "Email",
                &self.email,
                "type=email required maxlength=254 autocomplete=off",
            )
            .with_error(invalid, "email"),
        ];
        Ok(CustomersPage { site: shop.site, section: "customers", customers, fields })
    }
}

pub(super) async fn list(shop: Shop) -> Result<Page<CustomersPage>, PageError> {
    Ok(Page::ok(CustomerForm::default().page(shop, &Invalid::default()).await?))
}

pub(super) async fn add(
    shop: Shop,
    Entered(form): Entered<CustomerForm>,
) -> Result<Response, PageError> {
    let new = NewCustomer { name: form.name.clone(), email: form.email.clone() };
    shop.require(Right::Sell)?;
    match customers::add(&shop.connection, &new).await {
        Ok(customer) => {
            Ok(Redirect::to(&format!("/customers#customer-{}", customer.id)).into_response())
        }
        Err(ShopError::Invalid(invalid)) => {
            Ok(Page::invalid(form.page(shop, &invalid).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

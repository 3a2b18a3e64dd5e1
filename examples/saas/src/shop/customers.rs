//! The customers of a shop.

use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect, Set, SqlErr,
};
use serde::Deserialize;

use super::{LIST_LIMIT, ShopError};
use crate::{
    entity::{Customer, customer},
    invalid::{Invalid, is_email},
};

/// A customer to add.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCustomer {
    pub(crate) name: String,
    pub(crate) email: String,
}

impl NewCustomer {
    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        invalid.check_text("name", &self.name, 120);
        invalid.check_text("email", &self.email, 254);
        if !is_email(self.email.trim()) {
            invalid.add("email", "This is no email address.");
        }
        invalid.into_result()
    }
}

pub(crate) async fn list<C: ConnectionTrait>(shop: &C) -> Result<Vec<customer::Model>, DbErr> {
    let by_name = Customer::find().order_by_asc(customer::Column::Name);
    by_name.order_by_asc(customer::Column::Id).limit(LIST_LIMIT).all(shop).await
}

pub(crate) async fn add<C: ConnectionTrait>(
    shop: &C,
    new: &NewCustomer,
) -> Result<customer::Model, ShopError> {
    new.check()?;
    let customer = customer::ActiveModel {
        name: Set(new.name.trim().to_owned()),
        email: Set(new.email.trim().to_lowercase()),
        created_at: Set(Utc::now()),
        ..Default::default()
    };
    customer.insert(shop).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Invalid::of("email", "A customer with this address exists already.").into()
        }
        _ => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_need_a_name_and_an_address() {
        let check = |name: &str, email: &str| {
            NewCustomer { name: name.to_owned(), email: email.to_owned() }.check()
        };
        assert_eq!(check("Ada", "ada@example.com"), Ok(()));
        for email in ["", "ada", "@example.com", "ada@", "a da@example.com", "a@b@c"] {
            let invalid = check(" ", email).unwrap_err();
            assert!(invalid.detail("name").is_some());
            assert!(invalid.detail("email").is_some(), "{email}");
        }
    }
}

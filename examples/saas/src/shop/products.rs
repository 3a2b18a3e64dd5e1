//! The products of a shop.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect, Set, SqlErr,
};
use serde::Deserialize;

use super::{Invalid, LIST_LIMIT, ShopError, money};
use crate::entity::{Product, product};

/// The most pieces of a product that are kept.
const MOST_IN_STOCK: i64 = 1_000_000;

/// A product to add.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProduct {
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) price_cents: i64,
    pub(crate) stock: i32,
}

impl NewProduct {
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        invalid.check_text("sku", &self.sku, 40);
        invalid.check_text("name", &self.name, 120);
        invalid.check_range("price_cents", self.price_cents, money::HIGHEST_PRICE);
        invalid.check_range("stock", self.stock.into(), MOST_IN_STOCK);
        invalid.into_result()
    }
}

pub(crate) async fn list<C: ConnectionTrait>(shop: &C) -> Result<Vec<product::Model>, DbErr> {
    let by_name = Product::find().order_by_asc(product::Column::Name);
    by_name.order_by_asc(product::Column::Id).limit(LIST_LIMIT).all(shop).await
}

pub(crate) async fn add<C: ConnectionTrait>(
    shop: &C,
    new: &NewProduct,
) -> Result<product::Model, ShopError> {
    new.check()?;
    let product = product::ActiveModel {
        sku: Set(new.sku.trim().to_owned()),
        name: Set(new.name.trim().to_owned()),
        price_cents: Set(new.price_cents),
        stock: Set(new.stock),
        ..Default::default()
    };
    product.insert(shop).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Invalid::of("sku", "A product with this number exists already.").into()
        }
        _ => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_stay_within_their_bounds() {
        let product = NewProduct {
            sku: "A-1".to_owned(),
            name: "Anvil".to_owned(),
            price_cents: 0,
            stock: 0,
        };
        assert_eq!(product.check(), Ok(()));
        let bad = NewProduct {
            sku: "x".repeat(41),
            name: "\n".to_owned(),
            price_cents: money::HIGHEST_PRICE + 1,
            stock: -1,
        };
        let invalid = bad.check().unwrap_err();
        assert_eq!(invalid.fields().len(), 4, "{invalid:?}");
    }
}

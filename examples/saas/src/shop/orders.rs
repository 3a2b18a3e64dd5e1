//! The orders of a shop.

use std::collections::BTreeMap;

use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, LoaderTrait,
    QueryFilter, QueryOrder, QuerySelect, Set, TransactionSession, TransactionTrait,
    sea_query::Expr,
};
use serde::Deserialize;

use super::{Invalid, LIST_LIMIT, ShopError};
use crate::entity::{Customer, Order, OrderItem, Product, customer, order, order_item, product};

/// The most pieces of a product in an order.
const MOST_OF_A_PRODUCT: i32 = 10_000;

/// The most products in an order.
const MOST_ITEMS: usize = 100;

/// An order to place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    pub(crate) customer_id: i64,
    pub(crate) items: Vec<NewItem>,
}

/// A line of an order to place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewItem {
    pub(crate) product_id: i64,
    pub(crate) quantity: i32,
}

/// An order with what belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) order: order::Model,
    pub(crate) customer: Option<customer::Model>,
    pub(crate) items: Vec<(order_item::Model, Option<product::Model>)>,
}

impl Placed {
    pub(crate) fn total_cents(&self) -> i64 {
        self.items.iter().map(|(item, _)| item.total_cents()).sum()
    }

    pub(crate) fn pieces(&self) -> i64 {
        self.items.iter().map(|(item, _)| i64::from(item.quantity)).sum()
    }
}

impl NewOrder {
    /// The quantities by product, in the order of their ids, so that two orders never wait for
    /// each other's products.
    fn quantities(&self) -> Result<BTreeMap<i64, i32>, Invalid> {
        let mut quantities: BTreeMap<i64, i32> = BTreeMap::new();
        for item in &self.items {
            if !(1..=MOST_OF_A_PRODUCT).contains(&item.quantity) {
                let detail = format!("A quantity must lie between 1 and {MOST_OF_A_PRODUCT}.");
                return Err(Invalid::of("items", detail));
            }
            if quantities.insert(item.product_id, item.quantity).is_some() {
                return Err(Invalid::of("items", "Each product may stand in an order once."));
            }
        }
        match quantities.len() {
            0 => Err(Invalid::of("items", "Choose at least one product.")),
            1..=MOST_ITEMS => Ok(quantities),
            _ => Err(Invalid::of("items", format!("At most {MOST_ITEMS} products, please."))),
        }
    }
}

/// The newest orders, without the products: three statements, however many orders there are.
pub(crate) async fn list<C: ConnectionTrait>(shop: &C) -> Result<Vec<Placed>, DbErr> {
    let newest = Order::find().order_by_desc(order::Column::Id).limit(LIST_LIMIT);
    let orders = newest.all(shop).await?;
    let customers = orders.load_one(Customer, shop).await?;
    let items = orders.load_many(OrderItem, shop).await?;
    let with_customers = orders.into_iter().zip(customers).zip(items);
    Ok(with_customers
        .map(|((order, customer), items)| {
            let items = items.into_iter().map(|item| (item, None)).collect();
            Placed { order, customer, items }
        })
        .collect())
}

/// An order with its customer, items and products.
pub(crate) async fn find<C: ConnectionTrait>(shop: &C, id: i64) -> Result<Placed, ShopError> {
    let found = Order::find_by_id(id).find_also_related(Customer).one(shop).await?;
    let (order, customer) = found.ok_or(ShopError::NotFound)?;
    let items = OrderItem::find()
        .find_also_related(Product)
        .filter(order_item::Column::OrderId.eq(id))
        .order_by_asc(order_item::Column::Id)
        .all(shop)
        .await?;
    Ok(Placed { order, customer, items })
}

/// Places an order: all of it, with its pieces taken from the stock, or nothing.
pub(crate) async fn place<C: TransactionTrait>(
    shop: &C,
    new: &NewOrder,
    currency: &str,
) -> Result<order::Model, ShopError> {
    let quantities = new.quantities()?;
    let transaction = shop.begin().await?;
    // What writes comes first: on SQLite a transaction that has read cannot wait to write.
    let mut products = Vec::with_capacity(quantities.len());
    for (product, quantity) in quantities {
        products.push((take(&transaction, product, quantity).await?, quantity));
    }
    if Customer::find_by_id(new.customer_id).one(&transaction).await?.is_none() {
        return Err(Invalid::of("customer_id", "Choose a customer.").into());
    }
    let order = order::ActiveModel {
        customer_id: Set(new.customer_id),
        currency: Set(currency.to_owned()),
        placed_at: Set(Utc::now()),
        ..Default::default()
    };
    let order = order.insert(&transaction).await?;
    let items = products.into_iter().map(|(product, quantity)| order_item::ActiveModel {
        order_id: Set(order.id),
        product_id: Set(product.id),
        quantity: Set(quantity),
        unit_price_cents: Set(product.price_cents),
        ..Default::default()
    });
    OrderItem::insert_many(items).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(order)
}

/// Takes pieces of a product from the stock, if there are as many.
async fn take<C: ConnectionTrait>(
    shop: &C,
    id: i64,
    quantity: i32,
) -> Result<product::Model, ShopError> {
    let taken = Product::update_many()
        .col_expr(product::Column::Stock, Expr::col(product::Column::Stock).sub(quantity))
        .filter(product::Column::Id.eq(id))
        .filter(product::Column::Stock.gte(quantity))
        .exec(shop)
        .await?;
    let product = Product::find_by_id(id).one(shop).await?;
    let product = product.ok_or_else(|| Invalid::of("items", "There is no such product."))?;
    if taken.rows_affected == 0 {
        let left = match product.stock {
            0 => format!("“{}” is sold out.", product.name),
            left => format!("There are only {left} of “{}” left.", product.name),
        };
        return Err(Invalid::of("items", left).into());
    }
    Ok(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(items: &[(i64, i32)]) -> NewOrder {
        let items = items.iter();
        let items = items.map(|&(product_id, quantity)| NewItem { product_id, quantity }).collect();
        NewOrder { customer_id: 1, items }
    }

    #[test]
    fn orders_take_each_product_once_and_in_order() {
        let quantities = order(&[(7, 1), (3, 2)]).quantities().unwrap();
        assert_eq!(quantities.into_iter().collect::<Vec<_>>(), [(3, 2), (7, 1)]);
        for bad in [&[][..], &[(1, 0)], &[(1, -1)], &[(1, 10_001)], &[(1, 1), (1, 2)]] {
            assert!(order(bad).quantities().is_err(), "{bad:?}");
        }
    }
}

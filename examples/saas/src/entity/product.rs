//! A product that a shop sells.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Unique among the products of a shop; another shop may have the same.
    #[sea_orm(unique)]
    pub sku: String,
    pub name: String,
    pub price_cents: i64,
    pub stock: i32,
    #[sea_orm(has_many)]
    pub order_items: HasMany<super::order_item::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

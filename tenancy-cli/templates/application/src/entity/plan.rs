//! A plan that tenants can be on: the same ones for all, which a tenant reads and does not write.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub price_cents: i64,
}

impl ActiveModelBehavior for ActiveModel {}

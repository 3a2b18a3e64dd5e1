//! A note, which every tenant has its own of.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Unique among the notes of a tenant; another tenant may have the same.
    #[sea_orm(unique)]
    pub title: String,
}

impl ActiveModelBehavior for ActiveModel {}

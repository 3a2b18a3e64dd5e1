//! The table `tenants_invitation`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tenants_invitation")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    /// Empty for one that is for whoever has its link.
    pub(crate) address: String,
    pub(crate) role: String,
    #[sea_orm(unique)]
    pub(crate) token_hash: String,
    pub(crate) status: String,
    pub(crate) invited_by: Option<String>,
    pub(crate) accepted_by: Option<String>,
    pub(crate) expires_at: DateTimeUtc,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) closed_at: Option<DateTimeUtc>,
    pub(crate) most_uses: i32,
    pub(crate) uses: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

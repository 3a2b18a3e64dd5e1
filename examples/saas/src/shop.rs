//! What a shop does, whoever asks: pages and API call the same functions, which take a connection
//! and know nothing of tenants.

pub(crate) mod customers;
pub(crate) mod money;
pub(crate) mod orders;
pub(crate) mod products;

use sea_orm::DbErr;

pub(crate) use crate::invalid::Invalid;

/// The most rows that a list holds.
const LIST_LIMIT: u64 = 200;

/// Why a shop did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShopError {
    /// What came in cannot be used; each field says why.
    #[error("the input cannot be used")]
    Invalid(#[from] Invalid),
    /// There is nothing of that id in this shop.
    #[error("there is nothing of that id")]
    NotFound,
    /// The role of whoever asks does not include it.
    #[error("the role does not include it")]
    Forbidden,
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DbErr),
}

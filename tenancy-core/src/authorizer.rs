//! Who may enter a tenant: `trait Authorizer`, asked before there is a handle.

mod membership;

use std::fmt::Debug;

use async_trait::async_trait;
use http::request::Parts;

pub use self::membership::{CurrentUser, MembershipAuthorizer};
use crate::{error::Error, member::Member, tenant::Tenant};

/// Says whether a request may enter the tenant that it names.
///
/// It is asked after the tenant has been found and is known to be served, and before there is a
/// connection, or anything else of the tenant's. [`MembershipAuthorizer`] lets members in.
///
/// # Contract
/// 1. What it says depends on the request and the tenant.
/// 2. What it cannot find out is a [`Denial`].
///
/// # Example
/// ```
/// use tenancy_core::{
///     Tenant,
///     authorizer::{Authorizer, Denial, Grant},
///     web::http::request::Parts,
/// };
///
/// /// Lets nobody in who has not paid.
/// #[derive(Debug)]
/// struct Paid;
///
/// #[async_trait::async_trait]
/// impl Authorizer for Paid {
///     async fn authorize(&self, _request: &Parts, tenant: &Tenant) -> Result<Grant, Denial> {
///         if tenant.settings["paid"].as_bool() == Some(true) {
///             return Ok(Grant::anybody());
///         }
///         Err(Denial::Forbidden { detail: "This site has not been paid for.".to_owned() })
///     }
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say who may enter a tenant",
    note = "use `MembershipAuthorizer`, or implement `tenancy_core::authorizer::Authorizer`"
)]
pub trait Authorizer: Debug + Send + Sync + 'static {
    /// Lets a request into a tenant, or says why not.
    ///
    /// # Errors
    /// A [`Denial`].
    async fn authorize(&self, request: &Parts, tenant: &Tenant) -> Result<Grant, Denial>;
}

/// That a request may enter, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grant {
    member: Option<Member>,
}

impl Grant {
    /// The request may enter, whoever sends it.
    #[must_use]
    pub fn anybody() -> Self {
        Self::default()
    }

    /// The request may enter as a member's.
    #[must_use]
    pub fn member(member: Member) -> Self {
        Self { member: Some(member) }
    }

    /// Whose request it is, where that has been looked at.
    #[must_use]
    pub fn into_member(self) -> Option<Member> {
        self.member
    }
}

/// Why a request may not enter.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Denial {
    /// Nobody is signed in: 401.
    #[error("nobody is signed in")]
    SignIn,
    /// Somebody is, and is no member: 403.
    #[error("the user is no member")]
    NotMember,
    /// The credential is another tenant's: 403.
    #[error("the credential is another tenant's")]
    Conflict,
    /// The client is not to know that the tenant is there: 404, as for one that is not.
    #[error("the tenant is hidden")]
    Hidden,
    /// Something of the application's own stands against it: 403.
    #[error("{detail}")]
    Forbidden {
        /// What the client is told.
        detail: String,
    },
    /// It could not be found out: 503.
    #[error("it could not be found out who may enter")]
    Lookup {
        /// Why.
        #[source]
        source: Error,
    },
}

impl Denial {
    /// For `map_err`: it could not be found out.
    #[must_use]
    pub fn lookup(source: Error) -> Self {
        Self::Lookup { source }
    }
}

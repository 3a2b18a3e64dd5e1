//! `MembershipAuthorizer`: members are let in, and nobody else.

use async_trait::async_trait;
use http::request::Parts;

use super::{Authorizer, Denial, Grant};
use crate::{lookup::TenantLookup, tenant::Tenant};

/// The user who has signed in, by the id under which the registry knows members. Whoever has checked
/// the session or token leaves it in the request's extensions before the tenant layer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CurrentUser(pub String);

/// Lets the members of a tenant in.
///
/// Handlers take the membership as [`Member`](crate::Member) or [`Role`](crate::Role).
///
/// ```
/// # use tenancy_core::{Tenancy, authorizer::MembershipAuthorizer};
/// # fn example(tenancy: &Tenancy) -> MembershipAuthorizer {
/// MembershipAuthorizer::new(tenancy)
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct MembershipAuthorizer {
    lookup: TenantLookup,
    lets_visitors_in: bool,
    hides_tenants: bool,
}

impl MembershipAuthorizer {
    /// Lets members in: 401 for who is not signed in, 403 for who is no member.
    #[must_use]
    pub fn new(lookup: impl Into<TenantLookup>) -> Self {
        Self { lookup: lookup.into(), lets_visitors_in: false, hides_tenants: false }
    }

    /// Lets those in who are not signed in, as where a shop has customers without accounts, and who
    /// are signed in as somebody else's member. Only what takes a [`Member`](crate::Member) is for
    /// members then.
    #[must_use]
    pub fn with_visitors(self) -> Self {
        Self { lets_visitors_in: true, ..self }
    }

    /// Says 404 to who is no member, so that nobody can feel for tenants.
    #[must_use]
    pub fn hiding_tenants(self) -> Self {
        Self { hides_tenants: true, ..self }
    }
}

#[async_trait]
impl Authorizer for MembershipAuthorizer {
    async fn authorize(&self, request: &Parts, tenant: &Tenant) -> Result<Grant, Denial> {
        let member = match request.extensions.get::<CurrentUser>() {
            Some(CurrentUser(user)) => {
                self.lookup.member(tenant.id, user).await.map_err(Denial::lookup)?
            }
            None if self.lets_visitors_in => None,
            None if self.hides_tenants => return Err(Denial::Hidden),
            None => return Err(Denial::SignIn),
        };
        match member {
            Some(member) => Ok(Grant::member(member)),
            None if self.lets_visitors_in => Ok(Grant::anybody()),
            None if self.hides_tenants => Err(Denial::Hidden),
            None => Err(Denial::NotMember),
        }
    }
}

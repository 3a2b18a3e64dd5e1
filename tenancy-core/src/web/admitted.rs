//! `Admitted`: what the layer leaves in a request for guards and extractors.

use http::{HeaderMap, request::Parts};

use super::{
    links::TenantLinks,
    page::Page,
    problem::Problem,
    refusal::{self, TenantRejection},
};
use crate::{
    connection::TenantConnection, member::Member, resolver::Candidate, tenancy::Tenancy,
    tenant::Tenant,
};

/// What the layer leaves in a request. Only the layer makes one.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(super) side: Side,
    pub(super) tenancy: Tenancy,
    pub(super) page: Page,
}

/// Whose part of the application a request is for.
#[derive(Debug, Clone)]
pub(super) enum Side {
    Tenant(Box<Entered>),
    Central,
    Ignored,
}

/// The tenant that a request may enter.
#[derive(Debug, Clone)]
pub(super) struct Entered {
    pub(super) candidate: Candidate,
    pub(super) member: Option<Member>,
}

#[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "extractors ask"))]
impl Admitted {
    /// What the layer found out about a request.
    pub(crate) fn of(request: &Parts) -> Result<&Self, TenantRejection> {
        request.extensions.get().ok_or_else(|| {
            let problem = refusal::missing("a route that `TenantLayer` does not cover needs it");
            TenantRejection::new(problem, &request.headers, &Page::default())
        })
    }

    pub(crate) fn reject(&self, problem: Problem, headers: &HeaderMap) -> TenantRejection {
        TenantRejection::new(problem, headers, &self.page)
    }

    fn entered(&self) -> Option<&Entered> {
        match &self.side {
            Side::Tenant(entered) => Some(entered),
            Side::Central | Side::Ignored => None,
        }
    }

    pub(crate) fn is_central(&self) -> bool {
        matches!(self.side, Side::Central)
    }

    pub(crate) fn tenancy(&self) -> &Tenancy {
        &self.tenancy
    }

    /// The tenant of a request, if it is for one.
    pub(crate) fn tenant(&self) -> Option<&Tenant> {
        self.entered().map(|entered| &entered.candidate.tenant)
    }

    /// The tenant of a request that must be for one.
    pub(crate) fn required(&self, headers: &HeaderMap) -> Result<&Tenant, TenantRejection> {
        match &self.side {
            Side::Tenant(entered) => Ok(&entered.candidate.tenant),
            Side::Central => Err(self.reject(refusal::wrong_side(), headers)),
            Side::Ignored => {
                let what = "a handler asks for the tenant on a path or host that is ignored";
                Err(self.reject(refusal::missing(what), headers))
            }
        }
    }

    /// The membership of the tenant, if whoever sends the request is known to have one.
    pub(crate) fn member(&self) -> Option<&Member> {
        self.entered()?.member.as_ref()
    }

    /// The membership that the request must have.
    pub(crate) fn required_member(&self, headers: &HeaderMap) -> Result<&Member, TenantRejection> {
        self.required(headers)?;
        self.member().ok_or_else(|| self.reject(refusal::sign_in(), headers))
    }

    pub(crate) fn links(&self) -> TenantLinks {
        TenantLinks::under(self.entered().and_then(|entered| entered.candidate.prefix.clone()))
    }

    pub(crate) async fn open(
        &self,
        tenant: &Tenant,
        headers: &HeaderMap,
    ) -> Result<TenantConnection, TenantRejection> {
        let opened = self.tenancy.connection(tenant).await;
        opened.map_err(|error| self.reject(refusal::of(&error), headers))
    }
}

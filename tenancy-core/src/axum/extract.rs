//! What handlers take as arguments.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use crate::{
    central::CentralConnection,
    connection::TenantConnection,
    member::{Member, Role},
    tenant::Tenant,
    web::{Admitted, CentralReason, TenantLinks, TenantRejection, missing},
};

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        Admitted::of(parts)?.required(&parts.headers).cloned()
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Tenant {
    type Rejection = TenantRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, TenantRejection> {
        Ok(Admitted::of(parts)?.tenant().cloned())
    }
}

/// Opens a connection of the tenant's, which costs no round trip where the tenant has none of its
/// own.
impl<S: Sync> FromRequestParts<S> for TenantConnection {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        let parts = &*parts;
        let admitted = Admitted::of(parts)?;
        admitted.open(admitted.required(&parts.headers)?, &parts.headers).await
    }
}

/// `None` on the central part; a tenant that cannot be entered is refused all the same.
impl<S: Sync> OptionalFromRequestParts<S> for TenantConnection {
    type Rejection = TenantRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, TenantRejection> {
        let parts = &*parts;
        let admitted = Admitted::of(parts)?;
        let Some(tenant) = admitted.tenant() else { return Ok(None) };
        admitted.open(tenant, &parts.headers).await.map(Some)
    }
}

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        Admitted::of(parts)?.required_member(&parts.headers).cloned()
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Member {
    type Rejection = TenantRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, TenantRejection> {
        Ok(Admitted::of(parts)?.member().cloned())
    }
}

impl<S: Sync> FromRequestParts<S> for Role {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        Admitted::of(parts)?.required_member(&parts.headers).map(|member| member.role)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Role {
    type Rejection = TenantRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, TenantRejection> {
        Ok(Admitted::of(parts)?.member().map(|member| member.role))
    }
}

impl<S: Sync> FromRequestParts<S> for TenantLinks {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        Ok(Admitted::of(parts)?.links())
    }
}

/// Leaves the tenants for the reason that the route's guard gives, and records it.
impl<S: Sync> FromRequestParts<S> for CentralConnection {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        let parts = &*parts;
        let admitted = Admitted::of(parts)?;
        let Some(CentralReason { reason, place }) = parts.extensions.get() else {
            let what = "a handler leaves the tenants on a route without \
                        `RouteGuard::central_because`";
            return Err(admitted.reject(missing(what), &parts.headers));
        };
        let central = admitted.tenancy().central_at(place, reason).await;
        central.map_err(|error| admitted.reject((&error).into(), &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum_core::response::IntoResponse;
    use http::Request;

    use super::*;

    #[tokio::test]
    async fn without_the_layer_there_is_nothing() {
        async fn refused<T>()
        where
            T: FromRequestParts<(), Rejection = TenantRejection> + std::fmt::Debug,
        {
            let (mut parts, ()) = Request::get("/").body(()).unwrap().into_parts();
            let rejection = T::from_request_parts(&mut parts, &()).await.unwrap_err();
            assert!(!format!("{:?}", rejection.problem()).contains("TenantLayer"));
            assert_eq!(rejection.into_response().status().as_u16(), 500);
        }
        refused::<Tenant>().await;
        refused::<TenantConnection>().await;
        refused::<Member>().await;
        refused::<Role>().await;
        refused::<TenantLinks>().await;
        refused::<CentralConnection>().await;
    }
}

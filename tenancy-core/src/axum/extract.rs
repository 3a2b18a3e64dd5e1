//! What handlers take as arguments: `Tenant` and `TenantConnection`.

use axum_core::extract::FromRequestParts;
use http::request::Parts;

use super::{
    layer::Admitted,
    page::Page,
    refusal::{TenantRejection, missing_layer},
};
use crate::{connection::TenantConnection, tenant::Tenant};

fn admitted(parts: &Parts) -> Result<&Admitted, TenantRejection> {
    parts
        .extensions
        .get()
        .ok_or_else(|| TenantRejection::new(missing_layer(), &parts.headers, &Page::default()))
}

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        Ok(admitted(parts)?.tenant.clone())
    }
}

/// Opens a connection of the tenant's, which costs no round trip where the tenant has none of its
/// own.
impl<S: Sync> FromRequestParts<S> for TenantConnection {
    type Rejection = TenantRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, TenantRejection> {
        let parts = &*parts;
        admitted(parts)?.open(&parts.headers).await
    }
}

#[cfg(test)]
mod tests {
    use axum_core::response::IntoResponse;
    use http::Request;

    use super::*;

    #[tokio::test]
    async fn without_the_layer_there_is_no_tenant() {
        let (mut parts, ()) = Request::get("/").body(()).unwrap().into_parts();
        let tenant = Tenant::from_request_parts(&mut parts, &()).await.unwrap_err();
        let connection = TenantConnection::from_request_parts(&mut parts, &()).await.unwrap_err();
        for rejection in [tenant, connection] {
            assert!(!format!("{:?}", rejection.problem()).contains("TenantLayer"));
            assert_eq!(rejection.into_response().status().as_u16(), 500);
        }
    }
}

//! The API: who asks is known by a token or by a gateway's header, before any route is reached.

use std::net::SocketAddr;

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header::AUTHORIZATION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use sea_orm::{ActiveModelTrait, EntityTrait, QueryOrder, QuerySelect, Set};
use serde::Deserialize;
use serde_json::{Map, Value};
use tenancy_core::{
    Result, Tenancy, TenantConnection,
    axum::{Problem, TenantLayer},
    resolver::{ClaimResolver, HeaderResolver, ResolverChain, TokenClaims, TrustedProxies},
};

use crate::{reading, token::Tokens};

/// The claim of a token that names its tenant.
const CLAIM: &str = "tenant";

/// The application. Both ways to name a tenant are credentials: where they disagree, the request is
/// refused.
pub(crate) fn application(
    tenancy: &Tenancy,
    tokens: Tokens,
    gateways: &[String],
) -> Result<Router> {
    let gateways = TrustedProxies::new(gateways)?.with_peer(|request| {
        request.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
    });
    let chain = ResolverChain::new()
        .trusting(gateways)
        .then(ClaimResolver::new(tenancy, CLAIM))
        .then(HeaderResolver::new(tenancy, "x-tenant")?);
    Ok(Router::new()
        .route("/readings", get(list).post(add))
        .layer(TenantLayer::new(tenancy.clone(), chain))
        .layer(middleware::from_fn_with_state(tokens, verify)))
}

/// Verifies the token of a request, and leaves its claims for the layer behind. A token that is not
/// known is refused here, so that it is never the same as none.
async fn verify(State(tokens): State<Tokens>, mut request: Request, next: Next) -> Response {
    let Some(field) = request.headers().get(AUTHORIZATION) else { return next.run(request).await };
    let Some(token) = bearer(field) else { return unknown() };
    match tokens.tenant_of(token).await {
        Ok(Some(tenant)) => {
            let claims = Map::from_iter([(CLAIM.to_owned(), Value::String(tenant))]);
            request.extensions_mut().insert(TokenClaims(claims));
            next.run(request).await
        }
        Ok(None) => unknown(),
        Err(error) => Problem::from(&error).into_response(),
    }
}

fn bearer(field: &HeaderValue) -> Option<&str> {
    field.to_str().ok()?.strip_prefix("Bearer ")
}

fn unknown() -> Response {
    Problem::new(StatusCode::UNAUTHORIZED, "This token is not known.").into_response()
}

async fn list(readings: TenantConnection) -> Result<Json<Vec<reading::Model>>, Problem> {
    let newest = reading::Entity::find().order_by_desc(reading::Column::Id).limit(100);
    newest.all(&readings).await.map(Json).map_err(|error| Problem::from(&error))
}

/// A reading as it comes in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewReading {
    meter: String,
    value: i64,
}

async fn add(
    readings: TenantConnection,
    Json(new): Json<NewReading>,
) -> Result<(StatusCode, Json<reading::Model>), Problem> {
    if new.meter.trim().is_empty() || new.meter.chars().count() > 40 {
        let detail = "The name of a meter has between 1 and 40 characters.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let reading =
        reading::ActiveModel { meter: Set(new.meter), value: Set(new.value), ..Default::default() };
    let added = reading.insert(&readings).await.map_err(|error| Problem::from(&error))?;
    Ok((StatusCode::CREATED, Json(added)))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tenancy_core::{
        config::Config,
        testing::{TestBackend, TestDatabase},
    };
    use tenancy_schema_per_tenant::SchemaPerTenant;
    use tower_service::Service;

    use super::*;

    struct Api {
        tenancy: Tenancy,
        application: Router,
        acme: String,
        globex: String,
        _database: TestDatabase,
    }

    async fn api() -> Api {
        let database = TestDatabase::create(TestBackend::Sqlite).await.unwrap();
        let directory = database.directory().unwrap().join("tenants");
        let config = Config::builder()
            .strategy(SchemaPerTenant::KEYS)
            .database_url(database.url())
            .set("schema-per-tenant.directory", &directory.to_string_lossy());
        let tenancy = crate::open(&config.build().unwrap()).await.unwrap();
        let tokens = Tokens::open(&tenancy).await.unwrap();
        let mut issued = Vec::new();
        for (slug, name) in [("acme", "Acme"), ("globex", "Globex")] {
            crate::add(&tenancy, slug, name).await.unwrap();
            let tenant = tenancy.registry().tenant(&slug.parse().unwrap()).await.unwrap();
            issued.push(tokens.issue(&tenant).await.unwrap());
        }
        let application = application(&tenancy, tokens, &["10.0.0.0/8".to_owned()]).unwrap();
        let (acme, globex) = (issued.remove(0), issued.remove(0));
        Api { tenancy, application, acme, globex, _database: database }
    }

    impl Api {
        async fn send(
            &self,
            from: &str,
            fields: &[(&str, &str)],
            body: Option<Value>,
        ) -> (u16, Value) {
            let mut request = match body {
                Some(_) => Request::post("/readings").header("content-type", "application/json"),
                None => Request::get("/readings"),
            };
            for (name, value) in fields {
                request = request.header(*name, *value);
            }
            let peer: SocketAddr = format!("{from}:4000").parse().unwrap();
            let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
            let request = request.extension(ConnectInfo(peer)).body(body).unwrap();
            let answer = self.application.clone().call(request).await.unwrap();
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            (status, serde_json::from_slice(&body).unwrap())
        }

        async fn list(&self, from: &str, fields: &[(&str, &str)]) -> (u16, Value) {
            self.send(from, fields, None).await
        }
    }

    const CLIENT: &str = "192.0.2.1";
    const GATEWAY: &str = "10.1.2.3";

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_token_and_a_gateway_lead_to_one_tenant_each() {
        let api = api().await;
        let (acme, globex) = (format!("Bearer {}", api.acme), format!("Bearer {}", api.globex));
        for (token, meter) in [(&acme, "of acme"), (&globex, "of globex")] {
            let reading = serde_json::json!({ "meter": meter, "value": 7 });
            let added = api.send(CLIENT, &[("authorization", token)], Some(reading)).await;
            assert_eq!(added.0, 201, "{added:?}");
        }
        for fields in [&[("authorization", acme.as_str())][..], &[("x-tenant", "acme")]] {
            let from = if fields[0].0 == "x-tenant" { GATEWAY } else { CLIENT };
            let (status, list) = api.list(from, fields).await;
            assert_eq!((status, list.as_array().unwrap().len()), (200, 1), "{list}");
            assert_eq!(list[0]["meter"], "of acme");
        }
        // Both may be there, as long as they agree.
        let both = [("authorization", acme.as_str()), ("x-tenant", "acme")];
        assert_eq!(api.list(GATEWAY, &both).await.0, 200);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whatever_else_is_refused() {
        let api = api().await;
        let acme = format!("Bearer {}", api.acme);
        for (from, fields, status) in [
            (CLIENT, &[][..], 404),
            (CLIENT, &[("authorization", "Bearer guessed")], 401),
            (CLIENT, &[("authorization", "Basic YTpi")], 401),
            // Only a gateway may name the tenant.
            (CLIENT, &[("x-tenant", "acme")], 400),
            (GATEWAY, &[("x-tenant", "initech")], 404),
            (GATEWAY, &[("x-tenant", "acme"), ("x-tenant", "globex")], 403),
            (GATEWAY, &[("authorization", acme.as_str()), ("x-tenant", "globex")], 403),
        ] {
            let answer = api.list(from, fields).await;
            assert_eq!(answer.0, status, "{from} {fields:?}: {answer:?}");
            assert!(answer.1["status"] == status && !answer.1.is_array(), "{answer:?}");
        }
        api.tenancy.suspend(&"acme".parse().unwrap()).await.unwrap();
        assert_eq!(api.list(CLIENT, &[("authorization", &acme)]).await.0, 403);
    }
}

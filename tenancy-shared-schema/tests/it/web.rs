//! Requests through the tenant layer, on real registries.
#![expect(clippy::unwrap_used, reason = "a request that cannot be made fails the test")]

mod addresses;
mod credentials;
mod members;
mod paths;
mod plain;
mod proxies;
mod refusals;
mod sides;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{Response, Uri},
    routing::get,
};
use sea_orm::EntityTrait;
use tenancy_core::{
    CentralConnection, Role, Tenant, TenantConnection,
    axum::{RouteGuard, TenantLayer, TenantLinks},
    resolver::ResolverChain,
    testing::{World, world::customer},
};
use tower_layer::Layer;
use tower_service::Service;

/// Makes a test of each function for each database.
macro_rules! on_each_registry {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&crate::web::world(tenancy_core::testing::TestBackend::Sqlite).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&crate::web::world(tenancy_core::testing::TestBackend::Postgres).await).await;
            })*
        }
    };
}
pub(crate) use on_each_registry;

async fn world(backend: tenancy_core::testing::TestBackend) -> World {
    World::create(backend, crate::contract::set_up).await
}

/// The tenant and its customers, by name.
async fn customers(connection: TenantConnection) -> String {
    let rows = customer::Entity::find().all(&connection).await.unwrap();
    let names: Vec<_> = rows.into_iter().map(|row| row.name).collect();
    format!("{}: {}", connection.tenant().slug, names.join(", "))
}

async fn either(tenant: Option<Tenant>, connection: Option<TenantConnection>) -> String {
    assert_eq!(tenant.is_some(), connection.is_some());
    tenant.map_or_else(|| "nobody".to_owned(), |tenant| tenant.slug.to_string())
}

async fn all_customers(central: CentralConnection) -> String {
    let rows = customer::Entity::find().all(&central).await.unwrap();
    format!("{}, because of {}", rows.len(), central.reason())
}

/// The routes of the application, behind a layer that stands around them.
fn application(layer: &TenantLayer) -> Router {
    let tenant = Router::new().route("/for-tenants", get(async || "inside"));
    let central = Router::new().route("/for-central", get(async || "outside"));
    let past = Router::new().route("/all", get(all_customers));
    let routes = Router::new()
        .route("/customers", get(customers).post(customers))
        .route("/either", get(either))
        .route("/role", get(async |role: Role| role.to_string()))
        .route("/known", get(async |role: Option<Role>| format!("{role:?}")))
        .route("/uri", get(async |uri: Uri| uri.to_string()))
        .route("/links", get(async |links: TenantLinks| links.to("/orders?page=2")))
        .route("/past-without-reason", get(all_customers))
        .route("/healthz", get(async || "well"))
        .merge(tenant.route_layer(RouteGuard::tenant()))
        .merge(central.route_layer(RouteGuard::central()))
        .merge(past.route_layer(RouteGuard::central_because("a test of the console")));
    Router::new().fallback_service(layer.layer(routes))
}

/// What the application answers.
struct Answer {
    status: u16,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Answer {
    /// The code in the problem details.
    fn code(&self) -> Option<String> {
        let problem: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        assert_eq!(problem["status"], self.status, "{}", self.body);
        Some(problem["code"].as_str()?.to_owned())
    }

    fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.code().as_deref() == Some(code)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

async fn send(layer: &TenantLayer, request: Request) -> Answer {
    let answer: Response<Body> = application(layer).call(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A request for a path of a host.
fn request(host: &str, path: &str) -> Request {
    Request::get(path).header("host", host).body(Body::empty()).unwrap()
}

/// What the application answers to a path of a host.
async fn ask(layer: &TenantLayer, host: &str, path: &str) -> Answer {
    send(layer, request(host, path)).await
}

fn layer(world: &World, chain: impl Into<ResolverChain>) -> TenantLayer {
    TenantLayer::new(world.tenancy.clone(), chain)
}

//! The layer around a service that knows nothing of axum.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use axum::http::{Request, Response};
use tenancy_core::{resolver::DomainResolver, testing::World, web::TenantLayer};
use tower_layer::Layer;
use tower_service::Service;

super::on_each_registry!(any_service_can_stand_behind_the_layer);

/// Answers every request with its path. Its bodies are texts.
#[derive(Debug, Clone)]
struct Echo;

impl Service<Request<&'static str>> for Echo {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<&'static str>) -> Self::Future {
        ready(Ok(Response::new(request.uri().path().to_owned())))
    }
}

async fn any_service_can_stand_behind_the_layer(world: &World) {
    let domains = DomainResolver::new(&world.tenancy);
    let mut service = TenantLayer::new(world.tenancy.clone(), domains).layer(Echo);
    for (host, status) in [("acme.example.com", 200), ("initech.example.com", 404)] {
        let request = Request::get("/orders").header("host", host).body("").unwrap();
        let answer = service.call(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.body().as_str() == "/orders", status == 200, "{}", answer.body());
    }
}

//! Two tenants in one application: what one writes, the other does not see.

use axum::{Router, body::Body, http::Request, http::StatusCode};
use serde_json::{Value, json};
use tenancy_core::{
    MigrateOptions, Tenancy,
    config::Config,
    registry::NewTenant,
    testing::{TestBackend, TestDatabase},
};
use tower::ServiceExt as _;

use notes_app::web;
use notes_app_migration::Project;

/// The application with the tenants `acme` and `globex`, on a database of its own.
async fn application(database: &TestDatabase) -> Router {
    let mut config = Config::builder().database_url(database.url());
    for keys in Project::STRATEGIES {
        config = config.strategy(keys);
        if let (Some(folder), "schema-per-tenant") = (database.directory(), keys.name) {
            let files = folder.join("tenants").display().to_string();
            config = config.set("schema-per-tenant.directory", &files);
        }
    }
    let config = config.build().unwrap();
    let strategy = Project::strategy(&config).unwrap();
    let tenancy = Tenancy::connect(&config, strategy, Project::migrations())
        .await
        .unwrap();
    tenancy
        .migrate(&MigrateOptions::default(), |_| {})
        .await
        .unwrap();
    for slug in ["acme", "globex"] {
        let domain = format!("{slug}.example.com").parse().unwrap();
        let new = NewTenant::new(slug.parse().unwrap(), slug).with_domain(domain);
        tenancy.create_tenant(&new).await.unwrap();
    }
    web::router(tenancy)
}

/// Sends a request for a tenant's domain; with a body it adds a note.
async fn send(router: &Router, slug: &str, body: Option<Value>) -> (StatusCode, Value) {
    let request = Request::builder()
        .uri("/notes")
        .header("host", format!("{slug}.example.com"));
    let request = match body {
        Some(body) => request
            .method("POST")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    let response = router.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn tenants_see_their_own_notes() {
    let database = match TestDatabase::create(TestBackend::Sqlite).await {
        Ok(database) => database,
        Err(error) if error.is_unavailable() => return println!("left out: {error}"),
        Err(error) => panic!("{error}"),
    };
    let router = application(&database).await;

    let (status, first) = send(&router, "acme", Some(json!({ "title": "first" }))).await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, notes) = send(&router, "acme", None).await;
    assert_eq!(notes, json!([first]));
    let (status, notes) = send(&router, "globex", None).await;
    assert_eq!((status, notes), (StatusCode::OK, json!([])));

    // A title is taken in its own tenant only.
    let (status, _) = send(&router, "globex", Some(json!({ "title": "first" }))).await;
    assert_eq!(status, StatusCode::CREATED);

    // A domain that leads to nobody gets nothing, whoever else is there.
    let (status, _) = send(&router, "initech", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

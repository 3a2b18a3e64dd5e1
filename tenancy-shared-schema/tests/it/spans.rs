//! What is logged says whose it is.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tenancy_core::{
    EachTenant, TenantConnection, TenantJob,
    axum::TenantLayer,
    resolver::DomainResolver,
    testing::{TestBackend, World},
};
use tower_service::Service;
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what is logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    /// The line that holds this text.
    fn line(&self, text: &str) -> String {
        let bytes = self.0.lock().expect("nobody panics with it").clone();
        let log = String::from_utf8(bytes).expect("text");
        let line = log.lines().find(|line| line.contains(text));
        assert!(line.is_some(), "`{text}` is not in:\n{log}");
        line.unwrap_or_default().to_owned()
    }
}

async fn handler(connection: TenantConnection) -> StatusCode {
    tracing::info!("in the handler");
    let stray = "SELECT 'secret' FROM stray";
    let stray = Statement::from_string(connection.get_database_backend(), stray);
    match connection.query_all_raw(stray).await {
        Err(_) => StatusCode::OK,
        Ok(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

// One thread: the subscriber is that of the thread.
#[tokio::test]
async fn what_is_logged_says_whose_it_is() {
    let world = World::create(TestBackend::Sqlite, crate::contract::set_up).await;
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let domains = DomainResolver::new(&world.tenancy);
    let mut application = Router::new()
        .route("/", get(handler))
        .layer(TenantLayer::new(world.tenancy.clone(), domains));
    let request = Request::get("/").header("host", "acme.example.com");
    let request = request.body(Body::empty()).expect("a request");
    let answer = application.call(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let job = TenantJob::new(&world.acme, ());
    let done = job.run(&world.tenancy, async |_, ()| {
        tracing::info!("in the job");
        Ok::<_, DbErr>(())
    });
    done.await.expect("it is done");
    let each = EachTenant::all().matching("acme");
    let done = world.tenancy.for_each_tenant(each, async |_| {
        tracing::info!("in the work for each");
        Ok::<_, DbErr>(())
    });
    assert!(done.await.expect("the registry is there")[0].is_done());

    let id = format!("tenant.id={}", world.acme.id);
    for text in ["in the handler", "a statement was refused", "in the job", "in the work for each"]
    {
        let line = log.line(text);
        assert!(line.contains("tenant=acme") && line.contains(&id), "{line}");
    }
    let refused = log.line("a statement was refused");
    assert!(refused.contains("code=\"SCO") && !refused.contains("secret"), "{refused}");
}

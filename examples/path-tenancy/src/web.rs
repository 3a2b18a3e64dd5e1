//! The pages: routes that are the same as if each tenant had a host of its own.

use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use sea_orm::{ActiveModelTrait, EntityTrait, QueryOrder, QuerySelect, Set};
use serde::Deserialize;
use tenancy_core::{
    Result, Tenancy, TenantConnection,
    axum::{Problem, RouteGuard, TenantLayer, TenantLinks},
    registry::ListTenants,
    resolver::{PathResolver, ResolverChain},
};
use tower_layer::Layer;

use crate::note;

/// The host on which there is a page without a tenant.
const CENTRAL: [&str; 2] = ["localhost", "127.0.0.1"];

/// The application. The layer stands around the router, because it takes the tenant's segment off
/// the path before a route is chosen.
pub(crate) fn application(tenancy: &Tenancy) -> Result<Router> {
    let notes =
        Router::new().route("/notes", get(list).post(add)).route_layer(RouteGuard::tenant());
    let all = Router::new().route("/", get(tenants)).route_layer(RouteGuard::central());
    let routes = notes.merge(all).with_state(tenancy.clone());
    let mut chain = ResolverChain::new().then(PathResolver::new(tenancy));
    for host in CENTRAL {
        chain = chain.with_central_host(host.parse()?);
    }
    let layer = TenantLayer::new(tenancy.clone(), chain);
    Ok(Router::new().fallback_service(layer.layer(routes)))
}

async fn tenants(State(tenancy): State<Tenancy>) -> Result<Html<String>, Problem> {
    let tenants = tenancy.registry().list(&ListTenants::default()).await;
    let tenants = tenants.map_err(|error| Problem::from(&error))?;
    let links = tenants.iter().map(|tenant| {
        format!("<li><a href=\"/{}/notes\">{}</a></li>", tenant.slug, escape(&tenant.name))
    });
    Ok(page("Tenants", &format!("<ul>{}</ul>", links.collect::<String>())))
}

async fn list(notes: TenantConnection, links: TenantLinks) -> Result<Html<String>, Problem> {
    let newest = note::Entity::find().order_by_desc(note::Column::Id).limit(100).all(&notes).await;
    let newest = newest.map_err(|error| Problem::from(&error))?;
    let items = newest.iter().map(|note| format!("<li>{}</li>", escape(&note.text)));
    let form = format!(
        "<form method=\"post\" action=\"{}\"><label for=\"text\">Text</label> \
         <input id=\"text\" name=\"text\" required maxlength=\"500\"> <button>Note</button></form>",
        escape(&links.to("/notes"))
    );
    let list = format!("{form}<ul>{}</ul>", items.collect::<String>());
    Ok(page(&notes.tenant().name, &list))
}

/// A note as it was written into the form.
#[derive(Debug, Deserialize)]
struct NewNote {
    text: String,
}

async fn add(
    notes: TenantConnection,
    links: TenantLinks,
    Form(new): Form<NewNote>,
) -> Result<Response, Problem> {
    let text = new.text.trim();
    if text.is_empty() || text.chars().count() > 500 {
        let detail = "A note has between 1 and 500 characters.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let note = note::ActiveModel { text: Set(text.to_owned()), ..Default::default() };
    note.insert(&notes).await.map_err(|error| Problem::from(&error))?;
    Ok(Redirect::to(&links.to("/notes")).into_response())
}

fn page(title: &str, content: &str) -> Html<String> {
    let title = escape(title);
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <main><h1>{title}</h1>{content}</main></html>"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        extract::Request,
    };
    use tenancy_core::{
        config::Config,
        testing::{TestBackend, TestDatabase},
    };
    use tenancy_shared_schema::SharedSchema;
    use tower_service::Service;

    use super::*;

    async fn send(application: &Router, request: Request) -> (u16, String, String) {
        let answer = application.clone().call(request).await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, location.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(application: &Router, path: &str) -> (u16, String, String) {
        let request = Request::get(path).header("host", "localhost:3000");
        send(application, request.body(Body::empty()).unwrap()).await
    }

    async fn note(application: &Router, path: &str, text: &str) -> (u16, String, String) {
        let request = Request::post(path)
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded");
        send(application, request.body(Body::from(format!("text={text}"))).unwrap()).await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_path_leads_to_its_tenant_and_stays_there() {
        let database = TestDatabase::create(TestBackend::Sqlite).await.unwrap();
        let config = Config::builder().strategy(SharedSchema::KEYS).database_url(database.url());
        let tenancy = crate::open(&config.build().unwrap()).await.unwrap();
        crate::add(&tenancy, "acme", "Acme").await.unwrap();
        crate::add(&tenancy, "globex", "Globex").await.unwrap();
        let application = application(&tenancy).unwrap();

        let front = get(&application, "/").await;
        assert!(front.0 == 200 && front.2.contains("href=\"/globex/notes\""), "{front:?}");
        let noted = note(&application, "/acme/notes", "of+acme").await;
        assert_eq!((noted.0, noted.1.as_str()), (303, "/acme/notes"), "{noted:?}");
        assert_eq!(note(&application, "/globex/notes", "of+globex").await.0, 303);

        let acme = get(&application, "/acme/notes").await.2;
        assert!(acme.contains("<li>of acme</li>") && !acme.contains("of globex"), "{acme}");
        assert!(acme.contains("action=\"/acme/notes\""), "{acme}");
        let globex = get(&application, "/globex/notes").await.2;
        assert!(globex.contains("<li>of globex</li>") && !globex.contains("of acme"), "{globex}");

        // Without a tenant there are no notes, and within one there is no list of tenants.
        for path in ["/notes", "/initech/notes", "/acme", "/acme/", "/acme/globex/notes"] {
            assert_eq!(get(&application, path).await.0, 404, "{path}");
        }
        tenancy.suspend(&"acme".parse().unwrap()).await.unwrap();
        assert_eq!(get(&application, "/acme/notes").await.0, 403);
        assert_eq!(note(&application, "/acme/notes", "late").await.0, 403);
        assert_eq!(get(&application, "/globex/notes").await.0, 200);
    }
}

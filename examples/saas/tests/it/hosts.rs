//! The host of a request leads to its tenant, or nowhere.

use crate::{
    client::send,
    world::{World, in_every_world},
};

in_every_world!(
    hosts_lead_to_tenants_in_every_spelling,
    unknown_hosts_lead_nowhere,
    requests_without_one_valid_host_are_refused,
    tenants_out_of_service_are_not_served,
    tenants_that_lack_migrations_are_not_served,
    a_registry_that_does_not_answer_leads_nowhere,
);

fn hosts_lead_to_tenants_in_every_spelling(world: &World) {
    let server = world.start();
    for host in ["acme.localhost", "ACME.localhost", "acme.localhost.", "Acme.Localhost.:80"] {
        let page = server.site(host).page("/sign-in");
        assert!(page.body.contains("Acme Hardware"), "{host}: {page:?}");
    }
    let whole = "GET http://globex.localhost/sign-in HTTP/1.1\r\nhost: globex.localhost\r\n\
                 connection: close\r\n\r\n";
    let page = send(server.address, whole.as_bytes());
    assert!(page.body.contains("Globex Books"), "{page:?}");
}

fn unknown_hosts_lead_nowhere(world: &World) {
    let server = world.start();
    for host in ["initech.localhost", "example.com", "127.0.0.1", "a.acme.localhost"] {
        let page = server.site(host).page("/");
        assert_eq!(page.status, 404, "{host}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.body.contains("There is no site at this address."), "{}", page.body);

        let problem = server.site(host).get("/api/products");
        assert_eq!(problem.status, 404, "{host}");
        assert_eq!(problem.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem.json()["code"], "COR102");
    }
}

fn requests_without_one_valid_host_are_refused(world: &World) {
    let server = world.start();
    for head in [
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nhost: acme..localhost\r\n",
        "GET / HTTP/1.1\r\nhost: acme.localhost/\r\n",
        "GET / HTTP/1.1\r\nhost: acme.localhost:x\r\n",
        "GET / HTTP/1.1\r\nhost: acme.localhost, globex.localhost\r\n",
        "GET / HTTP/1.1\r\nhost: acme.localhost\r\nhost: globex.localhost\r\n",
        "GET / HTTP/1.1\r\nhost: acme.localhost\r\nhost: acme.localhost\r\n",
        "GET http://acme.localhost/ HTTP/1.1\r\nhost: globex.localhost\r\n",
        "GET / HTTP/1.1\r\nx-forwarded-host: acme.localhost\r\n",
    ] {
        let request = format!("{head}accept: text/html\r\nconnection: close\r\n\r\n");
        let page = send(server.address, request.as_bytes());
        assert_eq!(page.status, 400, "{head}");
        assert!(!page.body.contains("Acme"), "{head}");
    }
}

fn tenants_out_of_service_are_not_served(world: &World) {
    let server = world.start();
    let acme = "acme".parse().unwrap();
    assert_eq!(server.acme().page("/").status, 200);

    world.with_tenancy(async |tenancy| tenancy.suspend(&acme).await).unwrap();
    server.acme().until(403, "/api/products");
    for path in ["/", "/orders", "/nothing"] {
        let page = server.acme().page(path);
        assert_eq!(page.status, 403, "{path}");
        assert!(page.body.contains("This site is suspended."), "{}", page.body);
        assert!(!page.body.contains("Rocket skates"));
    }
    assert_eq!(server.acme().get("/api/products").status, 403);
    assert_eq!(server.globex().page("/").status, 200);

    world.with_tenancy(async |tenancy| tenancy.archive(&acme).await).unwrap();
    server.acme().until(410, "/api/products");

    world.with_tenancy(async |tenancy| tenancy.resume(&acme).await).unwrap();
    server.acme().until(200, "/api/products");
}

fn tenants_that_lack_migrations_are_not_served(world: &World) {
    let server = world.start();
    world.execute("UPDATE tenants_tenant SET migration_head = NULL WHERE slug = 'acme'");
    let problem = server.acme().until(503, "/api/products");
    assert_eq!(problem.json()["code"], "MIG107");
    assert!(problem.header("retry-after").is_some());
    assert_eq!(server.globex().get("/api/products").status, 200);
}

fn a_registry_that_does_not_answer_leads_nowhere(world: &World) {
    let server = world.start();
    world.execute("ALTER TABLE tenants_domain RENAME TO gone");
    for (slug, accept_page) in [("acme", true), ("initech", false)] {
        let site = server.shop(slug);
        let response = if accept_page { site.page("/") } else { site.get("/") };
        assert_eq!(response.status, 503, "{response:?}");
        assert!(!response.body.contains("tenants_domain"), "{}", response.body);
    }
    world.execute("ALTER TABLE gone RENAME TO tenants_domain");
    assert_eq!(server.acme().page("/").status, 200);
}

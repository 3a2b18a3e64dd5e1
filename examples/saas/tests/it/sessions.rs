//! Signing in: a session holds on the site that it was made on, and for members only.

use std::{io::Write as _, process::Stdio};

use serde_json::json;
use tenancy_core::testing::TestBackend;

use crate::{
    client::{PASSWORD, Site},
    world::{SHARED_SCHEMA, World, in_every_world},
};

in_every_world!(
    nobody_sees_a_shop_from_outside,
    a_session_of_one_shop_opens_no_other,
    a_session_ends_when_it_is_left,
    a_role_lets_a_member_do_what_it_includes,
    a_member_who_is_removed_is_out,
);

/// The addresses of a shop that show or change something of it.
const CLOSED: [(&str, &str); 8] = [
    ("GET", "/"),
    ("GET", "/customers"),
    ("GET", "/orders"),
    ("GET", "/orders/1"),
    ("POST", "/products"),
    ("POST", "/orders"),
    ("GET", "/api/orders"),
    ("POST", "/api/customers"),
];

fn ask(site: &Site, method: &str, path: &str) -> crate::client::Response {
    match (method, path.starts_with("/api")) {
        ("GET", true) => site.get(path),
        ("GET", false) => site.page(path),
        (_, true) => site.post(path, &json!({ "name": "Eve", "email": "eve@example.com" })),
        (_, false) => site.submit(path, "same-origin", "name=Eve&sku=E&price=1&stock=1"),
    }
}

fn nobody_sees_a_shop_from_outside(world: &World) {
    let server = world.start();
    let stranger = Site { token: Some("0".repeat(64)), ..server.shop("acme") };
    for site in [server.shop("acme"), stranger] {
        for (method, path) in CLOSED {
            let answer = ask(&site, method, path);
            let expected = if path.starts_with("/api") { 401 } else { 303 };
            assert_eq!(answer.status, expected, "{method} {path}: {answer:?}");
            assert!(!answer.body.contains("Rocket skates"), "{path}");
        }
    }
    let back = server.shop("acme").page("/orders/new?x=1");
    assert_eq!(back.header("location"), Some("/sign-in?to=/orders/new%3Fx%3D1"));
}

fn a_session_of_one_shop_opens_no_other(world: &World) {
    let server = world.start();
    let acme = server.acme();
    let before = server.globex().list("customers");
    // Rosa belongs to both; even so what she has of one shop says nothing to the other.
    let rosa = server.shop("acme").signed_in("rosa@example.com");
    for carried in [acme.token.clone(), rosa.token.clone()] {
        let elsewhere = Site { token: carried, ..server.shop("globex") };
        for (method, path) in CLOSED {
            let answer = ask(&elsewhere, method, path);
            assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
            assert!(!answer.body.contains("Hammocks"), "{path}");
        }
        assert_eq!(elsewhere.get("/api/orders").json()["code"], "COR140");
        // The other sites are other sites too.
        for host in ["localhost", "console.localhost"] {
            let elsewhere = Site { token: elsewhere.token.clone(), ..server.site(host) };
            assert_eq!(elsewhere.page("/").status, 403, "{host}");
        }
    }
    assert_eq!(server.globex().list("customers"), before);
    // Who is no member does not get a session in the first place.
    let wile = json!({ "email": "wile@example.com", "password": PASSWORD });
    assert_eq!(server.shop("globex").post("/api/session", &wile).status, 422);
    let form = format!("email=wile@example.com&password={}", PASSWORD.replace(' ', "+"));
    let refused = server.shop("globex").submit("/sign-in", "same-origin", &form);
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.header("set-cookie").is_none());
    assert!(refused.body.contains("no member of this shop"), "{}", refused.body);
}

fn a_session_ends_when_it_is_left(world: &World) {
    let server = world.start();
    let acme = server.acme();
    let form = format!("email=WILE@example.com&to=/orders&password={}", PASSWORD.replace(' ', "+"));
    let opened = server.shop("acme").submit("/sign-in", "same-origin", &form);
    assert_eq!((opened.status, opened.header("location")), (303, Some("/orders")), "{opened:?}");
    let cookie = opened.header("set-cookie").expect("a cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let token = cookie.split_once('=').and_then(|(_, rest)| rest.split_once(';'));
    let token = token.map(|(token, _)| token.to_owned());
    let browser = Site { token, ..server.shop("acme") };
    assert_eq!(browser.page("/orders").status, 200);
    assert_eq!(browser.submit("/sign-out", "same-origin", "").status, 303);
    assert_eq!(browser.page("/orders").status, 303);
    assert_eq!(acme.page("/orders").status, 200);
    for wrong in ["password=wrong+password", "password=", "", "email=nobody@example.com"] {
        let form = format!("email=wile@example.com&{wrong}");
        let refused = server.shop("acme").submit("/sign-in", "same-origin", &form);
        assert!([400, 422].contains(&refused.status), "{wrong}: {refused:?}");
        assert!(refused.header("set-cookie").is_none(), "{wrong}");
    }
    let elsewhere = server.shop("acme").submit(
        "/sign-in",
        "same-origin",
        &format!("email=wile@example.com&to=//example.com&password={}", PASSWORD.replace(' ', "+")),
    );
    assert_eq!(elsewhere.header("location"), Some("/"));
}

fn a_role_lets_a_member_do_what_it_includes(world: &World) {
    let server = world.start();
    let product = json!({ "sku": "NEW-1", "name": "Paint", "price_cents": 950, "stock": 4 });
    let customer = json!({ "name": "Ada", "email": "ada@example.com" });
    let before = server.acme().list("products");
    let vera = server.shop("acme").signed_in("vera@example.com");
    assert_eq!(vera.list("products"), before);
    for (path, body) in [("/api/products", &product), ("/api/customers", &customer)] {
        let refused = vera.post(path, body);
        assert_eq!(refused.status, 403, "{path}: {refused:?}");
        assert_eq!(refused.json()["code"], "SAAS003");
    }
    for path in ["/orders/new", "/products/new"] {
        assert_eq!(vera.page(path).status, 403, "{path}");
    }
    assert!(!vera.page("/orders").body.contains("/orders/new"));
    let rosa = server.shop("acme").signed_in("rosa@example.com");
    assert_eq!(rosa.post("/api/customers", &customer).status, 201);
    assert_eq!(rosa.post("/api/products", &product).status, 403);
    assert_eq!(server.acme().list("products"), before);
}

fn a_member_who_is_removed_is_out(world: &World) {
    let server = world.start();
    let rosa = server.shop("globex").signed_in("rosa@example.com");
    assert_eq!(rosa.get("/api/orders").status, 200);
    world.with_tenancy(async |tenancy| {
        let globex = tenancy.registry().tenant(&"globex".parse().unwrap()).await.unwrap();
        let members = tenancy.registry().members(globex.id).await.unwrap();
        let user = members.iter().find(|member| member.role == tenancy_core::Role::User).unwrap();
        tenancy.registry().remove_member(globex.id, &user.user).await.unwrap();
    });
    let refused = rosa.until(403, "/api/orders");
    assert_eq!(refused.json()["code"], "SAAS002");
}

#[test]
fn operators_are_made_and_unmade_where_the_database_is() {
    let world = World::make(SHARED_SCHEMA, TestBackend::Sqlite).unwrap();
    let server = world.start();
    let console = server.site("console.localhost");
    let run = |arguments: &[&str], input: &str| {
        let mut command = world.command(world.strategy);
        command.arg("operator").args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let short = run(&["add", "ann@example.com"], "short\n");
    assert_eq!(short.status.code(), Some(1), "{short:?}");
    assert!(String::from_utf8_lossy(&short.stderr).contains("Between 10 and"), "{short:?}");
    assert!(console.signed_in_by_form("ann@example.com", "short").is_none());

    let added = run(&["add", "Ann@example.com", "--name", "Ann"], "a longer password\n");
    assert!(added.status.success(), "{added:?}");
    let ann = console.signed_in_by_form("ann@example.com", "a longer password").unwrap();
    assert!(ann.page("/tenants").body.contains("Acme Hardware"));

    let removed = run(&["remove", "ann@example.com"], "");
    assert!(removed.status.success(), "{removed:?}");
    assert_eq!(ann.page("/tenants").status, 403);
    assert!(console.signed_in_by_form("ann@example.com", "a longer password").is_none());
    assert_eq!(run(&["remove", "nobody@example.com"], "").status.code(), Some(2));
}

#[test]
fn a_shop_whose_making_was_cut_off_is_asked_for_again() {
    let world = World::make(SHARED_SCHEMA, TestBackend::Sqlite).unwrap();
    let server = world.start();
    let id = "01900000-0000-7000-8000-000000000001";
    world.execute(&format!(
        "INSERT INTO sign_ups SELECT X'{}', id, 'umbrella', 'Umbrella', 'EUR', 'waiting', NULL, \
         '2026-01-01T00:00:00+00:00' FROM users WHERE email = 'rosa@example.com'",
        id.replace('-', "")
    ));
    let central = server.site("localhost");
    let path = format!("/sign-ups/{id}");
    let wile = central.signed_in_by_form("wile@example.com", PASSWORD).unwrap();
    assert_eq!(wile.page(&path).status, 404);
    assert_eq!(wile.submit(&format!("{path}/again"), "same-origin", "").status, 404);
    let rosa = central.signed_in_by_form("rosa@example.com", PASSWORD).unwrap();
    assert!(rosa.page(&path).body.contains("This takes too long."));
    assert_eq!(rosa.submit(&format!("{path}/again"), "same-origin", "").status, 303);
    // Each look asks the database; the shop is there when it says so.
    loop {
        let page = rosa.page(&path);
        assert_eq!(page.status, 200, "{page:?}");
        assert!(!page.body.contains("data-state=\"failed\""), "{}", page.body);
        if page.body.contains("data-state=\"made\"") {
            break;
        }
    }
    assert!(server.shop("umbrella").signed_in("rosa@example.com").list("orders").is_empty());
}

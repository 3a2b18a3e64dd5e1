//! Starting, stopping, and what is refused.

use std::net::TcpListener;

use serde_json::json;
use tenancy_core::testing::TestBackend;

use crate::world::{SCHEMA_PER_TENANT, SHARED_SCHEMA, World, in_every_world};

in_every_world!(
    a_restart_keeps_everything,
    a_start_that_was_cut_off_is_finished,
    the_other_strategy_is_refused,
    the_command_line_manages_the_same_shop,
);

fn a_restart_keeps_everything(world: &World) {
    let mut server = world.start();
    let port = server.address.port();
    let said = server.said();
    assert!(said.contains(&format!("http://acme.localhost:{port}")), "{said}");
    assert!(said.contains(&format!("http://globex.localhost:{port}")), "{said}");
    let ada = json!({ "name": "Ada", "email": "ada@example.com" });
    assert_eq!(server.acme().post("/api/customers", &ada).status, 201);
    let lists = ["products", "customers", "orders"];
    let all = |server: &crate::world::Server| {
        lists.map(|of| (server.acme().list(of), server.globex().list(of)))
    };
    let before = all(&server);
    server.stop();

    let server = world.start();
    assert_eq!(all(&server), before);
}

fn a_start_that_was_cut_off_is_finished(world: &World) {
    let server = world.start();
    let products = server.acme().list("products");
    server.stop();
    let place_made = "UPDATE tenants_tenant SET status = 'provisioning', migration_head = NULL, \
                      migration_checksum = NULL, migrated_at = NULL WHERE slug = 'acme'";
    world.execute(place_made);
    let none_made = "DELETE FROM tenants_domain WHERE domain = 'globex.localhost'";
    world.execute(none_made);

    let server = world.start();
    assert_eq!(server.acme().list("products"), products);
    // What is there is left as it is.
    assert_eq!(server.shop("globex").get("/api/products").status, 404);
}

fn the_other_strategy_is_refused(world: &World) {
    let server = world.start();
    let before = (server.acme().list("products"), server.globex().list("customers"));
    server.stop();

    let other = if world.strategy == SHARED_SCHEMA { SCHEMA_PER_TENANT } else { SHARED_SCHEMA };
    let refused = world.command(other).args(["--listen", "127.0.0.1:0"]).output().unwrap();
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("error[COR108]: "), "{stderr}");
    assert!(stderr.contains(&format!("`{}`", world.strategy)), "{stderr}");
    assert!(stderr.contains(&format!("`{other}`")), "{stderr}");
    assert!(stderr.contains("\n  hint: "), "{stderr}");
    assert!(refused.stdout.is_empty());
    if world.strategy == SHARED_SCHEMA {
        assert!(!world.data().join("tenants").exists());
    }

    let server = world.start();
    assert_eq!((server.acme().list("products"), server.globex().list("customers")), before);
}

fn the_command_line_manages_the_same_shop(world: &World) {
    let tenancy = |arguments: &[&str]| {
        let output = world.command(world.strategy).arg("tenancy").args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let migrated = tenancy(&["migrate", "up"]);
    assert_eq!(migrated.0, Some(0), "{migrated:?}");
    let created = tenancy(&[
        "tenant",
        "create",
        "initech",
        "--name",
        "Initech",
        "--domain",
        "initech.localhost",
    ]);
    assert_eq!(created.0, Some(0), "{created:?}");

    let server = world.start();
    let initech = server.site("initech.localhost");
    assert!(initech.page("/sign-in").body.contains("Initech"));
    assert_eq!(initech.get("/api/orders").status, 401);
    let listed = tenancy(&["tenant", "list"]);
    for slug in ["acme", "globex", "initech"] {
        assert!(listed.1.contains(slug), "{listed:?}");
    }
    let status = tenancy(&["migrate", "status"]);
    assert_eq!(status.0, Some(0), "{status:?}");
    for sound in ["verify", "drift"] {
        let answered = tenancy(&["migrate", sound]);
        assert_eq!(answered.0, Some(0), "{answered:?}");
    }
    let checked = tenancy(&["check", "--database", "--deny-unclassified"]);
    assert_eq!((checked.0, checked.1.as_str()), (Some(0), ""), "{checked:?}");
    let suspended = tenancy(&["tenant", "suspend", "initech"]);
    assert_eq!(suspended.0, Some(0), "{suspended:?}");
    initech.until(403, "/sign-in");
}

#[test]
fn an_unknown_strategy_is_refused() {
    let world = World::make(SHARED_SCHEMA, TestBackend::Sqlite).unwrap();
    let refused = world.command("share-schema").output().unwrap();
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("--> flag `--strategy`"), "{stderr}");
    assert!(!world.data().exists());
}

#[test]
fn a_contradiction_in_the_configuration_is_refused() {
    let world = World::make(SHARED_SCHEMA, TestBackend::Sqlite).unwrap();
    let mut command = world.command(SHARED_SCHEMA);
    let refused = command.env("TENANCY_STRATEGY", SCHEMA_PER_TENANT).output().unwrap();
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("environment variable `TENANCY_STRATEGY`"), "{stderr}");
    assert!(!world.data().exists());
}

#[test]
fn an_address_in_use_is_named() {
    let world = World::make(SHARED_SCHEMA, TestBackend::Sqlite).unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let refused = world.command(SHARED_SCHEMA).args(["--listen", &address]).output().unwrap();
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with(&format!("error: cannot listen on {address}: ")), "{stderr}");
    assert!(!world.data().exists());
}

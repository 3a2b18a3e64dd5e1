//! A hundred shops under load, while operators suspend some, make new ones and migrate all.
//!
//! `wrk` sends the requests and looks into every body (`load.lua`). It is bounded: by
//! `SAAS_SOAK_SECONDS` in time, by its connections in number, and it knows loopback addresses only.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
};

use serde_json::json;
use tenancy_core::testing::TestBackend;

use crate::{
    client::{PASSWORD, Site},
    world::{SCHEMA_PER_TENANT, SHARED_SCHEMA, Server, World, is_required},
};

/// How many shops there are.
const SHOPS: usize = 100;

/// Of them, those that are suspended and resumed.
const TOGGLED: usize = 10;

/// How many connections ask at a time.
const CONNECTIONS: &str = "8";

/// How long the load goes on unless it is said.
const SECONDS: u64 = 6;

/// In every so manieth round all shops are migrated.
const MIGRATING: usize = 8;

/// Which numbers the load goes by; another one makes other requests.
const SEED: &str = "20260101";

fn slug(number: usize) -> String {
    format!("shop{number:03}")
}

/// An operator at the console.
fn operator(server: &Server) -> Site {
    let console = server.site(&format!("console.localhost:{}", server.address.port()));
    console.signed_in_by_form("operator@example.com", PASSWORD).expect("an operator")
}

/// How many tenants the console lists, on all its pages.
fn listed(operator: &Site) -> usize {
    let (mut count, mut next) = (0, Some("/tenants".to_owned()));
    while let Some(path) = next {
        let page = operator.page(&path);
        count += page.body.matches("<tr id=\"tenant-").count();
        let before_next = page.body.split_once("\" rel=\"next\"").map(|(before, _)| before);
        let path = before_next.and_then(|before| before.rsplit_once("href=\""));
        next = path.map(|(_, path)| path.replace("&#38;", "&"));
    }
    count
}

fn create(operator: &Site, slug: &str) {
    let form = format!("shop_name={slug}&slug={slug}&currency=EUR&owner=wile@example.com");
    let created = operator.submit("/tenants", "same-origin", &form);
    assert_eq!(created.status, 303, "{created:?}");
}

/// A shop with its owner signed in and a product and a customer that bear its mark.
fn furnish(server: &Server, slug: &str) -> Site {
    let shop = server.shop(slug).signed_in("wile@example.com");
    let mark = format!("mark-{slug}!");
    let product = json!({ "sku": "MARK", "name": mark, "price_cents": 100, "stock": 1 });
    assert_eq!(shop.post("/api/products", &product).status, 201);
    let customer = json!({ "name": mark, "email": "first@example.com" });
    assert_eq!(shop.post("/api/customers", &customer).status, 201);
    shop
}

fn shops(server: &Server, operator: &Site) -> Vec<Site> {
    let numbers: Vec<usize> = (0..SHOPS).collect();
    thread::scope(|scope| {
        let makers: Vec<_> = numbers
            .chunks(SHOPS / 4)
            .map(|numbers| {
                scope.spawn(|| {
                    let make = |number: &usize| {
                        create(operator, &slug(*number));
                        furnish(server, &slug(*number))
                    };
                    numbers.iter().map(make).collect::<Vec<_>>()
                })
            })
            .collect();
        makers.into_iter().flat_map(|maker| maker.join().expect("shops")).collect()
    })
}

/// Starts the load; `None` where there is no `wrk`, and none is demanded.
fn load(server: &Server, shops: &[Site], folder: &Path, seconds: u64) -> Option<Child> {
    let mut lines = String::new();
    for (number, shop) in shops.iter().enumerate() {
        let token = shop.token.as_deref().unwrap_or_default();
        writeln!(lines, "{} {} {token}", slug(number), shop.host).expect("a line");
    }
    let list = folder.join("shops");
    fs::write(&list, lines).expect("a file");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/load.lua");
    let started = Command::new("wrk")
        .args(["-t", CONNECTIONS, "-c", CONNECTIONS, "-d", &format!("{seconds}s")])
        .args(["--timeout", "30s", "-s"])
        .arg(script)
        .arg(format!("http://{}", server.address))
        .arg("--")
        .arg(list)
        .arg(SEED)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    match started {
        Ok(load) => Some(load),
        Err(error) if !is_required("load") => {
            println!("left out: there is no `wrk`: {error}");
            None
        }
        Err(error) => panic!("`wrk` does not start: {error}"),
    }
}

/// One round of what operators do meanwhile.
fn work(world: &World, server: &Server, operator: &Site, round: usize) {
    let step = |slug: &str, step: &str| {
        let done = operator.submit(&format!("/tenants/{slug}/{step}"), "same-origin", "");
        assert_eq!(done.status, 303, "{slug} {step}: {done:?}");
    };
    let suspended = slug(round % TOGGLED);
    step(&suspended, "suspend");
    assert_eq!(server.shop(&suspended).get("/sign-in").status, 403);
    let new = format!("new{round}");
    create(operator, &new);
    let shop = furnish(server, &new);
    assert_eq!(shop.list("customers").len(), 1);
    step(&suspended, "resume");
    if round.is_multiple_of(MIGRATING) {
        migrate(world, operator);
    }
}

/// Takes a migration back, during which all shops are refused, and brings it on again.
fn migrate(world: &World, operator: &Site) {
    let down = ["tenancy", "migrate", "down", "--steps", "1"];
    let down = world.command(world.strategy).args(down).output().expect("the command runs");
    assert!(down.status.success(), "{down:?}");
    let begun = operator.submit("/migrations", "same-origin", "");
    let run = begun.header("location").expect("a run").to_owned();
    // It is waited for by what it says of itself.
    loop {
        let page = operator.page(&run);
        assert_eq!(page.status, 200, "{page:?}");
        if page.body.contains("data-state=\"over\"") {
            assert!(page.body.contains("Done:"), "{}", page.body);
            return;
        }
    }
}

fn soak(world: &World, seconds: u64) {
    let server = world.start();
    let operator = operator(&server);
    let shops = shops(&server, &operator);
    assert_eq!(listed(&operator), SHOPS + 2);
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut load) = load(&server, &shops, folder.path(), seconds) else { return };
    let mut rounds = 0;
    while rounds == 0 || load.try_wait().expect("its state").is_none() {
        work(world, &server, &operator, rounds);
        rounds += 1;
    }
    let Output { stdout, stderr, .. } = load.wait_with_output().expect("what it says");
    let said = String::from_utf8_lossy(&stdout);
    let outcome = said.lines().find_map(|line| line.strip_prefix("outcome: "));
    println!("{} rounds; {}", rounds, outcome.unwrap_or_default());
    let numbers = outcome.unwrap_or_default().split(", ").map(|part| {
        part.split(' ').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
    });
    let numbers: Vec<u64> = numbers.collect();
    let [right, _refused, _behind, wrong, errors, _rate] = numbers[..] else {
        panic!("{said}{}", String::from_utf8_lossy(&stderr))
    };
    assert_eq!((wrong, errors), (0, 0), "{said}{}", server.log());
    assert!(right > 0, "{said}");
    for (number, shop) in shops.iter().enumerate() {
        let mark = format!("mark-{}!", slug(number));
        assert!(shop.list("customers").iter().all(|row| row["name"] == mark.as_str()));
        assert_eq!(shop.list("products").len(), 1);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test, not the library's configuration")]
fn seconds() -> u64 {
    env::var("SAAS_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS)
}

#[test]
fn a_hundred_shops_in_one_set_of_tables() {
    let Some(world) = World::make(SHARED_SCHEMA, TestBackend::Postgres) else { return };
    soak(&world, seconds());
}

#[test]
fn a_hundred_shops_with_schemas_of_their_own() {
    let Some(world) = World::make(SCHEMA_PER_TENANT, TestBackend::Postgres) else { return };
    soak(&world, seconds());
}

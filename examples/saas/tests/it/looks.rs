//! How the pages look, and whether everybody can use them: each of them narrow and wide, in the
//! light and in the dark. The pictures are kept in `saas-pages` under the target folder.

use tenancy_core::testing::TestBackend;

use crate::{
    browser::{Browser, Driver},
    world::{SHARED_SCHEMA, Server, World},
};

/// Looks at the page that is open, and notes what keeps people from using it.
async fn inspect(browser: &Browser, name: &str, barriers: &mut Vec<String>) {
    for (width, scheme) in [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")] {
        browser.look(width, scheme).await;
        browser.picture(&format!("{name}-{width}-{scheme}")).await;
        let found = browser.barriers().await.into_iter();
        barriers.extend(found.map(|barrier| format!("{name} {width} {scheme}: {barrier}")));
    }
    browser.look(1200, "light").await;
}

async fn visit(
    browser: &Browser,
    server: &Server,
    host: &str,
    pages: &[(&str, &str)],
    barriers: &mut Vec<String>,
) {
    for (name, path) in pages {
        browser.open(&format!("http://{host}:{}{path}", server.address.port())).await;
        browser.find("h1").await;
        inspect(browser, name, barriers).await;
    }
}

async fn of_shops(browser: &Browser, server: &Server, barriers: &mut Vec<String>) {
    let acme = "acme.localhost";
    visit(browser, server, acme, &[("shop-sign-in", "/sign-in")], barriers).await;
    browser.sign_in("nobody@example.com").await;
    browser.see("There is no account").await;
    inspect(browser, "shop-sign-in-error", barriers).await;
    browser.sign_in("wile@example.com").await;
    browser.see("Welcome").await;
    let pages = [
        ("shop-home", "/"),
        ("shop-new-product", "/products/new"),
        ("shop-customers", "/customers"),
        ("shop-orders", "/orders"),
        ("shop-order", "/orders/1"),
        ("shop-new-order", "/orders/new"),
        ("shop-not-found", "/nothing"),
        ("shop-members", "/members"),
    ];
    visit(browser, server, acme, &pages, barriers).await;
    browser.click("Wile Kojote").await;
    inspect(browser, "shop-menu", barriers).await;
    browser.fill("#email", "").await;
    browser.fill("#uses", "3").await;
    browser.click("Make the invitation").await;
    browser.find("#link").await;
    inspect(browser, "shop-invited", barriers).await;
    let link = browser.find("#link").await.prop("value").await.unwrap().expect("a link");
    browser.open(&link).await;
    inspect(browser, "shop-invitation", barriers).await;
}

async fn of_central(browser: &Browser, server: &Server, barriers: &mut Vec<String>) {
    let pages = [("central-welcome", "/"), ("central-sign-up", "/sign-up")];
    visit(browser, server, "localhost", &pages, barriers).await;
    visit(browser, server, "localhost", &[("central-sign-in", "/sign-in")], barriers).await;
    browser.sign_in("rosa@example.com").await;
    browser.see("Your shops").await;
    visit(browser, server, "localhost", &[("central-home", "/")], barriers).await;
    visit(browser, server, "initech.localhost", &[("unknown", "/")], barriers).await;
}

async fn of_console(browser: &Browser, server: &Server, barriers: &mut Vec<String>) {
    let console = "console.localhost";
    visit(browser, server, console, &[("console-sign-in", "/sign-in")], barriers).await;
    browser.sign_in("operator@example.com").await;
    browser.see("in all").await;
    let pages = [
        ("console-tenants", "/tenants"),
        ("console-none", "/tenants?search=nobody"),
        ("console-new", "/tenants/new"),
        ("console-tenant", "/tenants/acme"),
        ("console-migrations", "/migrations"),
        ("console-checks", "/checks"),
    ];
    visit(browser, server, console, &pages, barriers).await;
    browser.click("Migrations").await;
    browser.click("Migrate all tenants").await;
    browser.see("Done:").await;
    inspect(browser, "console-run", barriers).await;
    visit(browser, server, console, &[("console-tenant", "/tenants/globex")], barriers).await;
    browser.click("Suspend").await;
    browser.find(".badge.suspended").await;
    inspect(browser, "console-suspended", barriers).await;
    visit(browser, server, "globex.localhost", &[("suspended", "/")], barriers).await;
}

#[test]
fn everybody_can_use_the_pages() {
    let Some(world) = World::make(SHARED_SCHEMA, TestBackend::Sqlite) else { return };
    let Some(driver) = Driver::start() else { return };
    let server = world.start();
    let mut barriers = Vec::new();
    world.block_on(async {
        let browser = driver.browser().await;
        of_central(&browser, &server, &mut barriers).await;
        of_shops(&browser, &server, &mut barriers).await;
        of_console(&browser, &server, &mut barriers).await;
    });
    assert!(barriers.is_empty(), "{}", barriers.join("\n"));
}

//! What people do in a browser, from beginning to end.

use tenancy_core::testing::TestBackend;

use crate::{
    browser::{Browser, Driver},
    world::{SCHEMA_PER_TENANT, SHARED_SCHEMA, Server, World},
};

/// Makes a world and a browser's driver, unless one of them is left out.
fn setting(strategy: &'static str, backend: TestBackend) -> Option<(World, Driver)> {
    Some((World::make(strategy, backend)?, Driver::start()?))
}

fn url(server: &Server, host: &str, path: &str) -> String {
    format!("http://{host}:{}{path}", server.address.port())
}

async fn sign_in(browser: &Browser, server: &Server, host: &str, email: &str) {
    browser.open(&url(server, host, "/sign-in")).await;
    browser.sign_in(email).await;
}

#[test]
fn two_shops_in_two_tabs_stay_two_shops() {
    let Some((world, driver)) = setting(SHARED_SCHEMA, TestBackend::Sqlite) else { return };
    let server = world.start();
    world.block_on(async {
        let browser = driver.browser().await;
        let client = &browser.client;
        sign_in(&browser, &server, "acme.localhost", "rosa@example.com").await;
        browser.see("Welcome to Acme Hardware").await;
        let acme = client.window().await.unwrap();
        let globex = client.new_window(true).await.unwrap().handle;
        client.switch_to_window(globex.clone()).await.unwrap();
        // Being signed in next door says nothing here.
        browser.open(&url(&server, "globex.localhost", "/customers")).await;
        browser.see("Sign in").await;
        browser.sign_in("rosa@example.com").await;
        browser.see("Hank Mertens").await;
        assert!(!browser.text().await.contains("Wilma Kojote"));

        client.switch_to_window(acme.clone()).await.unwrap();
        browser.open(&url(&server, "acme.localhost", "/customers")).await;
        browser.fill("#name", "Ada Acme").await;
        browser.fill("#email", "ada@example.com").await;
        browser.click("Add the customer").await;
        browser.see("Ada Acme").await;
        let token = browser.cookie("saas_session").await;

        client.switch_to_window(globex).await.unwrap();
        client.refresh().await.unwrap();
        browser.see("Hank Mertens").await;
        assert!(!browser.text().await.contains("Ada Acme"));

        // The cookie of the one, put into the browser for the other.
        client.delete_all_cookies().await.unwrap();
        let carry = format!("document.cookie = 'saas_session={}; path=/'", token.value());
        client.execute(&carry, Vec::new()).await.unwrap();
        client.refresh().await.unwrap();
        browser.see("You are signed in to another site than this one.").await;
        assert!(!browser.text().await.contains("Hank"));
    });
}

async fn order_something(browser: &Browser) {
    browser.click("Add a product").await;
    for (field, text) in
        [("#name", "Umbrella"), ("#sku", "UMB-1"), ("#price", "19.90"), ("#stock", "3")]
    {
        browser.fill(field, text).await;
    }
    browser.click("Add the product").await;
    browser.see("3 in stock").await;
    browser.click("Customers").await;
    browser.fill("#name", "Uwe Regen").await;
    browser.fill("#email", "uwe@example.com").await;
    browser.click("Add the customer").await;
    browser.see("Uwe Regen").await;
    browser.click("Orders").await;
    browser.click("New order").await;
    browser.choose("#customer", "1").await;
    browser.fill("input.quantity", "2").await;
    browser.click("Place the order").await;
    browser.see("39.80").await;
}

async fn ask_for_a_shop(browser: &Browser, server: &Server, slug: &str) {
    browser.open(&url(server, "localhost", "/")).await;
    browser.find("main a[href='/sign-up']").await.click().await.unwrap();
    browser.fill("#shop_name", "Umbrella & Söhne").await;
    browser.fill("#slug", slug).await;
    browser.choose("#currency", "CHF").await;
    browser.fill("#your_name", "Ulla Umbrella").await;
    browser.fill("#email", "ulla@example.com").await;
    browser.fill("#password", crate::client::PASSWORD).await;
    browser.click("Open the shop").await;
}

#[test]
fn a_person_comes_from_sign_up_to_the_first_order() {
    let Some((world, driver)) = setting(SCHEMA_PER_TENANT, TestBackend::Postgres) else { return };
    let server = world.start();
    world.block_on(async {
        let browser = driver.browser().await;
        // What is taken or reserved is said, and what was filled in stays.
        for (slug, reason) in
            [("acme", "is taken"), ("console", "is reserved"), ("A b", "cannot be")]
        {
            ask_for_a_shop(&browser, &server, slug).await;
            browser.see(reason).await;
            let name = browser.find("#shop_name").await.prop("value").await.unwrap();
            assert_eq!(name.as_deref(), Some("Umbrella & Söhne"));
        }
        ask_for_a_shop(&browser, &server, "umbrella").await;
        // The page of progress goes on to the shop by itself, and the sign-in goes with it.
        browser.see("Welcome to Umbrella & Söhne").await;
        assert!(browser.url().await.starts_with(&url(&server, "umbrella.localhost", "/")));
        browser.see("There is nothing to buy yet.").await;
        order_something(&browser).await;
    });
    let umbrella = server.shop("umbrella").signed_in("ulla@example.com");
    assert_eq!(umbrella.list("orders").len(), 1);
    assert_eq!(server.acme().list("orders").len(), 1);
}

#[test]
fn a_shop_is_opened_without_scripts_as_well() {
    let Some((world, driver)) = setting(SCHEMA_PER_TENANT, TestBackend::Sqlite) else { return };
    let server = world.start();
    world.block_on(async {
        let browser = driver.browser_without_scripts().await;
        ask_for_a_shop(&browser, &server, "umbrella").await;
        browser.click("Open your shop").await;
        browser.see("Welcome to Umbrella & Söhne").await;
    });
}

#[test]
fn an_invitation_brings_a_second_person_in() {
    let Some((world, driver)) = setting(SHARED_SCHEMA, TestBackend::Sqlite) else { return };
    let server = world.start();
    world.block_on(async {
        let owner = driver.browser().await;
        sign_in(&owner, &server, "acme.localhost", "wile@example.com").await;
        owner.click("Members").await;
        owner.choose("#role", "readonly").await;
        owner.click("Make the invitation").await;
        let link = owner.find("#link").await.prop("value").await.unwrap().expect("a link");

        let guest = driver.browser().await;
        guest.open(&link).await;
        guest.see("You are invited").await;
        guest.fill("#your_name", "Nina Neu").await;
        guest.fill("#email", "nina@example.com").await;
        guest.fill("#password", crate::client::PASSWORD).await;
        guest.click("Accept with a new account").await;
        guest.see("Welcome to Acme Hardware").await;
        guest.open(&url(&server, "acme.localhost", "/orders")).await;
        guest.see("Pieces").await;
        assert!(!guest.text().await.contains("New order"));
        guest.open(&url(&server, "acme.localhost", "/orders/new")).await;
        guest.see("Your role in this shop does not include this.").await;

        // The owner says otherwise, and the next click shows it.
        owner.click("Members").await;
        let role = "tr:has(form[action^='/members/']):last-of-type select";
        owner.see("Nina Neu").await;
        owner.choose(role, "user").await;
        owner.find("tr:last-of-type form.inline button").await.click().await.unwrap();
        owner.see("Nina Neu").await;
        guest.open(&url(&server, "acme.localhost", "/orders/new")).await;
        guest.find("#customer").await;

        let late = driver.browser().await;
        late.open(&link).await;
        late.see("has been used").await;
    });
}

#[test]
fn one_goes_from_shop_to_shop() {
    let Some((world, driver)) = setting(SCHEMA_PER_TENANT, TestBackend::Sqlite) else { return };
    let server = world.start();
    world.block_on(async {
        let browser = driver.browser().await;
        sign_in(&browser, &server, "localhost", "rosa@example.com").await;
        browser.see("Your shops").await;
        browser.find("#shop-globex a.button").await.click().await.unwrap();
        browser.see("Welcome to Globex Books").await;
        browser.click("Rosa Renner").await;
        browser.click("Acme Hardware").await;
        browser.see("Welcome to Acme Hardware").await;

        // The way in was for that browser, once.
        let other = driver.browser().await;
        sign_in(&other, &server, "localhost", "wile@example.com").await;
        other.see("Your shops").await;
        let state = "0".repeat(64);
        let forged = url(&server, "localhost", &format!("/hand-over/acme?state={state}"));
        other.open(&forged).await;
        other.see("was made for another browser").await;
        let foreign = url(&server, "localhost", "/hand-over/globex?state=0");
        other.open(&foreign).await;
        other.see("You are not a member of this shop.").await;
    });
}

#[test]
fn an_operator_runs_the_place() {
    let Some((world, driver)) = setting(SHARED_SCHEMA, TestBackend::Sqlite) else { return };
    let server = world.start();
    world.block_on(async {
        let (operator, member) = (driver.browser().await, driver.browser().await);
        sign_in(&member, &server, "acme.localhost", "wile@example.com").await;
        member.see("Welcome to Acme Hardware").await;

        sign_in(&operator, &server, "console.localhost", "wile@example.com").await;
        operator.see("The console is for operators.").await;
        operator.sign_in("operator@example.com").await;
        operator.see("2 in all").await;

        operator.click("New tenant").await;
        operator.fill("#shop_name", "Initech").await;
        operator.fill("#slug", "initech").await;
        operator.fill("#owner", "rosa@example.com").await;
        operator.click("Create the tenant").await;
        operator.see("initech.localhost").await;
        operator.see("rosa@example.com").await;

        operator.click("Tenants").await;
        operator.fill("#search", "hardware").await;
        operator.click("Search").await;
        operator.find("#tenant-acme").await;
        assert!(!operator.text().await.contains("Globex"));
        operator.click("Acme Hardware").await;
        operator.click("Suspend").await;
        operator.click("Resume").await;
        operator.click("Suspend").await;
        operator.see("suspended").await;
        member.client.refresh().await.unwrap();
        member.see("This site is suspended.").await;
        assert!(!member.text().await.contains("Rocket skates"));
        operator.click("Resume").await;
        operator.see("active").await;
        member.client.refresh().await.unwrap();
        member.see("Welcome to Acme Hardware").await;

        operator.click("Delete …").await;
        operator.click("Delete Acme Hardware").await;
        operator.see("can be restored").await;
        member.client.refresh().await.unwrap();
        member.see("There is no site at this address.").await;
        operator.click("Restore").await;
        operator.click("Resume").await;
        operator.see("active").await;

        operator.click("Checks").await;
        operator.find("#sound").await;
    });
}

#[test]
fn an_operator_migrates_while_looking_on() {
    for (strategy, backend) in
        [(SHARED_SCHEMA, TestBackend::Sqlite), (SCHEMA_PER_TENANT, TestBackend::Sqlite)]
    {
        let Some((world, driver)) = setting(strategy, backend) else { return };
        let server = world.start();
        let acme = server.acme();
        let down = ["tenancy", "migrate", "down", "--steps", "1"];
        let down = world.command(strategy).args(down).output().unwrap();
        assert!(down.status.success(), "{down:?}");
        acme.until(503, "/api/orders");
        world.block_on(async {
            let operator = driver.browser().await;
            sign_in(&operator, &server, "console.localhost", "operator@example.com").await;
            operator.see("2 behind").await;
            operator.click("Migrations").await;
            operator.see("2 of 2 tenants are behind.").await;
            operator.click("Migrate all tenants").await;
            operator.see("Done:").await;
            operator.click("All migrations").await;
            operator.see("All 2 tenants in service are up to date.").await;
        });
        assert_eq!(acme.page("/orders").status, 200);
    }
}

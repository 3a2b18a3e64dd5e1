//! The pages, as a person uses them.

use crate::world::{World, in_every_world};

in_every_world!(
    a_person_buys_something,
    forms_say_what_is_wrong,
    forms_of_other_sites_are_refused,
    addresses_that_lead_nowhere_say_so,
);

fn a_person_buys_something(world: &World) {
    let server = world.start();
    let acme = server.acme();

    let added =
        acme.submit("/products", "same-origin", "name=Glue+%26+go&sku=GLU-1&price=2%2C50&stock=9");
    assert_eq!(added.status, 303, "{added:?}");
    let product = acme.product("GLU-1").unwrap();
    assert_eq!(added.header("location"), Some(format!("/#product-{}", product["id"]).as_str()));
    let page = acme.page("/");
    assert!(page.body.contains("Glue &#38; go"), "{}", page.body);
    assert!(page.body.contains("€2.50"), "{}", page.body);

    let added = acme.submit("/customers", "same-origin", "name=Ada&email=Ada%40example.com");
    assert_eq!(added.status, 303, "{added:?}");
    let customers = acme.page("/customers");
    assert!(customers.body.contains("ada@example.com"), "{}", customers.body);
    let customer = acme.list("customers").into_iter().find(|c| c["name"] == "Ada").unwrap();

    let order = format!("customer={}&quantity-{}=2", customer["id"], product["id"]);
    let placed = acme.submit("/orders", "same-origin", &order);
    assert_eq!(placed.status, 303, "{placed:?}");
    let location = placed.header("location").unwrap();
    let order = acme.page(location);
    for text in ["Ada", "GLU-1", "€2.50", "€5.00"] {
        assert!(order.body.contains(text), "{text}: {}", order.body);
    }
    let orders = acme.page("/orders");
    assert!(orders.body.contains(location), "{}", orders.body);
    assert_eq!(acme.product("GLU-1").unwrap()["stock"], 7);
}

fn forms_say_what_is_wrong(world: &World) {
    let server = world.start();
    let acme = server.acme();
    let anvil = acme.product("ANV-100").unwrap();
    let customer = acme.list("customers")[0]["id"].clone();
    let sold_out = format!("customer={customer}&quantity-{}=1000", anvil["id"]);
    for (path, form, message) in [
        ("/products", "name=&sku=A&price=1&stock=1", "Please fill this in."),
        ("/products", "name=A&sku=A&price=cheap&stock=1", "Please write an amount"),
        ("/products", "name=A&sku=A&price=1&stock=-1", "This must lie between 0"),
        ("/products", "name=A&sku=ANV-100&price=1&stock=1", "with this number exists already"),
        ("/customers", "name=Ada&email=ada", "This is no email address."),
        ("/customers", "name=Ada&email=rosa%40example.com", "with this address exists already"),
        ("/orders", "customer=", "Choose a customer."),
        ("/orders", "customer=1", "Choose at least one product."),
        ("/orders", &sold_out, "of “Anvil, 50 kg” left."),
    ] {
        let page = acme.submit(path, "same-origin", form);
        assert_eq!(page.status, 422, "{path} {form}: {page:?}");
        assert!(page.body.contains(message), "{path} {form}: {}", page.body);
        assert!(page.body.contains("aria-describedby"), "{path} {form}");
    }
    let kept = acme.submit("/customers", "same-origin", "name=%22%3E%3Cb%3E&email=x");
    assert!(kept.body.contains("&#34;&#62;&#60;b&#62;"), "{}", kept.body);
    assert_eq!(acme.product("ANV-100").unwrap(), anvil);
}

fn forms_of_other_sites_are_refused(world: &World) {
    let server = world.start();
    let acme = server.acme();
    let customers = acme.list("customers");
    for fetch_site in ["cross-site", "same-site"] {
        let refused = acme.submit("/customers", fetch_site, "name=Eve&email=eve%40example.com");
        assert_eq!(refused.status, 403, "{fetch_site}: {refused:?}");
        assert!(refused.body.contains("sent from another site"), "{}", refused.body);
    }
    assert_eq!(acme.list("customers"), customers);
}

fn addresses_that_lead_nowhere_say_so(world: &World) {
    let server = world.start();
    let acme = server.acme();
    for path in ["/nothing", "/orders/999999", "/orders/x", "/apiary"] {
        let page = acme.page(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("There is nothing at this address."), "{}", page.body);
    }
    for path in ["/api", "/api/nothing", "/api/orders/999999", "/api/orders/x"] {
        let problem = acme.get(path);
        assert_eq!(problem.status, 404, "{path}");
        assert_eq!(problem.header("content-type"), Some("application/problem+json"), "{path}");
    }
    let not_allowed = acme.submit("/orders/1", "same-origin", "");
    assert_eq!(not_allowed.status, 405, "{not_allowed:?}");
    let bad = acme.submit("/api/products", "same-origin", "name=A");
    assert_eq!(bad.status, 415, "{bad:?}");
    assert_eq!(bad.header("content-type"), Some("application/problem+json"));
}

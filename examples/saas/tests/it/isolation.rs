//! Nothing of one shop is seen or touched by way of the other.

use std::thread;

use serde_json::{Value, json};

use crate::{
    client::Site,
    world::{World, in_every_world},
};

in_every_world!(
    tenants_see_their_own_products,
    what_one_tenant_adds_is_invisible_to_the_other,
    orders_take_from_the_own_stock,
    orders_hold_nothing_of_another_tenant,
    orders_at_the_same_time_sell_what_is_there,
);

fn tenants_see_their_own_products(world: &World) {
    let server = world.start();
    for (own, other, name, only_own, only_other) in [
        (server.acme(), server.globex(), "Acme Hardware", "Rocket skates", "Hammocks of the World"),
        (server.globex(), server.acme(), "Globex Books", "Hammocks of the World", "Rocket skates"),
    ] {
        let page = own.page("/");
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains(&format!("Welcome to {name}")), "{}", page.body);
        assert!(page.body.contains(only_own), "{}", page.body);
        assert!(!page.body.contains(only_other), "{}", page.body);
        assert!(page.body.contains(world.strategy), "{}", page.body);
        // The same number is a product of its own in each shop.
        let (own, other) = (own.product("ANV-100").unwrap(), other.product("ANV-100").unwrap());
        assert_ne!(own["name"], other["name"]);
    }
}

fn what_one_tenant_adds_is_invisible_to_the_other(world: &World) {
    let server = world.start();
    let (acme, globex) = (server.acme(), server.globex());
    let before: Vec<_> = ["products", "customers", "orders"].map(|of| globex.list(of)).into();

    let product = json!({ "sku": "NEW-1", "name": "Paint", "price_cents": 950, "stock": 4 });
    let product = acme.post("/api/products", &product);
    assert_eq!(product.status, 201, "{product:?}");
    let customer = json!({ "name": "Ada", "email": "ada@example.com" });
    let customer = acme.post("/api/customers", &customer);
    assert_eq!(customer.status, 201, "{customer:?}");
    let order = acme.post(
        "/api/orders",
        &json!({
            "customer_id": customer.json()["id"],
            "items": [{ "product_id": product.json()["id"], "quantity": 3 }],
        }),
    );
    assert_eq!(order.status, 201, "{order:?}");
    assert_eq!(order.json()["total_cents"], 2850);
    let location = order.header("location").unwrap();

    assert_eq!(acme.get(location).json(), order.json());
    assert_eq!(acme.product("NEW-1").unwrap()["stock"], 1);
    assert!(acme.list("customers").contains(&customer.json()));
    assert!(acme.list("orders").contains(&order.json()));

    let after: Vec<_> = ["products", "customers", "orders"].map(|of| globex.list(of)).into();
    assert_eq!(before, after);
    assert_eq!(globex.get(location).status, 404);
    assert_eq!(globex.page(location.strip_prefix("/api").unwrap()).status, 404);

    // A number is taken in its own shop only.
    let again = json!({ "sku": "NEW-1", "name": "A book", "price_cents": 1, "stock": 0 });
    let taken = acme.post("/api/products", &again);
    assert_eq!(taken.status, 422, "{taken:?}");
    assert_eq!(taken.json()["errors"][0]["field"], "sku");
    assert_eq!(globex.post("/api/products", &again).status, 201);
    assert_eq!(acme.product("NEW-1").unwrap()["name"], "Paint");
}

fn orders_take_from_the_own_stock(world: &World) {
    let server = world.start();
    let (acme, globex) = (server.acme(), server.globex());
    let product = json!({ "sku": "BOX", "name": "Box", "price_cents": 100, "stock": 5 });
    let order_of = |site: &Site, quantity: i32| {
        let item =
            json!({ "product_id": site.product("BOX").unwrap()["id"], "quantity": quantity });
        let customer = site.list("customers")[0]["id"].clone();
        json!({ "customer_id": customer, "items": [item] })
    };
    assert_eq!(globex.post("/api/products", &product).status, 201);
    assert_eq!(acme.post("/api/products", &product).status, 201);

    assert_eq!(acme.post("/api/orders", &order_of(&acme, 3)).status, 201);
    assert_eq!(acme.product("BOX").unwrap()["stock"], 2);
    assert_eq!(globex.product("BOX").unwrap()["stock"], 5);

    let orders = acme.list("orders").len();
    let too_many = acme.post("/api/orders", &order_of(&acme, 3));
    assert_eq!(too_many.status, 422, "{too_many:?}");
    assert_eq!(too_many.header("content-type"), Some("application/problem+json"));
    assert_eq!(acme.product("BOX").unwrap()["stock"], 2);
    assert_eq!(acme.list("orders").len(), orders);
}

fn orders_hold_nothing_of_another_tenant(world: &World) {
    let server = world.start();
    let (acme, globex) = (server.acme(), server.globex());
    // The newest customer and product of the other shop: no shop of fewer rows has such an id.
    let newest = |of: &str| globex.list(of).iter().filter_map(|row| row["id"].as_i64()).max();
    let book = json!({ "sku": "X", "name": "Maps", "price_cents": 1, "stock": 1 });
    for number in 0..3 {
        let mut book = book.clone();
        book["sku"] = format!("X-{number}").into();
        assert_eq!(globex.post("/api/products", &book).status, 201);
    }
    let anvil = acme.product("ANV-100").unwrap();
    for (customer, product) in [
        (json!(newest("customers")), anvil["id"].clone()),
        (acme.list("customers")[0]["id"].clone(), json!(newest("products"))),
    ] {
        let items = json!([
            { "product_id": anvil["id"], "quantity": 1 },
            { "product_id": product, "quantity": 1 },
        ]);
        let items = if product == anvil["id"] { json!([items[0]]) } else { items };
        let order = json!({ "customer_id": customer, "items": items });
        let refused = acme.post("/api/orders", &order);
        assert_eq!(refused.status, 422, "{refused:?}");
        // Nothing of the order is kept, in neither shop.
        assert_eq!(acme.product("ANV-100").unwrap(), anvil);
        assert_eq!(globex.product("X-2").unwrap()["stock"], 1);
    }
}

fn orders_at_the_same_time_sell_what_is_there(world: &World) {
    let server = world.start();
    let (acme, globex) = (server.acme(), server.globex());
    let product = json!({ "sku": "BOX", "name": "Box", "price_cents": 100, "stock": 5 });
    let orders = [&acme, &globex].map(|site| {
        let product = site.post("/api/products", &product);
        let items = json!([{ "product_id": product.json()["id"], "quantity": 1 }]);
        json!({ "customer_id": site.list("customers")[0]["id"], "items": items })
    });
    let place = |site: &Site, order: &Value| site.post("/api/orders", order).status;
    let statuses: Vec<u16> = thread::scope(|scope| {
        let buyers: Vec<_> = (0..16)
            .map(|number| {
                let (site, order) = ([&acme, &globex][number % 2], &orders[number % 2]);
                scope.spawn(move || place(site, order))
            })
            .collect();
        buyers.into_iter().map(|buyer| buyer.join().unwrap()).collect()
    });
    let count = |status: u16| statuses.iter().filter(|&&other| other == status).count();
    assert_eq!((count(201), count(422)), (10, 6), "{statuses:?}");
    for site in [&acme, &globex] {
        assert_eq!(site.product("BOX").unwrap()["stock"], 0);
        assert_eq!(site.list("orders").len(), 6);
    }
}

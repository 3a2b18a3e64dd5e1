//! Two tenants to begin with, each with goods, customers and an order of its own, and the people
//! who work in them.

use sea_orm::TransactionTrait;
use serde_json::json;
use tenancy_core::{
    DomainName, Error, Role, Slug, TenantConnection, TenantId, TenantStatus, registry::NewTenant,
};

use crate::{
    accounts::{NewUser, Token},
    entity::user,
    failure::Failure,
    shop::{
        ShopError,
        customers::{self, NewCustomer},
        orders::{self, NewItem, NewOrder},
        products::{self, NewProduct},
    },
    web::App,
};

/// A tenant to begin with.
struct Demo {
    slug: &'static str,
    name: &'static str,
    owner: &'static str,
    currency: &'static str,
    accent: &'static str,
    /// Number, name, price in cents and stock.
    products: &'static [(&'static str, &'static str, i64, i32)],
    /// Name and address.
    customers: &'static [(&'static str, &'static str)],
}

const DEMOS: [Demo; 2] = [
    Demo {
        slug: "acme",
        name: "Acme Hardware",
        owner: "wile@example.com",
        currency: "EUR",
        accent: "teal",
        products: &[
            ("ANV-100", "Anvil, 50 kg", 24_900, 7),
            ("RKT-010", "Rocket skates", 18_950, 3),
            ("ROP-025", "Rope, 25 m", 2_490, 40),
            ("MAG-001", "Horseshoe magnet", 1_295, 25),
            ("SPR-004", "Spring boots", 7_900, 0),
        ],
        customers: &[("Wilma Kojote", "wilma@example.com"), ("Rosa Renner", "rosa@example.com")],
    },
    Demo {
        slug: "globex",
        name: "Globex Books",
        owner: "hank@example.com",
        currency: "USD",
        accent: "plum",
        products: &[
            ("BK-0101", "A Field Guide to Doomsday Devices", 3_450, 12),
            ("BK-0102", "Hammocks of the World", 2_800, 18),
            ("BK-0103", "Leadership from the Volcano Lair", 4_200, 5),
            ("ANV-100", "Anvils: A Cultural History", 2_150, 30),
        ],
        customers: &[
            ("Hank Mertens", "hank@example.com"),
            ("Ines Sauer", "ines@example.com"),
            // The same person may be a customer of both shops.
            ("Rosa Renner", "rosa@example.com"),
        ],
    },
];

/// Name and address of those who work in the shops. The third works in both, and the fourth only
/// looks at the first.
const PEOPLE: [(&str, &str); 5] = [
    ("Wile Kojote", "wile@example.com"),
    ("Hank Mertens", "hank@example.com"),
    ("Rosa Renner", "rosa@example.com"),
    ("Vera Blick", "vera@example.com"),
    ("Olga Operator", "operator@example.com"),
];

/// Where a shop can be reached.
#[derive(Debug, Clone)]
pub(crate) struct ShopAddress {
    pub(crate) name: String,
    pub(crate) domain: DomainName,
}

/// What there is to begin with.
pub(crate) struct Beginning {
    pub(crate) shops: Vec<ShopAddress>,
    /// The addresses of the accounts that this start has made, and their password.
    pub(crate) accounts: Option<(Vec<String>, String)>,
}

/// Creates and fills the shops that are missing, and goes on with what an earlier start has left
/// unfinished. What exists stays as it is.
pub(crate) async fn open_shops(app: &App, password: Option<&str>) -> Result<Beginning, Failure> {
    let (people, accounts) = add_people(app, password).await?;
    let mut shops = Vec::with_capacity(DEMOS.len());
    for demo in &DEMOS {
        let owner = people.iter().find(|user| user.email == demo.owner);
        shops.push(open_shop(app, demo, owner).await?);
    }
    Ok(Beginning { shops, accounts })
}

/// The people, of whom those are added who are missing.
async fn add_people(
    app: &App,
    password: Option<&str>,
) -> Result<(Vec<user::Model>, Option<(Vec<String>, String)>), Failure> {
    let password = match password {
        Some(password) => password.to_owned(),
        None => {
            let token = Token::generate().map_err(|error| Failure::Account(error.into()))?;
            token.reveal().chars().take(16).collect()
        }
    };
    let (mut people, mut added) = (Vec::new(), Vec::new());
    for (name, email) in PEOPLE {
        let known = app.accounts.user_of_email(email).await.map_err(Failure::Account)?;
        if let Some(user) = known {
            people.push(user);
            continue;
        }
        let (name, email) = (name.to_owned(), email.to_owned());
        let new = NewUser { name, email, password: password.clone() };
        let user = app.accounts.add_user(&new).await.map_err(Failure::Account)?;
        if user.email.starts_with("operator@") {
            app.accounts.set_operator(user.id, true).await.map_err(Failure::Account)?;
        }
        added.push(user.email.clone());
        people.push(user);
    }
    Ok((people, (!added.is_empty()).then_some((added, password))))
}

async fn open_shop(
    app: &App,
    demo: &Demo,
    owner: Option<&user::Model>,
) -> Result<ShopAddress, Failure> {
    let tenancy = &app.tenancy;
    let slug: Slug = demo.slug.parse()?;
    let domain = app.sites.domain(&slug)?;
    let tenant = match tenancy.registry().find_by_slug(&slug).await? {
        None => {
            let mut new = new_tenant(demo, &slug, &domain);
            if let Some(owner) = owner {
                new = new.with_owner(owner.id.to_string());
            }
            let tenant = tenancy.create_tenant(&new).await?;
            add_staff(app, tenant.id, demo).await?;
            tenant
        }
        Some(tenant) if tenant.status == TenantStatus::Provisioning => {
            tenancy.finish_tenant(&slug).await?
        }
        Some(tenant) => tenant,
    };
    if tenant.status.is_served() {
        let connection = tenancy.connection(&tenant).await?;
        fill(&connection, demo).await.map_err(|source| Failure::Demo { tenant: slug, source })?;
    }
    Ok(ShopAddress { name: tenant.name, domain })
}

/// Rosa works in both shops, Vera only looks at the first.
async fn add_staff(app: &App, tenant: TenantId, demo: &Demo) -> Result<(), Failure> {
    let staff = [("rosa@example.com", Role::User), ("vera@example.com", Role::Readonly)];
    for (email, role) in staff.iter().take(if demo.slug == "acme" { 2 } else { 1 }) {
        let user = app.accounts.user_of_email(email).await.map_err(Failure::Account)?;
        let Some(user) = user else { continue };
        let added = app.tenancy.registry().add_member(tenant, &user.id.to_string(), *role).await;
        match added {
            Ok(_) | Err(Error::Taken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn new_tenant(demo: &Demo, slug: &Slug, domain: &DomainName) -> NewTenant {
    NewTenant::new(slug.clone(), demo.name)
        .with_domain(domain.clone())
        .with_settings(json!({ "currency": demo.currency, "accent": demo.accent }))
}

/// Fills an empty shop: all of it, or nothing.
async fn fill(shop: &TenantConnection, demo: &Demo) -> Result<(), ShopError> {
    let is_empty = products::list(shop).await?.is_empty();
    if !(is_empty && customers::list(shop).await?.is_empty()) {
        return Ok(());
    }
    let transaction = shop.begin().await?;
    let mut items = Vec::new();
    for &(sku, name, price_cents, stock) in demo.products {
        let new = NewProduct { sku: sku.to_owned(), name: name.to_owned(), price_cents, stock };
        let product = products::add(&transaction, &new).await?;
        items.push(NewItem { product_id: product.id, quantity: 1 });
    }
    let mut buyer = None;
    for &(name, email) in demo.customers {
        let new = NewCustomer { name: name.to_owned(), email: email.to_owned() };
        buyer.get_or_insert(customers::add(&transaction, &new).await?.id);
    }
    if let Some(customer_id) = buyer {
        items.truncate(2);
        orders::place(&transaction, &NewOrder { customer_id, items }, demo.currency).await?;
    }
    transaction.commit().await?;
    Ok(())
}

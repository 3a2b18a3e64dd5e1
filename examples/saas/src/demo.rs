//! Two tenants to begin with, each with goods, customers and an order of its own.

use sea_orm::TransactionTrait;
use serde_json::json;
use tenancy_core::{
    DomainName, Slug, Tenancy, TenantConnection, TenantStatus, registry::NewTenant,
};

use crate::{
    failure::Failure,
    shop::{
        ShopError,
        customers::{self, NewCustomer},
        orders::{self, NewItem, NewOrder},
        products::{self, NewProduct},
    },
};

/// A tenant to begin with.
struct Demo {
    slug: &'static str,
    name: &'static str,
    domain: &'static str,
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
        domain: "acme.localhost",
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
        domain: "globex.localhost",
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

/// Where a shop can be reached.
#[derive(Debug, Clone)]
pub(crate) struct ShopAddress {
    pub(crate) name: String,
    pub(crate) domain: DomainName,
}

/// Creates and fills the shops that are missing, and goes on with what an earlier start has left
/// unfinished. What exists stays as it is.
pub(crate) async fn open_shops(tenancy: &Tenancy) -> Result<Vec<ShopAddress>, Failure> {
    let mut addresses = Vec::with_capacity(DEMOS.len());
    for demo in &DEMOS {
        addresses.push(open_shop(tenancy, demo).await?);
    }
    Ok(addresses)
}

async fn open_shop(tenancy: &Tenancy, demo: &Demo) -> Result<ShopAddress, Failure> {
    let (slug, domain): (Slug, DomainName) = (demo.slug.parse()?, demo.domain.parse()?);
    let tenant = match tenancy.registry().find_by_slug(&slug).await? {
        None => tenancy.create_tenant(&new_tenant(demo, &slug, &domain)).await?,
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

//! Migrations of the tables that every tenant has, written once for every strategy.

mod m20260101_000002_create_customers_and_products;
mod m20260102_000001_create_orders;

use tenancy_core::TenantMigration;

pub(super) fn migrations() -> Vec<Box<dyn TenantMigration>> {
    vec![
        Box::new(m20260101_000002_create_customers_and_products::Migration),
        Box::new(m20260102_000001_create_orders::Migration),
    ]
}

//! The tables of the shop as SeaORM entities. Nothing in them mentions a tenant.

#![expect(unreachable_pub, reason = "SeaORM's macros write `pub`")]

pub mod currency;
pub mod customer;
pub mod order;
pub mod order_item;
pub mod product;

pub use currency::Entity as Currency;
pub use customer::Entity as Customer;
pub use order::Entity as Order;
pub use order_item::Entity as OrderItem;
pub use product::Entity as Product;

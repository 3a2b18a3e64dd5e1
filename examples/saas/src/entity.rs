//! The tables of the shop as SeaORM entities. Nothing in those of the tenants mentions a tenant.

#![expect(unreachable_pub, reason = "SeaORM's macros write `pub`")]

pub mod currency;
pub mod customer;
pub mod hand_over;
pub mod order;
pub mod order_item;
pub mod product;
pub mod session;
pub mod sign_up;
pub mod user;

pub use currency::Entity as Currency;
pub use customer::Entity as Customer;
pub use hand_over::Entity as HandOver;
pub use order::Entity as Order;
pub use order_item::Entity as OrderItem;
pub use product::Entity as Product;
pub use session::Entity as Session;
pub use sign_up::Entity as SignUp;
pub use user::Entity as User;

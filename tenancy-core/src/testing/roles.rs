//! An application whose database roles have no more rights than they need, on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, EntityTrait};

use super::{
    Setup, TestBackend, TestDatabase,
    world::{base, customer, invoice, migrate, new_tenant, rows, with_note},
};
use crate::{Tenancy, roles::Roles};

/// Makes the strategy under test for three addresses: the application's, the owner's, and the central
/// role's.
pub type SetUpRoles = fn([&str; 3]) -> Setup;

/// The same address for another role.
fn as_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let place = rest.split_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{role}@{place}")
}

async fn connected(setup: Setup, with: crate::MigrationSets) -> Tenancy {
    Tenancy::connect(&setup.config, setup.strategy, with).await.unwrap()
}

async fn is_refused(role: &DatabaseConnection, sql: &str) {
    let refused = role.execute_unprepared(sql).await.unwrap_err().to_string();
    assert!(refused.contains("permission denied"), "{sql}: {refused}");
}

/// Roles that are made by `tenancy db roles` serve an application whole, tenants and tables that come
/// later included, and can do nothing else. `prefix` keeps the roles of suites apart, which are the
/// server's.
pub async fn roles_have_the_rights_they_need(prefix: &str, set_up: SetUpRoles) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let urls = addresses(&database, prefix).await;
    let setup = || set_up([&urls[0], &urls[1], &urls[2]]);
    let Setup { config, strategy, .. } = setup();
    Roles::read(&config, strategy.as_ref()).await.unwrap().apply().await.unwrap();

    let tenancy = connected(setup(), base()).await;
    migrate(&tenancy).await;
    for name in ["acme", "globex"] {
        let tenant = tenancy.create_tenant(&new_tenant(name)).await.unwrap();
        let connection = tenancy.connection(&tenant).await.unwrap();
        let insert = "INSERT INTO customer (email, name) VALUES ('a@example.com', 'ann')";
        connection.execute_unprepared(insert).await.unwrap();
        assert_eq!(rows(&connection).await.0.len(), 1);
        super::world::currency::Entity::find().one(&connection).await.unwrap().unwrap();
    }
    // What is there by now gets its rights as well, and what comes later needs nothing more.
    let roles = Roles::read(&config, strategy.as_ref()).await.unwrap();
    assert!(!roles.statements().iter().any(|statement| statement.starts_with("CREATE ROLE")));
    roles.apply().await.unwrap();
    let later = connected(setup(), with_note()).await;
    migrate(&later).await;
    let initech = later.create_tenant(&new_tenant("initech")).await.unwrap();
    let connection = later.connection(&initech).await.unwrap();
    customer::Entity::find().all(&connection).await.unwrap();
    invoice::Entity::find().all(&connection).await.unwrap();
    later.remove_tenant(&initech.slug).await.unwrap();

    let application = Database::connect(&urls[0]).await.unwrap();
    is_refused(&application, "SELECT * FROM public.tenants_tenant").await;
    is_refused(&application, "UPDATE public.seaql_migrations SET applied_at = 0").await;
    is_refused(&application, "INSERT INTO public.currency (code, name) VALUES ('NOK', 'x')").await;
    is_refused(&application, "CREATE TABLE public.mine (id integer)").await;
    let central = Database::connect(&urls[2]).await.unwrap();
    is_refused(&central, "CREATE TABLE public.mine (id integer)").await;
}

/// The addresses of a database for an application's role, its owner, who has it from now on, and a
/// central role. The owner is made where it is missing; the others are for [`Roles`] to make.
pub async fn addresses(database: &TestDatabase, prefix: &str) -> [String; 3] {
    let server = database.connect().await.unwrap();
    let role = |name: &str| format!("{prefix}_{name}");
    let owner = role("owner");
    let name = database.url().rsplit_once('/').unwrap().1.split('?').next().unwrap();
    for sql in [
        format!(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}') \
             THEN CREATE ROLE {owner} LOGIN CREATEROLE; END IF; END $$"
        ),
        format!("ALTER DATABASE \"{name}\" OWNER TO {owner}"),
    ] {
        server.execute_unprepared(&sql).await.unwrap();
    }
    ["app", "owner", "central"].map(|name| as_role(database.url(), &role(name)))
}

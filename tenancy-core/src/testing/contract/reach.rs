//! Clauses on what a tenant's statements cannot reach.

use sea_orm::{ConnectionTrait, EntityTrait, Set, Statement, TransactionTrait};

use crate::{
    Dialect, Error, TenantConnection, TenantDdl,
    testing::{
        TestBackend,
        world::{SetUp, World, currency, customer},
    },
};

/// Sends a statement in each way there is; none may get through.
async fn assert_refused(connection: &TenantConnection, sql: &str) {
    let statement = || Statement::from_string(connection.get_database_backend(), sql);
    let refusals = [
        connection.execute_raw(statement()).await.map(drop),
        connection.query_one_raw(statement()).await.map(drop),
        connection.query_all_raw(statement()).await.map(drop),
        connection.execute_unprepared(sql).await.map(drop),
    ];
    for refusal in refusals {
        let Err(error) = refusal else { panic!("{sql} got through") };
        let ours = Error::from_db_err(&error);
        assert!(matches!(ours, Some(Error::Refused(_))), "{sql}: {error:?}");
    }
}

/// Clause 7: a table that no migration created does not exist for a tenant.
pub async fn unknown_tables_are_refused(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    world.raw().await.execute_unprepared("CREATE TABLE stray (id integer)").await.unwrap();
    let acme = world.connection(&world.acme).await;
    for sql in [
        "SELECT * FROM stray",
        "SELECT 1 FROM customer WHERE EXISTS (SELECT 1 FROM stray)",
        "INSERT INTO customer (email, name) SELECT 'a', 'b' FROM stray",
        "DELETE FROM stray",
        "SELECT * FROM pg_catalog.pg_class",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM information_schema.tables",
    ] {
        assert_refused(&acme, sql).await;
    }
    let theirs = format!("SELECT * FROM {}.customer", world.globex.physical_name.quoted());
    assert_refused(&acme, &theirs).await;
    a_temporary_table_hides_no_other(&world, &acme).await;
}

/// A temporary table comes before all others of its name, where a name stands alone; on MySQL also
/// where it stands in its database. There it gives no rows without the tenant's column.
async fn a_temporary_table_hides_no_other(world: &World, acme: &TenantConnection) {
    let transaction = acme.begin().await.unwrap();
    let shadow = "CREATE TEMPORARY TABLE customer (id integer, email text, name text)";
    transaction.unscoped().execute_unprepared(shadow).await.unwrap();
    let together = world.tenancy.strategy().tenant_ddl() == TenantDdl::Once;
    if together && world.tenancy.dialect() == Dialect::MySql {
        customer::Entity::find().all(&transaction).await.unwrap_err();
        let drop = "DROP TEMPORARY TABLE customer";
        transaction.unscoped().execute_unprepared(drop).await.unwrap();
    }
    assert_eq!(crate::testing::world::rows(&transaction).await.0.len(), 2);
    transaction.rollback().await.unwrap();
}

/// Clause 8: the registry is out of a tenant's reach.
pub async fn registry_is_out_of_reach(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    for table in ["tenants_tenant", "tenants_domain", "tenants_marker", "seaql_migrations"] {
        assert_refused(&acme, &format!("SELECT * FROM {table}")).await;
        assert_refused(&acme, &format!("DELETE FROM {table}")).await;
    }
}

/// Clause 9: shared tables can be read by every tenant and written by none.
pub async fn shared_tables_are_read_only(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    for tenant in [&world.acme, &world.globex] {
        let connection = world.connection(tenant).await;
        let currencies = currency::Entity::find().all(&connection).await.unwrap();
        assert_eq!(currencies.len(), 1);
        let dollar = currency::ActiveModel { code: Set("USD".into()), name: Set("Dollar".into()) };
        let insert = currency::Entity::insert(dollar).exec_without_returning(&connection).await;
        let error = insert.unwrap_err();
        assert!(matches!(Error::from_db_err(&error), Some(Error::Refused(_))), "{error:?}");
        assert_refused(&connection, "UPDATE currency SET name = 'x'").await;
        assert_refused(&connection, "DELETE FROM currency").await;
    }
}

/// Clause 10: of a statement that is refused nothing is done.
pub async fn refused_statements_are_not_sent(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let globex = world.connection(&world.globex).await;
    let before =
        (crate::testing::world::rows(&acme).await, crate::testing::world::rows(&globex).await);
    for sql in [
        "DELETE FROM invoice; DROP TABLE customer",
        "DELETE FROM invoice; DELETE FROM tenants_tenant",
        "DELETE FROM invoice; not a statement",
        "DROP TABLE invoice",
        "TRUNCATE invoice",
        "ALTER TABLE customer ADD COLUMN x integer",
        "CREATE TABLE mine (id integer)",
        "SET search_path TO public",
        "RESET ALL",
        "BEGIN",
        "COMMIT",
        "PRAGMA writable_schema = 1",
        "ATTACH DATABASE 'other.db' AS other",
        "COPY customer TO '/tmp/customers'",
        "DO $$ BEGIN DELETE FROM customer; END $$",
        "WITH gone AS (DELETE FROM invoice RETURNING *) SELECT tenant_id FROM gone",
        "UPDATE customer SET tenant_id = NULL",
        "SELECT 1 AS tenant_id",
        "not a statement",
        "",
    ] {
        assert_refused(&acme, sql).await;
    }
    let several = "DELETE FROM invoice; DELETE FROM customer";
    let several = Statement::from_string(acme.get_database_backend(), several);
    let error = acme.execute_raw(several).await.unwrap_err();
    assert!(matches!(Error::from_db_err(&error), Some(Error::Refused(_))), "{error:?}");
    let after =
        (crate::testing::world::rows(&acme).await, crate::testing::world::rows(&globex).await);
    assert_eq!(after, before);
}

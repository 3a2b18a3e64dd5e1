//! Tenants with the rows of others.

tenancy_core::duplicating_suite!(crate::contract::set_up);

use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};
use tenancy_core::{
    Error,
    migrate::adapted,
    testing::{TestBackend, World, world},
};

use crate::contract::set_up;

/// What lies in a schema beside tables.
struct Objects;

impl MigrationName for Objects {
    fn name(&self) -> &str {
        "m20990101_000001_objects"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
impl MigrationTrait for Objects {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [
            "CREATE VIEW names AS SELECT name FROM customer",
            "CREATE SEQUENCE ticket START 5",
            "CREATE DOMAIN short AS varchar(8)",
            "CREATE FUNCTION customers() RETURNS bigint LANGUAGE sql SET search_path FROM CURRENT \
             AS 'SELECT count(*) FROM customer'",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Objects)]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_functions_sequences_and_rights_come_along_and_others_are_named() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let mut sets = world::base();
    sets.tenant.extend(adapted::<Migrator>());
    let tenancy = world.again(sets).await;
    world::migrate(&tenancy).await;
    let raw = world.raw().await;
    let run = async |sql: String| raw.execute_unprepared(&sql).await.map(drop).unwrap();
    let acme = world.acme.physical_name.quoted();
    run(format!("SELECT nextval('{acme}.ticket'); SELECT nextval('{acme}.ticket')")).await;
    run(format!("GRANT SELECT ON {acme}.customer TO pg_monitor")).await;
    run(format!("GRANT USAGE ON SCHEMA {acme} TO pg_monitor")).await;
    let duplicate =
        tenancy.duplicate_tenant(&world.acme.slug, &world::new_tenant("initech")).await.unwrap();
    let initech = duplicate.tenant.physical_name.quoted();
    let ask = async |sql: String| -> String {
        let ask = Statement::from_string(raw.get_database_backend(), sql);
        raw.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    };
    assert_eq!(ask(format!("SELECT nextval('{initech}.ticket')::text")).await, "7");
    assert_eq!(ask(format!("SELECT {initech}.customers()::text")).await, "2");
    let may =
        format!("SELECT has_table_privilege('pg_monitor', '{initech}.customer', 'SELECT')::text");
    assert_eq!(ask(may).await, "true");
    let public = "SELECT count(*)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                  WHERE n.nspname = 'public' AND c.relname IN ('names', 'ticket', 'customer')";
    assert_eq!(ask(public.to_owned()).await, "0");

    run(format!("CREATE VIEW {acme}.by_hand AS SELECT 1 AS one")).await;
    let named = tenancy.duplicate_tenant(&world.acme.slug, &world::new_tenant("hooli")).await;
    let named = named.unwrap_err();
    assert!(named.to_string().contains("the view `by_hand` of `acme`"), "{named}");
    run(format!("DROP VIEW {acme}.by_hand; ALTER TABLE {acme}.customer ADD COLUMN hand text"))
        .await;
    let drifted = tenancy.duplicate_tenant(&world.acme.slug, &world::new_tenant("hooli")).await;
    assert!(matches!(drifted, Err(Error::Drifted { .. })), "{drifted:?}");
    assert_eq!(tenancy.orphans().await.unwrap(), []);
}

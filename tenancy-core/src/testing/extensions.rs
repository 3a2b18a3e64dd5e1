//! Extensions of PostgreSQL in a schema of their own, proven under a strategy.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use std::path::Path;

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::MigrationName;

use super::{
    Setup, TestBackend, TestDatabase,
    world::{base, migrate, new_tenant},
};
use crate::{Error, Result, Tenancy, TenantMigration, TenantSchema};

/// Makes the strategy under test with more configured than it must be.
pub type SetUpWith = fn(&str, Option<&Path>, &[(&str, &str)]) -> Setup;

struct Search;

impl MigrationName for Search {
    fn name(&self) -> &str {
        "m20990101_000001_search_customers"
    }
}

impl TenantMigration for Search {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.sql("CREATE INDEX customer_name_trgm ON customer USING gin (name gin_trgm_ops)")
    }
}

async fn connect(setup: Setup) -> Result<Tenancy> {
    let mut sets = base();
    let search: Vec<Box<dyn TenantMigration>> = vec![Box::new(Search)];
    sets.tenant.extend(search);
    Tenancy::connect(&setup.config, setup.strategy, sets).await
}

/// Migrations and statements find operators and classes of an extension in its schema and nowhere
/// else; a path that does not lead there, and a schema that holds more, are refused at the start.
pub async fn extensions_lie_in_a_schema_of_their_own(set_up: SetUpWith) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let server = database.connect().await.unwrap();
    let run = async |sql: &str| server.execute_unprepared(sql).await.map(drop).unwrap();
    let setup = || {
        let values =
            [("database.extension_schemas", "extensions"), ("scope.functions", "similarity")];
        set_up(database.url(), database.directory(), &values)
    };
    let refused = async |setup: Setup| {
        let error = connect(setup).await.unwrap_err();
        let Error::UnsoundDatabase(findings) = &error else { unreachable!("{error}") };
        assert!(findings.iter().all(|finding| finding.code == "DBS012"), "{findings}");
        error.with_sources()
    };
    let missing = refused(setup()).await;
    assert!(missing.contains("does not exist"), "{missing}");
    run("CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions").await;
    let unseen = refused(setup()).await;
    assert!(unseen.contains("do not look for names in `extensions`"), "{unseen}");
    let name = database.url().rsplit_once('/').unwrap().1.split('?').next().unwrap();
    run(&format!("ALTER DATABASE \"{name}\" SET search_path = public, extensions")).await;
    run("CREATE TABLE extensions.stray (id integer)").await;
    let held = refused(setup()).await;
    assert!(held.contains("holds `stray`"), "{held}");
    run("DROP TABLE extensions.stray").await;

    let tenancy = connect(setup()).await.unwrap();
    migrate(&tenancy).await;
    let tenant = tenancy.create_tenant(&new_tenant("acme")).await.unwrap();
    let connection = tenancy.connection(&tenant).await.unwrap();
    let insert = "INSERT INTO customer (email, name) VALUES ('a@example.com', 'annabel lee')";
    connection.execute_unprepared(insert).await.unwrap();
    let find = "SELECT name FROM customer WHERE name % 'anabel lee' \
                ORDER BY similarity(name, 'anabel lee') DESC";
    let find = Statement::from_string(connection.get_database_backend(), find);
    assert_eq!(connection.query_all_raw(find).await.unwrap().len(), 1);
    tenancy.remove_tenant(&tenant.slug).await.unwrap();
}

//! The migrations of a SeaORM migrator as the tenant set, unchanged.

use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::{
    prelude::*,
    schema::{pk_auto, string, string_null},
};
use tenancy_core::{
    MigrateOptions, MigrationSets, Tenancy, Tenant,
    migrate::{Rollback, Selection, adapted},
    testing::{
        TestBackend, TestDatabase,
        world::{connect, migrate, new_tenant},
    },
};

use crate::contract::set_up;

struct CreateNotes;

impl MigrationName for CreateNotes {
    fn name(&self) -> &'static str {
        "m20260101_000001_create_notes"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
impl MigrationTrait for CreateNotes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.has_table("note").await? {
            return Err(DbErr::Custom("this is not the tenant's own place".to_owned()));
        }
        manager
            .create_table(
                Table::create().table("note").col(pk_auto("id")).col(string("title")).take(),
            )
            .await?;
        let insert = "INSERT INTO note (title) VALUES ('welcome')";
        manager.get_connection().execute_unprepared(insert).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("note").take()).await
    }
}

struct AddBody;

impl MigrationName for AddBody {
    fn name(&self) -> &'static str {
        "m20260102_000001_add_body"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
impl MigrationTrait for AddBody {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter().table("note").add_column(string_null("body")).take();
        manager.alter_table(alter).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter().table("note").drop_column("body").take();
        manager.alter_table(alter).await
    }
}

struct First;

impl MigratorTrait for First {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateNotes)]
    }
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateNotes), Box::new(AddBody)]
    }
}

fn sets<M: MigratorTrait>() -> MigrationSets {
    MigrationSets { tenant: adapted::<M>(), ..MigrationSets::default() }
}

async fn titles(tenancy: &Tenancy, tenant: &Tenant, sql: &str) -> Result<Vec<String>, DbErr> {
    let tenant = tenancy.registry().tenant(&tenant.slug).await.unwrap();
    let connection = tenancy.connection(&tenant).await.unwrap();
    let select = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(select).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

async fn a_migrator_is_the_tenant_set(backend: TestBackend) {
    let database = TestDatabase::create(backend).await.unwrap();
    let first = connect(set_up, &database, sets::<First>()).await.unwrap();
    migrate(&first).await;
    let acme = first.create_tenant(&new_tenant("acme")).await.unwrap();
    let globex = first.create_tenant(&new_tenant("globex")).await.unwrap();
    let connection = first.connection(&acme).await.unwrap();
    connection.execute_unprepared("INSERT INTO note (title) VALUES ('acme')").await.unwrap();
    let select = "SELECT title FROM note ORDER BY id";
    assert_eq!(titles(&first, &acme, select).await.unwrap(), ["welcome", "acme"]);
    assert_eq!(titles(&first, &globex, select).await.unwrap(), ["welcome"]);

    let next = connect(set_up, &database, sets::<Migrator>()).await.unwrap();
    migrate(&next).await;
    let body = "SELECT title FROM note WHERE body IS NULL ORDER BY id";
    assert_eq!(titles(&next, &acme, body).await.unwrap(), ["welcome", "acme"]);
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    assert_eq!(titles(&next, &initech, body).await.unwrap(), ["welcome"]);
    assert!(next.verify(&Selection::default(), 1).await.unwrap().unsound.is_empty());

    let options = MigrateOptions::default();
    let back = next.roll_back(&Rollback::Steps(1), &options, |_| {}).await.unwrap();
    assert_eq!(back.failures().count(), 0, "{back:?}");
    let again = connect(set_up, &database, sets::<First>()).await.unwrap();
    assert_eq!(titles(&again, &acme, select).await.unwrap(), ["welcome", "acme"]);
    assert!(titles(&again, &acme, body).await.is_err());
}

/// An application that SeaORM's migrator made becomes the first tenant: the same migrator is the
/// tenant set, and what it wrote is there once.
async fn what_a_migrator_made_is_adopted(backend: TestBackend) {
    let database = TestDatabase::create(backend).await.unwrap();
    let raw = database.connect().await.unwrap();
    First::up(&raw, None).await.unwrap();
    raw.execute_unprepared("INSERT INTO note (title) VALUES ('mine')").await.unwrap();
    let tenancy = connect(set_up, &database, sets::<Migrator>()).await.unwrap();
    let adopted = tenancy.adopt_tenant(&new_tenant("acme"), &[]).await.unwrap();
    assert_eq!(adopted.migrations, ["m20260101_000001_create_notes"]);
    assert!(adopted.former.is_empty(), "{adopted:?}");
    migrate(&tenancy).await;
    let body = "SELECT title FROM note WHERE body IS NULL ORDER BY id";
    assert_eq!(titles(&tenancy, &adopted.tenant, body).await.unwrap(), ["welcome", "mine"]);
    let globex = tenancy.create_tenant(&new_tenant("globex")).await.unwrap();
    assert_eq!(titles(&tenancy, &globex, body).await.unwrap(), ["welcome"]);
    assert!(tenancy.verify(&Selection::default(), 1).await.unwrap().unsound.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_migrator_made_is_adopted_on_sqlite() {
    what_a_migrator_made_is_adopted(TestBackend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_migrator_made_is_adopted_on_postgres() {
    what_a_migrator_made_is_adopted(TestBackend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migrator_is_the_tenant_set_on_sqlite() {
    a_migrator_is_the_tenant_set(TestBackend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migrator_is_the_tenant_set_on_postgres() {
    a_migrator_is_the_tenant_set(TestBackend::Postgres).await;
}

//! A disk that is full, files that others hold, and files that are damaged: told apart.

use std::fs;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbErr, EntityTrait, Set};
use tenancy_core::{
    Error, StorageTrouble, Tenancy,
    testing::{
        Setup, TestBackend, World,
        world::{base, customer, slug},
    },
    web::Problem,
};

use super::file;
use crate::contract::{configured, set_up};

fn customer_with(text: &str) -> customer::ActiveModel {
    customer::ActiveModel {
        email: Set(text.to_owned()),
        name: Set(text.to_owned()),
        ..Default::default()
    }
}

fn set_up_impatient(url: &str, directory: Option<&std::path::Path>) -> Setup {
    let values = [("database.busy_timeout_ms", "50"), ("database.max_connections", "1")];
    configured(url, directory, &values)
}

async fn impatient(world: &World) -> Tenancy {
    let setup = set_up_impatient(world.database().url(), world.database().directory());
    Tenancy::connect(&setup.config, setup.strategy, base()).await.unwrap()
}

fn told(error: &DbErr) -> (Option<StorageTrouble>, u16, Option<String>) {
    let problem = Problem::from(error);
    let code = problem.code().map(str::to_owned);
    (StorageTrouble::of(error), problem.status().as_u16(), code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let tenancy = impatient(&world).await;
    // One connection, on which SQLite is told how large the file may become.
    let dedicated = tenancy.dedicated(&world.acme).await.unwrap();
    dedicated.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
    let large = "x".repeat(200_000);
    let full = customer::Entity::insert(customer_with(&large)).exec(&*dedicated).await.unwrap_err();
    assert_eq!(told(&full), (Some(StorageTrouble::Full), 507, Some("COR151".to_owned())));
    // Nothing of it is there, and what is there is read.
    assert_eq!(customer::Entity::find().all(&*dedicated).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_others_hold_is_told() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let tenancy = impatient(&world).await;
    let connection = tenancy.connection(&world.acme).await.unwrap();
    let mut one = ConnectOptions::new(format!("sqlite://{}", file(&world, &world.acme).display()));
    let holder = Database::connect(one.max_connections(1).to_owned()).await.unwrap();
    holder.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
    let write = || customer::Entity::insert(customer_with("new")).exec(&connection);
    let busy = write().await.unwrap_err();
    assert_eq!(told(&busy), (Some(StorageTrouble::Busy), 503, Some("COR152".to_owned())));
    // Readers do not wait for a writer.
    assert_eq!(customer::Entity::find().all(&connection).await.unwrap().len(), 2);
    holder.execute_unprepared("COMMIT").await.unwrap();
    write().await.unwrap();

    // The same of the registry.
    let raw = Database::connect(world.database().url()).await.unwrap();
    raw.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
    let busy = tenancy.suspend(&slug("acme")).await.unwrap_err();
    assert_eq!(
        (busy.code(), StorageTrouble::of_error(&busy)),
        ("COR152", Some(StorageTrouble::Busy))
    );
    assert!(busy.hint().is_some_and(|hint| hint.contains("busy_timeout_ms")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_told() {
    for is_cut in [true, false] {
        let world = World::create(TestBackend::Sqlite, set_up).await;
        world.tenancy.close().await;
        let path = file(&world, &world.acme);
        let mut damaged = fs::read(&path).unwrap();
        // Cut off within the tables, or no database at all.
        if is_cut {
            damaged.truncate(damaged.len() / 3);
        } else {
            damaged.fill(b'#');
        }
        for companion in super::listed(super::folder(&world), &world.acme) {
            fs::remove_file(super::folder(&world).join(companion)).unwrap();
        }
        fs::write(&path, damaged).unwrap();
        let tenancy = impatient(&world).await;
        let trouble = match tenancy.connection(&world.acme).await {
            Err(error) => {
                assert_eq!(Problem::from(&error).status().as_u16(), 503, "{error}");
                assert_eq!(error.code(), "COR155", "{}", error.with_sources());
                StorageTrouble::of_error(&error)
            }
            Ok(connection) => {
                let error = customer::Entity::find().all(&connection).await.unwrap_err();
                assert_eq!(told(&error).1, 503);
                told(&error).0
            }
        };
        assert_eq!(trouble, Some(StorageTrouble::Corrupt), "cut: {is_cut}");
        // The other tenant is served.
        let globex = tenancy.connection(&world.globex).await.unwrap();
        assert_eq!(customer::Entity::find().all(&globex).await.unwrap().len(), 2);
    }
}

#[test]
fn what_says_nothing_of_the_storage_is_no_trouble() {
    let other = DbErr::RecordNotFound("a customer".to_owned());
    assert_eq!(StorageTrouble::of(&other), None);
    let ours = DbErr::from(Error::NotInitialised);
    assert_eq!(StorageTrouble::of(&ours), None);
}

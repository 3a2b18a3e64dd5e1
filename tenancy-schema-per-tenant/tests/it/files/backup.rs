//! Backups of tenants that are worked with, and how one is put back.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, EntityTrait, Set, Statement, TransactionTrait,
};
use tenancy_core::{
    Error,
    testing::{
        TestBackend, World,
        world::{base, customer, new_tenant, rows, slug},
    },
};

use super::{file, folder, listed};
use crate::contract::set_up;

fn customer_named(name: &str) -> customer::ActiveModel {
    customer::ActiveModel {
        email: Set(format!("{name}@example.com")),
        name: Set(name.to_owned()),
        ..Default::default()
    }
}

async fn open(file: &Path) -> DatabaseConnection {
    Database::connect(format!("sqlite://{}?mode=ro", file.display())).await.unwrap()
}

async fn text(database: &DatabaseConnection, sql: &str) -> String {
    let ask = Statement::from_string(database.get_database_backend(), sql);
    database.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_of_one_moment() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let backups = tempfile_folder(&world);
    let connection = world.connection(&world.acme).await;
    let ends = Arc::new(AtomicBool::new(false));
    let is_ending = Arc::clone(&ends);
    // Two rows at a time, or none.
    let writing = tokio::spawn(async move {
        let mut written = 0_usize;
        while !is_ending.load(Ordering::Relaxed) {
            let transaction = connection.begin().await.unwrap();
            for half in ["a", "b"] {
                let name = format!("{written}-{half}");
                customer::Entity::insert(customer_named(&name)).exec(&transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
            written += 1;
        }
        written
    });
    let mut sizes = Vec::new();
    for at in 0..5 {
        let backup = backups.join(format!("{at}.db"));
        world.tenancy.back_up(&slug("acme"), &backup).await.unwrap();
        let database = open(&backup).await;
        assert_eq!(text(&database, "PRAGMA integrity_check").await, "ok");
        let customers = rows(&database).await.0.len();
        assert_eq!(customers % 2, 0, "half a transaction is in the backup");
        sizes.push(customers);
        database.close().await.unwrap();
    }
    ends.store(true, Ordering::Relaxed);
    let written = writing.await.unwrap();
    assert!(sizes.is_sorted(), "{sizes:?}");
    assert_eq!(rows(&world.connection(&world.acme).await).await.0.len(), 2 + 2 * written);
    // Nothing lies about.
    assert_eq!(fs::read_dir(&backups).unwrap().count(), 5);
}

fn tempfile_folder(world: &World) -> std::path::PathBuf {
    let backups = world.database().directory().unwrap().join("backups");
    fs::create_dir_all(&backups).unwrap();
    backups
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_takes_the_place_of_nothing() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let backups = tempfile_folder(&world);
    let there = backups.join("there.db");
    fs::write(&there, "").unwrap();
    let refused = world.tenancy.back_up(&slug("acme"), &there).await.unwrap_err();
    assert!(matches!(refused, Error::PlaceExists { .. }), "{refused}");
    assert_eq!(fs::read(&there).unwrap(), b"");
    let nowhere = backups.join("missing/acme.db");
    world.tenancy.back_up(&slug("acme"), &nowhere).await.unwrap_err();
    let unknown = world.tenancy.back_up(&slug("nobody"), &backups.join("a.db")).await.unwrap_err();
    assert!(matches!(unknown, Error::UnknownTenant { .. }), "{unknown}");
    // What a backup that was killed has left is no hindrance.
    let killed = backups.join("killed.db");
    fs::write(backups.join("killed.db.tenancy-unfinished"), "half").unwrap();
    world.tenancy.back_up(&slug("acme"), &killed).await.unwrap();
    let mut left: Vec<String> = fs::read_dir(&backups)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["killed.db", "there.db"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_tenants_are_no_files_the_tool_is_named() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let file = std::env::temp_dir().join(format!("{}.never", world.acme.physical_name));
    let refused = world.tenancy.back_up(&slug("acme"), &file).await.unwrap_err();
    let schema = world.acme.physical_name.as_str();
    assert_eq!(refused.code(), "COR150");
    assert!(refused.to_string().contains(&format!("pg_dump --schema {schema}")), "{refused}");
    assert!(!file.exists());
}

/// As the help of `tenancy tenant backup` says: archived, replaced, resumed; also by a process that
/// has the replaced file open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_put_back() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let tenancy = &world.tenancy;
    let backup = tempfile_folder(&world).join("acme.db");
    let before = rows(&world.connection(&world.acme).await).await;
    tenancy.back_up(&slug("acme"), &backup).await.unwrap();
    let handle = world.connection(&world.acme).await;
    customer::Entity::insert(customer_named("late")).exec(&handle).await.unwrap();

    tenancy.archive(&slug("acme")).await.unwrap();
    for name in listed(folder(&world), &world.acme) {
        fs::remove_file(folder(&world).join(name)).unwrap();
    }
    fs::copy(&backup, file(&world, &world.acme)).unwrap();
    let acme = tenancy.resume(&slug("acme")).await.unwrap();
    assert_eq!(rows(&world.connection(&acme).await).await, before);
    customer::Entity::find().all(&handle).await.unwrap_err();
    // It is written to as any other.
    let again = world.connection(&acme).await;
    customer::Entity::insert(customer_named("later")).exec(&again).await.unwrap();
    let other = world.again(base()).await;
    assert_eq!(rows(&other.connection(&acme).await.unwrap()).await.0.len(), before.0.len() + 1);
}

/// A tenant that was removed comes back as another one, with its rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_tenant_comes_back_by_adoption() {
    let world = World::create(TestBackend::Sqlite, set_up).await;
    let tenancy = &world.tenancy;
    let backup = tempfile_folder(&world).join("acme.db");
    let before = rows(&world.connection(&world.acme).await).await;
    tenancy.back_up(&slug("acme"), &backup).await.unwrap();
    tenancy.remove_tenant(&slug("acme")).await.unwrap();
    fs::copy(&backup, file(&world, &world.acme)).unwrap();
    let adopted =
        tenancy.adopt_orphan(&world.acme.physical_name, &new_tenant("acme")).await.unwrap();
    assert_eq!(rows(&world.connection(&adopted).await).await, before);
}

//! Tenants with a file of their own: backups, the trash, and trouble with the storage.

#[cfg(target_os = "linux")]
mod full_disk;

use std::{fs, path::PathBuf};

use sea_orm::ConnectionTrait as _;
use tenancy_core::testing::TestBackend;

use crate::{
    notes::Notes,
    world::{STRATEGIES, World},
};

fn titles(world: &World, slug: &str) -> String {
    let sql = "SELECT title FROM note ORDER BY title";
    world.notes(&Notes::NOW, &["exec", "--tenant", slug, "--", sql]).succeeded().stdout
}

fn world(backend: TestBackend, strategy: &'static str) -> Option<World> {
    let world = World::new(backend, strategy)?.with_tenants(&Notes::NOW);
    write(&world, "first");
    Some(world)
}

fn write(world: &World, title: &str) {
    let sql = format!("INSERT INTO note (title) VALUES ('{title}')");
    let args = ["exec", "--tenant", "acme", "--write", "--", &sql];
    world.notes(&Notes::NOW, &args).succeeded();
}

/// A tenant's file.
fn file(world: &World, slug: &str) -> PathBuf {
    let shown = world.tenancy(&["tenant", "show", slug, "--format", "json"]).succeeded();
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    world.files().join(format!("{}.db", shown["physical_name"].as_str().unwrap()))
}

fn companions(file: &std::path::Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|suffix| PathBuf::from(format!("{}{suffix}", file.display())))
}

#[test]
fn a_backup_is_written_and_put_back() {
    let world = world(TestBackend::Sqlite, "schema-per-tenant").unwrap();
    let backup = world.files().join("acme.backup");
    let args = ["tenant", "backup", "acme", backup.to_str().unwrap()];
    let written = world.tenancy(&args).succeeded();
    assert!(written.stderr.contains("wrote what the tenant `acme` has"), "{written}");
    let again = world.tenancy(&args);
    assert!(again.code == 2 && again.stderr.contains("COR119"), "{again}");
    write(&world, "late");

    world.tenancy(&["tenant", "archive", "acme"]).succeeded();
    let file = file(&world, "acme");
    for companion in companions(&file) {
        if companion.exists() {
            fs::remove_file(companion).unwrap();
        }
    }
    fs::remove_file(&file).unwrap();
    fs::copy(&backup, &file).unwrap();
    world.notes(&Notes::NOW, &["migrate", "up"]).succeeded();
    world.tenancy(&["tenant", "resume", "acme"]).succeeded();
    let titles = titles(&world, "acme");
    assert!(titles.contains("first") && !titles.contains("late"), "{titles}");
}

#[test]
fn who_has_no_file_is_told_the_tool() {
    for strategy in STRATEGIES {
        for backend in TestBackend::ALL {
            if backend == TestBackend::Sqlite && strategy == "schema-per-tenant" {
                continue;
            }
            let Some(world) = world(backend, strategy) else { continue };
            let refused = world.tenancy(&["tenant", "backup", "acme", "/nonexistent/acme.db"]);
            let is_told = refused.stderr.contains("COR150") && refused.stderr.contains("pg_dump");
            assert!(refused.code == 2 && is_told, "{refused}");
        }
    }
}

#[test]
fn a_deleted_tenant_lies_in_the_trash() {
    let world = world(TestBackend::Sqlite, "schema-per-tenant").unwrap();
    let file = file(&world, "acme");
    let trashed = world.files().join("trash").join(file.file_name().unwrap());
    let delete = |args: &[&str]| {
        world.notes(&Notes::NOW, &[&["tenant", "delete", "acme", "--yes"], args].concat())
    };
    delete(&[]).succeeded();
    assert!(trashed.exists() && !file.exists());
    // As a crash would have left it; said again, it is done.
    fs::rename(&trashed, &file).unwrap();
    let checked = world.notes(&Notes::NOW, &["check", "--database"]);
    assert!(checked.code == 1 && checked.stdout.contains("SPT009"), "{checked}");
    assert_eq!(delete(&[]).code, 2);
    assert!(trashed.exists() && !file.exists());
    world.notes(&Notes::NOW, &["check", "--database"]).succeeded();
    world.tenancy(&["tenant", "restore", "acme"]).succeeded();
    world.tenancy(&["tenant", "resume", "acme"]).succeeded();
    assert!(titles(&world, "acme").contains("first"));
    delete(&[]).succeeded();
    delete(&["--at-once"]).succeeded();
    assert!(!trashed.exists() && !file.exists());
}

#[test]
fn trouble_with_the_storage_has_a_code_and_a_way_out() {
    let world = world(TestBackend::Sqlite, "schema-per-tenant").unwrap();
    let config = world.files().join("impatient.toml");
    fs::write(&config, "[database]\nbusy_timeout_ms = 50\n").unwrap();
    let config = config.to_str().unwrap();
    world.with_connection(async |registry| {
        registry.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
        let busy = world.tenancy(&["tenant", "suspend", "acme", "--config", config]);
        let is_told = busy.stderr.contains("COR152") && busy.stderr.contains("busy_timeout_ms");
        assert!(busy.code == 2 && is_told, "{busy}");
        registry.close().await.unwrap();
    });
    let file = file(&world, "acme");
    for companion in companions(&file) {
        if companion.exists() {
            fs::remove_file(companion).unwrap();
        }
    }
    fs::write(&file, "#".repeat(8192)).unwrap();
    let exec = ["exec", "--tenant", "acme", "--", "SELECT title FROM note"];
    let damaged = world.notes(&Notes::NOW, &exec);
    assert_ne!(damaged.code, 0, "{damaged}");
    let shown = damaged.to_string();
    assert!(shown.contains("COR155") && shown.contains("tenant backup"), "{damaged}");
}

#[test]
fn a_file_that_others_hold_fails_for_its_tenant() {
    let world = world(TestBackend::Sqlite, "schema-per-tenant").unwrap();
    let config = world.files().join("impatient.toml");
    fs::write(&config, "[database]\nbusy_timeout_ms = 50\n").unwrap();
    let config = config.to_str().unwrap();
    let acme = format!("sqlite://{}", file(&world, "acme").display());
    // The command has a runtime of its own, and is not called from within this one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let holder = runtime.block_on(async {
        let mut one = sea_orm::ConnectOptions::new(acme);
        let holder = sea_orm::Database::connect(one.max_connections(1).to_owned()).await.unwrap();
        holder.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
        holder
    });
    let sql = "INSERT INTO note (title) VALUES ('late')";
    let all = ["exec", "--tenant", "*", "--write", "--config", config, "--", sql];
    let busy = world.notes(&Notes::NOW, &all);
    // The answer is there, and not good: it was done for the one, and not for the other.
    let shown = busy.to_string();
    let is_told = shown.contains("error[CLI121]: acme") && shown.contains("busy_timeout_ms");
    assert!(busy.code == 1 && is_told, "{busy}");
    runtime.block_on(holder.close()).unwrap();
    assert!(!titles(&world, "acme").contains("late"));
    assert!(titles(&world, "globex").contains("late"));
}

//! Runs that are killed, held up, cut off from the server, and that meet places which are not as
//! they should be.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use tenancy_core::{
    Error, MigrateOptions, MigrationSets, Tenancy,
    migrate::Outcome,
    testing::{
        TestBackend, TestDatabase, TestServer, World, Written,
        world::{base, connect, migrate, new_tenant, slug, with_note},
    },
};

use crate::contract::set_up;

/// Ends all other connections to the database, and waits until they have ended: a server learns that
/// its client was killed only when it has something to tell.
const END_ALL: &str = "SELECT count(pg_terminate_backend(pid, 30000)) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// What the child says for each tenant.
const DONE: &str = "a tenant is done";

/// Where the child finds the database that it migrates.
const CHILD_URL: &str = "TENANCY_TEST_CHILD_URL";

fn with(migrations: impl IntoIterator<Item = Written>) -> MigrationSets {
    let mut sets = base();
    for migration in migrations {
        sets.tenant.push(Box::new(migration));
    }
    sets
}

/// A run that goes on with the others after a failure.
fn going_on() -> MigrateOptions {
    let mut options = MigrateOptions::default();
    options.continue_on_error = true;
    options
}

/// Takes a moment for each tenant, so that a run is somewhere in the midst of many.
fn slow() -> Written {
    Written::new("m20260501_000001_slow", |schema| {
        schema.raw(
            "time for the test to interfere",
            &[(tenancy_core::Dialect::Postgres, "SELECT pg_sleep(0.02)")],
        )?;
        schema.sql("ALTER TABLE customer ADD COLUMN slow integer NOT NULL DEFAULT 1")?;
        schema.sql("CREATE INDEX customer_slow ON customer (slow)")
    })
}

async fn count(database: &DatabaseConnection, sql: &str) -> i64 {
    let select = Statement::from_string(database.get_database_backend(), sql);
    let row = database.query_one_raw(select).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// How many tenants have the column, the index, the entry in the ledger, and the newest migration in
/// the registry.
async fn slow_counts(database: &DatabaseConnection) -> [i64; 4] {
    let heads = "SELECT count(*) FROM tenants_tenant WHERE migration_head LIKE '%slow'";
    let columns = "SELECT count(*) FROM pg_attribute WHERE attname = 'slow' AND attnum > 0 \
                   AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')";
    let indexes = "SELECT count(*) FROM pg_class WHERE relname = 'customer_slow'";
    let mut ledgers = 0;
    let schemas = Statement::from_string(
        database.get_database_backend(),
        "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 't\\_%'",
    );
    for schema in database.query_all_raw(schemas).await.unwrap() {
        let schema: String = schema.try_get_by_index(0).unwrap();
        let sql = format!(
            "SELECT count(*) FROM \"{schema}\".seaql_migrations WHERE version LIKE '%slow'"
        );
        ledgers += count(database, &sql).await;
    }
    [
        count(database, columns).await,
        count(database, indexes).await,
        ledgers,
        count(database, heads).await,
    ]
}

async fn many_tenants(tenants: usize) -> (TestDatabase, Tenancy) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = connect(set_up, &database, base()).await.unwrap();
    migrate(&tenancy).await;
    for at in 0..tenants {
        tenancy.create_tenant(&new_tenant(&format!("tenant-{at:03}"))).await.unwrap();
    }
    (database, tenancy)
}

/// The child of the test below: it runs until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the parent tells its child where to work")]
async fn the_run_that_is_killed() {
    let Ok(url) = env::var(CHILD_URL) else { return };
    let setup = set_up(&url, None);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, with([slow()])).await.unwrap();
    // Each line tells the parent that a tenant is done.
    tenancy.migrate(&MigrateOptions::default(), |_| println!("{DONE}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_is_gone_on_with() {
    const TENANTS: i64 = 200;
    let (database, _tenancy) = many_tenants(200).await;
    let raw = database.connect().await.unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["survival::the_run_that_is_killed", "--exact", "--nocapture"])
        .env(CHILD_URL, database.url())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Killed in the midst of it, whenever that is on this machine.
    let told = BufReader::new(child.stdout.take().unwrap()).lines();
    let done = told.map_while(Result::ok).filter(|line| line.ends_with(DONE)).take(20).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(done, 20, "the child has ended by itself");
    count(&raw, END_ALL).await;
    let [columns, indexes, ledgers, heads] = slow_counts(&raw).await;
    assert!((20..TENANTS).contains(&heads), "{heads}");
    assert_eq!([columns, indexes, ledgers], [heads; 3], "some tenant is in between");

    let next = connect(set_up, &database, with([slow()])).await.unwrap();
    let runs = next.migration_runs(1).await.unwrap();
    assert!(runs[0].finished_at.is_none(), "{runs:?}");
    let report = next.resume_migration(None, &MigrateOptions::default(), |_| {}).await.unwrap();
    assert_eq!(report.run, Some(runs[0].id));
    assert_eq!(report.tenants.len() as i64, TENANTS - heads, "only the rest is done");
    assert!(report.is_complete());
    assert_eq!(slow_counts(&raw).await, [TENANTS; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_survives_the_loss_of_its_connections() {
    const TENANTS: i64 = 60;
    let (database, _tenancy) = many_tenants(60).await;
    let raw = database.connect().await.unwrap();
    let next = connect(set_up, &database, with([slow()])).await.unwrap();
    let (told, mut done) = tokio::sync::mpsc::unbounded_channel();
    let run = tokio::spawn(async move {
        let options = going_on();
        next.migrate(&options, |_| told.send(()).unwrap()).await.unwrap()
    });
    for _ in 0..3 {
        for _ in 0..8 {
            done.recv().await.unwrap();
        }
        count(&raw, END_ALL).await;
    }
    let report = run.await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(slow_counts(&raw).await, [TENANTS; 4]);
}

/// The server crashes in the midst of a run, and is restarted in the midst of it: the run outlasts
/// both or names who failed, and going on with it completes what is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_survives_a_server_that_is_restarted() {
    const TENANTS: i64 = 60;
    let mut server = TestServer::start().unwrap();
    let url = server.url();
    let tenancy = |sets| async {
        let setup = set_up(&url, None);
        Tenancy::connect(&setup.config, setup.strategy, sets).await.unwrap()
    };
    let first = tenancy(base()).await;
    migrate(&first).await;
    for at in 0..TENANTS {
        first.create_tenant(&new_tenant(&format!("tenant-{at:03}"))).await.unwrap();
    }
    let next = tenancy(with([slow()])).await;
    let (told, mut done) = tokio::sync::mpsc::unbounded_channel();
    let runner = next.clone();
    let run =
        tokio::spawn(async move { runner.migrate(&going_on(), |_| told.send(()).unwrap()).await });
    for crashes in [true, false] {
        for _ in 0..12 {
            done.recv().await.unwrap();
        }
        if crashes { server.crash() } else { server.restart_fast() }.unwrap();
    }
    let outlasted = matches!(&run.await.unwrap(), Ok(report) if report.is_complete());
    if !outlasted {
        let report = next.resume_migration(None, &going_on(), |_| {}).await.unwrap();
        assert!(report.is_complete(), "{report:?}");
    }
    let raw = sea_orm::Database::connect(&url).await.unwrap();
    assert_eq!(slow_counts(&raw).await, [TENANTS; 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_query_holds_up_one_tenant_only() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    let query = raw.begin().await.unwrap();
    let acme = world.acme.physical_name.quoted();
    query.execute_unprepared(&format!("SELECT count(*) FROM {acme}.customer")).await.unwrap();
    let setup = set_up(world.database().url(), None);
    let next = Tenancy::connect(&setup.config, setup.strategy, with_note()).await.unwrap();
    let (told, mut globex_is_done) = tokio::sync::mpsc::unbounded_channel();
    let run = tokio::spawn(async move {
        next.migrate(&MigrateOptions::default(), |outcome| {
            told.send(outcome.tenant.to_string()).unwrap();
        })
        .await
        .unwrap()
    });
    assert_eq!(globex_is_done.recv().await.as_deref(), Some("globex"));
    // Readers pass although the migration waits: not for long at a time, and without its lock.
    let acme_rows = format!("SELECT count(*) FROM {acme}.customer");
    assert_eq!(count(&raw, &acme_rows).await, 2);
    query.commit().await.unwrap();
    let report = run.await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.tenants.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_that_are_not_as_they_should_be_are_told_apart() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    let initech = world.tenancy.create_tenant(&new_tenant("initech")).await.unwrap();
    let [acme, initech] = [&world.acme, &initech].map(|tenant| tenant.physical_name.quoted());
    // One has lost its schema, and one has gained a table.
    raw.execute_unprepared(&format!("DROP SCHEMA {acme} CASCADE")).await.unwrap();
    raw.execute_unprepared(&format!("CREATE TABLE {initech}.extra (id integer)")).await.unwrap();
    raw.execute_unprepared("CREATE TABLE public.customer (id integer)").await.unwrap();
    let next = world.again(with_note()).await;
    let options = going_on();
    let report = next.migrate(&options, |_| {}).await.unwrap();
    let words: Vec<(&str, &str)> =
        report.tenants.iter().map(|of| (of.tenant.as_str(), of.outcome.word())).collect();
    assert_eq!(words, [("acme", "failed"), ("globex", "migrated"), ("initech", "migrated")]);
    let is_missing = |error: &Error| matches!(error, Error::WrongPlace { .. });
    assert!(report.failures().all(|(_, error)| is_missing(error)), "{report:?}");
    let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.customer'::regclass \
                   AND attnum > 0";
    assert_eq!(count(&raw, columns).await, 1, "the table of nobody was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_goes_during_the_run_is_skipped() {
    let (database, tenancy) = many_tenants(8).await;
    let raw = database.connect().await.unwrap();
    let last = tenancy.registry().tenant(&slug("tenant-007")).await.unwrap();
    let next = connect(set_up, &database, with([slow()])).await.unwrap();
    let mut options = MigrateOptions::default();
    options.jobs = 1;
    let schema = last.physical_name.quoted();
    let (told, mut first_is_done) = tokio::sync::mpsc::unbounded_channel();
    let run = tokio::spawn(async move {
        next.migrate(&options, |outcome| {
            told.send(outcome.tenant.to_string()).unwrap();
        })
        .await
        .unwrap()
    });
    first_is_done.recv().await.unwrap();
    tenancy.archive(&last.slug).await.unwrap();
    raw.execute_unprepared(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
    let report = run.await.unwrap();
    let words: Vec<&str> = report.tenants.iter().map(|of| of.outcome.word()).collect();
    assert_eq!(words[..7], ["migrated"; 7]);
    assert_eq!(words[7], "skipped", "{report:?}");
}

fn concurrent_index() -> Written {
    Written::new("m20260601_000001_index", |schema| {
        schema.sql("CREATE INDEX CONCURRENTLY customer_name ON customer (name)")
    })
    .outside_transaction()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_built_concurrently() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    // A run that was cut off has left half an index, and one that was killed later a whole one.
    for (tenant, is_valid) in [(&world.acme, false), (&world.globex, true)] {
        let schema = tenant.physical_name.quoted();
        let create = format!("CREATE INDEX customer_name ON {schema}.customer (name)");
        raw.execute_unprepared(&create).await.unwrap();
        let mark = format!(
            "UPDATE pg_index SET indisvalid = {is_valid} WHERE indexrelid = '{schema}.customer_name'::regclass"
        );
        raw.execute_unprepared(&mark).await.unwrap();
    }
    world.tenancy.create_tenant(&new_tenant("initech")).await.unwrap();
    let phone = Written::new("m20260701_000001_phone", |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN phone text")
    });
    let next = world.again(with([concurrent_index(), phone])).await;
    let report = migrate(&next).await;
    assert_eq!(report.tenants.len(), 3);
    for tenant in &report.tenants {
        let both = matches!(&tenant.outcome, Outcome::Migrated { applied } if applied.len() == 2);
        assert!(both, "{tenant:?}");
    }
    let hooli = next.create_tenant(&new_tenant("hooli")).await.unwrap();
    assert_eq!(hooli.migration_head.as_deref(), Some("m20260701_000001_phone"));
    let valid = "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                 WHERE c.relname = 'customer_name' AND i.indisvalid";
    assert_eq!(count(&raw, valid).await, 4);
    assert!(migrate(&next).await.run.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_places_are_made_several_at_once() {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let large = Written::new("m20260501_000001_large", |schema| {
        for table in 0..150 {
            let columns = "id integer PRIMARY KEY, a text UNIQUE, b text UNIQUE";
            schema.sql(&format!("CREATE TABLE large_{table} ({columns})"))?;
        }
        Ok(())
    });
    let tenancy = connect(set_up, &database, with([large])).await.unwrap();
    migrate(&tenancy).await;
    let names = ["acme", "globex", "initech", "hooli"];
    let creations = names.map(|name| {
        let (tenancy, new) = (tenancy.clone(), new_tenant(name));
        tokio::spawn(async move { tenancy.create_tenant(&new).await })
    });
    for creation in creations {
        creation.await.unwrap().unwrap();
    }
    let raw = database.connect().await.unwrap();
    let tables = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'large_%'";
    assert_eq!(count(&raw, tables).await, 600);
}

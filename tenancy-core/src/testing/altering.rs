//! Tables that tenants have rows in are altered, and are afterwards as if they had been created so.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a row that is lost fails the test"
)]

mod migrations;

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::MigrationName;

use self::migrations::{altered, altered_by, changed, created_so, original, unfit};
use super::{
    TestBackend, TestDatabase,
    world::{SetUp, connect, migrate, new_tenant, slug},
};
use crate::{
    Dialect, MigrateOptions, MigrationSets, Purpose, Tenancy, TenantConnection, TenantDdl,
    migrate::{
        Rollback,
        structure::{self, Structure},
    },
    registry::schema::TABLES,
};

/// Rows of every table. The newest author is deleted again: no author may get its id.
const ROWS: [&str; 10] = [
    "INSERT INTO author (name, nick) VALUES ('ann', 'a'), ('bob', 'b'), ('eve', 'e')",
    "DELETE FROM author WHERE name = 'eve'",
    "INSERT INTO note (author_id, title, size) SELECT id, 'one', '12' FROM author WHERE nick = 'a'",
    "INSERT INTO note (author_id, title, size) SELECT id, 'two', '7' FROM author WHERE nick = 'b'",
    "INSERT INTO reply (note_id, body) SELECT id, 'yes' FROM note",
    "INSERT INTO remark (reply_id, body) SELECT id, 'really' FROM reply",
    "INSERT INTO tag (note_id, label) SELECT id, 'red' FROM note",
    "INSERT INTO tag (note_id, label) SELECT id, 'blue' FROM note WHERE title = 'one'",
    "INSERT INTO pin (author_id, label) SELECT id, 'here' FROM author",
    "INSERT INTO pin (label) VALUES ('nowhere')",
];

/// What there is before and after, but for what is altered.
const READ: [&str; 6] = [
    "SELECT id || ' ' || name FROM author ORDER BY id",
    "SELECT id || ' ' || author_id || ' ' || title FROM note ORDER BY id",
    "SELECT id || ' ' || note_id || ' ' || body FROM reply ORDER BY id",
    "SELECT id || ' ' || reply_id || ' ' || body FROM remark ORDER BY id",
    "SELECT id || ' ' || note_id || ' ' || label FROM tag ORDER BY id",
    "SELECT id || ' ' || coalesce(author_id, 0) || ' ' || label FROM pin ORDER BY id",
];

async fn texts(connection: &TenantConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn everything(connection: &TenantConnection) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for sql in READ {
        all.push(texts(connection, sql).await);
    }
    all
}

async fn connection(tenancy: &Tenancy, name: &str) -> TenantConnection {
    let tenant = tenancy.registry().tenant(&slug(name)).await.unwrap();
    tenancy.connection(&tenant).await.unwrap()
}

async fn structure(tenancy: &Tenancy, name: &str) -> Structure {
    let tenant = tenancy.registry().tenant(&slug(name)).await.unwrap();
    let (strategy, databases) = (tenancy.strategy(), tenancy.databases());
    let route = strategy.route(databases, &tenant, Purpose::Migration).await.unwrap();
    let schema = route.schema.as_ref().map(crate::PhysicalName::as_str);
    let is_framework = |table: &str| TABLES.contains(&table);
    structure::of_place(&route.connection, schema, &is_framework).await.unwrap()
}

/// Where a reference to a tenant table may set its column to null.
fn sets_null(tenancy: &Tenancy, backend: TestBackend) -> bool {
    backend == TestBackend::Postgres || tenancy.strategy().tenant_ddl() == TenantDdl::PerTenant
}

async fn connected(
    set_up: SetUp,
    database: &TestDatabase,
    sets: impl Fn(bool) -> MigrationSets,
) -> Tenancy {
    let tenancy = connect(set_up, database, MigrationSets::default()).await.unwrap();
    let sets = sets(sets_null(&tenancy, database.backend()));
    connect(set_up, database, sets).await.unwrap()
}

/// Two tenants with rows in the tables as they are created first, and all that they see.
async fn with_rows(database: &TestDatabase, set_up: SetUp) -> Vec<Vec<Vec<String>>> {
    let before = connected(set_up, database, original).await;
    migrate(&before).await;
    let mut rows = Vec::new();
    for name in ["acme", "globex"] {
        before.create_tenant(&new_tenant(name)).await.unwrap();
        let tenant = connection(&before, name).await;
        for sql in ROWS {
            tenant.execute_unprepared(sql).await.unwrap();
        }
        rows.push(everything(&tenant).await);
    }
    rows
}

/// An alteration that the rows do not fit, or that would lose what no definition tells of, fails and
/// has changed nothing.
pub async fn what_does_not_fit_changes_nothing(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let rows = with_rows(&database, set_up).await;
    let before = connected(set_up, &database, original).await;
    let tables = structure(&before, "acme").await;
    for migration in unfit(backend) {
        let what = migration.name();
        let failing =
            connected(set_up, &database, |sets_null| altered_by(sets_null, migration)).await;
        let outcome = failing.migrate(&MigrateOptions::default(), |_| {}).await;
        let error = match &outcome {
            Ok(report) => report.failures().next().map(|(_, error)| error.with_sources()),
            Err(error) => Some(error.with_sources()),
        };
        let error = error.unwrap_or_else(|| panic!("{what}: {outcome:?}"));
        assert!(error.starts_with(&format!("the migration `{what}` failed")), "{error}");
        assert!(!what.contains("trigger") || error.contains("has no trigger"), "{error}");
        for (name, rows) in ["acme", "globex"].into_iter().zip(&rows) {
            let tenant = connection(&before, name).await;
            assert_eq!(&everything(&tenant).await, rows, "{what}, {name}");
            assert_eq!(structure(&before, name).await, tables, "{what}, {name}");
        }
    }
}

/// Makes two tenants with rows, alters their tables, and compares what is there then with what was
/// there, and with what there would be had the tables been created so.
pub async fn altered_tables_keep_their_rows(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let rows = with_rows(&database, set_up).await;
    let after = connected(set_up, &database, altered).await;
    migrate(&after).await;
    for (name, rows) in ["acme", "globex"].into_iter().zip(rows) {
        let tenant = connection(&after, name).await;
        assert_eq!(everything(&tenant).await, rows, "{name}");
        let lengths = texts(&tenant, "SELECT CAST(length + 1 AS text) FROM note ORDER BY id").await;
        assert_eq!(lengths, ["13", "8"]);
        rules_hold(&tenant, backend).await;
    }
    is_as_if_created_so(&after, backend, set_up).await;
}

/// What was altered and is taken back is as it was.
pub async fn alterations_are_taken_back(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let rows = with_rows(&database, set_up).await;
    let before = connected(set_up, &database, original).await;
    let tables = structure(&before, "acme").await;
    let changing = connected(set_up, &database, changed).await;
    migrate(&changing).await;
    assert_ne!(structure(&changing, "acme").await, tables);
    let newest = Rollback::Steps(1);
    let report = changing.roll_back(&newest, &MigrateOptions::default(), |_| {}).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    for (name, rows) in ["acme", "globex"].into_iter().zip(&rows) {
        assert_eq!(&everything(&connection(&before, name).await).await, rows, "{name}");
        let differences = structure(&before, name).await.difference(&tables);
        let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert_eq!(lines, Vec::<String>::new(), "{name}");
    }
}

async fn is_as_if_created_so(altered: &Tenancy, backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let fresh = connected(set_up, &database, created_so).await;
    migrate(&fresh).await;
    fresh.create_tenant(&new_tenant("acme")).await.unwrap();
    let expected = structure(&fresh, "acme").await;
    assert!(expected.tables.len() >= 6, "{expected:?}");
    // One that comes after the alteration has the same tables as those before.
    altered.create_tenant(&new_tenant("initech")).await.unwrap();
    for name in ["acme", "globex", "initech"] {
        let differences = structure(altered, name).await.difference(&expected);
        let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert_eq!(lines, Vec::<String>::new(), "{name}");
    }
    let (tables, expected) = (altered.tenant_set().tables(), fresh.tenant_set().tables());
    let sorted = |catalog: &crate::Catalog| {
        catalog
            .tables()
            .map(|table| {
                let mut keys: Vec<_> = table.keys.iter().map(|key| format!("{key:?}")).collect();
                keys.sort();
                (table.name.clone(), table.columns.clone(), keys)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(sorted(tables), sorted(expected));
}

/// The keys and checks that were added hold, and those that were dropped do not.
async fn rules_hold(tenant: &TenantConnection, backend: TestBackend) {
    let dialect = match backend {
        TestBackend::Postgres => Dialect::Postgres,
        TestBackend::Sqlite => Dialect::Sqlite,
        TestBackend::MariaDb => Dialect::MySql,
    };
    for refused in [
        "INSERT INTO note (author_id, title, length) SELECT author_id, title, 1 FROM note",
        "UPDATE note SET length = -1",
        "UPDATE note SET length = NULL",
        "INSERT INTO tag (note_id, label) VALUES (4711, 'red')",
        "INSERT INTO reply (note_id, body, author_id) SELECT id, 'no', 4711 FROM note",
        "INSERT INTO author (id, name) SELECT id, 'twin' FROM author",
    ] {
        assert!(tenant.execute_unprepared(refused).await.is_err(), "{refused}, {dialect}");
    }
    let title = "INSERT INTO note (author_id, title) \
                 SELECT max(author_id), 'one' FROM note WHERE title = 'two'";
    tenant.execute_unprepared(title).await.unwrap();
    assert_eq!(texts(tenant, "SELECT title FROM note WHERE length = 3").await, ["one"]);
    tenant.execute_unprepared("INSERT INTO author (name) VALUES ('zoe')").await.unwrap();
    let deleted = "SELECT CAST(max(id) AS text) FROM author WHERE name <> 'zoe'";
    let deleted: i64 = texts(tenant, deleted).await[0].parse::<i64>().unwrap() + 1;
    let newest = texts(tenant, "SELECT CAST(id AS text) FROM author WHERE name = 'zoe'").await;
    assert!(newest[0].parse::<i64>().unwrap() > deleted, "an id was used again");
    tenant.execute_unprepared("DELETE FROM author WHERE name = 'ann'").await.unwrap();
    for (sql, left) in [
        ("SELECT title FROM note ORDER BY title", vec!["one", "two"]),
        ("SELECT body FROM reply", vec!["yes"]),
        ("SELECT body FROM remark", vec!["really"]),
        ("SELECT label FROM tag", vec!["red"]),
    ] {
        assert_eq!(texts(tenant, sql).await, left, "{sql}");
    }
}

//! An application that had no tenants gets its first one, proven under a strategy on real databases.
//!
//! [`adopting_suite!`](crate::adopting_suite) makes a test of each function.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a row that is lost fails the test"
)]

mod former;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use self::former::{LATER, former, sets, sets_with_note};
use super::{
    TestBackend, TestDatabase,
    cut::cut_after,
    world::{SetUp, connect, migrate, new_tenant, slug},
};
use crate::{
    Error, Tenancy, Tenant, TenantDdl,
    migrate::{Adoption, Selection},
};

/// Makes a test of each function of this module, for each database.
#[macro_export]
macro_rules! adopting_suite {
    ($set_up:path) => {
        $crate::on_each_database!(
            adopting,
            $set_up,
            tables_become_the_tenants,
            what_would_be_lost_is_refused,
            tables_of_tenants_are_not_adopted,
            adoptions_that_are_cut_off_are_never_half,
        );
    };
}

/// All rows of the former application's tables, in words.
const READ: [&str; 3] = [
    "SELECT id || ' ' || name || ' ' || coalesce(lead_id, 0) || ' ' || currency FROM team ORDER BY id",
    "SELECT id || ' ' || team_id || ' ' || coalesce(parent_id, 0) || ' ' || email || ' ' || mood \
     || ' ' || tags FROM person ORDER BY id",
    "SELECT code || ' ' || name FROM currency ORDER BY code",
];

/// The same where a statement has to say that an enum or JSON is a text.
const READ_ON_POSTGRES: [&str; 3] = [
    READ[0],
    "SELECT id || ' ' || team_id || ' ' || coalesce(parent_id, 0) || ' ' || email || ' ' || mood::text \
     || ' ' || tags::text FROM person ORDER BY id",
    READ[2],
];

async fn texts<C: ConnectionTrait>(connection: &C, sql: &str) -> Vec<String> {
    let select = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(select).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn everything<C: ConnectionTrait>(connection: &C, backend: TestBackend) -> Vec<Vec<String>> {
    let read = match backend {
        TestBackend::Postgres => READ_ON_POSTGRES,
        TestBackend::Sqlite | TestBackend::MariaDb => READ,
    };
    let mut all = Vec::new();
    for sql in read {
        all.push(texts(connection, sql).await);
    }
    all
}

/// A database of the application as it was, with all that is in it.
struct Former {
    database: TestDatabase,
    raw: DatabaseConnection,
    rows: Vec<Vec<String>>,
}

impl Former {
    async fn create(backend: TestBackend) -> Self {
        let database = TestDatabase::create(backend).await.unwrap();
        let raw = database.connect().await.unwrap();
        former(&raw).await;
        let rows = everything(&raw, backend).await;
        assert!(rows.iter().all(|rows| rows.len() > 1), "{rows:?}");
        Self { database, raw, rows }
    }

    /// The application with tenants on the same database.
    async fn tenancy(&self, set_up: SetUp) -> Tenancy {
        connect(set_up, &self.database, sets()).await.unwrap()
    }

    async fn assert_untouched(&self, tenancy: &Tenancy) {
        assert_eq!(everything(&self.raw, self.database.backend()).await, self.rows);
        assert_eq!(tenancy.registry().count().await.unwrap(), 0);
    }
}

async fn adopt(tenancy: &Tenancy) -> Result<Adoption, Error> {
    tenancy.adopt_tenant(&new_tenant("acme"), &[]).await
}

async fn seen(tenancy: &Tenancy, tenant: &Tenant, backend: TestBackend) -> Vec<Vec<String>> {
    let tenant = tenancy.registry().tenant(&tenant.slug).await.unwrap();
    everything(&tenancy.connection(&tenant).await.unwrap(), backend).await
}

/// All rows are the first tenant's and nobody else's, keys go on where they were, what is pending
/// is applied, and the tables are those of a tenant that was created.
pub async fn tables_become_the_tenants(backend: TestBackend, set_up: SetUp) {
    let former = Former::create(backend).await;
    let tenancy = former.tenancy(set_up).await;
    let adoption = adopt(&tenancy).await.unwrap();
    let counts: Vec<(&str, u64)> =
        adoption.tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    assert_eq!(counts, [("person", 4), ("team", 2)]);
    assert_eq!(adoption.migrations.len(), 2);
    assert_eq!(adoption.shared, ["m20260101_000001_create_currency"]);
    assert_eq!(adoption.former, ["m20220101_000001_create_all"]);
    assert_eq!(seen(&tenancy, &adoption.tenant, backend).await, former.rows);

    let acme = tenancy.registry().tenant(&slug("acme")).await.unwrap();
    assert_eq!(acme, adoption.tenant);
    let globex = tenancy.create_tenant(&new_tenant("globex")).await.unwrap();
    let of_globex = seen(&tenancy, &globex, backend).await;
    assert!(of_globex[0].is_empty() && of_globex[1].is_empty(), "{of_globex:?}");

    // The newest team was deleted before: its id is not used again.
    let connection = tenancy.connection(&acme).await.unwrap();
    let insert = "INSERT INTO team (name, currency) VALUES ('new', 'EUR')";
    connection.execute_unprepared(insert).await.unwrap();
    let newest = texts(&connection, "SELECT CAST(max(id) AS text) FROM team").await;
    assert_eq!(newest, ["4"]);

    let verification = tenancy.verify(&Selection::default(), 1).await.unwrap();
    assert!(verification.unsound.is_empty(), "{verification:?}");
    let later = connect(set_up, &former.database, sets_with_note()).await.unwrap();
    let report = migrate(&later).await;
    assert!(report.ahead.is_none(), "{report:?}");
    let acme = later.registry().tenant(&slug("acme")).await.unwrap();
    assert_eq!(acme.migration_head.as_deref(), Some(LATER));
    let connection = later.connection(&acme).await.unwrap();
    let notes = texts(&connection, "SELECT coalesce(note, 'none') FROM person").await;
    assert_eq!(notes, ["none"; 4]);
    assert_nothing_is_left(&former, &later).await;
}

/// Of the former tables there is nothing where they were, but for those of all tenants.
async fn assert_nothing_is_left(former: &Former, tenancy: &Tenancy) {
    let expected: &[&str] = match tenancy.strategy().tenant_ddl() {
        TenantDdl::Once => &["currency", "person", "team"],
        TenantDdl::PerTenant => &["currency"],
    };
    let tables = crate::introspect::tables(&former.raw).await.unwrap();
    let framework = crate::registry::schema::TABLES;
    let left: Vec<&str> =
        tables.iter().map(String::as_str).filter(|table| !framework.contains(table)).collect();
    assert_eq!(left, expected);
    if former.database.backend() == TestBackend::Postgres {
        let schemas = "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'tenancy%' \
                       OR nspname LIKE 't_reference%'";
        assert!(texts(&former.raw, schemas).await.is_empty());
    }
}

/// What stands on the tables and what the migrations do not make is named, and nothing is changed;
/// once it is mended, the tables are adopted.
pub async fn what_would_be_lost_is_refused(backend: TestBackend, set_up: SetUp) {
    let former = Former::create(backend).await;
    let tenancy = former.tenancy(set_up).await;
    let trigger = match backend {
        TestBackend::Sqlite | TestBackend::MariaDb => {
            "CREATE TRIGGER watch AFTER INSERT ON team BEGIN SELECT 1; END".to_owned()
        }
        TestBackend::Postgres => {
            let function = "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql \
                            AS 'BEGIN RETURN NEW; END'";
            former.raw.execute_unprepared(function).await.unwrap();
            "CREATE TRIGGER watch AFTER INSERT ON team EXECUTE FUNCTION watch()".to_owned()
        }
    };
    let drop_trigger = match backend {
        TestBackend::Sqlite | TestBackend::MariaDb => "DROP TRIGGER watch",
        TestBackend::Postgres => "DROP TRIGGER watch ON team",
    };
    let obstacles = [
        ("CREATE VIEW leads AS SELECT lead_id FROM team", "the view `leads`", "DROP VIEW leads"),
        (trigger.as_str(), "the trigger `watch`", drop_trigger),
        ("CREATE TABLE stray (id integer)", "no migration makes `stray`", "DROP TABLE stray"),
        (
            "ALTER TABLE team ADD COLUMN odd text",
            "`odd`",
            // A connection of SQLite that another one has not told of the column does not look again
            // before it says that there is none.
            "SELECT odd FROM team LIMIT 0; ALTER TABLE team DROP COLUMN odd",
        ),
        ("CREATE INDEX odd_name ON team (name)", "`odd_name`", "DROP INDEX odd_name"),
        (
            "CREATE TABLE other (team_id integer REFERENCES team (id))",
            "no migration makes `other`",
            "DROP TABLE other",
        ),
    ];
    for (make, named, mend) in obstacles {
        former.raw.execute_unprepared(make).await.unwrap();
        match adopt(&tenancy).await {
            Err(error @ Error::NotAdoptable { .. }) => {
                let error = error.to_string();
                assert!(error.contains(named), "{make}: {error}");
            }
            other => panic!("{make}: {other:?}"),
        }
        former.assert_untouched(&tenancy).await;
        former.raw.execute_unprepared(mend).await.unwrap();
    }
    former.raw.execute_unprepared("CREATE TABLE stray (id integer)").await.unwrap();
    let adopted = tenancy.adopt_tenant(&new_tenant("acme"), &["stray".to_owned()]).await.unwrap();
    assert_eq!(seen(&tenancy, &adopted.tenant, backend).await, former.rows);
    assert!(crate::introspect::has_table(&former.raw, "stray").await.unwrap());
}

/// What tenants have already is nobody's to adopt.
pub async fn tables_of_tenants_are_not_adopted(backend: TestBackend, set_up: SetUp) {
    let former = Former::create(backend).await;
    let tenancy = former.tenancy(set_up).await;
    let adopted = adopt(&tenancy).await.unwrap();
    let again = tenancy.adopt_tenant(&new_tenant("globex"), &[]).await;
    assert!(matches!(again, Err(Error::NotAdoptable { .. })), "{again:?}");
    assert_eq!(seen(&tenancy, &adopted.tenant, backend).await, former.rows);
    assert_eq!(tenancy.registry().count().await.unwrap(), 1);
}

/// An adoption that is dropped at any moment has changed nothing, or is complete.
pub async fn adoptions_that_are_cut_off_are_never_half(backend: TestBackend, set_up: SetUp) {
    let former = Former::create(backend).await;
    let mut polls = 1;
    loop {
        let tenancy = former.tenancy(set_up).await;
        let adopting = async { drop(adopt(&tenancy).await.unwrap()) };
        let ended = cut_after(polls, adopting).await.is_some();
        // What was cut off on its way to the server may still be on it.
        let tenancy = former.tenancy(set_up).await;
        let tenants = tenancy.registry().count().await.unwrap_or_default();
        if tenants == 1 {
            let acme = tenancy.registry().tenant(&slug("acme")).await.unwrap();
            assert_eq!(seen(&tenancy, &acme, backend).await, former.rows);
            break;
        }
        assert!(!ended, "an adoption ended and there is no tenant");
        assert_eq!(everything(&former.raw, backend).await, former.rows, "after {polls} polls");
        polls += polls.div_ceil(8);
    }
    assert!(polls > 20, "{polls}");
}

//! Tables that are hard to rebuild, with rows in them.

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use sea_orm_migration::MigrationName;

use super::*;
use crate::{
    Catalog, Databases, Identifier, MigrationSets, Purpose, Route, Table, TableRule,
    TenancyStrategy, Tenant, TenantDdl, TenantMigration, TenantSchema, TenantSet,
    migrate::layout::LaidOutStep, scope::declared::Declared, testing::TestDatabase,
};

/// Leaves every definition as it is.
#[derive(Debug)]
struct Plain;

#[async_trait]
impl TenancyStrategy for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn tenant_ddl(&self) -> TenantDdl {
        TenantDdl::PerTenant
    }

    fn table_rule(&self, _: &Table, dialect: Dialect) -> TableRule {
        TableRule::Schema(dialect.shared_schema())
    }

    fn lay_out(&self, change: &SchemaChange, _: &Catalog, _: Dialect) -> Result<Vec<SchemaChange>> {
        Ok(vec![change.clone()])
    }

    async fn route(&self, databases: &Databases, _: &Tenant, _: Purpose) -> Result<Route> {
        Ok(Route::new(databases.data.clone()))
    }

    fn shares_registry(&self, _: Dialect) -> bool {
        true
    }

    async fn deprovision(&self, _: &Databases, _: &Tenant, _: &Catalog) -> Result<()> {
        Ok(())
    }
}

/// Statements, and what to read: the same before and after the change.
struct Case {
    tables: &'static [&'static str],
    rows: &'static [&'static str],
    change: &'static str,
    read: &'static [&'static str],
}

struct Written(&'static str, Vec<&'static str>);

impl MigrationName for Written {
    fn name(&self) -> &str {
        self.0
    }
}

impl TenantMigration for Written {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        self.1.iter().try_for_each(|sql| schema.sql(sql))
    }
}

fn statements(case: &Case) -> Result<[Vec<String>; 2]> {
    let tenant: Vec<Box<dyn TenantMigration>> = vec![
        Box::new(Written("m1", case.tables.to_vec())),
        Box::new(Written("m2", vec![case.change])),
    ];
    let set =
        TenantSet::record(&MigrationSets { tenant, ..MigrationSets::default() }, Dialect::Sqlite)?;
    let layout = Layout {
        shared: &Catalog::default(),
        reserved: &Identifier::known("tenant_id"),
        strategy: &Plain,
        dialect: Dialect::Sqlite,
        declared: &Declared::default(),
        database: None,
        is_plain: false,
    };
    let mut laid_out = layout.lay_out(&set)?.into_iter().map(|migration| {
        let sql = migration
            .up
            .into_iter()
            .filter_map(|step| if let LaidOutStep::Sql(sql) = step { Some(sql) } else { None });
        sql.collect::<Vec<_>>()
    });
    Ok([laid_out.next().unwrap(), laid_out.next().unwrap()])
}

async fn run(connection: &DatabaseConnection, statements: &[String]) -> Result<(), DbErr> {
    let transaction = connection.begin().await?;
    for sql in statements {
        sea_orm::ConnectionTrait::execute_unprepared(&transaction, sql).await?;
    }
    transaction.commit().await
}

async fn read(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let rows = sea_orm::ConnectionTrait::query_all_raw(connection, statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn everything(connection: &DatabaseConnection, case: &Case) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for sql in case.read {
        all.push(read(connection, sql).await);
    }
    all
}

async fn rebuilt(case: Case) -> DatabaseConnection {
    let database = TestDatabase::sqlite().unwrap();
    let connection = database.connect().await.unwrap();
    let [before, change] = statements(&case).unwrap();
    assert!(change.iter().any(|sql| sql.starts_with("DROP TABLE")), "{change:?}");
    run(&connection, &before).await.unwrap();
    let rows: Vec<String> = case.rows.iter().map(|&sql| sql.to_owned()).collect();
    run(&connection, &rows).await.unwrap();
    let expected = everything(&connection, &case).await;
    run(&connection, &change).await.unwrap();
    assert_eq!(everything(&connection, &case).await, expected);
    let broken = "SELECT \"table\" FROM pragma_foreign_key_check";
    assert_eq!(read(&connection, broken).await, Vec::<String>::new());
    let left = "SELECT name FROM sqlite_temp_schema";
    assert_eq!(read(&connection, left).await, Vec::<String>::new());
    connection
}

#[tokio::test]
async fn a_table_that_refers_to_itself() {
    rebuilt(Case {
        tables: &["CREATE TABLE part (id integer PRIMARY KEY, whole integer \
                   REFERENCES part (id) ON DELETE CASCADE, name text)"],
        rows: &["INSERT INTO part VALUES (1, NULL, 'car'), (2, 1, 'door'), (3, 2, 'handle')"],
        change: "ALTER TABLE part ALTER COLUMN name SET NOT NULL",
        read: &["SELECT id || coalesce(whole, '-') || name FROM part ORDER BY id"],
    })
    .await;
}

#[tokio::test]
async fn tables_that_refer_to_each_other() {
    rebuilt(Case {
        tables: &[
            "CREATE TABLE team (id integer PRIMARY KEY, lead_id integer)",
            "CREATE TABLE person (id integer PRIMARY KEY, team_id integer NOT NULL \
             REFERENCES team (id) ON DELETE CASCADE)",
            "ALTER TABLE team ADD CONSTRAINT lead FOREIGN KEY (lead_id) \
             REFERENCES person (id) ON DELETE SET NULL",
            "CREATE TABLE badge (person_id integer NOT NULL REFERENCES person (id))",
        ],
        rows: &[
            "INSERT INTO team VALUES (1, NULL), (2, NULL)",
            "INSERT INTO person VALUES (10, 1), (20, 2), (21, 2)",
            "UPDATE team SET lead_id = id * 10",
            "INSERT INTO badge VALUES (10), (21)",
        ],
        change: "ALTER TABLE team ADD CONSTRAINT positive CHECK (id > 0)",
        read: &[
            "SELECT id || ' ' || lead_id FROM team ORDER BY id",
            "SELECT id || ' ' || team_id FROM person ORDER BY id",
            "SELECT person_id || '' FROM badge ORDER BY 1",
        ],
    })
    .await;
}

#[tokio::test]
async fn a_key_that_a_unique_index_is() {
    rebuilt(Case {
        tables: &[
            "CREATE TABLE note (id integer PRIMARY KEY, slug text NOT NULL)",
            "CREATE UNIQUE INDEX note_slug ON note (slug)",
            "CREATE TABLE link (slug text REFERENCES note (slug) ON DELETE SET DEFAULT)",
        ],
        rows: &[
            "INSERT INTO note VALUES (1, 'one'), (2, 'two')",
            "INSERT INTO link VALUES ('one'), ('two'), (NULL)",
        ],
        change: "ALTER TABLE note ADD COLUMN since text NOT NULL DEFAULT CURRENT_TIMESTAMP",
        read: &[
            "SELECT id || slug FROM note ORDER BY id",
            "SELECT coalesce(slug, '-') FROM link ORDER BY 1",
        ],
    })
    .await;
}

#[tokio::test]
async fn computed_columns_and_values_of_other_types() {
    let connection = rebuilt(Case {
        tables: &[
            "CREATE TABLE \"Odd \"\"note\"\"\" (\"The id\" text PRIMARY KEY, n integer, r real, b blob, \
             half integer GENERATED ALWAYS AS (n / 2) STORED, twice integer GENERATED ALWAYS AS (n * 2) VIRTUAL)",
            "CREATE INDEX \"Odd index\" ON \"Odd \"\"note\"\"\" (half, \"The id\" DESC)",
        ],
        rows: &["INSERT INTO \"Odd \"\"note\"\"\" (\"The id\", n, r, b) VALUES \
                 ('a', 7, 1, x'00ff'), ('b', 'seven', 0.1, 'text'), ('c', NULL, 9e99, 5)"],
        change: "ALTER TABLE \"Odd \"\"note\"\"\" ADD CONSTRAINT k UNIQUE (n, r)",
        read: &[
            "SELECT quote(\"The id\") || quote(n) || quote(r) || quote(b) || typeof(n) || typeof(b) \
             FROM \"Odd \"\"note\"\"\" ORDER BY 1",
            "SELECT quote(half) || quote(twice) FROM \"Odd \"\"note\"\"\" ORDER BY 1",
            "SELECT sql FROM sqlite_schema WHERE name = 'Odd index'",
        ],
    })
    .await;
    let again = "INSERT INTO \"Odd \"\"note\"\"\" (\"The id\", n, r) VALUES ('d', 7, 1)";
    assert!(run(&connection, &[again.to_owned()]).await.is_err());
}

#[tokio::test]
async fn a_view_on_it_stays() {
    let case = Case {
        tables: &["CREATE TABLE note (id integer PRIMARY KEY, title text)"],
        rows: &[
            "CREATE VIEW titles AS SELECT title FROM note",
            "INSERT INTO note VALUES (1, 'one')",
        ],
        change: "ALTER TABLE note ALTER COLUMN title SET DEFAULT 'none'",
        read: &["SELECT title FROM titles"],
    };
    rebuilt(case).await;
}

#[tokio::test]
async fn a_table_that_no_definition_tells_of_is_not_emptied() {
    let case = Case {
        tables: &["CREATE TABLE note (id integer PRIMARY KEY, title text)"],
        rows: &[],
        change: "ALTER TABLE note ALTER COLUMN title SET NOT NULL",
        read: &[],
    };
    let database = TestDatabase::sqlite().unwrap();
    let connection = database.connect().await.unwrap();
    let [before, change] = statements(&case).unwrap();
    run(&connection, &before).await.unwrap();
    let by_hand = [
        "CREATE TABLE stray (note_id integer REFERENCES note (id) ON DELETE CASCADE)",
        "INSERT INTO note VALUES (1, 'one')",
        "INSERT INTO stray VALUES (1)",
    ];
    run(&connection, &by_hand.map(str::to_owned)).await.unwrap();
    let error = run(&connection, &change).await.unwrap_err();
    assert!(error.to_string().contains("no other table would lose rows"), "{error}");
    assert_eq!(read(&connection, "SELECT note_id || '' FROM stray").await, ["1"]);
}

#[test]
fn what_sqlite_does_in_place_needs_no_rebuild() {
    for (change, needed) in [
        ("ALTER TABLE note ADD COLUMN size integer", false),
        ("ALTER TABLE note ADD COLUMN size integer NOT NULL DEFAULT 1", false),
        ("ALTER TABLE note ADD COLUMN size integer NOT NULL", true),
        ("ALTER TABLE note ADD COLUMN since text DEFAULT CURRENT_TIMESTAMP", true),
        ("ALTER TABLE note ADD COLUMN since text DEFAULT (1 + 1)", true),
        ("ALTER TABLE note DROP COLUMN body", false),
        ("ALTER TABLE note DROP COLUMN title", true),
        ("ALTER TABLE note RENAME COLUMN title TO head", false),
        ("ALTER TABLE note RENAME TO memo", false),
    ] {
        let case = Case {
            tables: &[
                "CREATE TABLE note (id integer PRIMARY KEY, title text, body text)",
                "CREATE INDEX note_title ON note (title)",
            ],
            rows: &[],
            change,
            read: &[],
        };
        let [_, statements] = statements(&case).unwrap();
        assert_eq!(statements.len() > 1, needed, "{change}: {statements:?}");
    }
}

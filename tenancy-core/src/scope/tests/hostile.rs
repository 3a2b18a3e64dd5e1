//! Statements that try to leave the tenant: each is refused, for its own reason.

use super::support::{filtering, scope, separating};
use crate::scope::{Dialect, Refusal};

/// A statement and the code of its refusal on PostgreSQL and on SQLite.
type Case = (&'static str, &'static str, &'static str);

/// What MySQL scopes of what the others refuse.
const SCOPED_ON_MYSQL: [&str; 2] =
    ["UPDATE customer JOIN product ON true SET name = 'x'", r"SELECT 'a\'' , 'b' FROM customer"];

/// Refused by both strategies for one reason, so that an application cannot tell them apart. On
/// MySQL the reason may be another one.
fn refused(cases: &[Case]) {
    let mut wrong = Vec::new();
    for &(sql, postgres, sqlite) in cases {
        for scoper in [filtering(Dialect::MySql), separating(Dialect::MySql)] {
            let became = scope(&scoper, Dialect::MySql, sql);
            if became.is_ok() != SCOPED_ON_MYSQL.contains(&sql) {
                wrong.push(format!("MySQL: {sql}\n    became {became:?}"));
            }
        }
        for (dialect, expected) in [(Dialect::Postgres, postgres), (Dialect::Sqlite, sqlite)] {
            for (name, scoper) in [("shared", filtering(dialect)), ("own", separating(dialect))] {
                let became = match scope(&scoper, dialect, sql) {
                    Ok(text) => text,
                    Err(refusal) => refusal.code().to_owned(),
                };
                if became != expected {
                    wrong.push(format!("{dialect:?}, {name}: {sql}\n    {expected}, not {became}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn both(code: &'static str, statements: &[&'static str]) {
    let cases: Vec<Case> = statements.iter().map(|&sql| (sql, code, code)).collect();
    refused(&cases);
}

fn postgres(code: &'static str, statements: &[&'static str]) {
    for sql in statements {
        for scoper in [filtering(Dialect::Postgres), separating(Dialect::Postgres)] {
            let refusal = scope(&scoper, Dialect::Postgres, sql).unwrap_err();
            assert_eq!(refusal.code(), code, "{sql}: {refusal}");
        }
    }
}

fn sqlite(code: &'static str, statements: &[&'static str]) {
    for sql in statements {
        for scoper in [filtering(Dialect::Sqlite), separating(Dialect::Sqlite)] {
            let refusal = scope(&scoper, Dialect::Sqlite, sql).unwrap_err();
            assert_eq!(refusal.code(), code, "{sql}: {refusal}");
        }
    }
}

#[test]
fn other_schemas_are_refused_by_name() {
    both(
        "SCO106",
        &[
            "SELECT id FROM t_globex.customer",
            r#"SELECT id FROM "t_globex"."customer""#,
            "SELECT id FROM public.customer",
            "SELECT id FROM main.customer",
            "SELECT id FROM a.public.customer",
            "SELECT relname FROM pg_catalog.pg_class",
            "SELECT table_name FROM information_schema.tables",
            "SELECT name FROM main.sqlite_master",
            "UPDATE t_globex.customer SET name = 'x'",
            "DELETE FROM t_globex.customer",
            "INSERT INTO t_globex.customer (name) VALUES ('x')",
            "SELECT public.customer.id FROM customer",
            "SELECT id FROM customer JOIN t_globex.product ON true",
            "SELECT id FROM customer WHERE id IN (SELECT id FROM t_globex.customer)",
        ],
    );
    postgres("SCO106", &["SELECT id FROM temp.currency", "SELECT id FROM t_globex.currency"]);
}

#[test]
fn unknown_tables_are_refused() {
    both(
        "SCO104",
        &[
            "SELECT 1 FROM note",
            "SELECT relname FROM pg_class",
            "SELECT name FROM sqlite_master",
            "SELECT 1 FROM customer, note",
            "SELECT 1 FROM customer LEFT JOIN note ON true",
            "INSERT INTO note (id) VALUES (1)",
            "WITH x AS (SELECT id FROM x) SELECT id FROM x",
            "SELECT 1 FROM (WITH x AS (SELECT 1 AS id) SELECT id FROM x) y, x",
            "SELECT id FROM customer UNION SELECT id FROM note",
        ],
    );
    postgres("SCO104", &[r#"SELECT 1 FROM "CUSTOMER""#, r#"SELECT 1 FROM "customer ""#]);
}

#[test]
fn the_registry_is_out_of_reach() {
    both(
        "SCO105",
        &[
            "SELECT id FROM tenants_tenant",
            "UPDATE tenants_tenant SET slug = 'x'",
            "SELECT 1 FROM customer WHERE id IN (SELECT id FROM tenants_tenant)",
        ],
    );
}

#[test]
fn a_common_table_cannot_take_the_name_of_a_table() {
    both(
        "SCO107",
        &[
            "WITH customer AS (SELECT id FROM customer) SELECT id FROM customer",
            "WITH currency AS (SELECT 1 AS id) SELECT id FROM currency",
            "WITH tenants_tenant AS (SELECT 1 AS id) SELECT id FROM tenants_tenant",
            "SELECT 1 FROM (WITH customer AS (SELECT 1 AS id) SELECT id FROM customer) x",
        ],
    );
    sqlite("SCO107", &["WITH CUSTOMER AS (SELECT 1 AS id) SELECT id FROM customer"]);
}

#[test]
fn a_common_table_cannot_take_the_name_of_a_relation_of_the_database() {
    postgres(
        "SCO107",
        &[
            "WITH pg_class AS (SELECT 1 AS id) SELECT id FROM pg_class",
            "WITH PG_CLASS AS (SELECT relname FROM pg_class) SELECT relname FROM pg_class",
            "WITH RECURSIVE pg_authid AS (SELECT 1 AS id) SELECT id FROM pg_authid",
            "SELECT 1 WHERE EXISTS (WITH pg_stat_activity AS (SELECT 1 AS id) SELECT 1)",
        ],
    );
    sqlite(
        "SCO107",
        &[
            "WITH sqlite_master AS (SELECT 1 AS sql) SELECT sql FROM sqlite_master",
            "WITH Sqlite_Schema AS (SELECT 1 AS sql) SELECT sql FROM sqlite_schema",
            "WITH sqlite_sequence AS (SELECT 1 AS seq) SELECT seq FROM sqlite_sequence",
            "WITH pragma_table_list AS (SELECT 1 AS name) SELECT name FROM pragma_table_list",
            "WITH dbstat AS (SELECT 1 AS name) SELECT name FROM dbstat",
        ],
    );
    both(
        "SCO104",
        &[
            "SELECT relname FROM pg_class",
            "SELECT sql FROM sqlite_master",
            "WITH RECURSIVE one AS (SELECT id FROM other), other AS (SELECT 1 AS id) SELECT id FROM one",
        ],
    );
}

#[test]
fn the_tenant_column_cannot_be_named() {
    both(
        "SCO108",
        &[
            "SELECT tenant_id FROM customer",
            r#"SELECT "tenant_id" FROM customer"#,
            "SELECT TENANT_ID FROM customer",
            "SELECT c.tenant_id FROM customer c",
            "SELECT 1 FROM customer WHERE tenant_id = 'x' OR true",
            "SELECT 1 AS tenant_id",
            "SELECT 1 FROM customer AS tenant_id",
            "SELECT 1 FROM (SELECT 1) AS x(tenant_id)",
            "WITH tenant_id AS (SELECT 1) SELECT 1",
            "WITH x (tenant_id) AS (SELECT 1) SELECT 1",
            "SELECT 1 FROM customer JOIN product USING (tenant_id)",
            "SELECT 1 FROM customer ORDER BY tenant_id",
            "SELECT 1 FROM customer GROUP BY tenant_id",
            "SELECT sum(id) OVER (PARTITION BY tenant_id) FROM customer",
            "UPDATE customer SET tenant_id = 'x'",
            "UPDATE customer SET (name, tenant_id) = ('a', 'b')",
            "INSERT INTO customer (name, tenant_id) VALUES ('a', 'b')",
            "INSERT INTO customer (name) VALUES ('a') RETURNING tenant_id",
            "INSERT INTO customer (email) VALUES ('a') ON CONFLICT (email, tenant_id) DO NOTHING",
            "INSERT INTO customer (email) VALUES ('a') ON CONFLICT (email) DO UPDATE SET tenant_id = 'b'",
            "INSERT INTO customer (email) VALUES ('a') ON CONFLICT (email) DO UPDATE SET name = excluded.tenant_id",
        ],
    );
    sqlite("SCO108", &[r#"SELECT "Tenant_ID" FROM customer"#, "SELECT [tenant_id] FROM customer"]);
}

#[test]
fn what_stands_for_the_tenants_schema_cannot_come_from_outside() {
    both(
        "SCO108",
        &[
            "SELECT 1 FROM tenancy_schema_of_the_tenant_5d0c41e7.customer",
            "SELECT 'tenancy_schema_of_the_tenant_5d0c41e7' FROM customer",
            "SELECT 1 FROM customer AS Tenancy_Schema_Of_The_Tenant_5d0c41e7",
        ],
    );
    // Escaped, it is found only in what is printed.
    let sql = r"SELECT E'tenancy_schema_of_the_tenant_5d0c41e\067' FROM customer";
    postgres("SCO136", &[sql]);
}

#[test]
fn names_that_could_leave_their_quotes_are_refused() {
    both(
        "SCO109",
        &[
            r#"SELECT id FROM "customer""x""#,
            r#"SELECT id FROM "customer\""#,
            "SELECT id FROM \"customer\0\"",
            r#"SELECT id FROM "customer]""#,
            r#"SELECT id AS "" FROM customer"#,
            "SELECT id FROM 'customer'",
        ],
    );
    sqlite("SCO109", &[r#"SELECT id FROM `a"b`"#, r#"SELECT id FROM [a"b]"#]);
    postgres("SCO101", &["SELECT id FROM `customer`", "SELECT id FROM [customer]"]);
}

#[test]
fn escaped_identifiers_are_not_read_as_names() {
    both(
        "SCO101",
        &[r#"SELECT id FROM U&"customer""#, r#"SELECT id FROM U&"\0063ustomer" UESCAPE '!'"#],
    );
    both("SCO114", &[r#"SELECT U&"x" FROM customer"#]);
}

#[test]
fn long_names_are_refused_where_they_would_be_cut() {
    let long = "c".repeat(64);
    for sql in [
        format!("SELECT {long} FROM customer"),
        format!("SELECT 1 FROM customer AS {long}"),
        format!("SELECT 1 FROM {long}"),
        format!("SELECT \"{}\" FROM customer", "ä".repeat(32)),
    ] {
        let refusal = scope(&filtering(Dialect::Postgres), Dialect::Postgres, &sql).unwrap_err();
        assert!(matches!(refusal, Refusal::LongName { .. }), "{sql}: {refusal}");
    }
    let at_limit = format!("SELECT 1 AS {} FROM customer", "c".repeat(63));
    assert!(scope(&filtering(Dialect::Postgres), Dialect::Postgres, &at_limit).is_ok());
}

#[test]
fn aliases_with_a_meaning_are_refused() {
    both(
        "SCO111",
        &[
            "SELECT 1 FROM customer AS excluded",
            "SELECT 1 FROM customer AS OLD",
            "UPDATE customer AS new SET name = 'x'",
            "SELECT 1 FROM (SELECT 1) AS old",
            "WITH excluded AS (SELECT 1) SELECT 1",
            "SELECT 1 FROM excluded",
            "INSERT INTO excluded (text) VALUES ('a') ON CONFLICT (id) DO UPDATE SET text = 'b'",
        ],
    );
}

#[test]
fn two_sources_of_one_name_are_refused() {
    both(
        "SCO112",
        &[
            "SELECT 1 FROM customer a, product a",
            "SELECT 1 FROM customer JOIN customer ON true",
            "SELECT 1 FROM customer a JOIN (SELECT 1 AS id) a ON true",
            "SELECT 1 FROM (customer a JOIN product a ON true)",
            "UPDATE customer SET name = 'x' FROM customer",
        ],
    );
    sqlite("SCO112", &["SELECT 1 FROM customer a, product A"]);
}

#[test]
fn columns_of_tables_cannot_be_renamed() {
    both(
        "SCO113",
        &[
            "SELECT 1 FROM customer AS c(a, b)",
            "SELECT 1 FROM customer JOIN product AS p(a) ON true",
        ],
    );
}

#[test]
fn a_join_in_parentheses_has_no_alias() {
    both("SCO126", &["SELECT j.id FROM (customer a JOIN product p ON true) AS j"]);
    postgres("SCO126", &["SELECT 1 FROM customer JOIN product USING (id) AS j"]);
}

#[test]
fn unknown_columns_are_refused_because_they_may_be_functions() {
    both(
        "SCO114",
        &[
            "SELECT c.leak FROM customer c",
            "SELECT c.row_to_json FROM customer c",
            "SELECT leak FROM customer",
            "SELECT x.leak FROM (SELECT id FROM customer) x",
            "WITH x AS (SELECT id FROM customer) SELECT x.leak FROM x",
            "SELECT x.b FROM (SELECT 1) AS x(a)",
            "SELECT 1 FROM customer c WHERE EXISTS (SELECT c.leak)",
            "SELECT 1 FROM customer c, (SELECT c.id) x",
            "SELECT 1 FROM product p, customer c JOIN currency y ON p.id = c.id",
            "SELECT excluded.id FROM customer",
            "INSERT INTO customer (leak) VALUES (1)",
            "INSERT INTO customer (name) VALUES ('a') ON CONFLICT (leak) DO NOTHING",
            "INSERT INTO customer (email) VALUES ('a') ON CONFLICT (email) DO UPDATE SET name = excluded.leak",
            "UPDATE customer SET leak = 1",
            "UPDATE customer SET name = leak",
            "DELETE FROM customer RETURNING leak",
            "SELECT 1 FROM customer JOIN product USING (leak)",
        ],
    );
    postgres(
        "SCO114",
        &[
            "SELECT x.case FROM (SELECT CASE WHEN true THEN 1 ELSE id END FROM customer) x",
            "SELECT 1 FROM customer c JOIN LATERAL (SELECT c.leak) l ON true",
            r#"SELECT "ID" FROM customer"#,
            "SELECT id AS x FROM customer WHERE x > 1",
            "UPDATE customer SET name = 'x' RETURNING old.name",
            "UPDATE customer SET name = 'x' RETURNING new.*",
            "SELECT g.leak FROM generate_series(1, 2) AS g",
            "SELECT current_schema FROM customer",
        ],
    );
    // SQLite would take an unknown name in double quotes for a string.
    sqlite("SCO114", &[r#"SELECT id FROM customer WHERE name = "acme""#]);
}

#[test]
fn system_columns_are_refused() {
    postgres(
        "SCO115",
        &[
            "SELECT ctid FROM customer",
            "SELECT customer.xmin FROM customer",
            "SELECT tableoid FROM customer",
            "DELETE FROM customer WHERE ctid = '(0,1)'",
        ],
    );
    sqlite("SCO115", &["SELECT rowid FROM customer", "SELECT c._rowid_ FROM customer c"]);
}

#[test]
fn whole_rows_are_refused() {
    both("SCO116", &["SELECT customer FROM customer", "SELECT count(c) FROM customer c"]);
    postgres(
        "SCO116",
        &[
            "SELECT (c).id FROM customer c",
            "SELECT row_to_json(c) FROM customer c",
            "SELECT to_json(customer) FROM customer",
            "SELECT row_to_json(c.*) FROM customer c",
            "SELECT row(c.*) FROM customer c",
            "SELECT count(c.*) FROM customer c",
            "SELECT array_agg(c) FROM customer c",
            "SELECT 1 FROM customer c WHERE c IS NOT NULL",
            "SELECT 1 FROM customer c, product p WHERE c = p",
            "SELECT 1 FROM customer ORDER BY customer",
            "SELECT 1 FROM customer c WHERE EXISTS (SELECT c)",
            "SELECT c::text FROM customer c",
            "UPDATE customer SET name = customer::text",
            "SELECT 1 FROM customer WHERE (customer.*) IS NOT NULL",
        ],
    );
}

#[test]
fn fields_of_expressions_are_refused() {
    postgres(
        "SCO117",
        &[
            "SELECT (SELECT id FROM customer).leak",
            "SELECT (ROW(1, 2)).f1",
            "SELECT a[1].b FROM (SELECT ARRAY[1] AS a) x",
            "SELECT (id).leak FROM customer",
        ],
    );
}

#[test]
fn functions_that_reach_around_scoping_are_refused() {
    both(
        "SCO119",
        &[
            "SELECT query_to_xml('SELECT * FROM customer', true, true, '')",
            "SELECT table_to_xml('customer', true, true, '')",
            "SELECT dblink('x', 'SELECT 1')",
            "SELECT set_config('app.tenant', 'x', false)",
            "SELECT current_setting('app.tenant')",
            "SELECT nextval('customer_id_seq')",
            "SELECT lastval()",
            "SELECT pg_sleep(1)",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT lo_import('/etc/passwd')",
            "SELECT pg_advisory_lock(1)",
            "SELECT ts_stat('SELECT vector FROM customer')",
            "SELECT to_regclass('customer')",
            "SELECT version()",
            "SELECT last_insert_rowid()",
            "SELECT load_extension('x')",
            "SELECT lower(pg_sleep(1)::text) FROM customer",
            "SELECT 1 FROM customer WHERE id = nextval('x')",
            "SELECT 1 FROM customer ORDER BY nextval('x')",
            "INSERT INTO customer (id) VALUES (nextval('x'))",
            "UPDATE customer SET id = nextval('x')",
            "SELECT sum(nextval('x')) OVER (ORDER BY nextval('y')) FROM customer",
            "SELECT 1 FROM dblink('x', 'y') AS t(a)",
            "SELECT 1 FROM pragma_table_info('customer')",
            "SELECT public.lower('A')",
            "SELECT t_globex.lower('A')",
        ],
    );
    postgres(
        "SCO119",
        &[
            "SELECT current_user",
            "SELECT session_user",
            r#"SELECT "LOWER"('a')"#,
            "SELECT 1 FROM customer, LATERAL dblink('x', 'y') AS t(a int)",
            "SELECT 1 FROM pg_catalog.pg_ls_dir('.') AS f",
        ],
    );
    sqlite("SCO119", &["SELECT changes()", "SELECT LAST_INSERT_ROWID()", "SELECT eval('x')"]);
}

#[test]
fn types_that_look_names_up_are_refused() {
    both(
        "SCO120",
        &[
            "SELECT 'customer'::regclass",
            "SELECT CAST('customer' AS regclass)",
            "SELECT regclass 'x'",
        ],
    );
    postgres(
        "SCO120",
        &[
            "SELECT $1::regclass",
            r#"SELECT 'customer'::"regclass""#,
            "SELECT 'customer'::pg_catalog.regclass",
            "SELECT 'x'::regproc",
            "SELECT 'x'::regclass[]",
            "SELECT NULL::customer",
            "SELECT '(1)'::t_globex.mood",
            "SELECT 'x'::public.mood",
            "SELECT 1 FROM jsonb_to_recordset('[]') AS x(a regclass)",
        ],
    );
}

#[test]
fn operators_of_other_schemas_are_refused() {
    postgres(
        "SCO121",
        &["SELECT 1 OPERATOR(public.+) 2", "SELECT 1 OPERATOR(t_globex.=) 1", "SELECT 1 &^& 2"],
    );
    assert!(
        scope(
            &filtering(Dialect::Postgres),
            Dialect::Postgres,
            "SELECT name <-> 'x' FROM customer"
        )
        .is_ok()
    );
}

#[test]
fn comments_that_are_heeded_are_refused() {
    both(
        "SCO122",
        &[
            "SELECT /*! 1, */ id FROM customer",
            "SELECT /*!40001 SQL_NO_CACHE */ id FROM customer",
            "SELECT /*M! 1 */ id FROM customer",
            "SELECT /*+ SeqScan(customer) */ id FROM customer",
        ],
    );
}

#[test]
fn literals_that_can_be_read_in_two_ways_are_refused() {
    postgres(
        "SCO123",
        &[r"SELECT U&'\0061' FROM customer", "SELECT N'a'", "SELECT B'101'", "SELECT X'zz'"],
    );
    both("SCO101", &[r"SELECT 'a\'' , 'b' FROM customer"]);
}

#[test]
fn several_statements_are_refused() {
    both(
        "SCO102",
        &[
            "SELECT id FROM customer; DELETE FROM customer",
            "SELECT 1; SELECT 2",
            "SELECT 1;; SELECT 2",
            "",
            ";",
            "-- nothing",
        ],
    );
}

#[test]
fn other_kinds_of_statements_are_refused() {
    both(
        "SCO103",
        &[
            "SET search_path = t_globex",
            "SET LOCAL ROLE postgres",
            "RESET ALL",
            "DISCARD ALL",
            "SHOW search_path",
            "BEGIN",
            "COMMIT",
            "ROLLBACK",
            "SAVEPOINT a",
            "RELEASE SAVEPOINT a",
            "COPY customer TO STDOUT",
            "CALL leak()",
            "PREPARE x AS SELECT 1",
            "EXECUTE x",
            "DEALLOCATE x",
            "LOCK TABLE customer",
            "VACUUM",
            "ANALYZE customer",
            "GRANT SELECT ON customer TO globex",
            "REVOKE SELECT ON customer FROM globex",
            "TRUNCATE customer",
            "CREATE TABLE x (id int)",
            "CREATE TEMP TABLE customer AS SELECT 1 AS id",
            "CREATE TEMP VIEW customer AS SELECT 1 AS id",
            "ALTER TABLE customer ADD COLUMN x int",
            "DROP TABLE customer",
            "ATTACH DATABASE 'globex.db' AS globex",
            "PRAGMA foreign_keys = 0",
            "DECLARE c CURSOR FOR SELECT 1",
            "FETCH 1 FROM c",
            "CLOSE c",
            "MERGE INTO customer USING product p ON p.id = customer.id WHEN MATCHED THEN DELETE",
            "EXPLAIN EXECUTE x",
            "EXPLAIN TRUNCATE customer",
            "EXPLAIN customer",
        ],
    );
    postgres("SCO103", &["LISTEN x", "NOTIFY x", "COMMENT ON TABLE customer IS 'x'"]);
    both("SCO101", &["TABLE customer", "UPDATE customer, product SET name = 'x'"]);
    postgres("SCO101", &["DO $$ BEGIN DELETE FROM customer; END $$"]);
    both("SCO132", &["EXPLAIN ANALYZE SELECT id FROM customer"]);
    postgres(
        "SCO132",
        &["EXPLAIN (ANALYZE) SELECT 1", "EXPLAIN (COSTS, ANALYZE TRUE) DELETE FROM customer"],
    );
}

#[test]
fn clauses_that_hide_tables_are_refused() {
    both(
        "SCO126",
        &[
            "SELECT 1 FROM (TABLE customer) x",
            "WITH x AS (TABLE customer) SELECT 1 FROM x",
            "SELECT 1 FROM customer UNION TABLE customer",
            "INSERT INTO customer (id) TABLE product",
            "SELECT id INTO x FROM customer",
            "SELECT id INTO TEMP customer FROM product",
            "SELECT 1 FROM customer TABLESAMPLE SYSTEM (10)",
            "SELECT 1 FROM customer WHERE id IN (TABLE product)",
            "UPDATE customer JOIN product ON true SET name = 'x'",
        ],
    );
    postgres("SCO126", &["SELECT 1 FROM ONLY customer", "SELECT 1 FROM customer *"]);
    sqlite("SCO104", &["SELECT 1 FROM ONLY customer"]);
    sqlite(
        "SCO126",
        &["SELECT 1 FROM customer WHERE id IN customer", "SELECT 1 FROM customer INDEXED BY x"],
    );
}

#[test]
fn rarer_sources_of_rows_are_refused() {
    postgres(
        "SCO126",
        &[
            "SELECT j.id FROM customer c JOIN product p USING (id) AS j",
            "SELECT id FROM customer WITH ORDINALITY",
            "SELECT 1 FROM customer TABLESAMPLE BERNOULLI (10) REPEATABLE (1)",
            "SELECT x FROM XMLTABLE('/r' PASSING '<r/>' COLUMNS x int)",
            "SELECT a FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$')) AS j",
            "SELECT j.id FROM (customer c JOIN product p USING (id)) AS j",
        ],
    );
    both(
        "SCO101",
        &[
            "SELECT 1 FROM ROWS FROM (generate_series(1, 2), customer) AS x(a, b)",
            "WITH RECURSIVE t AS (SELECT id FROM customer UNION ALL SELECT t.id FROM t) SEARCH DEPTH FIRST BY id SET o SELECT id FROM t",
            "WITH RECURSIVE t AS (SELECT id FROM customer UNION ALL SELECT t.id FROM t) CYCLE id SET c USING p SELECT id FROM t",
            "DELETE FROM customer WHERE CURRENT OF c",
            "DELETE FROM customer RETURNING WITH (OLD AS o) o.id",
            "SELECT (c).* FROM customer c",
        ],
    );
    sqlite(
        "SCO126",
        &[
            "SELECT id FROM customer WHERE id IN main.product",
            "SELECT id FROM customer WHERE id IN sqlite_master",
            "SELECT id FROM customer WHERE id IN json_each('[1]')",
        ],
    );
    sqlite("SCO104", &["SELECT * FROM json_each", "SELECT * FROM dbstat"]);
    sqlite("SCO119", &["SELECT name FROM pragma_table_info('customer')"]);
}

#[test]
fn joins_without_a_condition_cannot_take_that_of_another() {
    postgres("SCO126", &[r#"SELECT 1 FROM customer a JOIN product b JOIN "order" c ON true"#]);
}

#[test]
fn writes_inside_of_queries_are_refused() {
    both(
        "SCO126",
        &[
            "SELECT 1 FROM (WITH x AS (DELETE FROM customer RETURNING id) SELECT id FROM x) y",
            "SELECT 1 FROM customer WHERE id IN (WITH x AS (UPDATE customer SET name = 'a' RETURNING id) SELECT id FROM x)",
        ],
    );
}

#[test]
fn shared_tables_are_read_only() {
    both(
        "SCO127",
        &[
            "INSERT INTO currency (code) VALUES ('x')",
            "UPDATE currency SET code = 'x'",
            "DELETE FROM currency",
            "WITH x AS (DELETE FROM currency RETURNING id) SELECT id FROM x",
            "EXPLAIN DELETE FROM currency",
        ],
    );
    both(
        "SCO128",
        &[
            "SELECT id FROM currency FOR UPDATE",
            "SELECT id FROM currency FOR SHARE",
            "SELECT c.id FROM customer c JOIN currency y ON true FOR UPDATE",
            "SELECT c.id FROM customer c JOIN currency y ON true FOR UPDATE OF y",
            "SELECT x.id FROM (SELECT id FROM currency) x FOR UPDATE",
            "SELECT id FROM customer WHERE id IN (SELECT id FROM currency FOR UPDATE)",
        ],
    );
    postgres(
        "SCO128",
        &[
            "(SELECT id FROM currency) FOR UPDATE",
            "SELECT id FROM currency FOR NO KEY UPDATE",
            "SELECT id FROM currency FOR KEY SHARE",
        ],
    );
    both("SCO104", &["SELECT c.id FROM customer c FOR UPDATE OF currency"]);
}

#[test]
fn only_tables_can_be_written() {
    both(
        "SCO129",
        &[
            "WITH x AS (SELECT 1 AS id) DELETE FROM x",
            "WITH x AS (SELECT 1 AS id) UPDATE x SET id = 1",
        ],
    );
}

#[test]
fn rows_in_conflict_are_not_replaced() {
    both(
        "SCO131",
        &[
            "INSERT OR REPLACE INTO customer (name) VALUES ('a')",
            "INSERT OR ROLLBACK INTO customer (name) VALUES ('a')",
            "UPDATE OR REPLACE customer SET name = 'x'",
        ],
    );
    sqlite("SCO131", &["REPLACE INTO customer (name) VALUES ('a')"]);
}

#[test]
fn a_conflict_target_is_a_key() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        for sql in [
            "INSERT INTO customer (name) VALUES ('a') ON CONFLICT (name) DO NOTHING",
            "INSERT INTO order_item (order_id) VALUES (1) ON CONFLICT (order_id) DO NOTHING",
        ] {
            let refusal = scope(&filtering(dialect), dialect, sql).unwrap_err();
            assert!(matches!(refusal, Refusal::ConflictTarget { .. }), "{refusal}");
        }
    }
}

#[test]
fn stars_that_cannot_be_written_out_are_refused() {
    both("SCO118", &["SELECT *"]);
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        for sql in [
            r#"SELECT * FROM customer JOIN (product JOIN "order" ON true) USING (id)"#,
            "SELECT * FROM customer, (SELECT 1 + 1) x",
        ] {
            let refusal = scope(&filtering(dialect), dialect, sql).unwrap_err();
            assert!(matches!(refusal, Refusal::Star { .. }), "{refusal}");
        }
    }
    postgres("SCO118", &["SELECT lower(*) FROM customer"]);
}

#[test]
fn placeholders_that_cannot_be_counted_are_refused() {
    sqlite(
        "SCO125",
        &["SELECT id FROM customer WHERE id = ? OR id = ?1", "SELECT ?0 FROM customer"],
    );
    both(
        "SCO125",
        &["SELECT id FROM customer WHERE id = :id", "SELECT $name FROM customer", "SELECT $01"],
    );
    sqlite("SCO125", &["SELECT id FROM customer WHERE id = @id"]);
}

//! Statements that try to leave the tenant by what MySQL and MariaDB alone know: each is refused,
//! for its own reason. What they share with other databases is among the hostile statements.

use super::support::{acme, as_written, filtering, separating};
use crate::scope::Dialect;

const MYSQL: Dialect = Dialect::MySql;

/// Refused by both strategies for one reason.
fn refused(code: &str, statements: &[&str]) {
    let mut wrong = Vec::new();
    for sql in statements {
        for (name, scoper) in [("shared", filtering(MYSQL)), ("own", separating(MYSQL))] {
            let became = match scoper.scope(as_written(MYSQL, sql), &acme()) {
                Ok(scoped) => scoped.sql,
                Err(refusal) => refusal.code().to_owned(),
            };
            if became != code {
                wrong.push(format!("{name}: {sql}\n    {code}, not {became}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comments_that_are_executed_are_refused() {
    refused(
        "SCO122",
        &[
            "SELECT id FROM customer /*! UNION SELECT id FROM t_globex.customer */",
            "SELECT id FROM customer /*!50110 UNION SELECT 1 */",
            "SELECT id FROM customer /*!*/",
            "SELECT id FROM customer /*M! UNION SELECT 1 */",
            "SELECT id FROM customer /*M!100100 UNION SELECT 1 */",
            "SELECT /*+ SET_VAR(sql_mode='ANSI_QUOTES') */ id FROM customer",
            "SELECT /*+ MAX_EXECUTION_TIME(1) */ id FROM customer",
            "DELETE /*! LOW_PRIORITY */ FROM customer",
            "SELECT 1 /*!'*/ , '*/ FROM customer'",
            "SELECT 1 /* a */ /*! + 1 */ FROM customer",
            "SELECT 1 # /* a\n /*! + 1 */ FROM customer",
            "SELECT 1 -- /* a\n /*! + 1 */ FROM customer",
        ],
    );
}

#[test]
fn strings_that_end_elsewhere_are_refused() {
    refused(
        "SCO101",
        &[
            r"SELECT id FROM customer WHERE name = 'a\' OR 1 = 1",
            r#"SELECT id FROM customer WHERE name = "a\" OR 1 = 1"#,
            "SELECT id FROM customer WHERE name = 'a",
            "SELECT id FROM customer /* without an end",
            "SELECT id FROM `customer",
        ],
    );
}

#[test]
fn literals_that_can_be_read_in_two_ways_are_refused() {
    refused(
        "SCO123",
        &[
            "SELECT _utf8'a' FROM customer",
            "SELECT _latin1 'a' FROM customer",
            "SELECT _binary'a' FROM customer",
            "SELECT N'a' FROM customer",
            "SELECT b'01' FROM customer",
            "SELECT B'01' FROM customer",
            "SELECT 0x41 FROM customer",
            "SELECT id FROM customer WHERE id = 0x1",
            "SELECT TEXT 'a' FROM customer",
            "SELECT JSON '{}' FROM customer",
        ],
    );
    // Names that begin with a digit, and no numbers.
    refused("SCO114", &["SELECT 0b01 FROM customer", "SELECT 0X41 FROM customer", "SELECT 1a"]);
}

#[test]
fn double_quotes_are_no_names() {
    refused(
        "SCO109",
        &[
            r#"SELECT 1 AS "x" FROM customer"#,
            "SELECT 1 AS 'x' FROM customer",
            "SELECT 1 'x'",
            r#"INSERT INTO customer ("name") VALUES ('a')"#,
        ],
    );
    refused("SCO101", &[r#"SELECT id FROM customer AS "c""#]);
    let sql = r#"SELECT "tenant_id" FROM customer"#;
    let text = filtering(MYSQL).scope(as_written(MYSQL, sql), &acme()).unwrap().sql;
    assert!(text.starts_with("SELECT 'tenant_id' FROM"), "{text}");
}

#[test]
fn variables_are_refused() {
    refused(
        "SCO126",
        &[
            "SELECT @a",
            "SELECT @a := 1",
            "SELECT @a := id FROM customer",
            "SELECT @@version",
            "SELECT @@global.sql_mode",
            "SELECT @'a'",
            "SELECT @`a`",
            r#"SELECT @"a""#,
            "SELECT id FROM customer WHERE id = @a",
            "SELECT id FROM customer ORDER BY @a",
            "SELECT id FROM customer LIMIT @a",
            "SELECT id INTO @a FROM customer",
            "SELECT id FROM customer INTO @a",
            "SET @a = 1",
            "SET @@session.sql_mode = ''",
            "UPDATE customer SET name = @a := 'x'",
            "SELECT a := 1 FROM customer",
        ],
    );
}

#[test]
fn other_databases_are_refused_by_name() {
    refused(
        "SCO106",
        &[
            "SELECT id FROM t_globex.customer",
            "SELECT id FROM `t_globex`.`customer`",
            "SELECT id FROM mysql.user",
            "SELECT table_name FROM information_schema.tables",
            "SELECT id FROM performance_schema.threads",
            "SELECT t_globex.customer.id FROM customer",
            "SELECT id FROM customer JOIN t_globex.product ON true",
            "UPDATE t_globex.customer SET name = 'x'",
            "DELETE FROM t_globex.customer",
            "DELETE t_globex.customer FROM customer",
            "DELETE c FROM customer c JOIN t_globex.product p ON p.id = c.id",
            "INSERT INTO t_globex.customer (name) VALUES ('x')",
            "UPDATE customer SET t_globex.customer.name = 'x'",
            "INSERT INTO customer (name) VALUES ('x') ON DUPLICATE KEY UPDATE t_globex.customer.name = 'x'",
        ],
    );
}

#[test]
fn what_stands_for_databases_cannot_come_from_outside() {
    refused(
        "SCO108",
        &[
            "SELECT 1 FROM tenancy_database_of_the_server_5d0c41e7.customer",
            "SELECT '`tenancy_database_of_the_server_5d0c41e7`.' FROM customer",
            "SELECT 1 FROM customer AS Tenancy_Database_Of_The_Server_5d0c41e7",
            "SELECT 1 FROM customer AS Tenancy_Schema_Of_The_Tenant_5d0c41e7",
        ],
    );
}

#[test]
fn the_tenant_column_cannot_be_named() {
    refused(
        "SCO108",
        &[
            "SELECT `tenant_id` FROM customer",
            "SELECT `TENANT_ID` FROM customer",
            // Letters that the server takes for those of ASCII.
            "SELECT `tenant_\u{130}d` FROM customer",
            "SELECT 1 AS `tenant_\u{130}D`",
            "INSERT INTO customer (tenant_id) VALUES ('x')",
            "UPDATE customer SET tenant_id = 'x'",
            "UPDATE customer c JOIN product p ON true SET c.tenant_id = p.id",
            "INSERT INTO customer (name) VALUES ('a') ON DUPLICATE KEY UPDATE tenant_id = 'b'",
            "INSERT INTO customer (name) VALUES ('a') ON DUPLICATE KEY UPDATE name = VALUES(tenant_id)",
            "SELECT 1 FROM customer USE INDEX (tenant_id)",
            "SELECT 1 FROM customer JOIN product USING (tenant_id)",
            "SELECT 1 FROM customer GROUP BY tenant_id",
        ],
    );
}

#[test]
fn functions_that_reach_around_scoping_are_refused() {
    refused(
        "SCO119",
        &[
            "SELECT SLEEP(1)",
            "SELECT BENCHMARK(1000, SHA1('a'))",
            "SELECT LOAD_FILE('/etc/passwd')",
            "SELECT GET_LOCK('a', 1)",
            "SELECT RELEASE_ALL_LOCKS()",
            "SELECT IS_FREE_LOCK('a')",
            "SELECT LAST_INSERT_ID()",
            "INSERT INTO customer (name) VALUES ('a') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)",
            "SELECT ROW_COUNT()",
            "SELECT FOUND_ROWS()",
            "SELECT USER()",
            "SELECT CURRENT_USER()",
            "SELECT SESSION_USER()",
            "SELECT DATABASE()",
            "SELECT SCHEMA()",
            "SELECT VERSION()",
            "SELECT CONNECTION_ID()",
            "SELECT NEXTVAL(s)",
            "SELECT LASTVAL(s)",
            "SELECT SETVAL(s, 1)",
            "SELECT MASTER_POS_WAIT('a', 1)",
            "SELECT sys.version_major()",
            "SELECT t_globex.f()",
            "SELECT UUID_SHORT()",
            "SELECT EXTRACTVALUE('<a/>', '/a')",
            "SELECT UPDATEXML('<a/>', '/a', 'b')",
            "SELECT NAME_CONST('a', 1)",
            "SELECT VALUES(name) FROM customer",
            "SELECT `LOAD_FILE`('a')",
        ],
    );
    refused("SCO101", &["SELECT NEXT VALUE FOR s", "SELECT PREVIOUS VALUE FOR s"]);
}

#[test]
fn a_unit_is_no_column() {
    refused(
        "SCO114",
        &[
            "SELECT TIMESTAMPDIFF(leak, NOW(), NOW())",
            "SELECT TIMESTAMPDIFF(`MINUTE`, NOW(), NOW())",
        ],
    );
    refused("SCO108", &["SELECT TIMESTAMPDIFF(tenant_id, NOW(), NOW()) FROM customer"]);
}

#[test]
fn other_kinds_of_statements_are_refused() {
    refused(
        "SCO103",
        &[
            "SET NAMES utf8",
            "SET SESSION sql_mode = ''",
            "SET autocommit = 0",
            "USE t_globex",
            "SHOW TABLES",
            "SHOW VARIABLES",
            "SHOW CREATE TABLE customer",
            "CALL leak()",
            "EXECUTE IMMEDIATE 'SELECT 1'",
            "LOCK TABLES customer WRITE",
            "UNLOCK TABLES",
            "FLUSH TABLES",
            "KILL 1",
            "TRUNCATE TABLE customer",
            "START TRANSACTION",
            "COMMIT",
            "ROLLBACK",
            "SAVEPOINT a",
            "GRANT SELECT ON customer TO globex",
            "CREATE TEMPORARY TABLE customer (id int)",
            "ALTER TABLE customer ADD COLUMN x int",
            "DROP TABLE customer",
            "RENAME TABLE customer TO x",
            "ANALYZE TABLE customer",
            "DESCRIBE customer",
            "DESC customer",
            "EXPLAIN customer",
        ],
    );
    refused(
        "SCO101",
        &[
            "CREATE TABLE customer SELECT 1",
            "HANDLER customer OPEN",
            "DO SLEEP(1)",
            "LOAD DATA INFILE 'a' INTO TABLE customer",
            "LOAD XML INFILE 'a' INTO TABLE customer",
            "PREPARE s FROM 'SELECT 1'",
            "XA START 'a'",
            "TABLE customer",
            "ANALYZE FORMAT=JSON SELECT id FROM customer",
            "ANALYZE SELECT id FROM customer",
            "UPDATE customer, product SET name = 'x'",
            "SELECT id FROM customer PROCEDURE ANALYSE()",
        ],
    );
    refused("SCO126", &["DESCRIBE SELECT id FROM customer"]);
    refused("SCO132", &["EXPLAIN ANALYZE SELECT id FROM customer"]);
    refused(
        "SCO102",
        &["SELECT 1; SELECT 2", "SELECT 1; DROP TABLE customer", "# nothing", "-- nothing"],
    );
}

#[test]
fn rows_do_not_leave_for_files() {
    refused(
        "SCO101",
        &[
            "SELECT id FROM customer INTO OUTFILE '/tmp/a'",
            "SELECT id INTO OUTFILE '/tmp/a' FROM customer",
            "SELECT id FROM customer INTO DUMPFILE '/tmp/a'",
        ],
    );
}

#[test]
fn clauses_that_are_not_scoped_are_refused() {
    refused(
        "SCO126",
        &[
            "SELECT id FROM customer PARTITION (p0)",
            "SELECT 1 FROM customer STRAIGHT_JOIN product ON true",
            "SELECT STRAIGHT_JOIN id FROM customer",
            "SELECT SQL_CALC_FOUND_ROWS id FROM customer",
            "SELECT HIGH_PRIORITY id FROM customer",
            "SELECT c.id FROM customer c FULL JOIN product p ON p.id = c.id",
            "SELECT 1 FROM customer c JOIN product p",
            "SELECT 1 FROM customer c JOIN product p JOIN currency y ON true",
            "SELECT 1 FROM customer c LEFT JOIN product p CROSS JOIN currency y",
            "INSERT INTO customer SET name = 'a'",
            "INSERT LOW_PRIORITY INTO customer (name) VALUES ('a')",
            "INSERT DELAYED INTO customer (name) VALUES ('a')",
            "INSERT customer (name) VALUES ('a')",
            "INSERT INTO customer (name) VALUES ('a') AS new ON DUPLICATE KEY UPDATE name = new.name",
            "INSERT INTO customer (name) VALUES ('a') ON CONFLICT (id) DO NOTHING",
            "INSERT INTO customer (name) VALUES ('a') ON DUPLICATE KEY UPDATE (name) = ('b')",
            "DELETE FROM customer USING customer JOIN product ON true",
            "DELETE c FROM customer c ORDER BY c.id",
            "DELETE FROM customer AS c ORDER BY c.id",
            "UPDATE customer SET name = 'x' FROM product",
            "SELECT name FROM customer GROUP BY name WITH ROLLUP",
            "SELECT a FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$')) AS j",
            "SELECT id FROM customer WHERE MATCH (name) AGAINST ('a')",
            "SELECT 1 FROM (TABLE customer) x",
            "SELECT id FROM customer UNION TABLE product",
            "INSERT INTO customer (id) TABLE product",
        ],
    );
}

#[test]
fn modes_of_the_parser_are_not_relied_on() {
    // `BINARY a = b` compares bytes and is no conversion of the comparison.
    refused("SCO101", &["SELECT id FROM customer WHERE BINARY name = 'a'"]);
}

#[test]
fn rows_in_conflict_are_not_replaced() {
    refused(
        "SCO131",
        &[
            "REPLACE INTO customer (name) VALUES ('a')",
            "REPLACE INTO customer SELECT * FROM product",
        ],
    );
}

#[test]
fn only_tables_of_the_tenant_are_written() {
    refused(
        "SCO127",
        &[
            "INSERT INTO currency (code) VALUES ('x') ON DUPLICATE KEY UPDATE code = 'y'",
            "UPDATE currency SET code = 'x'",
            "UPDATE customer c JOIN currency y ON y.id = c.id SET y.code = 'x'",
            "UPDATE customer c JOIN currency y ON y.id = c.id SET code = 'x'",
            "DELETE y FROM customer c JOIN currency y ON y.id = c.id",
            "DELETE c, y FROM customer c JOIN currency y ON y.id = c.id",
        ],
    );
    refused(
        "SCO129",
        &[
            "UPDATE (SELECT id FROM customer) x SET id = 1",
            "UPDATE customer c JOIN (SELECT id FROM product) p ON true SET p.id = 1",
            "DELETE p FROM customer c JOIN (SELECT id FROM product) p ON true",
        ],
    );
    refused(
        "SCO104",
        &["DELETE x FROM customer c JOIN product p ON true", "DELETE note FROM customer"],
    );
    refused("SCO105", &["UPDATE customer c JOIN tenants_tenant t ON true SET c.name = 'x'"]);
    // Where rows are kept that match nothing, both sides are derived tables.
    let derived = "UPDATE customer c RIGHT JOIN product p ON p.id = c.id SET c.name = 'x'";
    let refusal = filtering(MYSQL).scope(as_written(MYSQL, derived), &acme()).unwrap_err();
    assert_eq!(refusal.code(), "SCO129", "{refusal}");
}

#[test]
fn placeholders_of_other_forms_are_refused() {
    refused(
        "SCO125",
        &["SELECT id FROM customer WHERE id = :id", "SELECT ?1 FROM customer", "SELECT ?0"],
    );
    refused("SCO114", &["SELECT $1 FROM customer"]);
}

#[test]
fn sequences_and_virtual_tables_are_unknown() {
    refused("SCO104", &["SELECT seq FROM seq_1_to_10", "SELECT 1 FROM dual", "SELECT 1 FROM s"]);
    refused("SCO107", &["WITH dual AS (SELECT 1) SELECT 1 FROM dual"]);
}

//! Values, caching, size and depth.

use sea_orm::{DbBackend, Statement, Value};

use super::support::{acme, backend, filtering, globex, scope, separating};
use crate::scope::{Dialect, Refusal, Scoper, TenantScope};

const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::Sqlite, Dialect::MySql];

#[test]
fn a_scoper_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Scoper>();
}

#[test]
fn the_tenant_is_the_last_value() {
    for (dialect, sql) in [
        (Dialect::Postgres, "SELECT id FROM customer WHERE name = $1"),
        (Dialect::Sqlite, "SELECT id FROM customer WHERE name = ?"),
    ] {
        let statement = Statement::from_sql_and_values(backend(dialect), sql, [Value::from("a")]);
        let scoped = filtering(dialect).scope(statement.clone(), &acme()).unwrap();
        let values = scoped.values.unwrap().0;
        assert_eq!(values, [Value::from("a"), Value::from(acme().id)]);
        let own = separating(dialect).scope(statement, &acme()).unwrap();
        assert_eq!(own.values.unwrap().0, [Value::from("a")]);
    }
}

#[test]
fn the_tenant_stands_where_its_placeholder_does() {
    let sql =
        "SELECT c.id FROM customer c LEFT JOIN `order` o ON o.total = ? WHERE c.name = ? LIMIT ?";
    let values = || [Value::from(7), Value::from("a"), Value::from(2_u64)];
    let statement = Statement::from_sql_and_values(DbBackend::MySql, sql, values());
    let (tenant, [total, name, limit]) = (Value::from(acme().id), values());
    let scoper = filtering(Dialect::MySql);
    // Scoped, and from the cache.
    for _ in 0..2 {
        let scoped = scoper.scope(statement.clone(), &acme()).unwrap();
        assert_eq!(
            scoped.sql,
            "SELECT `c`.`id` FROM `customer` AS `c` LEFT JOIN `order` AS `o` ON `o`.`tenant_id` = ? AND \
             (`o`.`total` = ?) WHERE `c`.`tenant_id` = ? AND (`c`.`name` = ?) LIMIT ?"
        );
        let [total, name, limit] = [&total, &name, &limit].map(Clone::clone);
        let expected = [tenant.clone(), total, tenant.clone(), name, limit];
        assert_eq!(scoped.values.unwrap().0, expected);
    }
    let own = separating(Dialect::MySql).scope(statement, &acme()).unwrap();
    assert_eq!(own.values.unwrap().0, values());
}

#[test]
fn tables_that_are_present_once_lie_in_a_database_of_a_name() {
    let sql = "SELECT c.id FROM customer c JOIN currency y ON y.id = c.id AND y.code = 'it''s'";
    let named = |scoper: Scoper| scoper.with_database("my-`app`".to_owned());
    assert_eq!(
        scope(&named(filtering(Dialect::MySql)), Dialect::MySql, sql).unwrap(),
        "SELECT `c`.`id` FROM `my-``app```.`customer` AS `c` JOIN `my-``app```.`currency` AS `y` ON \
         `y`.`id` = `c`.`id` AND `y`.`code` = 'it\\'s' WHERE `c`.`tenant_id` = ?"
    );
    assert_eq!(
        scope(&named(separating(Dialect::MySql)), Dialect::MySql, "SELECT id FROM currency")
            .unwrap(),
        "SELECT `id` FROM `my-``app```.`currency` AS `currency`"
    );
}

#[test]
fn a_statement_without_tenant_tables_gets_no_value() {
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT id FROM currency");
    let scoped = filtering(Dialect::Postgres).scope(statement, &acme()).unwrap();
    assert_eq!(scoped.values, None);
}

#[test]
fn there_is_one_value_for_each_placeholder() {
    for (sql, values) in [
        ("SELECT id FROM customer WHERE id = $1", 0),
        ("SELECT id FROM customer WHERE id = $1", 2),
        ("SELECT id FROM customer WHERE id = $3", 2),
        ("SELECT id FROM customer", 1),
    ] {
        let values = (0..values).map(Value::from);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let refusal = filtering(Dialect::Postgres).scope(statement, &acme()).unwrap_err();
        assert!(matches!(refusal, Refusal::Placeholders { .. }), "{refusal}");
    }
}

#[test]
fn a_statement_for_another_database_is_refused() {
    let statement = Statement::from_string(DbBackend::Sqlite, "SELECT id FROM customer");
    let refusal = filtering(Dialect::Postgres).scope(statement, &acme()).unwrap_err();
    assert_eq!(refusal, Refusal::WrongDatabase);
}

#[test]
fn a_tenant_without_a_schema_cannot_reach_tables_in_one() {
    let scoper = separating(Dialect::Postgres);
    let homeless = TenantScope { schema: None, ..acme() };
    let ask = |sql: &str| {
        scoper.scope(Statement::from_string(DbBackend::Postgres, sql), &homeless).map(|s| s.sql)
    };
    assert_eq!(ask("SELECT id FROM customer"), Err(Refusal::NoTenantSchema));
    assert!(ask("SELECT id FROM currency").is_ok());
}

#[test]
fn without_values_the_tenant_is_a_literal() {
    let ask = |dialect| filtering(dialect).scope_unprepared("DELETE FROM customer", &acme());
    assert_eq!(
        ask(Dialect::Postgres).unwrap(),
        r#"DELETE FROM "public"."customer" AS "customer" WHERE "customer"."tenant_id" = CAST('01930000-0000-7000-8000-0000000000ac' AS UUID)"#
    );
    assert_eq!(
        ask(Dialect::Sqlite).unwrap(),
        r#"DELETE FROM "main"."customer" AS "customer" WHERE "customer"."tenant_id" = X'019300000000700080000000000000AC'"#
    );
    assert_eq!(
        ask(Dialect::MySql).unwrap(),
        "DELETE FROM `customer` WHERE `customer`.`tenant_id` = X'019300000000700080000000000000AC'"
    );
    let own = separating(Dialect::Postgres);
    assert_eq!(
        own.scope_unprepared("DELETE FROM customer", &globex()).unwrap(),
        r#"DELETE FROM "t_globex"."customer" AS "customer""#
    );
    let refusal = own.scope_unprepared("DELETE FROM customer WHERE id = $1", &acme()).unwrap_err();
    assert_eq!(refusal, Refusal::Placeholders { placeholders: 1, values: 0 });
}

#[test]
fn each_statement_of_a_text_is_scoped_or_all_are_refused() {
    let shared = filtering(Dialect::Sqlite);
    let own = separating(Dialect::Postgres);
    let text = "DELETE FROM product /* ; */ WHERE name = 'a;b'; ;\n-- done;\nDELETE FROM customer;";
    assert_eq!(
        own.scope_unprepared(text, &acme()).unwrap(),
        r#"DELETE FROM "t_acme"."product" AS "product" WHERE "name" = 'a;b'; DELETE FROM "t_acme"."customer" AS "customer""#
    );
    assert_eq!(shared.scope_unprepared(text, &acme()).unwrap().matches("tenant_id").count(), 2);
    for (text, code) in [
        ("DELETE FROM product; DROP TABLE customer", "SCO103"),
        ("DELETE FROM stray; DELETE FROM customer", "SCO104"),
        ("DELETE FROM product; DELETE FROM customer; COMMIT", "SCO103"),
        ("DELETE FROM product; SELECT $1", "SCO124"),
        ("DELETE FROM product; (", "SCO101"),
        (" ;; -- nothing", "SCO102"),
    ] {
        assert_eq!(own.scope_unprepared(text, &acme()).unwrap_err().code(), code, "{text}");
    }
}

#[test]
fn one_entry_of_the_cache_serves_all_tenants() {
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT id FROM customer");
    let shared = filtering(Dialect::Postgres);
    let own = separating(Dialect::Postgres);
    for _ in 0..2 {
        let of = |scoper: &Scoper, tenant| scoper.scope(statement.clone(), &tenant).unwrap();
        assert_eq!(of(&shared, acme()).sql, of(&shared, globex()).sql);
        assert_ne!(of(&shared, acme()).values, of(&shared, globex()).values);
        assert!(of(&own, acme()).sql.contains(r#""t_acme"."customer""#));
        assert!(of(&own, globex()).sql.contains(r#""t_globex"."customer""#));
    }
    assert_eq!((shared.cache_use().statements, own.cache_use().statements), (1, 1));
}

#[test]
fn long_texts_and_refusals_are_not_cached() {
    let scoper = filtering(Dialect::Sqlite);
    let long = format!("SELECT id FROM customer WHERE id IN (1{})", ", 1".repeat(4000));
    assert!(scope(&scoper, Dialect::Sqlite, &long).is_ok());
    assert!(scope(&scoper, Dialect::Sqlite, "SELECT leak FROM customer").is_err());
    assert_eq!(scoper.cache_use().statements, 0);
}

#[test]
fn functions_of_the_application_are_allowed_by_name() {
    let sql = "SELECT slugify(name), app.slugify(name), s.x FROM customer, words(name) AS s(x)";
    let names = ["slugify", "app.slugify", "words"].map(str::to_owned);
    let scoper = filtering(Dialect::Postgres).with_functions(names);
    assert_eq!(
        scope(&scoper, Dialect::Postgres, sql).unwrap(),
        r#"SELECT slugify("name"), app.slugify("name"), "s"."x" FROM "public"."customer" AS "customer", words("name") AS "s" ("x") WHERE "customer"."tenant_id" = $1"#
    );
    assert!(scope(&filtering(Dialect::Postgres), Dialect::Postgres, sql).is_err());
}

#[test]
fn explain_shows_what_would_be_sent() {
    let statement = Statement::from_string(DbBackend::Postgres, "SELECT id FROM customer");
    let scoper = filtering(Dialect::Postgres);
    let shown = scoper.explain(&statement, &acme()).unwrap();
    assert_eq!(shown, scoper.scope(statement, &acme()).unwrap().sql);
}

#[test]
fn long_chains_are_scoped_up_to_a_limit() {
    for dialect in ALL {
        let scoper = filtering(dialect);
        let chain = |n| format!("SELECT id FROM customer WHERE id = 0{}", " OR id = 1".repeat(n));
        assert!(scope(&scoper, dialect, &chain(5_000)).is_ok());
        assert_eq!(scope(&scoper, dialect, &chain(50_000)).unwrap_err(), Refusal::TooDeep);
        let union = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(3_000));
        assert!(scope(&scoper, dialect, &union).is_ok());
        let union = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(30_000));
        assert_eq!(scope(&scoper, dialect, &union).unwrap_err(), Refusal::TooDeep);
    }
}

#[test]
fn thousands_of_locks_are_written_back() {
    const LOCKS: usize = 2_000;
    let scoper = filtering(Dialect::Postgres);
    let locks = " FOR NO KEY UPDATE".repeat(LOCKS);
    let sql = format!("SELECT 'é\n' FROM customer{locks}");
    let scoped = scope(&scoper, Dialect::Postgres, &sql).unwrap();
    assert!(scoped.ends_with(&locks), "{scoped}");
}

#[test]
fn a_bulk_insert_is_scoped_row_by_row_and_not_cached() {
    const ROWS: usize = 20_000;
    let scoper = filtering(Dialect::Postgres);
    let sql = format!(
        "INSERT INTO customer (name, email) VALUES {}('a', 'b')",
        "('it''s', 'x'), ".repeat(ROWS - 1)
    );
    let scoped = scope(&scoper, Dialect::Postgres, &sql).unwrap();
    assert_eq!(scoped.matches("$1").count(), ROWS);
    assert_eq!(scoper.cache_use().statements, 0);
}

#[test]
fn the_cache_is_bounded_by_bytes() {
    const CAPACITY: u64 = 16 * 1024;
    let scoper = filtering(Dialect::Postgres).with_cache_of(CAPACITY);
    for id in 0..300 {
        let sql = format!("SELECT name FROM customer WHERE id = {id}");
        scope(&scoper, Dialect::Postgres, &sql).unwrap();
    }
    let used = scoper.cache_use();
    assert!(used.statements > 0 && used.statements < 300, "{used:?}");
    assert!(used.bytes <= used.capacity && used.capacity <= CAPACITY, "{used:?}");
}

#[test]
fn refusals_hold_no_values() {
    for dialect in ALL {
        for sql in [
            "SELECT id FROM customer WHERE name = 'secret' 7 'secret'",
            "SELECT id FROM customer WHERE name 'secret'",
            "SELECT 'secret",
            "SELECT leak('secret') FROM customer",
            "INSERT INTO customer (name) VALUES ('secret'), VALUES",
            "SELECT 'secret'::regclass",
            "SELECT x'secret' FROM customer",
        ] {
            let refusal = scope(&filtering(dialect), dialect, sql).unwrap_err();
            assert!(!refusal.to_string().contains("secret"), "{refusal}");
            assert!(refusal.hint().is_some(), "{refusal}");
        }
    }
}

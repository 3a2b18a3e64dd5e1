//! The property over mutated statements, and proof that it notices.

use super::{Scopings, Subject, from_bytes, from_seed, rules::Rule, tokens::scoped_references};
use crate::scope::Dialect;

/// How many statements there are; each is scoped under two rules in two dialects.
const STATEMENTS: u64 = 5_000;

#[test]
fn mutated_statements_are_scoped_or_refused() {
    let subject = Subject::new();
    let mut all = Scopings::default();
    for seed in 0..STATEMENTS {
        let text = from_seed(seed);
        match subject.check(&text) {
            Ok(Scopings { scoped, refused }) => {
                all.scoped += scoped;
                all.refused += refused;
            }
            Err(broken) => panic!("seed {seed}: {broken}"),
        }
    }
    // Mutations that are all refused, or change nothing, would say nothing.
    assert!(all.scoped > 1_000 && all.refused > 10_000, "{all:?}");
}

#[test]
fn bytes_choose_a_statement() {
    assert!(!from_bytes(&[]).is_empty());
    assert_ne!(from_bytes(&[1, 0, 0, 0]), from_bytes(&[2, 0, 0, 0]));
}

#[test]
fn what_is_not_scoped_is_noticed() {
    let of = |rule, text: &str| scoped_references(Dialect::Postgres, rule, text, "$1");
    let filtered = r#"SELECT "c"."id" FROM "public"."customer" AS "c" WHERE "c"."tenant_id" = $1"#;
    assert_eq!(of(Rule::Filter, filtered), Ok(1));
    assert_eq!(of(Rule::TenantSchema, r#"DELETE FROM "t_acme"."customer" AS "c""#), Ok(1));
    for text in [
        r#"SELECT "c"."id" FROM "public"."customer" AS "c""#,
        r#"SELECT "c"."id" FROM "public"."customer" AS "c" WHERE "d"."tenant_id" = $1"#,
        r#"SELECT "c"."id" FROM "public"."customer" AS "c" WHERE "c"."tenant_id" = $2"#,
        r#"SELECT 1 FROM "public"."currency" AS "x", "customer""#,
        r#"SELECT 1 FROM "public"."currency" AS "x" LEFT JOIN "customer" ON TRUE"#,
        r#"SELECT 1 FROM ("public"."currency" AS "x" JOIN ("customer" JOIN "y" ON TRUE) ON TRUE)"#,
        r#"SELECT 1 WHERE EXISTS (SELECT 1 FROM "product")"#,
        r#"SELECT 1 FROM "x" AS "x" UNION SELECT 1 FROM "public"."tenants_tenant""#,
        r#"SELECT 1 FROM "pg_catalog"."pg_class""#,
        r#"INSERT INTO "public"."customer" ("name") VALUES ('x')"#,
        r#"UPDATE "customer" AS "c" SET "name" = 'x' WHERE "c"."tenant_id" = $1"#,
        r#"UPDATE "public"."customer" AS "c" SET "name" = 'x'"#,
        r#"DELETE FROM "public"."currency" AS "x" USING "public"."customer" AS "c""#,
        r#"WITH "x" AS (DELETE FROM "public"."product" AS "p" RETURNING 1) SELECT 1 FROM "x""#,
    ] {
        assert!(of(Rule::Filter, text).is_err(), "{text}");
    }
    let of_mysql = |text: &str| scoped_references(Dialect::MySql, Rule::Filter, text, "?");
    assert_eq!(of_mysql("DELETE FROM `customer` WHERE `customer`.`tenant_id` = ?"), Ok(1));
    assert_eq!(of_mysql("SELECT 1 FROM `customer` AS `c` WHERE `c`.`tenant_id` = ?"), Ok(1));
    for text in [
        "DELETE FROM `customer` WHERE `id` = ?",
        "SELECT 1 FROM `customer` AS `c` WHERE `customer`.`tenant_id` = ?",
        "SELECT 1 FROM `t_globex`.`customer` AS `c` WHERE `c`.`tenant_id` = ?",
        "SELECT 1 FROM `mysql`.`user` AS `c`",
        "UPDATE `customer` AS `c` JOIN `product` AS `p` ON TRUE SET `c`.`name` = 'x'",
        "INSERT INTO `customer` (`name`) VALUES ('x')",
    ] {
        assert!(of_mysql(text).is_err(), "{text}");
    }
    for text in [r#"SELECT 1 FROM "public"."customer""#, r#"SELECT 1 FROM "t_globex"."customer""#] {
        assert!(of(Rule::TenantSchema, text).is_err(), "{text}");
    }
}

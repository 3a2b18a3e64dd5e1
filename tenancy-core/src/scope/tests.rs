//! Tests of scoping, without a database.

mod support;

use support::{filtering, scope, separating};

use super::Dialect;

#[test]
fn a_plain_statement_is_scoped_under_both_strategies() {
    let sql = r#"SELECT "customer"."id" FROM "customer" WHERE "customer"."id" = $1"#;
    let shared = scope(&filtering(Dialect::Postgres), Dialect::Postgres, sql).unwrap();
    assert_eq!(
        shared,
        r#"SELECT "customer"."id" FROM "public"."customer" AS "customer" WHERE "customer"."tenant_id" = $2 AND ("customer"."id" = $1)"#
    );
    let own = scope(&separating(Dialect::Postgres), Dialect::Postgres, sql).unwrap();
    assert_eq!(
        own,
        r#"SELECT "customer"."id" FROM "t_acme"."customer" AS "customer" WHERE "customer"."id" = $1"#
    );
}

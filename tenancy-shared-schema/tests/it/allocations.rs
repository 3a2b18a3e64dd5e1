//! How often memory is allocated to scope a statement that is known: each allocation is paid for by
//! every statement of every tenant, so their number does not grow unseen.

use std::sync::Arc;

use sea_orm::{DbBackend, Statement, Values};
use tenancy_core::{
    Catalog, Dialect, Key, Scoper, Table, TableKind, TenantId, TenantScope, config::Config,
};
use tenancy_shared_schema::SharedSchema;

const CASES: [(&str, u64); 4] = [
    (r#"SELECT "customer"."name" FROM "customer" WHERE "customer"."id" = $1 LIMIT $2"#, 2),
    (r#"INSERT INTO "customer" ("email", "name") VALUES ($1, $2)"#, 2),
    (r#"UPDATE "customer" SET "name" = $1 WHERE "customer"."id" = $2"#, 2),
    (r#"DELETE FROM "customer" WHERE "customer"."id" = $1 AND "customer"."name" = $2"#, 2),
];

fn scoper() -> Scoper {
    let config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url("postgres://app@localhost/app")
        .build()
        .expect("a configuration that fits together");
    let key = Key { columns: vec!["id".to_owned()], primary: true, generated: true };
    let mut catalog = Catalog::default();
    catalog.insert(Table {
        name: "customer".to_owned(),
        kind: TableKind::Tenant,
        columns: ["id", "email", "name"].map(str::to_owned).to_vec(),
        keys: vec![key],
    });
    let strategy = SharedSchema::from_config(&config).expect("a strategy");
    Scoper::new(Dialect::Postgres, Arc::new(catalog), &strategy).expect("a scoper")
}

#[test]
fn a_known_statement_is_scoped_with_few_allocations() {
    let scoper = scoper();
    let tenant = TenantScope { id: TenantId::generate(), schema: None };
    let statement = |sql: &str| Statement {
        sql: sql.to_owned(),
        values: Some(Values(vec![1.into(), 2.into()])),
        db_backend: DbBackend::Postgres,
    };
    let mut now = Vec::new();
    for (sql, _) in CASES {
        scoper.scope(statement(sql), &tenant).expect("a statement that can be scoped");
        let known = statement(sql);
        let mut scoped = None;
        let seen = allocation_counter::measure(|| scoped = Some(scoper.scope(known, &tenant)));
        scoped.expect("a result").expect("a statement that can be scoped");
        now.push((sql, seen.count_total));
    }
    assert_eq!(now, CASES);
}

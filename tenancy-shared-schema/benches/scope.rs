//! What scoping costs by itself: no database is involved.
#![expect(clippy::unwrap_used, reason = "a benchmark is no library")]

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sea_orm::{DbBackend, Statement, Values};
use tenancy_core::{
    Catalog, Dialect, Key, Scoper, Table, TableKind, TenantId, TenantScope, config::Config,
};
use tenancy_shared_schema::SharedSchema;

const BY_KEY: &str = r#"SELECT "customer"."id", "customer"."email", "customer"."name" FROM "customer" WHERE "customer"."id" = $1 LIMIT $2"#;
const JOIN: &str = r#"SELECT "customer"."id" AS "A_id", "customer"."email" AS "A_email", "customer"."name" AS "A_name", "invoice"."id" AS "B_id", "invoice"."customer_id" AS "B_customer_id", "invoice"."number" AS "B_number", "invoice"."total" AS "B_total" FROM "customer" LEFT JOIN "invoice" ON "customer"."id" = "invoice"."customer_id" WHERE "customer"."name" LIKE $1 ORDER BY "customer"."id" ASC LIMIT $2"#;

fn table(name: &str, columns: &[&str]) -> Table {
    let key = Key { columns: vec!["id".to_owned()], primary: true, generated: true };
    Table {
        name: name.to_owned(),
        kind: TableKind::Tenant,
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        keys: vec![key],
    }
}

fn scoper() -> Scoper {
    let config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url("postgres://app@localhost/app")
        .build()
        .unwrap();
    let mut catalog = Catalog::default();
    catalog.insert(table("customer", &["id", "email", "name"]));
    catalog.insert(table("invoice", &["id", "customer_id", "number", "total"]));
    let strategy = SharedSchema::from_config(&config).unwrap();
    Scoper::new(Dialect::Postgres, Arc::new(catalog), &strategy).unwrap()
}

fn statement(sql: &str) -> Statement {
    let values = Values(vec![1.into(), 2u64.into()]);
    Statement { sql: sql.to_owned(), values: Some(values), db_backend: DbBackend::Postgres }
}

fn scope(criterion: &mut Criterion) {
    let tenant = TenantScope { id: TenantId::generate(), schema: None };
    for (name, sql) in [("by key", BY_KEY), ("join of two tables", JOIN)] {
        let warm = scoper();
        warm.scope(statement(sql), &tenant).unwrap();
        criterion.bench_function(&format!("hit: {name}"), |bencher| {
            bencher.iter_batched(
                || statement(sql),
                |statement| warm.scope(statement, &tenant).unwrap(),
                BatchSize::SmallInput,
            );
        });
        criterion.bench_function(&format!("miss, verified: {name}"), |bencher| {
            bencher.iter_batched(
                || (scoper(), statement(sql)),
                |(cold, statement)| (cold.scope(statement, &tenant).unwrap(), cold),
                BatchSize::SmallInput,
            );
        });
    }
    for rows in [10_usize, 1_000, 5_000] {
        let row = "($1, $2)";
        let sql = format!(
            r#"INSERT INTO "customer" ("email", "name") VALUES {}"#,
            vec![row; rows].join(", ")
        );
        let scoper = scoper();
        criterion.bench_function(&format!("insert of {rows} rows"), |bencher| {
            bencher.iter_batched(
                || statement(&sql),
                |statement| scoper.scope(statement, &tenant).unwrap(),
                BatchSize::LargeInput,
            );
        });
    }
}

criterion_group!(benches, scope);
criterion_main!(benches);

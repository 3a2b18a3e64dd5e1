//! The discovery probe, on databases that were broken for it.

use sea_orm::ConnectionTrait;
use tenancy_core::testing::{
    TestBackend, World,
    probe::{Probe, ProbeReport},
};

use crate::contract::set_up;

async fn probed(backend: TestBackend, sql: &str, probe: Probe) -> ProbeReport {
    let world = World::create(backend, set_up).await;
    world.raw().await.execute_unprepared(sql).await.expect("the database is broken");
    probe.run(&world.tenancy).await.expect("a report")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_across_tenants_is_a_crossing() {
    let postgres = "CREATE UNIQUE INDEX customer_key ON customer (id); \
                    ALTER TABLE invoice DROP CONSTRAINT fk_invoice_customer_id; \
                    ALTER TABLE invoice ADD FOREIGN KEY (customer_id) REFERENCES customer (id)";
    let report = probed(TestBackend::Postgres, postgres, Probe::new()).await;
    assert_eq!(report.proven, ["customer"], "{report}");
    assert_eq!(report.crossings.len(), 1, "{report}");
    assert_eq!((report.crossings[0].table.as_str(), report.crossings[0].entry), ("invoice", None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_reaches_others_is_a_crossing() {
    let postgres = "CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                    UPDATE customer SET name = 'all' WHERE name <> 'all'; RETURN NULL; END $$; \
                    CREATE TRIGGER spread AFTER UPDATE ON customer \
                    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION spread()";
    let sqlite = "CREATE TRIGGER spread AFTER UPDATE ON customer BEGIN \
                  UPDATE customer SET name = 'all' WHERE name <> 'all'; END";
    for (backend, sql) in [(TestBackend::Postgres, postgres), (TestBackend::Sqlite, sqlite)] {
        let report = probed(backend, sql, Probe::new()).await;
        assert!(report.crossings.iter().any(|crossing| crossing.table == "customer"), "{report}");
        assert!(report.to_string().contains("UPDATE changed another tenant's rows"), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_is_not_proven() {
    let check = "ALTER TABLE customer ADD CHECK (name LIKE 'x%') NOT VALID";
    let report = probed(TestBackend::Postgres, check, Probe::new()).await;
    let unproven: Vec<&str> = report.unproven.iter().map(|table| table.table.as_str()).collect();
    assert_eq!(unproven, ["customer", "invoice"], "{report}");
    assert!(!report.is_sound() && report.proven.is_empty(), "{report}");
    let told = Probe::new().value("customer", "name", "'x'");
    let report = probed(TestBackend::Postgres, check, told).await;
    assert!(report.is_sound(), "{report}");
}

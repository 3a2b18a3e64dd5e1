//! Statements that were prepared before a table changed.

use sea_orm::{ConnectionTrait, Statement};
use tenancy_core::{
    TenantConnection,
    testing::{TestBackend, World},
};

async fn columns(connection: &TenantConnection) -> usize {
    let select =
        Statement::from_string(connection.get_database_backend(), "SELECT * FROM customer");
    let row = connection.query_one_raw(select).await.expect("a statement that goes on").unwrap();
    row.column_names().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prepared_statement_survives_a_change_of_its_table() {
    let world = World::create(TestBackend::Postgres, crate::contract::set_up).await;
    let acme = world.connection(&world.acme).await;
    let before = columns(&acme).await;
    // As another process would do it: this one's connections keep what they have prepared.
    let other = world.raw().await;
    let table = format!("{}.customer", world.acme.physical_name.quoted());
    for (more, column) in ["phone", "fax", "telex"].iter().enumerate() {
        let add = format!("ALTER TABLE {table} ADD COLUMN {column} text");
        other.execute_unprepared(&add).await.unwrap();
        for _ in 0..3 {
            assert_eq!(columns(&acme).await, before + more + 1);
        }
    }
}

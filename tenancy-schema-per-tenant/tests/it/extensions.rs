//! Extensions of PostgreSQL in a schema of their own.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn extensions_lie_in_a_schema_of_their_own() {
    use tenancy_core::testing::extensions;

    extensions::extensions_lie_in_a_schema_of_their_own(crate::contract::configured).await;
}

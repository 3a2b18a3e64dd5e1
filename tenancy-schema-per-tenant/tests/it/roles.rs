//! Database roles with no more rights than they need.

use tenancy_core::{
    config::Config,
    testing::{Setup, roles},
};
use tenancy_schema_per_tenant::SchemaPerTenant;

fn set_up([application, owner, central]: [&str; 3]) -> Setup {
    let config = Config::builder()
        .strategy(SchemaPerTenant::KEYS)
        .database_url(application)
        .set("database.direct_url", owner)
        .set("database.central_url", central)
        .build()
        .expect("a configuration that fits together");
    let strategy = SchemaPerTenant::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_have_the_rights_they_need() {
    roles::roles_have_the_rights_they_need("tenancy_test_places", set_up).await;
}

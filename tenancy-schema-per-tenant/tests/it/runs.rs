//! Runs of migrations.

use crate::contract::set_up;

tenancy_core::runs_suite!(super::set_up);

mod fresh {
    use std::path::Path;

    use tenancy_core::{
        MigrateOptions,
        config::Config,
        migrate::Selection,
        testing::{Setup, TestBackend, World, world::rows},
    };
    use tenancy_schema_per_tenant::SchemaPerTenant;

    fn allowing(url: &str, directory: Option<&Path>) -> Setup {
        let mut config = Config::builder()
            .strategy(SchemaPerTenant::KEYS)
            .database_url(url)
            .set("migrate.fresh", "allow");
        if let Some(directory) = directory {
            let tenants = directory.join("tenants");
            config = config.set("schema-per-tenant.directory", &tenants.to_string_lossy());
        }
        let config = config.build().expect("a configuration that fits together");
        let strategy = SchemaPerTenant::from_config(&config).expect("a strategy");
        Setup::new(config, strategy)
    }

    async fn tables_are_made_anew(backend: TestBackend) {
        let world = World::create(backend, allowing).await;
        let report = world.tenancy.fresh(&MigrateOptions::default(), |_| {}).await.unwrap();
        assert!(report.is_complete(), "{report:?}");
        for tenant in [&world.acme, &world.globex] {
            let connection = world.connection(tenant).await;
            assert!(rows(&connection).await.0.is_empty());
        }
        let sound = world.tenancy.verify(&Selection::default(), 1).await.unwrap();
        assert!(sound.unsound.is_empty(), "{sound:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tables_are_made_anew_on_sqlite() {
        tables_are_made_anew(TestBackend::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tables_are_made_anew_on_postgres() {
        tables_are_made_anew(TestBackend::Postgres).await;
    }
}

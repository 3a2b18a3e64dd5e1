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
    use tenancy_shared_schema::SharedSchema;

    fn allowing(url: &str, _directory: Option<&Path>) -> Setup {
        let config = Config::builder()
            .strategy(SharedSchema::KEYS)
            .database_url(url)
            .set("migrate.fresh", "allow");
        let config = config.build().expect("a configuration that fits together");
        let strategy = SharedSchema::from_config(&config).expect("a strategy");
        Setup::new(config, strategy)
    }

    async fn tables_are_made_anew(backend: TestBackend) {
        let world = World::create(backend, allowing).await;
        let report = world.tenancy.fresh(&MigrateOptions::default(), |_| {}).await.expect("a run");
        assert!(report.is_complete(), "{report:?}");
        for tenant in [&world.acme, &world.globex] {
            let connection = world.connection(tenant).await;
            assert!(rows(&connection).await.0.is_empty());
        }
        let sound = world.tenancy.verify(&Selection::default(), 1).await.expect("an answer");
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

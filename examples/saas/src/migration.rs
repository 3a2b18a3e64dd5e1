//! The two sets of migrations: tables that are present once, and tables that every tenant has.

mod shared;
mod tenant;

use tenancy_core::MigrationSets;

/// All migrations of the shop, in order. They are the same under every strategy.
pub(crate) fn sets() -> MigrationSets {
    MigrationSets {
        shared: shared::migrations(),
        tenant: tenant::migrations(),
        ..MigrationSets::default()
    }
}

#[cfg(test)]
mod tests {
    use tenancy_core::{
        MigrateOptions, Tenancy,
        config::{Config, StrategyKeys},
        testing::{TestBackend, TestDatabase, probe::Probe},
    };

    use crate::strategy;

    async fn probe(keys: StrategyKeys, database: &TestDatabase) {
        let mut config = Config::builder().strategy(keys).database_url(database.url());
        if let Some(folder) = database.directory().filter(|_| keys.name == "schema-per-tenant") {
            let tenants = folder.join("tenants");
            config = config.set("schema-per-tenant.directory", &tenants.to_string_lossy());
        }
        let config = config.build().expect("a configuration that fits together");
        let chosen = strategy::choose(&config).expect("a strategy");
        let tenancy = Tenancy::connect(&config, chosen, super::sets()).await.expect("a database");
        tenancy.migrate(&MigrateOptions::default(), |_| {}).await.expect("all migrations");
        let report = Probe::new().run(&tenancy).await.expect("a report");
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.proven.len(), tenancy.tenant_set().tables().tables().count(), "{report}");
    }

    /// A table that somebody adds is found and probed without a word here.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_table_lets_one_shop_into_another() {
        for backend in TestBackend::ALL {
            for keys in strategy::KNOWN {
                match TestDatabase::create(backend).await {
                    Ok(database) => probe(keys, &database).await,
                    Err(error) if error.is_unavailable() => println!("left out: {error}"),
                    Err(error) => unreachable!("{error}"),
                }
            }
        }
    }
}

//! The users that the page on MariaDB makes have the rights that an application needs, and no others.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tenancy_cli::Application as _;
use tenancy_core::{
    MigrateOptions, Tenancy, TenancyStrategy,
    config::{Config, StrategyKeys},
    migrate::Selection,
    registry::NewTenant,
    testing::{TestBackend, TestDatabase},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

use super::blocks;
use crate::notes::Notes;

/// The users of the page, under names of this test's own.
struct Users {
    raw: DatabaseConnection,
    owner: String,
    application: String,
    /// Where the server sees them come from: it knows nobodies of some hosts, who would come first.
    host: String,
}

impl Users {
    /// Runs the statements of the page for a database that is there.
    async fn create(database: &TestDatabase) -> Self {
        let raw = database.connect().await.unwrap();
        let name = database.url().rsplit('/').next().unwrap();
        // A name of a user has 80 characters on MariaDB, and 32 on MySQL.
        let short = &name[name.len() - 12..];
        let ask = "SELECT CONVERT(SUBSTRING_INDEX(USER(), '@', -1) USING utf8mb4)";
        let ask = Statement::from_string(raw.get_database_backend(), ask);
        let host = raw.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        let (owner, application) = (format!("owner_{short}"), format!("app_{short}"));
        let users = Self { raw, owner, application, host };
        let mut granted = 0;
        for block in blocks::all().iter().filter(|block| block.label == "sql") {
            for line in block.text.lines() {
                if line == "CREATE DATABASE notes CHARACTER SET utf8mb4;" {
                    continue;
                }
                let line = line.replace("notes_owner", &users.at(&users.owner));
                let line = line.replace("notes_app", &users.at(&users.application));
                let line = line.replace("notes.*", &format!("`{name}`.*"));
                users.raw.execute_unprepared(&line).await.unwrap();
                granted += usize::from(line.starts_with("GRANT"));
            }
        }
        assert_eq!(granted, 4);
        users
    }

    fn at(&self, user: &str) -> String {
        format!("'{user}'@'{}'", self.host)
    }

    /// The address of the database for a user.
    fn url(database: &TestDatabase, user: &str) -> String {
        let place = database.url().split_once('@').unwrap().1;
        format!("mysql://{user}:change-me@{place}")
    }

    async fn remove(self) {
        for user in [&self.owner, &self.application] {
            let drop = format!("DROP USER {}", self.at(user));
            self.raw.execute_unprepared(&drop).await.unwrap();
        }
    }
}

#[test]
fn the_users_of_the_page_on_mariadb_have_the_rights_they_need() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for keys in [SharedSchema::KEYS, SchemaPerTenant::KEYS] {
            let database = match TestDatabase::create(TestBackend::MariaDb).await {
                Ok(database) => database,
                Err(error) if error.is_unavailable() => return println!("left out: {error}"),
                Err(error) => panic!("{error}"),
            };
            let users = Users::create(&database).await;
            let [owner, application] =
                [&users.owner, &users.application].map(|user| Users::url(&database, user));
            // The users go also when it fails.
            let done = tokio::spawn(all_that_is_done(keys, owner, application)).await;
            users.remove().await;
            done.unwrap();
        }
    });
}

async fn all_that_is_done(keys: StrategyKeys, owner: String, application: String) {
    let config = Config::builder()
        .strategy(keys)
        .database_url(&application)
        .set("database.direct_url", &owner)
        .build()
        .unwrap();
    let strategy: Arc<dyn TenancyStrategy> = Notes::NOW.strategy(&config).unwrap();
    let tenancy = Tenancy::connect(&config, strategy, Notes::NOW.migrations()).await.unwrap();
    tenancy.migrate(&MigrateOptions::default(), |_| {}).await.unwrap();
    let new = |slug: &str| {
        let domain = format!("{slug}.example.com").parse().unwrap();
        NewTenant::new(slug.parse().unwrap(), slug).with_domain(domain)
    };
    let acme = tenancy.create_tenant(&new("acme")).await.unwrap();
    let connection = tenancy.connection(&acme).await.unwrap();
    for sql in [
        "INSERT INTO note (title) VALUES ('one')",
        "UPDATE note SET title = 'two' WHERE title = 'one'",
        "DELETE FROM note WHERE title = 'one'",
    ] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    tenancy.duplicate_tenant(&acme.slug, &new("hooli")).await.unwrap();
    let verified = tenancy.verify(&Selection::default(), 2).await.unwrap();
    assert!(verified.unsound.is_empty(), "{verified:?}");
    tenancy.central("what the page grants").await.unwrap();
    tenancy.suspend(&acme.slug).await.unwrap();
    tenancy.resume(&acme.slug).await.unwrap();
    tenancy.remove_tenant(&acme.slug).await.unwrap();

    let raw = Database::connect(&application).await.unwrap();
    for sql in [
        "CREATE TABLE mine (id int)",
        "CREATE DATABASE t_mine",
        "DROP TABLE tenants_tenant",
        "ALTER TABLE tenants_tenant ADD COLUMN mine int",
        "DROP TRIGGER tenants_tenant_insert_seen",
    ] {
        assert!(raw.execute_unprepared(sql).await.is_err(), "{sql}");
    }
}

//! A database of its own for a test, with what an application needs to find it.

use std::path::Path;

use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;
use tenancy_cli::Application as _;
use tenancy_core::{
    Tenancy,
    config::{ConfigLoader, Environment},
    registry::NewTenant,
    testing::{TestBackend, TestDatabase},
};
use tokio::runtime::Runtime;

use crate::{
    notes::Notes,
    program::{self, Ended},
};

/// A database of its own, and the configuration that leads to it.
pub(crate) struct World {
    strategy: &'static str,
    database: TestDatabase,
    folder: TempDir,
}

pub(crate) const STRATEGIES: [&str; 2] = ["shared-schema", "schema-per-tenant"];

impl World {
    /// An empty database; `None`, and a line that says so, where there is no server.
    pub(crate) fn new(backend: TestBackend, strategy: &'static str) -> Option<Self> {
        match runtime().block_on(TestDatabase::create(backend)) {
            Ok(database) => Some(Self { strategy, database, folder: tempfile::tempdir().unwrap() }),
            Err(error) if error.is_unavailable() => {
                println!("left out: {error}");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn sqlite(strategy: &'static str) -> Self {
        Self::new(TestBackend::Sqlite, strategy).unwrap()
    }

    /// The same database, taken for one of the other strategy.
    pub(crate) fn with_other_strategy(self) -> Self {
        let other = STRATEGIES.into_iter().find(|strategy| *strategy != self.strategy).unwrap();
        Self { strategy: other, ..self }
    }

    /// The folder that holds the files of tenants.
    pub(crate) fn files(&self) -> std::path::PathBuf {
        self.folder.path().join("files")
    }

    /// A configuration in which a role of its own owns the tables.
    pub(crate) fn owned_by(&self, owner: &str) -> std::path::PathBuf {
        let (scheme, rest) = self.database.url().split_once("://").unwrap();
        let place = rest.split_once('@').map_or(rest, |(_, place)| place);
        let file = self.folder.path().join("owned.toml");
        let direct = format!("[database]\ndirect_url = \"{scheme}://{owner}@{place}\"\n");
        std::fs::write(&file, direct).unwrap();
        file
    }

    /// A configuration that accepts the findings of a code.
    pub(crate) fn silencing(&self, code: &str, reason: &str) -> std::path::PathBuf {
        let file = self.folder.path().join("silencing.toml");
        let silence = format!("[checks]\nsilence = [{{ code = {code:?}, reason = {reason:?} }}]\n");
        std::fs::write(&file, silence).unwrap();
        file
    }

    fn with_variables<T>(&self, run: impl FnOnce(&[(&str, &str)]) -> T) -> T {
        let files = self.files();
        let mut variables =
            vec![("TENANCY_STRATEGY", self.strategy), ("DATABASE_URL", self.database.url())];
        if self.strategy == "schema-per-tenant" {
            let files = files.to_str().unwrap();
            variables.push(("TENANCY_SCHEMA_PER_TENANT__DIRECTORY", files));
        }
        run(&variables)
    }

    /// The variables under which the application's command finds the database.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        self.with_variables(|variables| {
            variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        })
    }

    /// Runs the application's own command.
    pub(crate) fn notes(&self, app: &Notes, args: &[&str]) -> Ended {
        self.notes_reading("", app, args)
    }

    /// Runs the application's own command with a text on its standard input.
    pub(crate) fn notes_reading(&self, input: &str, app: &Notes, args: &[&str]) -> Ended {
        self.with_variables(|variables| program::run_reading(input, app, variables, args))
    }

    /// Runs the command of another application.
    pub(crate) fn command(&self, app: &dyn tenancy_cli::Application, args: &[&str]) -> Ended {
        self.with_variables(|variables| program::run(app, variables, args))
    }

    /// Does something with a connection past the framework.
    pub(crate) fn with_connection<F: Future<Output = ()>>(
        &self,
        work: impl FnOnce(sea_orm::DatabaseConnection) -> F,
    ) {
        runtime().block_on(async { work(self.database.connect().await.unwrap()).await });
    }

    /// Runs the application's own command with a person who types a line.
    pub(crate) fn notes_answering(&self, line: &str, app: &Notes, args: &[&str]) -> Ended {
        self.with_variables(|variables| program::run_answering(line, app, variables, args))
    }

    /// Runs the application's own command on a terminal of so many columns.
    pub(crate) fn notes_narrow(&self, width: u16, app: &Notes, args: &[&str]) -> Ended {
        self.with_variables(|variables| program::run_narrow(width, app, variables, args))
    }

    /// Runs the stand-alone command.
    pub(crate) fn tenancy(&self, args: &[&str]) -> Ended {
        let folder: &Path = self.folder.path();
        self.with_variables(|variables| program::tenancy(folder, variables, args))
    }

    /// Migrates, and creates `acme` and `globex`.
    pub(crate) fn with_tenants(self, app: &Notes) -> Self {
        self.notes(app, &["migrate", "up"]).succeeded();
        for slug in ["acme", "globex"] {
            let domain = format!("{slug}.example.com");
            let args = ["tenant", "create", slug, "--domain", &domain, "--owner", "ann"];
            self.notes(app, &args).succeeded();
        }
        self
    }

    /// Creates so many tenants, without a process for each.
    pub(crate) fn fill(&self, tenants: usize) {
        let config = self.with_variables(|variables| {
            let environment = Environment::from_iter(variables.iter().copied());
            let loader = Notes::NOW
                .known_strategies()
                .into_iter()
                .fold(ConfigLoader::new(), ConfigLoader::known_strategy);
            loader.without_file().environment(environment).load().unwrap()
        });
        runtime().block_on(async {
            let strategy = Notes::NOW.strategy(&config).unwrap();
            let migrations = Notes::NOW.migrations();
            let tenancy = Tenancy::connect(&config, strategy, migrations).await.unwrap();
            for at in 0..tenants {
                let domain = format!("t{at}.example.com").parse().unwrap();
                let new = NewTenant::new(format!("t{at}").parse().unwrap(), "T");
                tenancy.create_tenant(&new.with_domain(domain)).await.unwrap();
            }
        });
    }

    /// Sends SQL to the database, for what no command does.
    pub(crate) fn execute(&self, sql: &str) {
        runtime().block_on(async {
            let connection = self.database.connect().await.unwrap();
            connection.execute_unprepared(sql).await.unwrap();
            connection.close().await.unwrap();
        });
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

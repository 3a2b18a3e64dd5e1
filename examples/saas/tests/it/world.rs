//! A shop to start, stop and start again, with a database of its own.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;
use tenancy_core::{
    MigrationSets, Tenancy,
    config::Config,
    testing::{TestBackend, TestDatabase},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;
use tokio::runtime::Runtime;

use crate::client::{PASSWORD, Site};

pub(crate) const SHARED_SCHEMA: &str = "shared-schema";
pub(crate) const SCHEMA_PER_TENANT: &str = "schema-per-tenant";

/// Runs each test under both strategies on both databases.
macro_rules! in_every_world {
    ($($test:ident),+ $(,)?) => {
        in_every_world!(@ shared_schema_on_sqlite SHARED_SCHEMA Sqlite $($test),+);
        in_every_world!(@ shared_schema_on_postgres SHARED_SCHEMA Postgres $($test),+);
        in_every_world!(@ schema_per_tenant_on_sqlite SCHEMA_PER_TENANT Sqlite $($test),+);
        in_every_world!(@ schema_per_tenant_on_postgres SCHEMA_PER_TENANT Postgres $($test),+);
    };
    (@ $world:ident $strategy:ident $backend:ident $($test:ident),+) => {
        mod $world {
            $(
                #[test]
                fn $test() {
                    let strategy = $crate::world::$strategy;
                    let backend = tenancy_core::testing::TestBackend::$backend;
                    if let Some(world) = $crate::world::World::make(strategy, backend) {
                        super::$test(&world);
                    }
                }
            )+
        }
    };
}
pub(crate) use in_every_world;

/// A strategy and a database for one test.
pub(crate) struct World {
    pub(crate) strategy: &'static str,
    folder: TempDir,
    database: Option<TestDatabase>,
    runtime: Runtime,
}

impl World {
    /// Makes a world; `None` where there is no PostgreSQL server and none is demanded.
    pub(crate) fn make(strategy: &'static str, backend: TestBackend) -> Option<Self> {
        let runtime = Runtime::new().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        if backend == TestBackend::Sqlite {
            // The shop makes its own database, in its folder.
            return Some(Self { strategy, folder, database: None, runtime });
        }
        match runtime.block_on(TestDatabase::create(backend)) {
            Ok(database) => Some(Self { strategy, folder, database: Some(database), runtime }),
            Err(error) if error.is_unavailable() => {
                println!("left out: {error}");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn url(&self) -> String {
        match &self.database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}?mode=rw", self.data().join("saas.db").display()),
        }
    }

    /// The shop's command, which sees nothing of the environment of the tests.
    pub(crate) fn command(&self, strategy: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saas"));
        command.current_dir(self.folder.path()).env_clear();
        command.args(["--strategy", strategy, "--data"]).arg(self.data());
        command.env("SAAS_DEMO_PASSWORD", PASSWORD);
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", database.url());
        }
        command
    }

    /// Starts the shop, and waits until it says where it listens.
    pub(crate) fn start(&self) -> Server {
        let log = self.folder.path().join("stderr");
        let mut child = self
            .command(self.strategy)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a file"))
            .spawn()
            .expect("the shop starts");
        let mut out = BufReader::new(child.stdout.take().expect("its standard output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it says where it listens");
        let port = line.trim_end().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let Some(port) = port else {
            let status = child.wait();
            panic!("{status:?}: {line}{}", fs::read_to_string(&log).unwrap_or_default());
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Server { child, out, log, address, acme: OnceLock::new(), globex: OnceLock::new() }
    }

    /// Does something to the registry while the shop runs, as another process would.
    pub(crate) fn with_tenancy<T>(&self, what: impl AsyncFnOnce(&Tenancy) -> T) -> T {
        let config = Config::builder().database_url(&self.url());
        self.runtime.block_on(async {
            let tenancy = if self.strategy == SHARED_SCHEMA {
                let config = config.strategy(SharedSchema::KEYS).build().expect("a configuration");
                let strategy = SharedSchema::from_config(&config).expect("a strategy");
                Tenancy::connect(&config, std::sync::Arc::new(strategy), MigrationSets::default())
                    .await
            } else {
                let config =
                    config.strategy(SchemaPerTenant::KEYS).build().expect("a configuration");
                let strategy = SchemaPerTenant::from_config(&config).expect("a strategy");
                Tenancy::connect(&config, std::sync::Arc::new(strategy), MigrationSets::default())
                    .await
            };
            what(&tenancy.expect("the registry can be reached")).await
        })
    }

    pub(crate) fn block_on<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// A connection to the database past everything.
    pub(crate) async fn raw(&self) -> DatabaseConnection {
        Database::connect(self.url()).await.expect("the database")
    }

    /// Sends a statement to the database past everything, as damage would.
    pub(crate) fn execute(&self, sql: &str) {
        self.runtime.block_on(async {
            let database = self.raw().await;
            database.execute_unprepared(sql).await.expect("the statement");
            database.close().await.expect("the database closes");
        });
    }
}

/// A shop that runs. It is killed with this value, unless it has been stopped before.
pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    log: PathBuf,
    pub(crate) address: SocketAddr,
    acme: OnceLock<Site>,
    globex: OnceLock<Site>,
}

impl Server {
    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("its log")
    }

    pub(crate) fn site(&self, host: &str) -> Site {
        Site { address: self.address, host: host.to_owned(), token: None }
    }

    /// The site of acme, with its owner signed in.
    pub(crate) fn acme(&self) -> Site {
        self.acme.get_or_init(|| self.shop("acme").signed_in("wile@example.com")).clone()
    }

    /// The site of globex, with its owner signed in.
    pub(crate) fn globex(&self) -> Site {
        self.globex.get_or_init(|| self.shop("globex").signed_in("hank@example.com")).clone()
    }

    /// A shop's site, with nobody signed in.
    pub(crate) fn shop(&self, slug: &str) -> Site {
        self.site(&format!("{slug}.localhost:{}", self.address.port()))
    }

    /// What else it said when it had started.
    pub(crate) fn said(&mut self) -> String {
        let mut said = String::new();
        while !said.contains("Ctrl+C") && self.out.read_line(&mut said).expect("text") > 0 {}
        said
    }

    /// Asks it to stop, as an init system does, and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status().expect("`kill` runs");
        assert!(killed.success());
        let status = self.child.wait().expect("it stops");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether something that tests need must be there (`TENANCY_TEST_REQUIRE`), so that a test without
/// it fails instead of being left out.
#[expect(clippy::disallowed_methods, reason = "a test, not the library's configuration")]
pub(crate) fn is_required(what: &str) -> bool {
    let listed = env::var(tenancy_core::testing::database::REQUIRE).unwrap_or_default();
    listed.split(',').any(|required| required.trim() == what)
}

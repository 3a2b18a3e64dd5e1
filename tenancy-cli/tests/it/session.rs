//! The whole way, as a person goes it: from `tenancy new` to two tenants whose pages are served, with
//! the real Cargo, the real programs, and a database of its own.

mod tutorial;

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tenancy_core::testing::{TestBackend, TestDatabase};

use crate::program::Ended;

#[test]
fn shared_schema_on_sqlite() {
    session("shared-schema", TestBackend::Sqlite);
}

#[test]
fn shared_schema_on_postgres() {
    session("shared-schema", TestBackend::Postgres);
}

#[test]
fn schema_per_tenant_on_sqlite() {
    session("schema-per-tenant", TestBackend::Sqlite);
}

#[test]
fn schema_per_tenant_on_postgres() {
    session("schema-per-tenant", TestBackend::Postgres);
}

#[test]
fn schema_per_tenant_on_mariadb() {
    session("schema-per-tenant", TestBackend::MariaDb);
}

/// An application that was there before gets its migrations, and with them a tenant.
#[test]
fn an_application_that_was_there() {
    let application = Application {
        folder: tempfile::tempdir().unwrap(),
        name: "session-init".to_owned(),
        variables: Vec::new(),
    };
    application.share_what_is_built();
    let root = application.root();
    fs::create_dir_all(root.join("src")).unwrap();
    let manifest = "[package]\nname = \"session-init\"\nedition = \"2024\"\n\n\
                    [workspace]\nmembers = [\"migration\"]\n";
    fs::write(root.join("Cargo.toml"), manifest).unwrap();
    fs::write(root.join("src/lib.rs"), "").unwrap();
    let framework = framework();
    let init = ["init", "--strategy", "shared-schema", "--framework-path"];
    application.tenancy(&[&init[..], &[framework.to_str().unwrap()]].concat()).succeeded();
    fs::copy(framework.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
    application.tenancy(&["migration", "new", "create_note"]).succeeded();
    application.tenancy(&["migrate", "up"]).succeeded();
    application.tenancy(&["tenant", "create", "acme", "--domain", "a.localhost"]).succeeded();
    let sql = "INSERT INTO note (name) VALUES ('first')";
    application.tenancy(&["exec", "--tenant", "acme", "--write", "--", sql]).succeeded();
    let again = application.tenancy(&[&init[..], &[framework.to_str().unwrap()]].concat());
    assert!(!again.succeeded().stdout.contains("added"));
}

fn session(strategy: &'static str, backend: TestBackend) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let create = |backend| match runtime.block_on(TestDatabase::create(backend)) {
        Ok(database) => Some(database),
        Err(error) if error.is_unavailable() => {
            println!("left out: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    };
    let Some(database) = create(backend) else { return };
    let mut application = Application::new(strategy, backend, &database);
    application.grows();
    application.passes_its_tests();
    application.serves_its_tenants();
    // What is built for one server runs on another one that the address names.
    if (strategy, backend) == ("shared-schema", TestBackend::Postgres) {
        let Some(other) = create(TestBackend::MariaDb) else { return };
        application.variables = vec![("DATABASE_URL", other.url().to_owned())];
        application.serves_its_tenants();
    }
}

/// Whether a variable is what the test runner tells this test of its package. Build scripts that watch it
/// would be run again, and everything above them compiled again, here and in the workspace after it.
fn is_of_this_test(variable: &OsStr) -> bool {
    let begins = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "OUT_DIR"];
    variable.to_str().is_some_and(|name| begins.iter().any(|begin| name.starts_with(begin)))
}

/// An application that the command has made.
struct Application {
    /// Holds the application, and what Cargo is told for it.
    folder: TempDir,
    name: String,
    /// What of the environment is said for it; on SQLite its own configuration is enough.
    variables: Vec<(&'static str, String)>,
}

impl Application {
    fn new(strategy: &str, backend: TestBackend, database: &TestDatabase) -> Self {
        let kind = kind(backend);
        let variables = if backend == TestBackend::Sqlite {
            Vec::new()
        } else {
            vec![("DATABASE_URL", database.url().to_owned())]
        };
        let name = format!("session-{strategy}-{kind}");
        let application = Self { folder: tempfile::tempdir().unwrap(), name, variables };
        application.share_what_is_built();
        let framework = framework();
        let framework = framework.to_str().unwrap();
        let made = application.run(
            application.folder.path(),
            tenancy(),
            &["new", &application.name, "--strategy", strategy, "--database", kind]
                .iter()
                .chain(&["--framework-path", framework])
                .copied()
                .collect::<Vec<_>>(),
        );
        assert!(made.succeeded().stdout.contains("Cargo.toml"));
        fs::copy(Path::new(framework).join("Cargo.lock"), application.root().join("Cargo.lock"))
            .unwrap();
        application
    }

    /// What this workspace has built is not built again: same place, same profile, same versions.
    fn share_what_is_built(&self) {
        let config = self.folder.path().join(".cargo");
        fs::create_dir(&config).unwrap();
        let text = "[profile.dev]\ndebug = \"line-tables-only\"\n\
                    [profile.dev.package.\"*\"]\ndebug = false\n[net]\noffline = true\n";
        fs::write(config.join("config.toml"), text).unwrap();
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    fn run(&self, folder: &Path, program: impl AsRef<OsStr>, args: &[&str]) -> Ended {
        let output = self.command(folder, program).args(args).output().unwrap();
        Ended {
            code: u8::try_from(output.status.code().unwrap()).unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn command(&self, folder: &Path, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for variable in ["TENANCY_STRATEGY", "DATABASE_URL", "TENANCY_DATABASE__URL"] {
            command.env_remove(variable);
        }
        for (variable, _) in env::vars_os().filter(|(variable, _)| is_of_this_test(variable)) {
            command.env_remove(variable);
        }
        command
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", built())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn tenancy(&self, args: &[&str]) -> Ended {
        self.run(&self.root(), tenancy(), args)
    }

    fn cargo(&self, args: &[&str]) -> Ended {
        self.run(&self.root(), "cargo", args)
    }

    /// Two more migrations, one of each set; everything stays in order.
    fn grows(&self) {
        assert_eq!(self.tenancy(&["check"]).succeeded().stderr, "nothing found\n");
        self.tenancy(&["migration", "new", "create_tag"]).succeeded();
        self.tenancy(&["migration", "new", "add_color_to_tag", "--table", "tag"]).succeeded();
        self.tenancy(&["migration", "new", "create_country", "--shared"]).succeeded();
        assert_eq!(self.tenancy(&["migration", "new", "create_tag"]).code, 2);
        assert_eq!(self.tenancy(&["check"]).succeeded().stderr, "nothing found\n");
        // With `--all` it would look at the framework too.
        let migration = format!("{}-migration", self.name);
        let packages = ["--package", &self.name, "--package", &migration];
        self.cargo(&[&["fmt", "--check"], &packages[..]].concat()).succeeded();
    }

    fn passes_its_tests(&self) {
        let tested = self.cargo(&["test", "--workspace", "--quiet"]).succeeded();
        assert!(tested.stdout.contains("1 passed"), "{tested}");
        assert!(!tested.stderr.contains("warning"), "{tested}");
    }

    fn serves_its_tenants(&self) {
        self.has_tenants();
        let server = Server::start(self);
        server.keeps_notes_apart();
        self.looks_at_its_tenants();
    }

    /// By the stand-alone command, which hands what needs the migrations to the project's own.
    fn has_tenants(&self) {
        assert_eq!(self.tenancy(&["tenant", "list"]).code, 2);
        self.tenancy(&["migrate", "up"]).succeeded();
        for slug in ["acme", "globex"] {
            let domain = format!("{slug}.localhost");
            let created = self.tenancy(&["tenant", "create", slug, "--domain", &domain]);
            assert_eq!(created.succeeded().stderr, format!("created the tenant `{slug}`\n"));
        }
        // Exit codes and data come through as they are.
        let again = self.tenancy(&["tenant", "create", "acme", "--domain", "a.localhost"]);
        assert_eq!((again.code, again.stdout.as_str()), (2, ""), "{again}");
        assert!(again.stderr.starts_with("error[COR110]"), "{again}");
        let status = self.tenancy(&["migrate", "status", "--format", "json"]).succeeded();
        let status: Value = serde_json::from_str(&status.stdout).unwrap();
        assert_eq!(status["tenants"][1]["pending"], json!(0), "{status}");
    }

    /// What was written by way of the server, for each tenant by itself.
    fn looks_at_its_tenants(&self) {
        let sql = "SELECT title FROM note ORDER BY title";
        let shown = self.tenancy(&["exec", "--tenant", "*", "--format", "json", "--", sql]);
        let lines: Vec<Value> = shown
            .succeeded()
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(
            lines,
            [
                json!({ "tenant": "acme", "rows": [{ "title": "first" }, { "title": "second" }] }),
                json!({ "tenant": "globex", "rows": [{ "title": "first" }] }),
            ]
        );
        let refused = self.tenancy(&["exec", "--tenant", "*", "--", "DELETE FROM note"]);
        assert_eq!(refused.code, 1, "{refused}");
        let told = self.tenancy(&["run", "--tenant", "*", "--", "printenv", "TENANCY_TENANT"]);
        assert_eq!(told.succeeded().stdout, "acme: acme\nglobex: globex\n");
    }
}

/// The application, serving.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(application: &Application) -> Self {
        // It was built with its tests.
        let program = built().join("debug").join(&application.name);
        let log = application.folder.path().join("stderr");
        let mut child = application
            .command(&application.root(), program)
            .env("LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on ") else {
            panic!("{line}{}", fs::read_to_string(&log).unwrap_or_default());
        };
        Self { address: address.to_owned(), child }
    }

    fn keeps_notes_apart(&self) {
        assert_eq!(self.get("acme", "/"), (200, "Welcome to acme\n".to_owned()));
        assert_eq!(self.get("initech", "/notes").0, 404);
        let (_, plans) = self.get("globex", "/plans");
        assert!(plans.contains("free"), "{plans}");

        for (slug, title) in [("acme", "first"), ("acme", "second"), ("globex", "first")] {
            let (status, body) = self.add(slug, title);
            assert_eq!(status, 201, "{body}");
        }
        assert_eq!(self.titles("acme"), ["first", "second"]);
        assert_eq!(self.titles("globex"), ["first"]);
        // A title is taken in its own tenant only.
        assert_ne!(self.add("acme", "first").0, 201);
    }

    fn titles(&self, slug: &str) -> Vec<String> {
        let (status, body) = self.get(slug, "/notes");
        assert_eq!(status, 200, "{body}");
        let notes: Vec<Value> = serde_json::from_str(&body).unwrap();
        notes.iter().map(|note| note["title"].as_str().unwrap().to_owned()).collect()
    }

    fn get(&self, slug: &str, path: &str) -> (u16, String) {
        self.send(slug, &format!("GET {path}"), "")
    }

    fn add(&self, slug: &str, title: &str) -> (u16, String) {
        self.send(slug, "POST /notes", &json!({ "title": title }).to_string())
    }

    fn send(&self, slug: &str, line: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: {slug}.localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `tenancy new` calls a database.
fn kind(backend: TestBackend) -> &'static str {
    match backend {
        TestBackend::Sqlite => "sqlite",
        TestBackend::Postgres => "postgres",
        TestBackend::MariaDb => "mysql",
        other => panic!("no application is made for {other}"),
    }
}

fn tenancy() -> &'static str {
    env!("CARGO_BIN_EXE_tenancy")
}

/// The folder with the sources of the framework.
fn framework() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where this workspace is built.
fn built() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

//! The MariaDB server that the tests use: a throw-away one, or one that the environment names.
//!
//! A throw-away server ends with this process, however that ends, as the PostgreSQL server does
//! (`postgres::cluster`).

use std::{
    fs,
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    failure::Failure,
    install, interrupt,
    postgres::{Owner, free_port},
    process,
};

/// The variable under which the tests find the server.
pub(crate) const URL: &str = "TENANCY_TEST_MYSQL_URL";

/// Where Debian keeps programs that are not in the `PATH` of every user.
const DEBIAN: &str = "/usr/sbin";

/// `$1` is the folder, `$2` is `mariadbd`; each line that comes is a port to listen on. Unsafe at a
/// power cut and fast: nothing here outlives the run. Loopback only, as every local user is let in.
const KEEPER: &str = r#"
trap '' INT TERM HUP
server=
while read -r port; do
    "$2" --no-defaults --datadir="$1/data" --socket="$1/socket" --pid-file="$1/pid" \
        --port="$port" --bind-address=127.0.0.1 --skip-name-resolve --skip-log-bin \
        --character-set-server=utf8mb4 --max-connections=500 --skip-innodb-doublewrite \
        --innodb-flush-log-at-trx-commit=0 </dev/null >"$1/server.log" 2>&1 &
    server=$!
done
if [ -n "$server" ]; then
    kill -KILL "$server"
    wait
fi
rm -rf -- "$1"
"#;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ports are picked before the server binds them; somebody else may come first.
const ATTEMPTS: u32 = 3;

/// The programs of the server.
#[derive(Debug)]
pub(crate) struct Binaries {
    server: PathBuf,
    install: PathBuf,
}

impl Binaries {
    /// Looks in `PATH`, and where Debian keeps them.
    pub(crate) fn find() -> Option<Self> {
        let at = |name: &str| {
            let of_debian = Path::new(DEBIAN).join(name);
            process::find(name).or_else(|| process::is_executable(&of_debian).then_some(of_debian))
        };
        // The second one is run by the first.
        at("my_print_defaults")?;
        Some(Self { server: at("mariadbd")?, install: at("mariadb-install-db")? })
    }

    /// The version, as `10.11.19`.
    fn version(&self) -> String {
        let text = process::read(Command::new(&self.server).arg("--version"));
        let version = text.as_deref().and_then(|text| text.split_whitespace().nth(2));
        let version = version.and_then(|version| version.split('-').next());
        version.unwrap_or("of unknown version").to_owned()
    }
}

/// A server for the tests.
#[derive(Debug)]
pub(crate) enum Server {
    /// Started for this run, removed after it.
    Private(Private),
    /// Named by [`URL`]; not ours to stop.
    Given(String),
}

impl Server {
    /// The server that the environment names, if it names one.
    #[expect(clippy::disallowed_methods, reason = "a tool, not the library's configuration")]
    pub(crate) fn given() -> Option<Self> {
        std::env::var(URL).ok().filter(|url| !url.trim().is_empty()).map(Self::Given)
    }

    /// The server that the environment names, or a private one.
    pub(crate) fn obtain() -> Result<Self, Failure> {
        if let Some(server) = Self::given() {
            return Ok(server);
        }
        let binaries = Binaries::find().ok_or_else(|| {
            Failure::Setup("MariaDB was installed, but its programs are not found".to_owned())
        })?;
        eprintln!("\nxtask: starting a private MariaDB server");
        Private::start(&binaries).map(Self::Private)
    }

    /// Lets the tests that a command runs use the server.
    pub(crate) fn serve(&self, command: &mut Command) {
        let url = match self {
            Self::Private(server) => format!("mysql://root@127.0.0.1:{}/mysql", server.port),
            Self::Given(url) => url.clone(),
        };
        command.env(URL, url);
    }

    /// Says which server this is, without its password.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Private(server) => format!("MariaDB {} (private server)", server.version),
            Self::Given(_) => format!("MariaDB or MySQL (named by {URL})"),
        }
    }

    /// Stops the server if it is ours, and tells whether all of it is gone.
    pub(crate) fn stop(self) -> Result<(), Failure> {
        match self {
            Self::Private(server) => server.stop(),
            Self::Given(_) => Ok(()),
        }
    }
}

/// A server of this run.
#[derive(Debug)]
pub(crate) struct Private {
    folder: PathBuf,
    keeper: Child,
    port: u16,
    version: String,
}

impl Private {
    fn start(binaries: &Binaries) -> Result<Self, Failure> {
        let owner = Owner::find()?;
        let folder = owner.folder("tenancy-mariadb-")?;
        let keeper = owner
            .command("/bin/sh", &folder)
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .arg(&binaries.server)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let keeper = match keeper {
            Ok(keeper) => keeper,
            Err(error) => {
                fs::remove_dir_all(&folder).ok();
                return Err(Failure::setup("run `sh`", error));
            }
        };
        let mut server = Self { folder, keeper, port: 0, version: binaries.version() };
        server.initialise(binaries, &owner)?;
        server.listen()?;
        Ok(server)
    }

    fn initialise(&self, binaries: &Binaries, owner: &Owner) -> Result<(), Failure> {
        let mut command = owner.command(&binaries.install, &self.folder);
        command.arg("--no-defaults").arg("--auth-root-authentication-method=normal");
        command.args(["--skip-test-db", "--skip-name-resolve"]);
        command.arg(format!("--datadir={}", self.folder.join("data").display()));
        let output = self.folder.join("install.log");
        let log = fs::File::create(&output)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| Failure::setup("write to the temporary folder", error))?;
        if process::run(command.stdout(log.0).stderr(log.1))?.success() {
            return Ok(());
        }
        let text = fs::read_to_string(output).unwrap_or_default();
        Err(Failure::Setup(format!("`mariadb-install-db` failed:\n{}", text.trim_end())))
    }

    fn listen(&mut self) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            self.port = free_port()?;
            let keeper = self.keeper.stdin.as_mut();
            keeper
                .map_or(Ok(()), |stdin| writeln!(stdin, "{}", self.port))
                .map_err(|error| Failure::setup("start MariaDB", error))?;
            if self.is_ready()? {
                return Ok(());
            }
        }
        Err(Failure::Setup(format!("{ATTEMPTS} free ports in turn were taken by others")))
    }

    /// Waits until the server accepts connections; `false` where somebody has its port.
    fn is_ready(&self) -> Result<bool, Failure> {
        let start = Instant::now();
        loop {
            interrupt::check()?;
            let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
            if log.contains("ready for connections") {
                return Ok(true);
            }
            let has_ended = log.contains("[ERROR] Aborting");
            if has_ended && log.contains("Address already in use") {
                return Ok(false);
            }
            if has_ended || start.elapsed() > PATIENCE {
                let log = log.trim_end();
                return Err(Failure::Setup(format!("the MariaDB server did not start:\n{log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(mut self) -> Result<(), Failure> {
        self.remove();
        if self.folder.exists() {
            let folder = self.folder.display();
            return Err(Failure::Setup(format!("the MariaDB server in {folder} was left behind")));
        }
        Ok(())
    }

    fn remove(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What has to be installed for a private server.
pub(crate) fn missing() -> &'static [install::Need] {
    if Server::given().is_some() || Binaries::find().is_some() { &[] } else { &install::MARIADB }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::{Binaries, Private};

    #[test]
    fn a_stopped_server_is_gone() {
        let Some(binaries) = Binaries::find() else {
            println!("skipped: there are no MariaDB binaries");
            return;
        };
        let server = Private::start(&binaries).unwrap();
        let (port, folder) = (server.port, server.folder.clone());
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        server.stop().unwrap();
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }
}

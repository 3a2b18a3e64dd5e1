//! A private PostgreSQL server for one test, which may be stopped and started under it.
//!
//! Other tests share a server and must not lose it, so this one is the test's own. It is the child
//! of a shell that reads from the test: however the test ends, the pipe closes, and the shell stops
//! the server and removes its folder.

use std::{
    env, fs,
    io::{self, Write as _},
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The environment variable that names the folder with `initdb` and `postgres`.
pub const POSTGRES_BIN: &str = "TENANCY_TEST_POSTGRES_BIN";

/// Where Debian keeps each version, none of them in `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Nothing here outlives the test, but a restart must find what was committed.
const CONFIGURATION: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
max_connections = 100
";

/// `$1` is the folder, `$2` is `postgres`, `$3` the port; each line that comes is a signal for the
/// server that runs, after whose end the next one is started.
const KEEPER: &str = r#"
trap '' INT TERM HUP
start() { "$2" -D "$1/data" -p "$3" </dev/null >>"$1/server.log" 2>&1 & server=$!; }
end() { kill -"$1" "$server"; wait "$server"; }
start "$@"
while read -r signal; do
    end "$signal"
    rm -f "$1/data/postmaster.pid"
    start "$@"
done
end QUIT
rm -rf -- "$1"
"#;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A PostgreSQL server of one test.
#[derive(Debug)]
pub struct TestServer {
    folder: PathBuf,
    keeper: Child,
    port: u16,
}

/// A user whom a server may run as: PostgreSQL refuses to run as root.
struct Owner {
    ids: Option<(u32, u32)>,
}

impl Owner {
    fn find() -> io::Result<Self> {
        if id(&["-u"])? != 0 {
            return Ok(Self { ids: None });
        }
        Ok(Self { ids: Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?)) })
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }
}

fn id(args: &[&str]) -> io::Result<u32> {
    let output = Command::new("id").args(args).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| io::Error::other(format!("`id {}` failed", args.join(" "))))
}

/// The folder with the server's programs: the one that is named, or Debian's newest.
fn binaries() -> io::Result<PathBuf> {
    if let Some(folder) = env::var_os(POSTGRES_BIN) {
        return Ok(PathBuf::from(folder));
    }
    let versions = fs::read_dir(DEBIAN).map(|folders| {
        let folders = folders.filter_map(Result::ok).map(|version| version.path().join("bin"));
        folders.filter(|folder| folder.join("initdb").is_file()).max()
    });
    versions.ok().flatten().ok_or_else(|| {
        io::Error::other(format!("no PostgreSQL in {DEBIAN}, and `{POSTGRES_BIN}` is not set"))
    })
}

impl TestServer {
    /// Makes and starts a server.
    ///
    /// # Errors
    /// When there is no PostgreSQL on the machine, or it does not start.
    pub fn start() -> io::Result<Self> {
        let (binaries, owner) = (binaries()?, Owner::find()?);
        let folder = tempfile::Builder::new().prefix("tenancy-server-").tempdir_in("/tmp")?;
        if let Some((user, group)) = owner.ids {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let data = folder.path().join("data");
        let mut initdb = owner.command(binaries.join("initdb"), folder.path());
        initdb.args([
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "-U",
            "tenancy",
        ]);
        let output = initdb.arg("-D").arg(&data).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let configuration = data.join("postgresql.conf");
        fs::write(&configuration, fs::read_to_string(&configuration)? + CONFIGURATION)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let keeper = owner
            .command("/bin/sh", folder.path())
            .args(["-c", KEEPER, "sh"])
            .arg(folder.path())
            .arg(binaries.join("postgres"))
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let server = Self { folder: folder.keep(), keeper, port };
        server.wait()?;
        Ok(server)
    }

    /// The address of its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://tenancy@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it as a crash does, and starts it again.
    ///
    /// # Errors
    /// When it does not start again.
    pub fn crash(&mut self) -> io::Result<()> {
        self.restart("QUIT")
    }

    /// Stops it as an administrator does who does not wait for clients, and starts it again.
    ///
    /// # Errors
    /// When it does not start again.
    pub fn restart_fast(&mut self) -> io::Result<()> {
        self.restart("INT")
    }

    fn restart(&mut self, signal: &str) -> io::Result<()> {
        let pid = self.lock_line(0);
        let stdin = self.keeper.stdin.as_mut();
        stdin.map_or(Ok(()), |stdin| writeln!(stdin, "{signal}"))?;
        let begun = Instant::now();
        while self.lock_line(0) == pid && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
        self.wait()
    }

    fn lock_line(&self, line: usize) -> Option<String> {
        let lock = fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        lock.lines().nth(line).map(|line| line.trim().to_owned())
    }

    /// Waits until it takes connections. Its lock file tells, as it tells `pg_ctl`.
    fn wait(&self) -> io::Result<()> {
        let begun = Instant::now();
        while self.lock_line(7).is_none_or(|status| status != "ready") {
            if begun.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
                return Err(io::Error::other(format!("the server did not start:\n{log}")));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

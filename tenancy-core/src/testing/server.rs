//! A private PostgreSQL server for one test, which may be stopped and started under it.
//!
//! Other tests share a server and must not lose it, so this one is the test's own. It is the child
//! of a shell that reads from the test: however the test ends, the pipe closes, and the shell stops
//! the server and removes its folder.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
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
/// server that runs, after whose end the next one is started. What the servers say is passed on.
const KEEPER: &str = r#"
trap '' INT TERM HUP
start() { LC_ALL=C "$2" -D "$1/data" -p "$3" </dev/null 2>&1 & server=$!; }
end() { kill -"$1" "$server"; wait "$server"; }
start "$@"
while read -r signal; do
    end "$signal"
    start "$@"
done
end QUIT
rm -rf -- "$1"
"#;

/// What a server says when it takes connections.
const READY: &str = "database system is ready to accept connections";

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A PostgreSQL server of one test.
#[derive(Debug)]
pub struct TestServer {
    keeper: Child,
    port: u16,
    said: Receiver<String>,
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
        let mut keeper = owner
            .command("/bin/sh", folder.path())
            .args(["-c", KEEPER, "sh"])
            .arg(folder.path())
            .arg(binaries.join("postgres"))
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        // The keeper removes the folder.
        drop(folder.keep());
        let server = Self { said: lines(keeper.stdout.take()), keeper, port };
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
        let stdin = self.keeper.stdin.as_mut();
        stdin.map_or(Ok(()), |stdin| writeln!(stdin, "{signal}"))?;
        self.wait()
    }

    /// Waits until a server says that it takes connections.
    fn wait(&self) -> io::Result<()> {
        let (begun, mut said) = (Instant::now(), String::new());
        while let Ok(line) = self.said.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
            if line.contains(READY) {
                return Ok(());
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(io::Error::other(format!("the server did not start:\n{said}")))
    }
}

/// The lines that somebody says, as they come. They are read on when nobody listens, so that who
/// says them never waits.
fn lines(from: Option<impl io::Read + Send + 'static>) -> Receiver<String> {
    let (told, said) = mpsc::channel();
    thread::spawn(move || {
        let lines = from.into_iter().flat_map(|from| BufReader::new(from).lines());
        for line in lines.map_while(Result::ok) {
            drop(told.send(line));
        }
    });
    said
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

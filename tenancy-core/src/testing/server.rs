//! A private PostgreSQL server for one test, which may be stopped and started under it.
//!
//! Other tests share a server and must not lose it, so this one is the test's own.

use std::{env, fs, io, net::TcpListener, path::PathBuf};

use super::keeper::{Keeper, Owner};

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

/// A PostgreSQL server of one test.
#[derive(Debug)]
pub struct TestServer {
    keeper: Keeper,
    port: u16,
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
        let folder = owner.folder("tenancy-server-")?;
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
        let words = [binaries.join("postgres").into_os_string(), port.to_string().into()];
        let words = words.each_ref().map(AsRef::as_ref);
        let keeper = Keeper::start(&owner, KEEPER, folder, &words)?;
        keeper.wait(READY)?;
        Ok(Self { keeper, port })
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
        self.keeper.tell(signal)?;
        self.keeper.wait(READY)
    }
}

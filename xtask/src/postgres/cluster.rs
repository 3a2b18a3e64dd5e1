//! A throw-away PostgreSQL server.
//!
//! It is the child of a shell that reads from this process. However this process ends, killed
//! included, the pipe closes and the shell stops the server and removes its folder. Nothing else
//! does, so there is one way and it is always taken. (`pg_ctl` would detach the server, and a
//! container whose first process collects no orphans would keep it as a zombie.)

use std::{
    fs,
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{
    Binaries,
    owner::{Owner, free_port},
};
use crate::{failure::Failure, interrupt, process};

/// The server's superuser. Not `postgres`, so that nothing depends on that name.
const USER: &str = "tenancy";

/// Loopback only, as every local user is let in.
const CONFIGURATION: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
";

/// What a server is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Tests,
    Benchmarks,
}

impl Purpose {
    const fn configuration(self) -> &'static str {
        match self {
            // Unsafe at a power cut and fast: nothing here outlives the run.
            Self::Tests => "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n",
            // The disk, for which all sides wait alike, would hide what differs between them, and what the
            // server does for one side after its turn would be taken for the next one's. Thousands of
            // schemas need the rest.
            Self::Benchmarks => {
                "fsync = off\nsynchronous_commit = off\nautovacuum = off\ncheckpoint_timeout = 1h\n\
                 max_wal_size = 8GB\nshared_buffers = 1GB\nmax_locks_per_transaction = 1024\n"
            }
        }
    }
}

/// `$1` is the folder, `$2` is `postgres`; each line that comes is a port to listen on. SIGQUIT is
/// PostgreSQL's immediate shutdown.
const KEEPER: &str = r#"
trap '' INT TERM HUP
server=
while read -r port; do
    "$2" -D "$1/data" -p "$port" </dev/null >"$1/server.log" 2>&1 &
    server=$!
done
if [ -n "$server" ]; then
    kill -QUIT "$server"
    wait
fi
rm -rf -- "$1"
"#;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ports are picked before the server binds them; somebody else may come first.
const ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub(crate) struct Cluster {
    folder: PathBuf,
    keeper: Child,
    port: u16,
    version: String,
    binaries: PathBuf,
}

impl Cluster {
    pub(super) fn start(binaries: &Binaries, purpose: Purpose) -> Result<Self, Failure> {
        let owner = Owner::find()?;
        let folder = owner.folder("tenancy-postgres-")?;
        let keeper = owner
            .command("/bin/sh", &folder)
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .arg(binaries.path("postgres"))
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
        let mut cluster = Self {
            folder,
            keeper,
            port: 0,
            version: binaries.version(),
            binaries: binaries.folder().to_owned(),
        };
        cluster.initialise(binaries, &owner, purpose)?;
        cluster.listen()?;
        Ok(cluster)
    }

    fn initialise(
        &self,
        binaries: &Binaries,
        owner: &Owner,
        purpose: Purpose,
    ) -> Result<(), Failure> {
        let data = self.data();
        let mut command = owner.command(binaries.path("initdb"), &self.folder);
        command.args(["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        command.arg("--username").arg(USER).arg("--pgdata").arg(&data);
        let output = self.folder.join("initdb.log");
        let log = fs::File::create(&output)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| Failure::setup("write to the temporary folder", error))?;
        if !process::run(command.stdout(log.0).stderr(log.1))?.success() {
            let text = fs::read_to_string(output).unwrap_or_default();
            return Err(Failure::Setup(format!("`initdb` failed:\n{}", text.trim_end())));
        }
        let file = data.join("postgresql.conf");
        let append =
            |text: String| fs::write(&file, text + CONFIGURATION + purpose.configuration());
        fs::read_to_string(&file)
            .and_then(append)
            .map_err(|error| Failure::setup("configure PostgreSQL", error))
    }

    fn listen(&mut self) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            self.port = free_port()?;
            let keeper = self.keeper.stdin.as_mut();
            keeper
                .map_or(Ok(()), |stdin| writeln!(stdin, "{}", self.port))
                .map_err(|error| Failure::setup("start PostgreSQL", error))?;
            match self.wait()? {
                Start::Ready => return Ok(()),
                Start::PortTaken => {}
            }
        }
        Err(Failure::Setup(format!("{ATTEMPTS} free ports in turn were taken by others")))
    }

    /// Waits until the server accepts connections. Its lock file tells, as it tells `pg_ctl`.
    fn wait(&self) -> Result<Start, Failure> {
        let start = Instant::now();
        loop {
            interrupt::check()?;
            let lock = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            if lock.lines().nth(7).is_some_and(|status| status.trim() == "ready") {
                return Ok(Start::Ready);
            }
            let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
            let ended = log.contains("FATAL") || log.contains("PANIC");
            if ended && log.contains("Address already in use") {
                return Ok(Start::PortTaken);
            }
            if ended || start.elapsed() > PATIENCE {
                let log = log.trim_end();
                return Err(Failure::Setup(format!("the PostgreSQL server did not start:\n{log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// The folder with the server's programs.
    pub(super) fn binaries(&self) -> &Path {
        &self.binaries
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Stops the server, and tells whether all of it is gone.
    pub(super) fn stop(mut self) -> Result<(), Failure> {
        self.remove();
        if self.folder.exists() {
            let folder = self.folder.display();
            return Err(Failure::Setup(format!(
                "the PostgreSQL server in {folder} was left behind"
            )));
        }
        Ok(())
    }

    fn remove(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.remove();
    }
}

enum Start {
    Ready,
    PortTaken,
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::{Binaries, Cluster, Purpose};

    #[test]
    fn a_stopped_server_is_gone() {
        let Some(binaries) = Binaries::find() else {
            println!("skipped: there are no PostgreSQL binaries");
            return;
        };
        let cluster = Cluster::start(&binaries, Purpose::Tests).unwrap();
        let (port, folder) = (cluster.port, cluster.folder.clone());
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        cluster.stop().unwrap();
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }
}

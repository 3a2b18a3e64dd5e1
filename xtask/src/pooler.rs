//! The PgBouncers of the tests: the programs that tests start themselves, and one before the whole
//! server, which the tests of a part go through.

use std::{
    fs,
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    debian::{PGBOUNCER_1_18, PGBOUNCER_1_24, Program},
    failure::Failure,
    interrupt,
    postgres::{Owner, free_port},
    process,
};

/// The variable under which tests find the program of the release that keeps prepared statements
/// apart.
const TRACKING: &str = "TENANCY_TEST_PGBOUNCER";

/// The variable for the last release of Debian that does not.
const UNTRACKED: &str = "TENANCY_TEST_PGBOUNCER_UNTRACKED";

/// The variable that sends a test through the pooler before the server.
const THROUGH: &str = "TENANCY_TEST_POOLER";

/// The programs, as far as they are to be had.
#[derive(Debug, Default)]
pub(crate) struct Poolers {
    found: Vec<(&'static str, PathBuf)>,
    left_out: Vec<String>,
}

impl Poolers {
    /// Looks for the programs. In CI one that is missing is a failure: nothing is left out there.
    pub(crate) fn obtain() -> Result<Self, Failure> {
        let mut poolers = Self::default();
        for (variable, program) in [(TRACKING, &PGBOUNCER_1_24), (UNTRACKED, &PGBOUNCER_1_18)] {
            match obtain(program)? {
                Ok(executables) => poolers
                    .found
                    .extend(executables.into_iter().map(|executable| (variable, executable))),
                Err(left_out) => poolers.left_out.push(left_out),
            }
        }
        Ok(poolers)
    }

    /// What could not be had, each with its reason.
    pub(crate) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Lets tests start the programs, and fail where one cannot be started.
    pub(crate) fn serve(&self, command: &mut Command) {
        command.envs(self.found.iter().map(|(variable, program)| (variable, program)));
        if self.left_out.is_empty() && !self.found.is_empty() {
            command.env("TENANCY_TEST_REQUIRE", "postgres,pgbouncer");
        }
    }

    /// The program that keeps prepared statements apart.
    pub(crate) fn tracking(&self) -> Option<&Path> {
        let found = self.found.iter().find(|(variable, _)| *variable == TRACKING);
        found.map(|(_, program)| program.as_path())
    }
}

/// Obtains a program, or says what is left out without it.
pub(crate) fn obtain(program: &Program) -> Result<Result<Vec<PathBuf>, String>, Failure> {
    match program.obtain() {
        Ok(executables) => Ok(Ok(executables)),
        Err(missing) => {
            interrupt::check()?;
            let left_out = format!("{}, because {}", program.name, missing.reason());
            match std::env::var_os("CI") {
                Some(_) => Err(Failure::Setup(format!("there is no {left_out}"))),
                None => {
                    eprintln!("xtask: left out: {left_out}");
                    Ok(Err(left_out))
                }
            }
        }
    }
}

/// `$1` is the folder, `$2` is `pgbouncer`; each line that comes is a port to listen on.
const KEEPER: &str = r#"
trap '' INT TERM HUP
pooler=
while read -r port; do
    sed "s/@port@/$port/" "$1/template.ini" >"$1/pgbouncer.ini"
    "$2" "$1/pgbouncer.ini" </dev/null >"$1/pooler.log" 2>&1 &
    pooler=$!
done
if [ -n "$pooler" ]; then
    kill -KILL "$pooler"
    wait
fi
rm -rf -- "$1"
"#;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A PgBouncer before a server, for as long as this value lives. It gives each transaction another
/// of two processes for each database, and keeps prepared statements apart.
#[derive(Debug)]
pub(crate) struct Pooler {
    folder: PathBuf,
    keeper: Child,
    port: u16,
    version: String,
}

impl Pooler {
    /// Starts a PgBouncer before the server of an address.
    pub(crate) fn start(program: &Path, url: &str) -> Result<Self, Failure> {
        let place = Place::parse(url).ok_or_else(|| {
            Failure::Setup("a PgBouncer cannot be put before a server without a host".to_owned())
        })?;
        let owner = Owner::find()?;
        let folder = owner.folder("tenancy-pooler-")?;
        let failed = |error| Failure::setup("start PgBouncer", error);
        let written = fs::write(folder.join("template.ini"), place.configuration(&folder))
            .and_then(|()| fs::write(folder.join("users.txt"), place.users()));
        let keeper = written.and_then(|()| {
            owner
                .command("/bin/sh", &folder)
                .args(["-c", KEEPER, "sh"])
                .arg(&folder)
                .arg(program)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn()
        });
        let keeper = match keeper {
            Ok(keeper) => keeper,
            Err(error) => {
                fs::remove_dir_all(&folder).ok();
                return Err(failed(error));
            }
        };
        let mut pooler = Self { folder, keeper, port: free_port()?, version: version(program) };
        let stdin = pooler.keeper.stdin.as_mut();
        stdin.map_or(Ok(()), |stdin| writeln!(stdin, "{}", pooler.port)).map_err(failed)?;
        pooler.wait()?;
        Ok(pooler)
    }

    fn wait(&self) -> Result<(), Failure> {
        let start = Instant::now();
        loop {
            interrupt::check()?;
            let log = fs::read_to_string(self.folder.join("pooler.log")).unwrap_or_default();
            if log.contains("process up") {
                return Ok(());
            }
            if log.contains("FATAL") || start.elapsed() > PATIENCE {
                let log = log.trim_end();
                return Err(Failure::Setup(format!("PgBouncer did not start:\n{log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends tests through it.
    pub(crate) fn serve(&self, command: &mut Command) {
        command.env(THROUGH, format!("127.0.0.1:{}", self.port));
    }

    /// Says which pooler this is.
    pub(crate) fn describe(&self) -> String {
        format!("through PgBouncer {} by transaction", self.version)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

/// The version, as `1.24.1`.
fn version(program: &Path) -> String {
    let text = process::read(Command::new(program).arg("--version"));
    let version = text.as_deref().and_then(|text| text.lines().next()?.split(' ').nth(1));
    version.unwrap_or("of unknown version").to_owned()
}

/// Where a server is, and who lets itself in.
#[derive(Debug, PartialEq, Eq)]
struct Place<'u> {
    user: &'u str,
    password: &'u str,
    host: &'u str,
    port: u16,
}

impl<'u> Place<'u> {
    fn parse(url: &'u str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        let (user, place) = authority.rsplit_once('@')?;
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (place, 5432),
        };
        (!host.is_empty()).then_some(Self { user, password, host, port })
    }

    fn configuration(&self, folder: &Path) -> String {
        let (host, port) = (self.host, self.port);
        format!(
            "[databases]\n\
             * = host={host} port={port}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = @port@\n\
             unix_socket_dir =\n\
             auth_type = trust\n\
             auth_file = {}\n\
             pool_mode = transaction\n\
             default_pool_size = 2\n\
             max_prepared_statements = 200\n\
             max_client_conn = 1000\n\
             server_idle_timeout = 5\n\
             ignore_startup_parameters = extra_float_digits\n\
             log_connections = 0\n\
             log_disconnections = 0\n",
            folder.join("users.txt").display(),
        )
    }

    fn users(&self) -> String {
        let quoted = |word: &str| format!("\"{}\"", word.replace('"', "\"\""));
        format!("{} {}\n", quoted(self.user), quoted(self.password))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn the_place_of_a_server_is_read_from_its_address() {
        let place = Place { user: "me", password: "p:w", host: "db.test", port: 5433 };
        assert_eq!(Place::parse("postgres://me:p:w@db.test:5433/app?sslmode=off"), Some(place));
        let place = Place { user: "me", password: "", host: "db.test", port: 5432 };
        assert_eq!(Place::parse("postgres://me@db.test"), Some(place));
        assert_eq!(Place::parse("postgres:///app?host=/run"), None);
    }
}

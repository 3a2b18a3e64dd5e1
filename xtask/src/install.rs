//! System packages that the tests need: looked for, installed where nobody has to be asked.

use std::process::Command;

use crate::{failure::Failure, process};

/// Installs packages of Debian and its kin.
///
/// Debian's `postgresql` would create a cluster and start it; the configuration file, present
/// during the installation only, makes it leave that out.
const APT: &str = r#"
set -e
export DEBIAN_FRONTEND=noninteractive
conf=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
mkdir -p "${conf%/*}"
trap 'rm -f "$conf"' EXIT
printf 'create_main_cluster = false\n' > "$conf"
apt-get update
apt-get install -y --no-install-recommends "$@"
"#;

/// Something the tests cannot do without.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// What it is and what for.
    pub(crate) what: &'static str,
    /// The Debian package that has it.
    pub(crate) package: &'static str,
    /// The program that is there when it is; `None` where it takes more to tell.
    pub(crate) program: Option<&'static str>,
}

pub(crate) const C_COMPILER: Need = Need {
    what: "a C compiler named `cc`, to build SQLite",
    package: "build-essential",
    program: Some("cc"),
};

pub(crate) const POSTGRES: Need = Need {
    what: "the PostgreSQL server (`initdb`, `postgres`), to test against",
    package: "postgresql",
    program: None,
};

/// Without the package that would start a server.
pub(crate) const MARIADB: [Need; 2] = [
    Need {
        what: "the MariaDB server (`mariadbd`, `mariadb-install-db`), to test against",
        package: "mariadb-server-core",
        program: None,
    },
    Need {
        what: "what `mariadb-install-db` runs (`my_print_defaults`)",
        package: "mariadb-client-core",
        program: None,
    },
];

/// Its driver needs the browser, and Debian's package of the driver brings it.
pub(crate) const BROWSER: Need = Need {
    what: "a browser and its driver (`chromedriver`), to use the example as a person does",
    package: "chromium-driver",
    program: Some("chromedriver"),
};

pub(crate) const CURL: Need = Need {
    what: "`curl`, to go through the tutorial as a person does",
    package: "curl",
    program: Some("curl"),
};

pub(crate) const WRK: Need = Need {
    what: "the load generator `wrk`, to put the example under load",
    package: "wrk",
    program: Some("wrk"),
};

/// Those whose programs are not there.
pub(crate) fn missing_programs(needs: &[Need]) -> Vec<Need> {
    let is_missing = |need: &&Need| need.program.is_some_and(|name| process::find(name).is_none());
    needs.iter().filter(is_missing).copied().collect()
}

/// Installs what is missing, or says what a person has to install.
pub(crate) fn provide(missing: &[Need]) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    for need in missing {
        eprintln!("xtask: missing: {}", need.what);
    }
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    let Some(mut command) = administrator() else {
        return Err(Failure::Setup(by_hand(&packages)));
    };
    eprintln!("xtask: installing {} with apt-get", packages.join(" "));
    command.args(["sh", "-c", APT, "sh"]).args(&packages);
    if process::run(&mut command)?.success() {
        Ok(())
    } else {
        Err(Failure::Setup(format!("apt-get failed. {}", by_hand(&packages))))
    }
}

/// Returns a command that runs its arguments as root and asks nothing, if there is apt-get.
fn administrator() -> Option<Command> {
    process::find("apt-get")?;
    if nix::unistd::geteuid().is_root() {
        return Some(Command::new("env"));
    }
    let sudo = process::find("sudo")?;
    process::read(Command::new(&sudo).args(["-n", "true"]))?;
    let mut command = Command::new(sudo);
    command.arg("-n");
    Some(command)
}

fn by_hand(packages: &[&str]) -> String {
    let packages = packages.join(" ");
    format!(
        "Install what is missing and run this again. On Debian and Ubuntu:\n\n    \
         sudo apt-get update\n    \
         sudo apt-get install -y --no-install-recommends {packages}\n\n\
         A PostgreSQL server elsewhere can be named in `TENANCY_TEST_POSTGRES_URL` instead, and one of \
         MariaDB or MySQL in `TENANCY_TEST_MYSQL_URL`; its role must be allowed to create databases."
    )
}

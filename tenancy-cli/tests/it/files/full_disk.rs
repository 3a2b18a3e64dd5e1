//! Commands on a disk that is full: a small file system in memory, in a name space of its own. Where
//! the system lets nobody mount one, the test says that it is left out.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use crate::{notes::Notes, program, world::World};

/// Where the child finds what it is to run with, a variable a line.
const VARIABLES: &str = "TENANCY_TEST_FULL_DISK_VARIABLES";

/// Where the file system is mounted, and what is copied into it before it is filled up.
const PLACE: &str = "TENANCY_TEST_FULL_DISK_PLACE";
const FILES: &str = "TENANCY_TEST_FULL_DISK_FILES";

const MOUNT: &str = "set -e
mount -t tmpfs -o size=2m tmpfs \"$TENANCY_TEST_FULL_DISK_PLACE\"
cp -a \"$TENANCY_TEST_FULL_DISK_FILES/.\" \"$TENANCY_TEST_FULL_DISK_PLACE\"
dd if=/dev/zero of=\"$TENANCY_TEST_FULL_DISK_PLACE/filler\" bs=4k 2>/dev/null || true
exec \"$0\" \"$@\"
";

/// A shell in a name space of its own.
fn apart() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c"]);
    command
}

fn can_mount(place: &Path) -> bool {
    let mut probe = apart();
    probe.arg("mount -t tmpfs tmpfs \"$0\"").arg(place);
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// The child of the test below.
#[test]
#[expect(clippy::disallowed_methods, reason = "the parent tells its child what to run")]
fn the_commands_on_a_full_disk() {
    let Ok(variables) = env::var(VARIABLES) else { return };
    let variables: Vec<(&str, &str)> =
        variables.lines().filter_map(|line| line.split_once('=')).collect();
    let run = |args: &[&str]| program::run(&Notes::NOW, &variables, args);
    let is_told = |shown: &str| shown.contains("COR151") && shown.contains("make room");
    // Of a tenant whose work has failed the answer tells.
    let sql = "INSERT INTO note (title) VALUES ('second')";
    let written = run(&["exec", "--tenant", "acme", "--write", "--", sql]);
    assert!(written.code == 1 && is_told(&written.to_string()), "{written}");
    // What a command is for could not be done.
    let create = ["tenant", "create", "late", "--domain", "late.example.com"];
    let created = run(&create);
    assert!(created.code == 2 && is_told(&created.to_string()), "{created}");
    let shown = run(&["tenant", "show", "late"]);
    assert!(shown.code == 2 && shown.stderr.contains("COR10"), "{shown}");
}

#[test]
fn a_full_disk_has_a_code_and_a_way_out() {
    let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::NOW);
    let place = tempfile::tempdir().unwrap();
    if !can_mount(place.path()) {
        println!("left out: nothing can be mounted here");
        return;
    }
    let variables = world.variables().into_iter().map(|(key, value)| {
        let is_folder = key == "TENANCY_SCHEMA_PER_TENANT__DIRECTORY";
        let value = if is_folder { place.path().display().to_string() } else { value };
        format!("{key}={value}")
    });
    let child = apart()
        .arg(MOUNT)
        .arg(env::current_exe().unwrap())
        .args(["files::full_disk::the_commands_on_a_full_disk", "--exact", "--nocapture"])
        .env(VARIABLES, variables.collect::<Vec<_>>().join("\n"))
        .env(PLACE, place.path())
        .env(FILES, world.files())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let failed = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("1 passed"), "{said}{failed}");
    // What failed there has changed nothing here.
    let shown = world.notes(&Notes::NOW, &["tenant", "show", "late"]);
    assert_eq!(shown.code, 2, "{shown}");
}

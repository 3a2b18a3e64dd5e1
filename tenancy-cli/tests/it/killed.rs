//! Commands that are killed, at growing moments: each tenant is as before or as after, what is left is
//! found, and the command that is named mends it.
//!
//! When a command is killed is a matter of the machine; what holds afterwards is not.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::{notes::Notes, program, world::World};

/// Where the child finds what it is to run: a variable a line, and an argument a line.
const VARIABLES: &str = "TENANCY_TEST_KILLED_VARIABLES";
const ARGUMENTS: &str = "TENANCY_TEST_KILLED_ARGUMENTS";

/// What the child says when it begins.
const BEGINS: &str = "the command begins";

/// After how many milliseconds a command is killed; most have ended after the last.
const MOMENTS: [u64; 5] = [1, 8, 25, 60, 140];

/// The child of the tests below.
#[test]
#[expect(clippy::disallowed_methods, reason = "the parent tells its child what to run")]
fn the_command_that_is_killed() {
    let (Ok(variables), Ok(args)) = (env::var(VARIABLES), env::var(ARGUMENTS)) else { return };
    let variables: Vec<(&str, &str)> =
        variables.lines().filter_map(|line| line.split_once('=')).collect();
    let args: Vec<&str> = args.lines().collect();
    println!("{BEGINS}");
    program::run(&Notes::NOW, &variables, &args);
}

/// Runs a command in a process of its own, and kills it after a moment.
fn kill(world: &World, moment: u64, args: &[&str]) {
    let variables: Vec<String> =
        world.variables().iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["killed::the_command_that_is_killed", "--exact", "--nocapture"])
        .env(VARIABLES, variables.join("\n"))
        .env(ARGUMENTS, args.join("\n"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines();
    // The pipe stays open: the child has more to say when it ends by itself.
    let begins = told.by_ref().map_while(Result::ok).any(|line| line.ends_with(BEGINS));
    assert!(begins, "the child has not run anything");
    thread::sleep(Duration::from_millis(moment));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn world() -> World {
    let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::NOW);
    let sql = "INSERT INTO note (title) VALUES ('first'), ('second')";
    run(&world, &["exec", "--tenant", "acme", "--write", "--", sql]);
    world
}

fn run(world: &World, args: &[&str]) -> String {
    world.notes(&Notes::NOW, args).succeeded().stdout
}

/// A tenant's status; none of one that is not there.
fn status(world: &World, slug: &str) -> Option<String> {
    let shown = world.notes(&Notes::NOW, &["tenant", "show", slug, "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).ok()?;
    shown["status"].as_str().map(str::to_owned)
}

/// Whether a tenant has the rows that `acme` has.
fn assert_whole(world: &World, slug: &str) {
    let rows = run(world, &["exec", "--tenant", slug, "--", "SELECT title FROM note"]);
    assert!(rows.contains("first") && rows.contains("second"), "{slug}: {rows}");
}

/// The codes of what is found in the database.
fn found(world: &World) -> Vec<String> {
    let checked = world.notes(&Notes::NOW, &["check", "--database", "--format", "json"]);
    let findings = checked.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    findings
        .map(|finding: serde_json::Value| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_creation_is_finished() {
    let world = world();
    for (at, moment) in MOMENTS.into_iter().enumerate() {
        let (slug, domain) = (format!("new-{at}"), format!("new-{at}.example.com"));
        let create = ["tenant", "create", &slug, "--domain", &domain];
        kill(&world, moment, &create);
        match status(&world, &slug).as_deref() {
            None => drop(run(&world, &create)),
            Some("provisioning") => drop(run(&world, &["tenant", "finish", &slug])),
            Some(other) => assert_eq!(other, "active"),
        }
        run(&world, &["exec", "--tenant", &slug, "--", "SELECT title FROM note"]);
        assert!(found(&world).is_empty(), "{:?}", found(&world));
    }
}

#[test]
fn a_deletion_and_its_taking_back_are_gone_on_with() {
    let world = world();
    let delete = ["tenant", "delete", "acme", "--yes"];
    let exec = ["exec", "--tenant", "acme", "--", "SELECT title FROM note"];
    for moment in MOMENTS {
        kill(&world, moment, &delete);
        if status(&world, "acme").as_deref() == Some("active") {
            assert_whole(&world, "acme");
            run(&world, &delete);
        } else {
            let served = world.notes(&Notes::NOW, &exec);
            assert_ne!(served.code, 0, "a deleted tenant is served: {served}");
            // It says until when the rows are kept, and goes on with what was cut off.
            assert_eq!(world.notes(&Notes::NOW, &delete).code, 2);
        }
        assert!(found(&world).is_empty(), "{:?}", found(&world));
        kill(&world, moment, &["tenant", "restore", "acme"]);
        if status(&world, "acme").as_deref() == Some("deleted") {
            run(&world, &["tenant", "restore", "acme"]);
        }
        assert!(found(&world).is_empty(), "{:?}", found(&world));
        run(&world, &["tenant", "resume", "acme"]);
        assert_whole(&world, "acme");
    }
}

#[test]
fn a_removal_is_gone_on_with() {
    let world = world();
    for (at, moment) in MOMENTS.into_iter().enumerate() {
        let (slug, domain) = (format!("old-{at}"), format!("old-{at}.example.com"));
        run(&world, &["tenant", "duplicate", "acme", &slug, "--domain", &domain]);
        run(&world, &["tenant", "delete", &slug, "--yes"]);
        let remove = ["tenant", "delete", &slug, "--at-once", "--yes"];
        kill(&world, moment, &remove);
        if let Some(status) = status(&world, &slug) {
            assert_eq!(status, "deleted");
            run(&world, &remove);
        }
        assert!(found(&world).is_empty(), "{:?}", found(&world));
        let left = fs::read_dir(world.files().join("trash")).unwrap().count();
        assert_eq!(left, 0, "something of `{slug}` is left");
    }
    assert_whole(&world, "acme");
}

#[test]
fn a_duplicate_is_there_or_is_not() {
    let world = world();
    for (at, moment) in MOMENTS.into_iter().enumerate() {
        let (slug, domain) = (format!("copy-{at}"), format!("copy-{at}.example.com"));
        let duplicate = ["tenant", "duplicate", "acme", &slug, "--domain", &domain];
        kill(&world, moment, &duplicate);
        // What is left is half-made, and goes when the command is run again.
        let left = found(&world);
        assert!(left.iter().all(|code| code == "SPT002"), "{left:?}");
        match status(&world, &slug).as_deref() {
            None => drop(run(&world, &duplicate)),
            Some(other) => assert_eq!((other, left.len()), ("active", 0)),
        }
        assert!(found(&world).is_empty(), "{:?}", found(&world));
        assert_whole(&world, &slug);
        assert_whole(&world, "acme");
    }
}

#[test]
fn a_backup_is_there_or_is_not() {
    let world = world();
    for (at, moment) in MOMENTS.into_iter().enumerate() {
        let file = world.files().join(format!("{at}.backup"));
        let backup = ["tenant", "backup", "acme", file.to_str().unwrap()];
        kill(&world, moment, &backup);
        if !file.exists() {
            run(&world, &backup);
        }
        let head = fs::read(&file).unwrap();
        assert!(head.starts_with(b"SQLite format 3\0"));
        // It is whole: it serves as the tenant's file.
        let shown = run(&world, &["tenant", "show", "acme", "--format", "json"]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let place = format!("{}.db", shown["physical_name"].as_str().unwrap());
        run(&world, &["tenant", "archive", "acme"]);
        for suffix in ["", "-wal", "-shm"] {
            let old = world.files().join(format!("{place}{suffix}"));
            if old.exists() {
                fs::remove_file(old).unwrap();
            }
        }
        fs::copy(&file, world.files().join(place)).unwrap();
        run(&world, &["tenant", "resume", "acme"]);
        assert_whole(&world, "acme");
        assert!(found(&world).is_empty(), "{:?}", found(&world));
    }
}

#[test]
fn a_migration_is_gone_on_with() {
    for moment in MOMENTS {
        let world = World::sqlite("schema-per-tenant").with_tenants(&Notes::FIRST);
        let sql = "INSERT INTO note (title) VALUES ('first'), ('second')";
        let write = ["exec", "--tenant", "acme", "--write", "--", sql];
        world.notes(&Notes::FIRST, &write).succeeded();
        kill(&world, moment, &["migrate", "up"]);
        run(&world, &["migrate", "up"]);
        run(&world, &["migrate", "verify"]);
        assert_whole(&world, "acme");
        let done = run(&world, &["exec", "--tenant", "globex", "--", "SELECT done FROM note"]);
        assert!(!done.contains("error"), "{done}");
        assert!(found(&world).is_empty(), "{:?}", found(&world));
    }
}

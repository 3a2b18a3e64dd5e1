//! A run of the real command that is interrupted from the keyboard.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use sea_orm::{ConnectionTrait, TransactionTrait};
use tenancy_core::testing::TestBackend;

use crate::world::{SCHEMA_PER_TENANT, World};

#[test]
fn an_interrupted_run_finishes_what_is_in_flight() {
    let Some(world) = World::make(SCHEMA_PER_TENANT, TestBackend::Postgres) else { return };
    let run = |arguments: &[&str]| {
        let mut command = world.command(world.strategy);
        command.arg("tenancy").args(arguments);
        command
    };
    let done = |arguments: &[&str]| {
        let output = run(arguments).output().expect("the command runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    done(&["migrate", "up"]);
    for slug in ["acme", "globex", "initech"] {
        done(&["tenant", "create", slug, "--domain", &format!("{slug}.localhost")]);
    }
    done(&["migrate", "down", "--steps", "1"]);
    // The second tenant waits for its customers, until the run has heard that it is to stop.
    let globex = world.with_tenancy(async |tenancy| {
        tenancy.registry().tenant(&"globex".parse().expect("a slug")).await.expect("globex")
    });
    let lock = world.block_on(async {
        let lock = world.raw().await.begin().await.expect("a transaction");
        let customers = format!("{}.customers", globex.physical_name.quoted());
        let sql = format!("LOCK TABLE {customers} IN ROW EXCLUSIVE MODE");
        lock.execute_unprepared(&sql).await.expect("a lock");
        lock
    });
    let mut up = run(&["migrate", "up", "--jobs", "1"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the command starts");
    let mut told = BufReader::new(up.stderr.take().expect("its standard error")).lines();
    let mut next = || told.next().expect("it says more").expect("text");
    assert_eq!(next(), "migrated acme");
    let killed = Command::new("kill").args(["-INT", &up.id().to_string()]).status();
    assert!(killed.expect("`kill` runs").success());
    assert!(next().starts_with("stopping"), "it hears the signal");
    world.block_on(lock.commit()).expect("the lock goes");
    let rest: Vec<String> = told.map_while(Result::ok).collect();
    assert!(rest.contains(&"skipped initech".to_owned()), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("migrate resume")), "{rest:?}");
    assert_eq!(up.wait().expect("it ends").code(), Some(1), "{rest:?}");
    done(&["migrate", "resume"]);
    done(&["migrate", "up", "--check"]);
    done(&["migrate", "verify"]);
}

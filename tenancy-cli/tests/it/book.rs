//! The blocks of the book: configuration is loaded, and commands are run as they stand.
//!
//! The tutorial is gone through in `session/tutorial.rs`; Rust is compiled by `examples/book`.

mod blocks;
mod rights;

use tenancy_core::{
    config::{ConfigLoader, Environment, StrategyKeys},
    testing::TestBackend,
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tenancy_shared_schema::SharedSchema;

pub(crate) use self::blocks::{Block, page};
use crate::{notes::Notes, world::World};

const STRATEGIES: [StrategyKeys; 2] = [SharedSchema::KEYS, SchemaPerTenant::KEYS];

#[test]
fn configuration_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenancy.toml");
    let mut loaded = 0;
    for block in blocks::all().iter().filter(|block| block.label == "toml") {
        std::fs::write(&file, &block.text).unwrap();
        // A fragment is about something else than these.
        let mut variables = Vec::new();
        if !block.text.contains("strategy =") {
            let other = block.text.contains("[schema-per-tenant]");
            let strategy = if other { "schema-per-tenant" } else { "shared-schema" };
            variables.push(("TENANCY_STRATEGY", strategy));
        }
        if !block.text.contains("url =") {
            variables.push(("DATABASE_URL", "postgres://app@localhost/notes"));
        }
        let loader = STRATEGIES.into_iter().fold(ConfigLoader::new(), ConfigLoader::known_strategy);
        let config = loader.file(&file).environment(Environment::from_iter(variables)).load();
        if let Err(findings) = config {
            panic!("{block}: {findings}");
        }
        loaded += 1;
    }
    assert!(loaded > 5, "only {loaded} blocks were found");
}

#[test]
fn commands_succeed_under_shared_schema() {
    run(TestBackend::Sqlite, "shared-schema");
}

#[test]
fn commands_succeed_under_schema_per_tenant() {
    run(TestBackend::Sqlite, "schema-per-tenant");
}

#[test]
fn commands_succeed_on_postgres() {
    run(TestBackend::Postgres, "shared-schema");
}

#[test]
fn commands_succeed_on_mariadb() {
    run(TestBackend::MariaDb, "shared-schema");
}

/// Runs the commands of each page in their order, for an application with two tenants.
fn run(backend: TestBackend, strategy: &'static str) {
    let mut ran = 0;
    let (mut world, mut page) = (None, None);
    for block in blocks::all().iter().filter(|block| block.label == "sh" && block.is_book()) {
        let is_new = page.as_ref() != Some(&block.page) || block.begins;
        page = Some(block.page.clone());
        let is_here = |word, of| block.says(word) == (backend == of);
        let is_here =
            is_here("postgres", TestBackend::Postgres) && is_here("mariadb", TestBackend::MariaDb);
        if !is_here || block.is_for_other(strategy) {
            world = None;
            continue;
        }
        if is_new || world.is_none() {
            let Some(new) = World::new(backend, strategy) else { return };
            let before = if block.says("pending") { Notes::FIRST } else { Notes::NOW };
            world = Some(new.with_tenants(&before));
        }
        let Some(world) = &world else { continue };
        for command in block.commands() {
            assert_eq!(command.words[0], "tenancy", "{block}: nothing else can be run here");
            let args: Vec<&str> = command.words[1..].iter().map(String::as_str).collect();
            let ended = world.notes(&Notes::NOW, &args);
            assert_eq!(ended.code, command.exit, "{block}: {args:?}\n{ended}");
            ran += 1;
        }
    }
    assert!(ran > 0);
}

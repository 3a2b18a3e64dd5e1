//! `check` of a project's own command: what migrations do is judged as their sources are.

use std::sync::Arc;

use sea_orm_migration::{
    prelude::*,
    schema::{integer, pk_auto, string},
};
use snapbox::str;
use tenancy_cli::Application;
use tenancy_core::{
    Error, MigrationSets, Result, TenancyStrategy, TenantMigration, TenantSchema,
    config::{Config, StrategyKeys},
};

use crate::{
    notes::Notes,
    program::{Ended, run},
    project::URL,
};

type Up = fn(&mut TenantSchema) -> Result<()>;

/// A migration of either set.
#[derive(Clone)]
struct Written(&'static str, Up);

impl MigrationName for Written {
    fn name(&self) -> &str {
        self.0
    }
}

impl TenantMigration for Written {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        (self.1)(schema)
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "SeaORM's trait is declared so")]
impl MigrationTrait for Written {
    async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// An application with these sets.
struct Sets {
    shared: &'static [&'static str],
    tenant: Vec<Written>,
}

impl Application for Sets {
    fn known_strategies(&self) -> Vec<StrategyKeys> {
        Notes::NOW.known_strategies()
    }

    fn strategy(&self, config: &Config) -> Result<Arc<dyn TenancyStrategy>> {
        Notes::NOW.strategy(config)
    }

    fn migrations(&self) -> MigrationSets {
        let shared = self.shared.iter().map(|name| Written(name, nothing));
        let tenant = self.tenant.iter().cloned();
        MigrationSets {
            shared: shared.map(|migration| Box::new(migration) as _).collect(),
            tenant: tenant.map(|migration| Box::new(migration) as _).collect(),
            ..MigrationSets::default()
        }
    }
}

fn check(app: &dyn Application, more: &[&str]) -> Ended {
    let args = [&["check", "--strategy", "shared-schema"], more].concat();
    run(app, &[URL], &args)
}

/// The codes that are found, each with its migration.
fn found(shared: &'static [&'static str], tenant: &[(&'static str, Up)]) -> Vec<String> {
    let tenant = tenant.iter().map(|(name, up)| Written(name, *up)).collect();
    let ended = check(&Sets { shared, tenant }, &["--format", "json"]);
    let lines = ended.stdout.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let place = finding["source"]["name"].as_str().unwrap_or("-");
        format!("{} {place}", finding["code"].as_str().unwrap())
    });
    lines.collect()
}

fn nothing(_: &mut TenantSchema) -> Result<()> {
    Ok(())
}

fn create_note(schema: &mut TenantSchema) -> Result<()> {
    schema.create_table(Table::create().table("note").col(pk_auto("id")).col(string("title")))
}

fn create_domain(schema: &mut TenantSchema) -> Result<()> {
    schema.create_table(Table::create().table("tenants_domain").col(pk_auto("id")))
}

#[test]
fn sets_that_fit_have_no_findings() {
    for notes in [Notes::FIRST, Notes::NOW] {
        let ended = check(&notes, &[]).succeeded();
        assert_eq!(ended.stdout, "", "{ended}");
    }
}

#[test]
fn names_and_numbers_are_there_once() {
    let same = [("m0001_a", nothing as Up), ("m0001_a", nothing)];
    assert_eq!(found(&[], &same), ["SET001 m0001_a"]);
    assert_eq!(found(&["m0001_a"], &same[..1]), ["SET001 m0001_a"]);
    assert_eq!(found(&[], &[("m0001_a", nothing), ("m0001_b", nothing)]), ["SET002 m0001_b"]);
    assert_eq!(found(&["m0001_a"], &[("m0001_b", nothing)]), ["SET002 m0001_b"]);
}

#[test]
fn a_set_is_in_order_and_without_gaps() {
    let turned = [("m0002_a", nothing as Up), ("m0001_b", nothing)];
    assert_eq!(found(&[], &turned), ["SET006 m0001_b"]);
    assert_eq!(found(&["m0002_a", "m0001_b"], &[]), ["SET006 m0001_b"]);
    assert_eq!(found(&["m0001_a"], &[("m0003_b", nothing)]), ["SET007 m0003_b"]);
}

#[test]
fn a_table_is_created_once() {
    let twice = [("m0001_a", create_note as Up), ("m0002_b", create_note)];
    assert_eq!(found(&[], &twice), ["SET003 m0002_b"]);
    assert_eq!(found(&[], &[("m0001_a", create_domain)]), ["SET004 m0001_a"]);
    let again: Up = |schema| {
        schema.because("it is made anew").drop_table("note");
        create_note(schema)
    };
    assert_eq!(found(&[], &[("m0001_a", create_note), ("m0002_b", again)]), [] as [&str; 0]);
}

#[test]
fn a_merge_mends_what_it_joins() {
    let collided =
        [("m0001_a", create_note as Up), ("m0002_b", create_note), ("m0003_merge", nothing)];
    assert_eq!(found(&[], &collided), ["SET003 m0002_b", "SET005 m0003_merge"]);
    assert_eq!(found(&[], &[("m0001_merge", nothing)]), ["SET005 m0001_merge"]);
}

#[test]
fn what_destroys_data_says_why() {
    let second = |up: Up| found(&[], &[("m0001_a", create_note), ("m0002_b", up)]);
    let silent: [Up; 4] = [
        |schema| {
            schema.drop_table("note");
            Ok(())
        },
        |schema| schema.sql("ALTER TABLE note DROP COLUMN title"),
        |schema| {
            schema.because(" ").drop_column("note", "title");
            Ok(())
        },
        // A reason holds for one step.
        |schema| {
            schema
                .because("the column is counted by")
                .create_index(Index::create().name("note_id").table("note").col("id"))?;
            schema.drop_column("note", "title");
            Ok(())
        },
    ];
    for up in silent {
        assert_eq!(second(up), ["SET008 m0002_b"]);
    }
    let stated: Up = |schema| {
        schema.because("nobody reads it").sql("ALTER TABLE note DROP COLUMN title")?;
        schema.because("nobody needs it");
        schema.drop_table("note");
        Ok(())
    };
    assert_eq!(second(stated), [] as [&str; 0]);
}

#[test]
fn the_tenant_column_is_not_written_by_hand() {
    let by_hand: Up = |schema| schema.add_column("note", &integer("tenant_id").take());
    assert_eq!(found(&[], &[("m0001_a", create_note), ("m0002_b", by_hand)]), ["SET014 m0002_b"]);
}

#[test]
fn everything_is_found_at_once() {
    let fails: Up = |_| Err(Error::UnsupportedDefinition { what: "a fault".to_owned() });
    let tenant = vec![
        Written("m0001_a", create_note),
        Written("m0002_b", fails),
        Written("m0003_c", create_note),
        Written("m0004_d", |schema| {
            schema.drop_column("note", "title");
            Ok(())
        }),
    ];
    check(&Sets { shared: &[], tenant }, &[]).is(str![[r#"
exit 1
--- stdout
error[MIG101]: the definition holds what cannot be laid out: a fault
  --> migration `m0002_b`
  hint: say it with plain tables, keys and indexes, or in a migration of its own

error[SET003]: the table `note` is created by the tenant migration `m0001_a` and by the tenant migration `m0003_c`
  --> migration `m0003_c`
  and migration `m0001_a`
  hint: keep the creation in the migration that owns the table, and remove the other

error[SET008]: the tenant migration `m0004_d` drops the column `note.title` and does not say why
  --> migration `m0004_d`
  hint: state the reason: `schema.because("why nothing is lost")`
--- stderr
3 errors

"#]]);
    let absent: Up = |schema| {
        schema.rename_table("memo", "remark");
        Ok(())
    };
    let unfit =
        found(&[], &[("m0001_a", absent), ("m0002_a", create_note), ("m0003_a", create_note)]);
    assert_eq!(unfit, ["MIG105 -", "SET003 m0003_a"]);
}

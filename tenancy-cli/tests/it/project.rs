//! An application that is clean, as sources, and what is found when some of its files differ.

use std::{fs, path::Path};

use tempfile::{TempDir, tempdir};

use crate::program::{Ended, tenancy};

pub(crate) const URL: (&str, &str) = ("DATABASE_URL", "postgres://app:s3cret@db.example.com/notes");

/// An application that is clean.
pub(crate) const CLEAN: &[(&str, &str)] = &[
    ("tenancy.toml", "strategy = \"shared-schema\"\n"),
    (
        "Cargo.toml",
        "[package]\nname = \"notes\"\n[dependencies]\ntenancy-core = \"0.1\"\n\
         tenancy-shared-schema = \"0.1\"\n",
    ),
    (
        "src/main.rs",
        "mod migration;\nuse tenancy_shared_schema::SharedSchema as Strategy;\n\
         async fn start(config: &Config) -> Result<()> {\n    \
         let strategy = Arc::new(Strategy::from_config(config)?);\n    \
         Tenancy::connect(config, strategy, migration::sets()).await?;\n    Ok(())\n}\n",
    ),
    ("src/migration.rs", "mod shared;\nmod tenant;\n"),
    (
        "src/migration/shared.rs",
        "mod m0001_create_plan;\n\
         fn all() -> Vec<Box<dyn MigrationTrait>> { vec![Box::new(m0001_create_plan::Migration)] }\n",
    ),
    ("src/migration/shared/m0001_create_plan.rs", CREATE_PLAN),
    (
        "src/migration/tenant.rs",
        "mod m0002_create_note;\nmod m0003_create_tag;\n\
         fn all() -> Vec<Box<dyn TenantMigration>> {\n    vec![\n        \
         Box::new(m0002_create_note::Migration),\n        \
         Box::new(m0003_create_tag::Migration),\n    ]\n}\n",
    ),
    ("src/migration/tenant/m0002_create_note.rs", CREATE_NOTE),
    ("src/migration/tenant/m0003_create_tag.rs", CREATE_TAG),
];

pub(crate) const CREATE_PLAN: &str = "\
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(Table::create().table(\"plan\").col(pk_auto(\"id\")).take()).await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(\"plan\").take()).await
    }
}
";

pub(crate) const CREATE_NOTE: &str = "\
#[derive(DeriveIden)]
enum Note { Table, Id, PlanId }
impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(
            Table::create()
                .table(Note::Table)
                .col(pk_auto(Note::Id))
                .foreign_key(ForeignKey::create().from_col(Note::PlanId).to(\"plan\", \"id\")),
        )
    }
    fn down(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.drop_table(Note::Table);
        Ok(())
    }
}
";

pub(crate) const CREATE_TAG: &str = "\
impl TenantMigration for Migration {
    fn up(&self, schema: &mut TenantSchema) -> Result<()> {
        schema.create_table(&table(\"tag\"))
    }
}
fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).col(pk_auto(\"id\")).take()
}
";

/// A folder with the clean application and some files that differ.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (path, text) in CLEAN.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

pub(crate) fn check(folder: &Path) -> Ended {
    tenancy(folder, &[URL], &["check", "--format", "json"])
}

/// The codes that are found, each with the place of the finding.
pub(crate) fn found(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    found_in(folder.path())
}

pub(crate) fn found_in(folder: &Path) -> Vec<String> {
    let ended = check(folder);
    let lines = ended.stdout.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let place = finding["source"]["text"].as_str().unwrap_or("-");
        format!("{} {place}", finding["code"].as_str().unwrap())
    });
    lines.collect()
}

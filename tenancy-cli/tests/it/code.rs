//! Every check over an application's folder, each with a case that it finds, in an application that
//! is clean without it.

use std::{collections::BTreeSet, fs, path::Path};

use snapbox::str;
use tempfile::{TempDir, tempdir};

use crate::program::{Ended, tenancy};

const URL: (&str, &str) = ("DATABASE_URL", "postgres://app:s3cret@db.example.com/notes");

/// An application that is clean.
const CLEAN: &[(&str, &str)] = &[
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

const CREATE_PLAN: &str = "\
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(Table::create().table(\"plan\").col(pk_auto(\"id\")).take()).await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(\"plan\").take()).await
    }
}
";

const CREATE_NOTE: &str = "\
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

const CREATE_TAG: &str = "\
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
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (path, text) in CLEAN.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path) -> Ended {
    tenancy(folder, &[URL], &["check", "--format", "json"])
}

/// The codes that are found, each with the place of the finding.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    found_in(folder.path())
}

fn found_in(folder: &Path) -> Vec<String> {
    let ended = check(folder);
    let lines = ended.stdout.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let place = finding["source"]["text"].as_str().unwrap_or("-");
        format!("{} {place}", finding["code"].as_str().unwrap())
    });
    lines.collect()
}

/// A step of a migration that stands behind the others.
fn tenant_step(step: &str) -> Vec<String> {
    let list = "fn all() -> Vec<Box<dyn TenantMigration>> { vec![\nBox::new(m0002_create_note::Migration),\n\
                Box::new(m0003_create_tag::Migration),\nBox::new(m0004_next::Migration)] }\n";
    let next = format!(
        "impl TenantMigration for Migration {{\n    \
         fn up(&self, schema: &mut TenantSchema) -> Result<()> {{\n{step}\n    }}\n}}\n"
    );
    found(&[("src/migration/tenant.rs", list), ("src/migration/tenant/m0004_next.rs", &next)])
}

fn shared_step(step: &str) -> Vec<String> {
    let list = "fn all() -> Vec<Box<dyn MigrationTrait>> { vec![\nBox::new(m0001_create_plan::Migration),\n\
                Box::new(m0004_next::Migration)] }\n";
    let next = format!(
        "impl MigrationTrait for Migration {{\n    \
         async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n{step}\n    }}\n}}\n"
    );
    found(&[("src/migration/shared.rs", list), ("src/migration/shared/m0004_next.rs", &next)])
}

/// What a file beside the others is found to be.
fn code(text: &str) -> Vec<String> {
    found(&[("src/other.rs", text)])
}

const NEXT: &str = "src/migration/tenant/m0004_next.rs";

#[test]
fn the_application_is_clean() {
    assert_eq!(found(&[]), [] as [&str; 0]);
}

/// The example offers the choice of a strategy, and makes it in one place.
#[test]
fn the_example_is_clean_under_either_strategy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/saas");
    for strategy in ["shared-schema", "schema-per-tenant"] {
        let ended = tenancy(&folder, &[URL, ("TENANCY_STRATEGY", strategy)], &["check"]);
        assert_eq!(ended.to_string(), "exit 0\n--- stdout\n--- stderr\nnothing found\n");
    }
}

#[test]
fn every_check_has_a_case() {
    let listed = tenancy(tempdir().unwrap().path(), &[], &["explain", "--format", "json"]);
    let codes: BTreeSet<String> = listed
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|check| check["code"].as_str().unwrap().to_owned())
        .filter(|code| !code.starts_with("CFG"))
        .collect();
    let this = include_str!("code.rs");
    for code in codes {
        assert!(this.contains(&format!("\"{code} ")), "{code} has no case here");
    }
}

#[test]
fn a_folder_without_an_application_is_a_finding() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("tenancy.toml"), "strategy = \"shared-schema\"\n").unwrap();
    assert_eq!(found_in(folder.path()), ["APP001 -"]);
}

#[test]
fn what_is_silenced_is_accepted_and_a_silence_of_nothing_is_a_finding() {
    let config = "strategy = \"shared-schema\"\n[checks]\nsilence = [\n\
                  { code = \"APP007\", reason = \"the archive has a database of its own\" },\n\
                  { code = \"SET008\", reason = \"nothing\" },\n\
                  { code = \"APP001\", reason = \"no sources where it is deployed\" },\n]\n";
    let other = "fn a() { Database::connect(u) }";
    let folder = folder(&[("tenancy.toml", config), ("src/other.rs", other)]);
    tenancy(folder.path(), &[URL], &["check"]).is(str![[r#"
exit 0
--- stdout
warning[CFG019]: `SET008` is silenced, and there is no finding of it
  --> tenancy.toml:5
  hint: remove the entry: what it accepted is not there any more
--- stderr
1 warning; 1 accepted with a reason

"#]]);
}

#[test]
fn sources_that_cannot_be_read_are_findings() {
    assert_eq!(code("fn half("), ["APP002 src/other.rs:1"]);
    assert_eq!(code("fn a() {}\n<<<<<<< HEAD\n"), ["APP002 src/other.rs:2"]);
    let manifest = [("Cargo.toml", "[dependencies\n")];
    assert!(found(&manifest).contains(&"APP002 Cargo.toml:1".to_owned()));
    let folder = folder(&[]);
    fs::write(folder.path().join("src/other.rs"), b"\xff").unwrap();
    assert_eq!(found_in(folder.path()), ["APP002 src/other.rs"]);
}

#[test]
fn what_cannot_be_told_is_a_finding() {
    let main = |text: &str| found(&[("src/main.rs", text)]);
    assert_eq!(main("async fn a() { Tenancy::connect(c, s, m).await; }"), ["APP003 src/main.rs:1"]);
    let unclear = "fn a(which: &str) -> Strategy { match which {\n\"a\" => SharedSchema::from_config(c),\n\
                   _ => SchemaPerTenant::from_config(c) } }";
    assert_eq!(main(unclear), ["APP003 src/main.rs:2"]);
    assert_eq!(
        code("macro_rules! open { () => { Database::connect(url) } }"),
        ["APP003 src/other.rs:1"]
    );
    assert_eq!(code("include!(\"generated.rs\");"), ["APP003 src/other.rs:1"]);
    assert_eq!(
        code("fn a() { select! { x = b => Database::connect(u) } }"),
        ["APP003 src/other.rs:1"]
    );
}

#[test]
fn the_crate_of_the_other_strategy_is_found_under_any_name() {
    let manifest = |line: &str| {
        let text = format!("[package]\nname = \"notes\"\n[dependencies]\n{line}\n");
        found(&[("Cargo.toml", &text)])
    };
    let found = ["APP004 Cargo.toml:4"];
    assert_eq!(manifest("tenancy-schema-per-tenant = \"0.1\""), found);
    assert_eq!(
        manifest("silo = { package = \"tenancy-schema-per-tenant\", version = \"1\" }"),
        found
    );
    assert_eq!(manifest("tenancy-schema-per-tenant = { version = \"1\", optional = true }"), found);
    let workspace = "[workspace.dependencies]\nsilo = { package = \"tenancy-schema-per-tenant\" }";
    assert_eq!(manifest(&format!("silo.workspace = true\n{workspace}")), found);
    assert_eq!(
        manifest("[dev-dependencies]\ntenancy-schema-per-tenant = \"0.1\""),
        [] as [&str; 0]
    );
}

#[test]
fn a_member_of_the_workspace_is_part_of_the_application() {
    let manifest = "[workspace]\nmembers = [\"crates/*\"]\n[package]\nname = \"notes\"\n";
    let member = "[package]\nname = \"web\"\n[dependencies]\ntenancy-schema-per-tenant = \"0.1\"\n";
    let files = [
        ("Cargo.toml", manifest),
        ("crates/web/Cargo.toml", member),
        ("crates/web/src/lib.rs", "fn a() { Database::connect(u) }"),
    ];
    assert_eq!(found(&files), ["APP004 crates/web/Cargo.toml:4", "APP007 crates/web/src/lib.rs:1"]);
}

#[test]
fn the_strategy_in_code_is_compared_with_the_configured_one() {
    let other = "use tenancy_schema_per_tenant as silo;\n\
                 fn a() { Arc::new(silo::SchemaPerTenant::from_config(c)) }";
    assert_eq!(found(&[("src/main.rs", other)]), ["APP005 src/main.rs:2"]);
    let test = "#[cfg(test)]\nmod tests { fn a() { SchemaPerTenant::from_config(c) } }";
    assert_eq!(code(test), [] as [&str; 0]);
}

#[test]
fn two_strategies_are_chosen_by_the_configuration_or_are_a_finding() {
    let main = |text: &str| found(&[("src/main.rs", text)]);
    let both = "fn a() { SharedSchema::from_config(c);\nSchemaPerTenant::from_config(c); }";
    assert_eq!(main(both), ["APP006 src/main.rs:1"]);
    let variable = "fn a() { if std::env::var(\"SILO\").is_ok() {\nSchemaPerTenant::from_config(c)\n} else {\n\
                    SharedSchema::from_config(c) } }";
    assert_eq!(main(variable), ["APP006 src/main.rs:2"]);
    for chosen in [
        "fn a() { match c.strategy().value.as_str() { X => SharedSchema::from_config(c), \
         _ => SchemaPerTenant::from_config(c) } }",
        "fn a() { if c.strategy().value == X { return SharedSchema::from_config(c); }\n\
         SchemaPerTenant::from_config(c) }",
        "fn a() { let name = c.strategy(); if name.value == X { SharedSchema::from_config(c) } \
         else { SchemaPerTenant::from_config(c) } }",
    ] {
        assert_eq!(main(chosen), [] as [&str; 0], "{chosen}");
    }
}

#[test]
fn connections_of_its_own_are_found() {
    let found = ["APP007 src/other.rs:1"];
    for opens in [
        "fn a() { sea_orm::Database::connect(u) }",
        "use sea_orm::Database as D; fn a() { D::connect(u) }",
        "fn a() { SqlxPostgresConnector::from_sqlx_postgres_pool(p) }",
        "fn a() { sqlx::PgPool::connect(u) }",
        "fn a() { vec![Database::connect(u)] }",
    ] {
        assert_eq!(code(opens), found, "{opens}");
    }
    assert_eq!(code("use crate::Database; fn a() { Database::connect(u) }"), [] as [&str; 0]);
}

#[test]
fn the_migrator_run_by_hand_is_found() {
    assert_eq!(code("fn a() { Migrator::up(&db, None) }"), ["APP008 src/other.rs:1"]);
    assert_eq!(code("fn a() { cli::run_cli(Migrator) }"), ["APP008 src/other.rs:1"]);
}

#[test]
fn search_paths_are_found_in_options_and_text() {
    let found = ["APP009 src/other.rs:1"];
    assert_eq!(code("fn a() { o.set_schema_search_path(\"acme\"); }"), found);
    assert_eq!(code("fn a() { c.execute_unprepared(\"SET LOCAL search_path = acme\") }"), found);
    assert_eq!(code("fn a() { b(\"SELECT set_config('search_path', $1, true)\") }"), found);
    assert_eq!(code("/// Does not SET search_path\nfn a() {}"), [] as [&str; 0]);
}

#[test]
fn routing_of_its_own_is_found() {
    assert_eq!(
        code("struct Pools { all: HashMap<String, sea_orm::DatabaseConnection> }"),
        ["APP010 src/other.rs:1"]
    );
    assert_eq!(code("tokio::task_local! { static TENANT: String; }"), ["APP010 src/other.rs:1"]);
}

#[test]
fn entities_that_name_schema_tenant_or_registry_are_found() {
    let entity = |attributes: &str, field: &str| {
        code(&format!(
            "#[derive(DeriveEntityModel)]\n#[sea_orm({attributes})]\npub struct Model {{\n{field}\n}}"
        ))
    };
    assert_eq!(entity("table_name = \"note\"", "pub id: i32"), [] as [&str; 0]);
    let schema = "table_name = \"note\", schema_name = \"acme\"";
    assert_eq!(entity(schema, "pub id: i32"), ["APP011 src/other.rs:2"]);
    let column = "pub schema_name: String";
    assert_eq!(entity("table_name = \"note\"", column), ["APP011 src/other.rs:4"]);
    assert_eq!(entity("table_name = \"note\"", "pub tenant_id: i32"), ["APP012 src/other.rs:4"]);
    let renamed = "#[sea_orm(column_name = \"tenant_id\")] pub owner: i32";
    assert_eq!(entity("table_name = \"note\"", renamed), ["APP012 src/other.rs:4"]);
    assert_eq!(
        entity("table_name = \"tenants_domain\"", "pub tenant_id: i32"),
        ["APP013 src/other.rs:3"]
    );
}

#[test]
fn the_tenant_column_is_the_configured_one() {
    let config = "strategy = \"shared-schema\"\n[shared-schema]\ntenant_column = \"org\"\n";
    let entity = "#[sea_orm(table_name = \"note\")]\nstruct Model {\ntenant_id: i32,\norg: i32 }";
    let files = [("tenancy.toml", config), ("src/other.rs", entity)];
    assert_eq!(found(&files), ["APP012 src/other.rs:4"]);
}

#[test]
fn other_frameworks_are_found_in_their_own_files() {
    let settings = "# TENANT_APPS = []\nINSTALLED_APPS = [\n    'django_tenants',\n]\n";
    assert_eq!(found(&[("web/settings.py", settings)]), ["LFT001 web/settings.py:3"]);
    let initializer = "Apartment.configure do |config|\nend\n";
    let path = "config/initializers/apartment.rb";
    assert_eq!(found(&[(path, initializer)]), [format!("LFT002 {path}:1")]);
    assert_eq!(found(&[("Gemfile", "gem 'rails'\ngem 'ros-apartment'\n")]), ["LFT002 Gemfile:2"]);
    assert_eq!(found(&[("web/settings.py", "X = 1\n")]), [] as [&str; 0]);
}

#[test]
fn one_name_in_both_sets_is_found() {
    let list = "fn all() -> Vec<Box<dyn MigrationTrait>> { vec![\nBox::new(m0001_create_plan::Migration),\n\
                Box::new(m0002_create_note::Migration)] }\n";
    let files = [
        ("src/migration/shared.rs", list),
        ("src/migration/shared/m0002_create_note.rs", "impl MigrationTrait for Migration {}"),
    ];
    assert_eq!(found(&files), ["SET001 src/migration/tenant/m0002_create_note.rs:3"]);
}

#[test]
fn one_number_is_found_in_a_set_and_across() {
    let list = "fn all() { vec![Box::new(m0001_create_plan::Migration), Box::new(m0003_other::Migration)] }\n";
    let files = [
        ("src/migration/shared.rs", list),
        ("src/migration/shared/m0003_other.rs", "impl MigrationTrait for Migration {}"),
    ];
    assert_eq!(found(&files), ["SET002 src/migration/tenant/m0003_create_tag.rs:1"]);
}

#[test]
fn a_table_that_is_created_twice_is_found_however_it_is_written() {
    for step in [
        "schema.create_table(Table::create().table(Alias::new(\"note\")).col(pk_auto(\"id\")))",
        "let name = \"note\"; schema.create_table(Table::create().table(name))",
        "let note = Table::create().table(\"note\").take(); schema.create_table(&note)",
        "schema.create_table(&table(\"note\"))",
        "schema.sql(\"CREATE TABLE IF NOT EXISTS note (id int)\")",
        "for table in [\"note\"] { schema.create_table(Table::create().table(table))?; } Ok(())",
    ] {
        assert_eq!(tenant_step(step), [format!("SET003 {NEXT}:3")], "{step}");
    }
    let shared = "manager.create_table(Table::create().table(\"note\").take()).await";
    // The shared set runs first, so the tenant's creation is the second one.
    assert_eq!(shared_step(shared), ["SET003 src/migration/tenant/m0002_create_note.rs:6"]);
    let again = "// destructive: it is made anew\nschema.drop_table(\"note\");\n\
                 schema.create_table(Table::create().table(\"note\"))";
    assert_eq!(tenant_step(again), [] as [&str; 0]);
    let renamed = "schema.rename_table(\"note\", \"memo\");\n\
                   schema.create_table(Table::create().table(\"note\"))";
    assert_eq!(tenant_step(renamed), [] as [&str; 0]);
}

#[test]
fn a_table_of_the_framework_is_not_created() {
    let step = "manager.create_table(Table::create().table(\"tenants_plan\").take()).await";
    assert_eq!(shared_step(step), ["SET004 src/migration/shared/m0004_next.rs:3"]);
}

#[test]
fn a_merge_that_does_nothing_is_found() {
    let list = "fn all() { vec![Box::new(m0001_create_plan::Migration), Box::new(m0004_merge::Migration)] }\n";
    let merge = "impl MigrationTrait for Migration {\n\
                 async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> { Ok(()) } }";
    let files = [("src/migration/shared.rs", list), ("src/migration/shared/m0004_merge.rs", merge)];
    assert_eq!(found(&files), ["SET005 src/migration/shared/m0004_merge.rs:1"]);
}

#[test]
fn lists_and_files_are_compared() {
    let list = |lines: &str| {
        let text = format!("fn all() -> Vec<Box<dyn TenantMigration>> {{ vec![\n{lines}] }}\n");
        found(&[("src/migration/tenant.rs", &text)])
    };
    let (note, tag) =
        ("Box::new(m0002_create_note::Migration),\n", "Box::new(m0003_create_tag::Migration),\n");
    assert_eq!(list(&format!("{note}{tag}")), [] as [&str; 0]);
    assert_eq!(list(&format!("{tag}{note}")), ["SET006 src/migration/tenant.rs:3"]);
    assert_eq!(list(note), ["SET010 src/migration/tenant/m0003_create_tag.rs:1"]);
    let gone = "Box::new(m0004_gone::Migration),\n";
    assert_eq!(list(&format!("{note}{tag}{gone}")), ["SET011 src/migration/tenant.rs:4"]);
    assert_eq!(list(""), ["SET013 src/migration/tenant/m0002_create_note.rs:3"]);
}

#[test]
fn a_missing_number_is_found() {
    let list = "fn all() { vec![Box::new(m0001_create_plan::Migration), Box::new(m0006_late::Migration)] }\n";
    let late = "impl MigrationTrait for Migration {}";
    let files = [("src/migration/shared.rs", list), ("src/migration/shared/m0006_late.rs", late)];
    assert_eq!(found(&files), ["SET007 src/migration/shared/m0006_late.rs:1"]);
}

#[test]
fn what_destroys_data_says_why() {
    assert_eq!(tenant_step("schema.drop_table(\"note\"); Ok(())"), [format!("SET008 {NEXT}:3")]);
    let chain = "schema\n    .drop_column(\"note\", \"id\");\nOk(())";
    assert_eq!(tenant_step(chain), [format!("SET008 {NEXT}:4")]);
    assert_eq!(
        tenant_step("schema.sql(\"ALTER TABLE note DROP COLUMN id\")"),
        [format!("SET008 {NEXT}:3")]
    );
    for stated in [
        format!("// destructive: nobody reads it\n{chain}"),
        "schema.drop_table(\"note\"); // destructive: nobody reads it".to_owned(),
    ] {
        assert_eq!(tenant_step(&stated), [] as [&str; 0], "{stated}");
    }
    let empty = format!("// destructive:\n{chain}");
    assert_eq!(tenant_step(&empty), [format!("SET008 {NEXT}:5")]);
}

#[test]
fn a_shared_migration_does_not_refer_to_a_tenant_table() {
    let step = "manager.create_table(Table::create().table(\"invoice\").foreign_key(\n\
                ForeignKey::create().to(\"note\", \"id\")).take()).await";
    assert_eq!(shared_step(step), ["SET009 src/migration/shared/m0004_next.rs:4"]);
    let text =
        "db.execute_unprepared(\"CREATE TABLE invoice (note int REFERENCES note (id))\").await";
    assert_eq!(shared_step(text), ["SET009 src/migration/shared/m0004_next.rs:3"]);
}

#[test]
fn a_migration_that_is_half_written_is_found_once() {
    let half = [("src/migration/tenant/m0003_create_tag.rs", "impl TenantMigration for")];
    assert_eq!(found(&half), ["SET012 src/migration/tenant/m0003_create_tag.rs:1"]);
    let config = "strategy = \"shared-schema\"\n[migrate]\ntenant = \"nowhere\"\n";
    assert_eq!(found(&[("tenancy.toml", config)]), ["SET012 tenancy.toml:3"]);
}

#[test]
fn a_step_that_cannot_be_told_is_found() {
    for step in [
        "schema.create_table(Table::create().table(format!(\"{}_x\", 1)))",
        "schema.sql(&format!(\"CREATE TABLE {}\", name))",
        "other::create(schema)",
        "schema.create_table(&other)",
        "schema.create_table(Table::create().table(\"memo\"))?; schema.create_table(&other)",
        "let mut table = Table::create();",
        "schema.create_table(Table::create().table(Elsewhere::Table))",
    ] {
        assert_eq!(tenant_step(step), [format!("SET013 {NEXT}:3")], "{step}");
    }
}

#[test]
fn the_tenant_column_is_not_written_by_hand() {
    let step = "schema.create_table(Table::create().table(\"memo\").col(integer(\"tenant_id\")))";
    assert_eq!(tenant_step(step), [format!("SET014 {NEXT}:3")]);
    let step = "schema.add_column(\"note\", uuid(\"tenant_id\"))";
    assert_eq!(tenant_step(step), [format!("SET014 {NEXT}:3")]);
}

#[test]
fn folders_of_migrations_can_be_configured() {
    let config = "strategy = \"shared-schema\"\n[migrate]\nshared = \"./db/shared\"\n";
    let file = "impl MigrationTrait for Migration {\n\
                async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {\n\
                m.create_table(Table::create().table(\"tenants_x\").take()).await } }";
    let list = "fn all() { vec![Box::new(m0004_x::Migration)] }";
    let files =
        [("tenancy.toml", config), ("db/shared/m0004_x.rs", file), ("db/shared/mod.rs", list)];
    assert_eq!(found(&files), ["SET004 db/shared/m0004_x.rs:3"]);
}

#[test]
fn nothing_that_is_written_stops_the_check() {
    for text in [
        "fn up(",
        "impl TenantMigration for Migration { fn up(&self) { Table::create().table() } }",
        "impl MigrationTrait for M { fn up(&self, m: &S) { m.drop_table(); f(m) } fn f(m: &S) { f(m) } }",
        "fn f(m: &S) { f(m) } impl MigrationTrait for M { fn up(&self, m: &S) { f(m); Table::drop(); } }",
        "impl MigrationTrait for Migration {}",
        "enum Note {} mod a { mod b { use c::{self, d as _, *}; } }",
        &format!("fn a() {{ {}{} }}", "(".repeat(20_000), ")".repeat(20_000)),
        &format!("fn a() {{ {}b }}", "!".repeat(20_000)),
        &format!("type A = {}b;", "&".repeat(20_000)),
        &format!("fn a() {{ b{} }}", ".c()".repeat(20_000)),
        &format!("fn a() {{ b{} }}", " + b".repeat(20_000)),
    ] {
        let ended = check(folder(&[("src/migration/tenant/m0004_next.rs", text)]).path());
        assert!(ended.code == 0 || ended.code == 1, "{text}: {ended}");
    }
}

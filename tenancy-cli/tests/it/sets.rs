//! Every check over the sources of migrations has a case that it finds.

use crate::project::{check, folder, found};

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

const NEXT: &str = "src/migration/tenant/m0004_next.rs";

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
        "let sql = \"CREATE TABLE public.note (id int)\"; schema.sql(sql)",
        "for name in [\"note\"] { schema.create_table(Table::create().table(Alias::new(name)))?; }",
        "for table in [\"note\"] { schema.create_table(Table::create().table(table))?; } Ok(())",
    ] {
        assert_eq!(tenant_step(step), [format!("SET003 {NEXT}:3")], "{step}");
    }
    let words = "match schema.dialect() { Dialect::Sqlite => schema.sql(\"CREATE TABLE a (b int)\"),\n\
                 Dialect::Postgres => schema.create_table(Table::create().table(\"a\")) }";
    assert_eq!(tenant_step(words), [] as [&str; 0]);
    let both =
        "if c { schema.sql(\"CREATE TABLE a (b int)\")?; }\nschema.sql(\"CREATE TABLE a (b int)\")";
    assert_eq!(tenant_step(both), [format!("SET003 {NEXT}:4")]);
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
fn an_enum_is_called_as_its_derive_says() {
    let named = |attribute: &str| {
        let text = format!(
            "{attribute} enum Plan {{ Table }}\nimpl MigrationTrait for Migration {{ async fn up(&self, m: \
             &SchemaManager) -> Result<(), DbErr> {{\n\
             m.create_table(Table::create().table(Plan::Table).take()).await }} }}"
        );
        let list = "fn all() { vec![Box::new(m0001_create_plan::Migration), \
                    Box::new(m0004_next::Migration)] }";
        found(&[
            ("src/migration/shared.rs", list),
            ("src/migration/shared/m0001_create_plan.rs", "impl MigrationTrait for Migration {}"),
            ("src/migration/shared/m0004_next.rs", &text),
        ])
    };
    let is_framework = |found: Vec<String>| found.iter().any(|code| code.starts_with("SET004"));
    // SeaORM's derive looks at the variants only.
    assert!(!is_framework(named("#[derive(DeriveIden)] #[sea_orm(iden = \"tenants_plan\")]")));
    assert!(is_framework(named("#[derive(Iden)] #[iden = \"tenants_plan\"]")));
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
    for stated in [
        "schema.because(\"nobody reads it\").drop_table(\"note\");",
        "schema.because(\"nobody reads it\");\nschema.drop_table(\"note\");",
        "schema.because(WHY).sql(\"DROP TABLE note\")?;",
        "schema.because(\"why\").alter_table(Table::alter().table(\"note\").drop_column(\"a\"))",
        "schema.because(\"why\");\nmatch schema.dialect() { Dialect::Sqlite => schema.sql(\"DROP TABLE note\"),\n\
         Dialect::Postgres => schema.drop_table(\"note\") }",
    ] {
        assert_eq!(tenant_step(stated), [] as [&str; 0], "{stated}");
    }
    // A reason holds for one step.
    let first = "schema.because(\"why\").rename_index(\"a\", \"b\");\nschema.drop_table(\"note\");";
    assert_eq!(tenant_step(first), [format!("SET008 {NEXT}:4")]);
    let blank = "schema.because(\" \").drop_table(\"note\");";
    assert_eq!(tenant_step(blank), [format!("SET008 {NEXT}:3")]);
    let each =
        "schema.because(\"why\");\nfor name in [\"note\", \"tag\"] { schema.drop_table(name); }";
    assert_eq!(tenant_step(each), [format!("SET008 {NEXT}:4")]);
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
        "let sql = \"SELECT 1\"; let sql = format!(\"CREATE TABLE {}\", 1); schema.sql(&sql)",
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

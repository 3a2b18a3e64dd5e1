//! Every check over an application's manifests and code has a case that it finds.

use std::{collections::BTreeSet, fs, path::Path};

use snapbox::str;
use tempfile::tempdir;

use crate::{
    program::tenancy,
    project::{URL, folder, found, found_in},
};

/// What a file beside the others is found to be.
fn code(text: &str) -> Vec<String> {
    found(&[("src/other.rs", text)])
}

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
        // Those of the database are shown on databases.
        .filter(|check| check["kind"] == "static")
        .map(|check| check["code"].as_str().unwrap().to_owned())
        .filter(|code| !code.starts_with("CFG"))
        .collect();
    let cases = [include_str!("code.rs"), include_str!("sets.rs")].concat();
    for code in codes {
        assert!(cases.contains(&format!("\"{code} ")), "{code} has no case here");
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
    let folder = folder(&[]);
    fs::write(folder.path().join("settings.py"), b"\xff").unwrap();
    assert_eq!(found_in(folder.path()), ["APP003 settings.py"]);
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
fn a_package_beside_the_application_is_part_of_it() {
    let beside = tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = beside.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"*\"]\n[workspace.dependencies]\n\
         entity = { path = \"entity\" }\ntenancy-core = { path = \"core\" }\n",
    );
    for package in ["core", "entity", "store"] {
        write(&format!("{package}/Cargo.toml"), "[package]\nname = \"x\"\n");
        write(&format!("{package}/src/lib.rs"), "fn a() { Database::connect(u) }\n");
    }
    write("web/tenancy.toml", "strategy = \"shared-schema\"\n");
    write(
        "web/Cargo.toml",
        "[dependencies]\nentity.workspace = true\ntenancy-core.workspace = true\n\
         store = { path = \"../store\" }\n",
    );
    assert_eq!(
        found_in(&beside.path().join("web")),
        ["APP007 ../entity/src/lib.rs:1", "APP007 ../store/src/lib.rs:1"]
    );
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
        "fn a() { match c.strategy().value.as_str() { X => shared(c), _ => silo(c) } }\n\
         fn shared(c: &C) { SharedSchema::from_config(c) }\n\
         fn silo(c: &C) { SchemaPerTenant::from_config(c) }",
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
    assert_eq!(code("fn a() { Migrator.up(&db, None) }"), ["APP008 src/other.rs:1"]);
    assert_eq!(code("fn a() { elevator.up(); Elevator::up() }"), [] as [&str; 0]);
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

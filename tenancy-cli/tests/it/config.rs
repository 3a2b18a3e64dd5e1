//! `tenancy config`.

use std::fs;

use snapbox::str;
use tempfile::tempdir;

use crate::program::tenancy;

#[test]
fn every_value_is_shown_with_its_source_and_without_secrets() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("tenancy.toml"), "strategy = \"shared-schema\"\n").unwrap();
    let variables =
        [("DATABASE_URL", "postgres://app:s3cret@db/notes"), ("TENANCY_MIGRATE__JOBS", "8")];
    tenancy(folder.path(), &variables, &["config", "show"]).is(str![[r#"
exit 0
--- stdout
KEY                               VALUE                      SOURCE
strategy                          "shared-schema"            tenancy.toml:1
database.url                      "postgres://***@db/notes"  environment variable `DATABASE_URL`
database.max_connections          10                         default
database.tenant_pools             9                          default
database.dedicated_pools          8                          default
database.acquire_timeout_seconds  5                          default
database.extension_schemas        []                         default
database.engine                   "plain"                    default
migrate.on_behind                 "refuse"                   default
migrate.fresh                     "refuse"                   default
migrate.jobs                      8                          environment variable `TENANCY_MIGRATE__JOBS`
migrate.lock_timeout_ms           2000                       default
tenants.grace_days                30                         default
resolve.base_domains              []                         default
resolve.central_hosts             []                         default
resolve.neutral_hosts             []                         default
resolve.ignored_paths             []                         default
resolve.trusted_proxies           []                         default
resolve.cache_seconds             300                        default
resolve.cache_size                10000                      default
scope.functions                   []                         default
scope.writable_tables             []                         default
shared-schema.tenant_column       "tenant_id"                default
shared-schema.rls                 "off"                      default
--- stderr

"#]]);
}

#[test]
fn the_flag_wins_and_is_named() {
    let folder = tempdir().unwrap();
    let variables = [("TENANCY_STRATEGY", "shared-schema")];
    let url = "sqlite://registry.db?key=s3cret";
    let args = ["config", "show", "--database-url", url, "--format", "json"];
    let ended = tenancy(folder.path(), &variables, &args).succeeded();
    let url = ended.stdout.lines().find(|line| line.contains("database.url")).unwrap();
    let url: serde_json::Value = serde_json::from_str(url).unwrap();
    assert_eq!(url["source"]["text"], "flag `--database-url`");
    assert!(!ended.to_string().contains("s3cret"), "{ended}");
}

//! Secrets appear nowhere, whatever is wrong around them.

use super::*;

const BROKEN: &[&str] = &[
    // the address without quotes, cut short, in the wrong key, of the wrong kind
    "[database]\nurl = postgres://app:s3cr3t@db/notes\n",
    "[database]\nurl = \"postgres://app:s3cr3t@db/notes\n",
    "[database]\nmax_connections = \"postgres://app:s3cr3t@db/notes\"\n",
    "[database]\nurl = \"oracle://app:s3cr3t@db/notes\"\n",
    "[database]\nurl = \"postgres://app:s3cr3t\"\n",
    "[database]\nurl = \"postgres://app:s3cr3t@db\"\n",
    "[database]\nurl = [\"postgres://app:s3cr3t@db/notes\"]\n",
    "[database]\n\"postgres://app:s3cr3t@db/notes\" = 1\n",
    "[\"postgres://app:s3cr3t@db/notes\"]\n",
    "\"postgres://app:s3cr3t@db/notes\" = 1\n",
    "database = \"postgres://app:s3cr3t@db/notes\"\n",
    "strategy = \"postgres://app:s3cr3t@db/notes\"\n",
    "[shared-schema]\nrls = \"postgres://app:s3cr3t@db/notes\"\n",
    "[shared-schema]\ntenant_column = \"postgres://app:s3cr3t@db/notes\"\n",
    "[checks]\nsilence = [{ code = \"s3cr3t!\", reason = \"s3cr3t!\" }]\n",
    "strategy = \"shared-schema\"\n[database]\nurl = \"postgres://app:s3cr3t@db/notes?password=s3cr3t\"\n",
];

#[test]
fn no_finding_value_or_debug_text_holds_a_secret() {
    let variables =
        [("TENANCY_DATABASE__DIRECT_URL", URL), ("TENANCY_DATABASE__CENTRAL_URL", "s3cr3t")];
    for toml in BROKEN {
        let world = World::new(toml);
        for variables in [&variables[..], &[]] {
            let loader = world.loader(variables).flag("--url", "database.direct_url", "s3cr3t");
            let debug = format!("{loader:?}");
            let inspection = loader.inspect();
            let json = serde_json::to_string(inspection.findings()).unwrap();
            let values = serde_json::to_string(inspection.values()).unwrap();
            let all = format!("{debug} {inspection:?} {} {json} {values}", inspection.findings());
            assert!(!all.contains("s3cr3t"), "{toml}\n{all}");
        }
    }
}

#[test]
fn a_configuration_and_its_builder_hide_the_password() {
    let builder = Config::builder().strategy(SHARED_SCHEMA).database_url(URL);
    let debug = format!("{builder:?}");
    let config = builder.build().unwrap();
    let all = format!("{debug} {config:?} {:?}", config.values());
    assert!(!all.contains("s3cr3t"), "{all}");
}

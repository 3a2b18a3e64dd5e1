//! The text of every finding.

use super::*;

#[test]
fn a_named_file_that_is_missing_is_refused() {
    let loader = ConfigLoader::new()
        .known_strategy(SHARED_SCHEMA)
        .environment([("TENANCY_CONFIG", "nowhere/t.toml")].into_iter().collect())
        .flag("--strategy", "strategy", "shared-schema")
        .flag("--url", "database.url", URL);
    assert_eq!(
        loader.load().unwrap_err().to_string(),
        "error[CFG001]: the configuration file cannot be read: entity not found\n  \
         --> nowhere/t.toml\n  \
         and environment variable `TENANCY_CONFIG`\n  \
         hint: correct the path or the permissions of the file"
    );
}

#[test]
fn an_application_that_fails_to_load_is_refused_without_its_error() {
    struct Broken;
    impl figment::Provider for Broken {
        fn metadata(&self) -> figment::Metadata {
            figment::Metadata::from("TOML file", Path::new("app.toml"))
        }
        fn data(
            &self,
        ) -> Result<figment::value::Map<figment::Profile, figment::value::Dict>, figment::Error>
        {
            Err(figment::Error::from("near `password = s3cr3t`".to_owned()))
        }
    }
    let variables = [("DATABASE_URL", URL), ("TENANCY_STRATEGY", "shared-schema")];
    let loader = bare(&variables).figment(Figment::from(Broken), "tenancy");
    assert_eq!(
        loader.load().unwrap_err().to_string(),
        "error[CFG001]: the application's configuration cannot be read for `tenancy`\n  \
         --> app.toml\n  \
         hint: extract the application's own configuration first: its error says more"
    );
}

#[test]
fn broken_toml_is_refused_with_its_line() {
    let world = World::new("strategy = \"shared-schema\"\n[database]\nurl = postgres://x\n");
    let text = world.refusal(&[("DATABASE_URL", URL), ("TENANCY_STRATEGY", "shared-schema")]);
    assert_eq!(
        text,
        "error[CFG002]: the file is not valid TOML: \
         string values must be quoted, expected literal string\n  \
         --> tenancy.toml:3\n  \
         hint: correct the line; texts stand in quotes"
    );
}

#[test]
fn sections_of_both_strategies_are_refused() {
    let text = refusal_of("[shared-schema]\nrls = \"off\"\n[schema-per-tenant]\n");
    assert_eq!(
        text,
        "error[CFG003]: both `shared-schema` and `schema-per-tenant` are configured\n  \
         --> tenancy.toml:6\n  \
         and tenancy.toml:4\n  \
         hint: the strategy is `shared-schema`: remove what else is set\n\
         error[CFG010]: the section `[schema-per-tenant]` belongs to `schema-per-tenant`, \
         but the strategy is `shared-schema`\n  \
         --> tenancy.toml:6\n  \
         and tenancy.toml:1\n  \
         hint: remove it, or choose the strategy it belongs to"
    );
}

#[test]
fn options_of_the_other_strategy_are_refused_from_the_environment_too() {
    let world = World::new("strategy = \"schema-per-tenant\"\n[shared-schema]\nrls = \"off\"\n");
    let text = world
        .refusal(&[("DATABASE_URL", URL), ("TENANCY_SHARED_SCHEMA__TENANT_COLUMN", "tenant_id")]);
    assert_eq!(
        text,
        "error[CFG010]: `shared-schema.rls` belongs to `shared-schema`, \
         but the strategy is `schema-per-tenant`\n  \
         --> tenancy.toml:3\n  \
         and tenancy.toml:1\n  \
         hint: remove it, or choose the strategy it belongs to\n\
         error[CFG010]: `shared-schema.tenant_column` belongs to `shared-schema`, \
         but the strategy is `schema-per-tenant`\n  \
         --> environment variable `TENANCY_SHARED_SCHEMA__TENANT_COLUMN`\n  \
         and tenancy.toml:1\n  \
         hint: remove it, or choose the strategy it belongs to"
    );
}

#[test]
fn precedence_does_not_decide_the_strategy() {
    let world = World::new("\nstrategy = \"shared-schema\"\n");
    let loader = world.loader(&[("DATABASE_URL", URL), ("TENANCY_STRATEGY", "schema-per-tenant")]);
    let findings = loader.flag("--strategy", "strategy", "schema-per-tenant").load().unwrap_err();
    assert_eq!(
        world.shown(&findings),
        "error[CFG009]: the strategy is `shared-schema` in one place \
         and `schema-per-tenant` in another\n  \
         --> flag `--strategy`\n  \
         and tenancy.toml:2\n  \
         hint: name the strategy in one place, or the same one in each"
    );
}

#[test]
fn unknown_keys_get_a_proposal() {
    let text = refusal_of(
        "max-connections = 3\non_behind = \"serve\"\ncolour = 1\n[shared_schema]\nx = 1\n",
    );
    assert_eq!(
        text,
        "error[CFG004]: unknown key `database.max-connections`\n  \
         --> tenancy.toml:4\n  \
         hint: did you mean `database.max_connections`?\n\
         error[CFG004]: unknown key `database.on_behind`\n  \
         --> tenancy.toml:5\n  \
         hint: did you mean `migrate.on_behind`?\n\
         error[CFG004]: unknown key `database.colour`\n  \
         --> tenancy.toml:6\n  \
         hint: known here are `url`, `direct_url`, `central_url`, `max_connections`, `tenant_pools`, \
         `dedicated_pools`, `acquire_timeout_seconds`, `busy_timeout_ms`, `extension_schemas`, \
         `engine`\n\
         error[CFG004]: unknown section `[shared_schema]`\n  \
         --> tenancy.toml:7\n  \
         hint: did you mean `[shared-schema]`?"
    );
}

#[test]
fn unknown_sections_and_flags_are_refused() {
    let world = World::new("strategy = \"shared-schema\"\nstratgy = \"x\"\n[logging]\nlevel = 1\n");
    let loader = world.loader(&[("DATABASE_URL", URL)]).flag("--job", "migrate.job", "3");
    assert_eq!(
        world.shown(&loader.load().unwrap_err()),
        "error[CFG004]: unknown key `stratgy`\n  \
         --> tenancy.toml:2\n  \
         hint: did you mean `strategy`?\n\
         error[CFG004]: unknown section `[logging]`\n  \
         --> tenancy.toml:3\n  \
         hint: known sections are `[database]`, `[migrate]`, `[tenants]`, `[checks]`, `[resolve]`, \
         `[scope]`, `[shared-schema]`, `[schema-per-tenant]`\n\
         error[CFG004]: unknown key `migrate.job`\n  \
         --> flag `--job`\n  \
         hint: did you mean `migrate.jobs`?"
    );
}

#[test]
fn unknown_variables_get_a_proposal() {
    let world = World::new("strategy = \"shared-schema\"\n");
    let text = world.refusal(&[
        ("DATABASE_URL", URL),
        ("TENANCY_DATABASE_MAX_CONNECTIONS", "3"),
        ("TENANCY_COLOUR", "red"),
    ]);
    assert_eq!(
        text,
        "error[CFG005]: unknown environment variable `TENANCY_COLOUR`\n  \
         --> environment variable `TENANCY_COLOUR`\n  \
         hint: levels are joined by two underscores, as in `TENANCY_DATABASE__URL`\n\
         error[CFG005]: unknown environment variable `TENANCY_DATABASE_MAX_CONNECTIONS`\n  \
         --> environment variable `TENANCY_DATABASE_MAX_CONNECTIONS`\n  \
         hint: did you mean `TENANCY_DATABASE__MAX_CONNECTIONS`?"
    );
}

#[test]
fn wrong_types_are_named() {
    let text = refusal_of(
        "max_connections = \"10\"\nextension_schemas = \"ext\"\n[shared-schema]\nrls = true\n\
         [strategy_]\n",
    );
    assert_eq!(
        text,
        "error[CFG004]: unknown section `[strategy_]`\n  \
         --> tenancy.toml:8\n  \
         hint: known sections are `[database]`, `[migrate]`, `[tenants]`, `[checks]`, `[resolve]`, \
         `[scope]`, `[shared-schema]`, `[schema-per-tenant]`\n\
         error[CFG006]: `database.max_connections` must be a whole number, not a string\n  \
         --> tenancy.toml:4\n\
         error[CFG006]: `database.extension_schemas` must be a list of strings, not a string\n  \
         --> tenancy.toml:5\n\
         error[CFG006]: `shared-schema.rls` must be a string, not true or false\n  \
         --> tenancy.toml:7"
    );
}

#[test]
fn a_fraction_is_no_whole_number() {
    assert_eq!(
        refusal_of("max_connections = 1.5\n"),
        "error[CFG006]: `database.max_connections` must be a whole number, not a fraction\n  \
         --> tenancy.toml:4"
    );
}

#[test]
fn tables_and_values_are_not_confused() {
    let world = World::new("database = 3\n[strategy]\nname = \"shared-schema\"\n");
    let variables = [("DATABASE_URL", URL), ("TENANCY_SCHEMA_PER_TENANT__ROLE_PER_TENANT", "yes")];
    let loader = world.loader(&variables).flag("--strategy", "strategy", "schema-per-tenant");
    assert_eq!(
        world.shown(&loader.load().unwrap_err()),
        "error[CFG006]: `database` must be a table, not a number\n  \
         --> tenancy.toml:1\n\
         error[CFG006]: `strategy` must be a string, not a table\n  \
         --> tenancy.toml:2\n\
         error[CFG006]: `schema-per-tenant.role_per_tenant` must be `true` or `false`\n  \
         --> environment variable `TENANCY_SCHEMA_PER_TENANT__ROLE_PER_TENANT`"
    );
}

#[test]
fn an_empty_configuration_lacks_strategy_and_database() {
    assert_eq!(
        World::new("").refusal(&[]),
        "error[CFG007]: no strategy is configured\n  \
         hint: write `strategy = \"...\"` at the top of `tenancy.toml`; known are \
         `shared-schema`, `schema-per-tenant`\n\
         error[CFG012]: no database is configured\n  \
         hint: set `DATABASE_URL`, or write `url` under `[database]` in `tenancy.toml`"
    );
}

#[test]
fn a_section_hints_at_the_strategy_that_is_missing() {
    let world = World::new("[schema-per-tenant]\ndirectory = \"data\"\n");
    assert_eq!(
        world.refusal(&[("DATABASE_URL", URL)]),
        "error[CFG007]: no strategy is configured\n  \
         --> tenancy.toml:1\n  \
         hint: write `strategy = \"schema-per-tenant\"` at the top of `tenancy.toml`"
    );
}

#[test]
fn unknown_strategies_get_a_proposal() {
    let near = World::new("strategy = \"shared_schema\"\n");
    assert_eq!(
        near.refusal(&[("DATABASE_URL", URL)]),
        "error[CFG008]: unknown strategy: `shared_schema`\n  \
         --> tenancy.toml:1\n  \
         hint: did you mean `shared-schema`?"
    );
    let far = bare(&[("TENANCY_STRATEGY", "silo"), ("DATABASE_URL", URL)]);
    assert_eq!(
        far.load().unwrap_err().to_string(),
        "error[CFG008]: unknown strategy: `silo`\n  \
         --> environment variable `TENANCY_STRATEGY`\n  \
         hint: this program knows `shared-schema`, `schema-per-tenant`"
    );
}

#[test]
fn another_strategy_in_code_is_found() {
    let world = World::new("strategy = \"shared-schema\"\n");
    let config = world.config(&[("DATABASE_URL", URL)]);
    let here = Location::caller();
    assert_eq!(config.check_strategy("shared-schema", here), None);
    let finding = config.check_strategy("schema-per-tenant", here).unwrap();
    assert_eq!(
        world.shown(&Findings::from(vec![finding])),
        format!(
            "error[CFG011]: the code constructs `schema-per-tenant`, \
             but the strategy is `shared-schema`\n  \
             --> {}:{}\n  \
             and tenancy.toml:1\n  \
             hint: construct the strategy that is configured, or correct the configuration",
            here.file(),
            here.line()
        )
    );
}

#[test]
fn unusable_addresses_are_refused_without_being_shown() {
    let world = World::new("strategy = \"shared-schema\"\ndatabase.url = \"oracle://a:b@c/d\"\n");
    assert_eq!(
        world.refusal(&[]),
        "error[CFG013]: `database.url` has a scheme that is not supported\n  \
         --> tenancy.toml:2\n  \
         hint: write `postgres://user:password@host/database`, `mysql://..` or `sqlite://file.db`"
    );
}

#[test]
fn two_variables_with_different_addresses_are_refused() {
    let world = World::new("strategy = \"shared-schema\"\n");
    let variables = [("DATABASE_URL", URL), ("TENANCY_DATABASE__URL", "sqlite::memory:")];
    assert_eq!(
        world.refusal(&variables),
        "error[CFG014]: two environment variables name different databases\n  \
         --> environment variable `TENANCY_DATABASE__URL`\n  \
         and environment variable `DATABASE_URL`\n  \
         hint: unset one of them, or give both the same value"
    );
}

#[test]
fn impossible_values_are_refused() {
    let text = refusal_of(
        "max_connections = 0\nextension_schemas = [\"Ext\"]\n[migrate]\non_behind = \"refuze\"\n\
         [shared-schema]\ntenant_column = \"Tenant\"\n[resolve]\ntrusted_header = \"\"\n",
    );
    assert_eq!(
        text,
        "error[CFG015]: `database.max_connections` must be between 1 and 10000\n  \
         --> tenancy.toml:4\n\
         error[CFG015]: `database.extension_schemas` must be a list in which each is a name of \
         `a-z`, `0-9` and `_` that starts with a letter, at most 63 bytes\n  \
         --> tenancy.toml:5\n\
         error[CFG015]: `migrate.on_behind` must be one of `refuse`, `serve`\n  \
         --> tenancy.toml:7\n  \
         hint: did you mean `refuse`?\n\
         error[CFG015]: `shared-schema.tenant_column` must be a name of `a-z`, `0-9` and `_` \
         that starts with a letter, at most 63 bytes\n  \
         --> tenancy.toml:9\n\
         error[CFG015]: `resolve.trusted_header` must be a text that is not empty\n  \
         --> tenancy.toml:11"
    );
}

#[test]
fn citus_is_not_yet_supported() {
    assert_eq!(
        refusal_of("engine = \"citus\"\n"),
        "error[CFG016]: the engine `citus` is not yet supported\n  \
         --> tenancy.toml:4\n  \
         hint: remove `engine`: a plain server needs no setting"
    );
}

#[test]
fn a_finding_of_the_configuration_cannot_be_silenced() {
    let text = refusal_of("[checks]\nsilence = [{ code = \"CFG003\", reason = \"x\" }]\n");
    assert!(
        text.starts_with(
            "error[CFG017]: entry 1 of `checks.silence` names a finding of the configuration, \
             which refuses to load with it\n  --> tenancy.toml:5\n"
        ),
        "{text}"
    );
}

#[test]
fn a_silence_needs_a_code_and_a_reason() {
    let text = refusal_of(
        "[checks]\nsilence = [\n  { code = \"COR001\" },\n  { code = \"cor1\", reason = \"x\" },\n  \
         { code = \"COR001\", reason = \"x\", why = \"y\" },\n  3,\n]\n",
    );
    let hint = "hint: write `{ code = \"COR001\", reason = \"why it is accepted\" }`";
    assert_eq!(
        text,
        format!(
            "error[CFG017]: entry 1 of `checks.silence` has no `reason`\n  \
             --> tenancy.toml:6\n  {hint}\n\
             error[CFG017]: entry 2 of `checks.silence` has a `code` that is not three letters \
             and three digits\n  \
             --> tenancy.toml:7\n  {hint}\n\
             error[CFG017]: entry 3 of `checks.silence` has keys other than `code` and `reason`\n  \
             --> tenancy.toml:8\n  {hint}\n\
             error[CFG017]: entry 4 of `checks.silence` is not a table\n  \
             --> tenancy.toml:9\n  {hint}"
        )
    );
}

#[test]
fn addresses_of_different_kinds_are_refused() {
    assert_eq!(
        refusal_of("central_url = \"sqlite::memory:\"\n"),
        "error[CFG018]: `database.central_url` is not of the same kind as `database.url`\n  \
         --> tenancy.toml:4\n  \
         and tenancy.toml:3\n  \
         hint: all addresses lead to one database: correct the one that is wrong"
    );
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let world = World::new("strategy = \"shared-schema\"\n[schema-per-tenant]\n[databse]\n");
    let loader = world.loader(&[
        ("TENANCY_STRATEGY", "schema-per-tenant"),
        ("TENANCY_SHARED_SCHEMA__RLS", "on"),
        ("TENANCY_MIGRATE__JOBS", "none"),
    ]);
    let inspection = loader.inspect();
    let codes: Vec<_> = inspection.findings().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["CFG003", "CFG004", "CFG006", "CFG009", "CFG012", "CFG015"]);
}

//! What wins, and where it comes from.

use super::*;

const FULL: &str = r#"strategy = "shared-schema"

[database]
url = "postgres://app:s3cr3t@db.example.com/notes"
direct_url = "postgres://owner:s3cr3t@db.example.com/notes"
max_connections = 20
extension_schemas = ["ext"]

[migrate]
on_behind = "serve"

[shared-schema]
rls = "enforce"

[checks]
silence = [
  { code = "COR001", reason = "being moved" },
  { code = "SHS002", reason = "accepted" },
]

[resolve]
base_domains = ["example.com"]
trusted_header = "x-tenant"
"#;

#[test]
fn a_file_is_read_with_the_line_of_every_value() {
    let world = World::new(FULL);
    let config = world.config(&[]);
    let database = config.database();

    assert_eq!(config.strategy().value, "shared-schema");
    assert_eq!(config.strategy().source, world.line(1));
    assert_eq!(database.url().source, world.line(4));
    assert_eq!(database.url().value.expose(), URL);
    assert_eq!(database.direct_url().source, world.line(5));
    assert_eq!(database.central_url(), database.url());
    assert!(database.has_direct_url() && !database.has_central_url());
    assert_eq!(*database.max_connections(), Sourced::new(20, world.line(6)));
    assert_eq!(database.extension_schemas().value, ["ext"]);
    assert_eq!(config.migrate().on_behind().value, OnBehind::Serve);
    assert_eq!(config.resolve().base_domains().value, ["example.com"]);
    assert_eq!(config.resolve().trusted_header().unwrap().value, "x-tenant");
    let silence = config.checks().silence("SHS002").unwrap();
    assert_eq!((silence.value.reason.as_str(), &silence.source), ("accepted", &world.line(18)));
    let rls = config.strategy_option("rls").unwrap();
    assert_eq!(rls, Sourced::new("enforce".to_owned(), world.line(13)));
}

#[test]
fn defaults_apply_and_say_so() {
    let config = bare(&[("TENANCY_STRATEGY", "schema-per-tenant"), ("DATABASE_URL", URL)]);
    let config = config.load().unwrap();
    assert_eq!(*config.database().max_connections(), Sourced::new(10, Source::Default));
    assert_eq!(config.database().acquire_timeout().as_secs(), 5);
    assert_eq!(config.migrate().on_behind().value, OnBehind::Refuse);
    assert_eq!(config.migrate().jobs().value, 4);
    assert_eq!(config.migrate().lock_timeout().as_millis(), 2000);
    assert_eq!(config.strategy_option("directory").unwrap().value, "tenants");
    assert_eq!(
        config.options().bool("role-per-tenant"),
        Some(Sourced::new(false, Source::Default))
    );
    assert_eq!(config.strategy_option("rls"), None);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let world = World::new(FULL);
    let variables = [
        ("TENANCY_DATABASE__MAX_CONNECTIONS", "30"),
        ("TENANCY_MIGRATE__JOBS", "6"),
        ("TENANCY_DATABASE__EXTENSION_SCHEMAS", "ext, gis"),
        ("TENANCY_SHARED_SCHEMA__RLS", "off"),
    ];
    let config = world.loader(&variables).flag("--jobs", "migrate.jobs", "8").load().unwrap();

    let env = Source::env("TENANCY_DATABASE__MAX_CONNECTIONS");
    assert_eq!(*config.database().max_connections(), Sourced::new(30, env));
    assert_eq!(*config.migrate().jobs(), Sourced::new(8, Source::flag("--jobs")));
    assert_eq!(config.database().extension_schemas().value, ["ext", "gis"]);
    let rls = config.strategy_option("rls").unwrap();
    assert_eq!(rls, Sourced::new("off".to_owned(), Source::env("TENANCY_SHARED_SCHEMA__RLS")));
}

#[test]
fn the_same_strategy_may_be_named_twice() {
    let world = World::new(FULL);
    let config = world.config(&[("TENANCY_STRATEGY", "shared-schema")]);
    assert_eq!(config.strategy().source, Source::env("TENANCY_STRATEGY"));
}

#[test]
fn database_url_is_the_address_and_may_be_said_twice() {
    let both = [("DATABASE_URL", URL), ("TENANCY_DATABASE__URL", URL)];
    let loader = bare(&both).flag("--strategy", "strategy", "shared-schema");
    let config = loader.load().unwrap();
    assert_eq!(config.database().url().source, Source::env("TENANCY_DATABASE__URL"));
}

#[test]
fn tenancy_config_names_the_file() {
    let world = World::new(FULL);
    let path = world.path();
    let loader = ConfigLoader::new()
        .known_strategy(SHARED_SCHEMA)
        .environment([("TENANCY_CONFIG", path.to_str().unwrap())].into_iter().collect());
    assert_eq!(loader.load().unwrap().strategy().source, world.line(1));
}

#[test]
fn variables_of_the_tool_and_of_kubernetes_are_left_alone() {
    let world = World::new(FULL);
    world.config(&[
        ("TENANCY_LISTEN", "127.0.0.1:3000"),
        ("TENANCY_LOG", "debug"),
        ("TENANCY_TEST_POSTGRES_URL", URL),
        ("TENANCY_SERVICE_HOST", "10.0.0.1"),
        ("TENANCY_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("UNRELATED", "x"),
    ]);
}

#[test]
fn arrays_of_tables_are_silences_too() {
    let world = World::new(
        "strategy = \"shared-schema\"\ndatabase.url = \"sqlite::memory:\"\n\n\
         [[checks.silence]]\ncode = \"COR001\"\nreason = \"being moved\"\n",
    );
    let config = world.config(&[]);
    assert_eq!(config.checks().silences()[0].source, world.line(4));
    assert_eq!(config.database().url().source, world.line(2));
}

#[test]
fn an_application_brings_its_own_figment() {
    let tree = serde_json::json!({
        "app": { "tenancy": {
            "strategy": "shared-schema",
            "database": { "url": URL, "max_connections": 7 },
            "shared-schema": { "rls": "enforce" },
        } }
    });
    let line = Location::caller().line() + 1;
    let figment = Figment::from(Serialized::defaults(tree));
    let loader = bare(&[("TENANCY_MIGRATE__JOBS", "2")]).figment(figment, "app.tenancy");
    let config = loader.load().unwrap();

    let Source::Code(place) = config.database().max_connections().source else {
        panic!("not from code")
    };
    assert_eq!((place.file(), place.line()), (file!(), line));
    assert_eq!(config.strategy_option("rls").unwrap().value, "enforce");
    assert_eq!(config.migrate().jobs().value, 2);
}

#[test]
fn a_figment_that_names_a_file_is_followed_to_the_line() {
    struct Provider(PathBuf);
    impl figment::Provider for Provider {
        fn metadata(&self) -> figment::Metadata {
            figment::Metadata::from("TOML file", self.0.as_path())
        }
        fn data(
            &self,
        ) -> Result<figment::value::Map<figment::Profile, figment::value::Dict>, figment::Error>
        {
            let tree = serde_json::json!({ "tenancy": { "strategy": "shared-schema" } });
            figment::Provider::data(&Serialized::defaults(tree))
        }
    }
    let world = World::new("# the application's\n\n[tenancy]\nstrategy = \"shared-schema\"\n");
    let figment = Figment::from(Provider(world.path()));
    let config = bare(&[("DATABASE_URL", URL)]).figment(figment, "tenancy").load().unwrap();
    assert_eq!(config.strategy().source, world.line(4));
}

#[test]
fn a_figment_without_the_key_says_nothing() {
    let inspection = bare(&[]).figment(Figment::new(), "tenancy").inspect();
    let codes: Vec<_> = inspection.findings().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["CFG007", "CFG012"]);
}

#[test]
fn code_builds_what_a_file_says() {
    let line = Location::caller().line() + 2;
    let builder = Config::builder()
        .strategy(SCHEMA_PER_TENANT)
        .database_url("sqlite://data/notes.db")
        .set("schema-per-tenant.role_per_tenant", "true");
    let config = builder.build().unwrap();
    let Source::Code(place) = config.strategy().source else { panic!("not from code") };
    assert_eq!((place.file(), place.line()), (file!(), line));
    assert!(config.options().bool("role_per_tenant").unwrap().value);
    assert_eq!(config.database().url().value.backend(), sea_orm::DbBackend::Sqlite);
}

#[test]
fn every_value_is_listed_with_its_place() {
    let world = World::new(FULL);
    let config = world.config(&[("TENANCY_MIGRATE__JOBS", "6")]);
    let values = config.values();
    let shown: Vec<_> = values.iter().map(|v| (v.key.as_str(), v.value.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("strategy", "\"shared-schema\""),
            ("database.url", "\"postgres://***@db.example.com/notes\""),
            ("database.direct_url", "\"postgres://***@db.example.com/notes\""),
            ("database.max_connections", "20"),
            ("database.tenant_pools", "9"),
            ("database.dedicated_pools", "8"),
            ("database.acquire_timeout_seconds", "5"),
            ("database.busy_timeout_ms", "10000"),
            ("database.extension_schemas", "[\"ext\"]"),
            ("database.engine", "\"plain\""),
            ("migrate.on_behind", "\"serve\""),
            ("migrate.fresh", "\"refuse\""),
            ("migrate.jobs", "6"),
            ("migrate.lock_timeout_ms", "2000"),
            ("tenants.grace_days", "30"),
            ("checks.silence", "[\"COR001\", \"SHS002\"]"),
            ("resolve.base_domains", "[\"example.com\"]"),
            ("resolve.central_hosts", "[]"),
            ("resolve.neutral_hosts", "[]"),
            ("resolve.ignored_paths", "[]"),
            ("resolve.trusted_proxies", "[]"),
            ("resolve.trusted_header", "\"x-tenant\""),
            ("resolve.cache_seconds", "300"),
            ("resolve.cache_size", "10000"),
            ("scope.functions", "[]"),
            ("scope.writable_tables", "[]"),
            ("shared-schema.tenant_column", "\"tenant_id\""),
            ("shared-schema.rls", "\"enforce\""),
        ]
    );
    assert_eq!(values[12].source, Source::env("TENANCY_MIGRATE__JOBS"));
}

#[test]
fn what_can_be_read_is_shown_beside_the_findings() {
    let world = World::new("strategy = \"shared-schema\"\n[database]\nmax_connections = 0\n");
    let inspection = world.loader(&[]).inspect();
    assert_eq!(inspection.strategy().unwrap().value, "shared-schema");
    assert!(inspection.values().iter().any(|value| value.key == "shared-schema.rls"));
    assert_eq!(inspection.findings().len(), 2);
}

#[test]
fn a_third_strategy_needs_no_change_here() {
    const PREFIX: StrategyKeys = StrategyKeys {
        name: "table-prefix",
        keys: &[OptionKey {
            name: "length",
            kind: OptionKind::Integer { min: 1, max: 8 },
            default: None,
            doc: "how long a prefix is",
        }],
        checks: &[],
    };
    let variables = [("TENANCY_TABLE_PREFIX__LENGTH", "3"), ("TENANCY_STRATEGY", "table-prefix")];
    let loader = bare(&variables).known_strategy(PREFIX).flag("--url", "database.url", URL);
    let config = loader.load().unwrap();
    assert_eq!(config.options().integer("length").unwrap().value, 3);
    assert_eq!(Path::new("tenancy.toml"), Source::file("tenancy.toml").path().unwrap());
}

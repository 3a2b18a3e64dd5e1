//! Row-level security behind the scoping of statements, for a role of the application's own.

use std::{path::Path, sync::OnceLock};

use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait, Statement, StreamTrait,
    TransactionTrait,
};
use tenancy_core::{
    Error, Tenancy,
    config::Config,
    roles::Roles,
    testing::{
        Setup, TestBackend, TestDatabase, World, Written, checking, oracle, roles,
        wire::Wire,
        world::{base, connect, customer, migrate, new_tenant, rows, with_note},
    },
};
use tenancy_shared_schema::SharedSchema;

/// A role that reads and writes whatever the server has, and for which policies hold.
const APPLICATION: &str = "tenancy_test_application";

/// A role of the kind that an application may have by mistake.
const BYPASSING: &str = "tenancy_test_bypassing";

const ROLES: &str = "\
DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(7290153);
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenancy_test_application') THEN
    CREATE ROLE tenancy_test_application LOGIN IN ROLE pg_read_all_data, pg_write_all_data;
    CREATE ROLE tenancy_test_bypassing LOGIN BYPASSRLS
      IN ROLE pg_read_all_data, pg_write_all_data;
  END IF;
END $$";

/// The same address for another role.
fn as_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("an address");
    let place = rest.split_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{role}@{place}")
}

/// The roles are the server's, and made once.
fn make_roles(url: &str) {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let url = url.to_owned();
        let made = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let server = Database::connect(&url).await.expect("a server");
                server.execute_unprepared(ROLES).await.expect("roles");
            });
        });
        made.join().expect("the roles are made");
    });
}

fn set_up(url: &str, _: Option<&Path>) -> Setup {
    if !url.starts_with("postgres") {
        return crate::contract::set_up(url, None);
    }
    make_roles(url);
    set_up_as(url, &as_role(url, APPLICATION))
}

/// The address of a server for the application's role.
pub(crate) fn application(url: &str) -> String {
    make_roles(url);
    as_role(url, APPLICATION)
}

/// The set-up for an address of the application's, which a pooler may stand before.
pub(crate) fn reached(application: &str, direct: &str) -> Setup {
    set_up_with(direct, application, &crate::pooling::SMALL)
}

/// The same with less patience.
pub(crate) fn reached_soon_told(application: &str, direct: &str) -> Setup {
    set_up_with(direct, application, &crate::pooling::IMPATIENT)
}

fn set_up_as(url: &str, application: &str) -> Setup {
    set_up_with(url, application, &[])
}

fn set_up_with(url: &str, application: &str, values: &[(&str, &str)]) -> Setup {
    let mut config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url(application)
        .set("database.direct_url", url)
        .set("database.central_url", url)
        .set("shared-schema.rls", "enforce");
    for (key, value) in values {
        config = config.set(key, value);
    }
    let config = config.build().expect("a configuration that fits together");
    let strategy = SharedSchema::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

mod contract {
    use super::set_up;

    tenancy_core::strategy_contract!(super::set_up);
}

mod beginning {
    use super::set_up;

    tenancy_core::beginning_suite!(super::set_up);
}

mod adopting {
    use super::set_up;

    tenancy_core::adopting_suite!(super::set_up);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_corpus_is_scoped() {
    oracle::corpus_is_scoped(TestBackend::Postgres, set_up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_statements_are_scoped() {
    let statements = oracle::statements();
    let seed = oracle::seed();
    let postgres = TestBackend::Postgres;
    let tally = oracle::generated_statements_are_scoped(postgres, set_up, seed, statements).await;
    assert!(tally.equal * 10 > statements * 7, "{tally:?}");
}

/// The application's role past the framework.
async fn past_the_framework(world: &World) -> DatabaseConnection {
    let url = as_role(world.database().url(), APPLICATION);
    Database::connect(url).await.expect("a connection")
}

async fn names<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT name FROM customer ORDER BY name";
    let select = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(select).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_stands_without_scoping() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = past_the_framework(&world).await;
    assert!(names(&raw).await.expect("no rows").is_empty());
    let transaction = raw.begin().await.expect("a transaction");
    let acme = world.acme.id;
    let tell = format!("SELECT set_config('tenancy.tenant_id', '{acme}', true)");
    transaction.execute_unprepared(&tell).await.expect("a setting");
    let seen = names(&transaction).await.expect("rows");
    assert_eq!(seen, ["ann of acme", "bob of acme"]);
    let theirs = format!(
        "INSERT INTO customer (tenant_id, email, name) VALUES ('{}', 'x@example.com', 'x')",
        world.globex.id
    );
    let refused = transaction.execute_unprepared(&theirs).await.expect_err("another's row");
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    transaction.rollback().await.expect("a rollback");
    // What a setting leaves behind on a connection is no tenant.
    let left = raw.begin().await.expect("a transaction");
    assert!(names(&left).await.expect("no rows").is_empty());
}

/// What a check finds in the database.
async fn found(world: &World, code: &str) -> Vec<String> {
    let report = checking::check(set_up, world.database()).await;
    assert!(report.has_run(code), "{report:?}");
    let findings = report.findings.iter().filter(|finding| finding.code == code);
    findings.map(|finding| finding.message.clone()).collect()
}

async fn refusal(world: &World, role: &str) -> Error {
    let url = world.database().url();
    let setup = set_up_as(url, &as_role(url, role));
    let connected = Tenancy::connect(&setup.config, setup.strategy, base()).await;
    connected.expect_err("a role that the wall does not hold for")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_policies_do_not_hold_for_are_refused() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    let bypassing = refusal(&world, BYPASSING).await;
    assert!(bypassing.to_string().contains("has BYPASSRLS"), "{bypassing}");
    let url = world.database().url();
    let setup = set_up_as(url, url);
    let connected = Tenancy::connect(&setup.config, setup.strategy, base()).await;
    let superuser = connected.expect_err("a superuser");
    assert!(superuser.to_string().contains("is a superuser"), "{superuser}");
    let give = format!("ALTER TABLE invoice OWNER TO {APPLICATION}");
    raw.execute_unprepared(&give).await.expect("another owner");
    let owns = found(&world, "SHS008").await;
    assert!(owns.len() == 1 && owns[0].contains("owns tenant tables"), "{owns:?}");
    let owner = refusal(&world, APPLICATION).await;
    assert!(owner.to_string().contains("owns tenant tables"), "{owner}");
    assert_eq!(owner.code(), "COR127");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_that_are_not_what_they_should_be_are_noticed_and_mended() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    for (damage, named) in [
        ("DROP POLICY tenancy_tenant ON customer", "lacks the policy"),
        ("ALTER TABLE customer DISABLE ROW LEVEL SECURITY", "not enabled and forced"),
        ("ALTER TABLE customer NO FORCE ROW LEVEL SECURITY", "not enabled and forced"),
        ("ALTER POLICY tenancy_tenant ON customer USING (true)", "is another one"),
        ("ALTER POLICY tenancy_tenant ON customer WITH CHECK (true)", "is another one"),
    ] {
        raw.execute_unprepared(damage).await.expect("damage");
        let again = world.again(base()).await;
        let refused = again.connection(&world.acme).await.expect_err(damage);
        assert!(refused.to_string().contains(named), "{damage}: {refused}");
        let found = found(&world, "SHS009").await;
        assert!(found.len() == 1 && found[0].contains(named), "{damage}: {found:?}");
        migrate(&again).await;
        let acme = again.connection(&world.acme).await.expect("a connection");
        assert_eq!(rows(&acme).await.0.len(), 2);
    }
    let wider = "CREATE POLICY all_of_it ON customer USING (true)";
    raw.execute_unprepared(wider).await.expect("a policy");
    let again = world.again(base()).await;
    let refused = again.connection(&world.acme).await.expect_err(wider);
    assert!(refused.to_string().contains("`all_of_it`"), "{refused}");
    // It is somebody's own, so a run leaves it, and says so instead of that a run would help.
    assert!(refused.hint().is_some_and(|hint| hint.contains("drop the policy")), "{refused:?}");
    migrate(&again).await;
    assert!(matches!(again.connection(&world.acme).await, Err(Error::Unsecured { .. })));
    raw.execute_unprepared("DROP POLICY all_of_it ON customer").await.expect("dropped");
    migrate(&again).await;
    again.connection(&world.acme).await.expect("a run has seen that it is mended");
}

/// A run that changes tables brings the rules there as it does, and knows what is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_changes_tables_says_what_only_others_can_mend() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let raw = world.raw().await;
    let next = world.again(with_note()).await;
    let wider = "CREATE POLICY all_of_it ON customer USING (true)";
    let damage = "DROP POLICY tenancy_tenant ON customer; \
                  ALTER TABLE invoice DISABLE ROW LEVEL SECURITY";
    for sql in [wider, damage] {
        raw.execute_unprepared(sql).await.expect(sql);
    }
    migrate(&next).await;
    let acme = next.registry().tenant(&world.acme.slug).await.expect("the tenant");
    let refused = next.connection(&acme).await.expect_err("a policy of others");
    assert!(refused.to_string().contains("`all_of_it`"), "{refused}");
    raw.execute_unprepared("DROP POLICY all_of_it ON customer").await.expect("dropped");
    assert!(found(&world, "SHS009").await.is_empty());
    let mut sets = with_note();
    sets.tenant.push(Box::new(Written::new("m20260601_000001_phone", |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN phone text")
    })));
    raw.execute_unprepared(damage).await.expect(damage);
    let last = world.again(sets).await;
    assert!(last.connection(&acme).await.is_err());
    migrate(&last).await;
    let acme = last.registry().tenant(&acme.slug).await.expect("the tenant");
    assert_eq!(rows(&last.connection(&acme).await.expect("a connection")).await.0.len(), 2);
}

/// A database that had no wall gets one with the next run, and one that is to have none loses it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_is_raised_and_taken_down() {
    let database = TestDatabase::create(TestBackend::Postgres).await.expect("a database");
    let without = connect(crate::contract::set_up, &database, base()).await.expect("connected");
    migrate(&without).await;
    let acme = without.create_tenant(&new_tenant("acme")).await.expect("a tenant");
    let with = connect(set_up, &database, with_note()).await.expect("connected");
    assert!(matches!(with.connection(&acme).await, Err(Error::Unsecured { .. })));
    migrate(&with).await;
    let acme = with.registry().tenant(&acme.slug).await.expect("the tenant");
    with.connection(&acme).await.expect("a connection");
    let without =
        connect(crate::contract::set_up, &database, with_note()).await.expect("connected");
    assert!(matches!(without.connection(&acme).await, Err(Error::Unsecured { .. })));
    migrate(&without).await;
    without.connection(&acme).await.expect("a connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_costs_a_transaction_or_one_statement_in_it() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let url = world.database().url();
    // Each statement is a round trip; the pool's own test of a connection that it takes back, which
    // nobody waits for, is none of them.
    let wire = Wire::before(&as_role(url, APPLICATION)).await;
    let one = [("database.max_connections", "1")];
    let setup = set_up_with(url, wire.url(), &one);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, base()).await.expect("connected");
    let acme = tenancy.connection(&world.acme).await.expect("a connection");
    let customers = || customer::Entity::find().all(&acme);
    customers().await.expect("rows");
    let before = wire.statements();
    assert_eq!(customers().await.expect("rows").len(), 2);
    assert_eq!(wire.statements() - before, 3, "BEGIN with the setting, the statement, COMMIT");
    let before = wire.statements();
    let transaction = acme.begin().await.expect("a transaction");
    for _ in 0..5 {
        customer::Entity::find().all(&transaction).await.expect("rows");
    }
    transaction.commit().await.expect("a commit");
    assert_eq!(wire.statements() - before, 5 + 2);
}

fn set_up_roles([application, owner, central]: [&str; 3]) -> Setup {
    let config = Config::builder()
        .strategy(SharedSchema::KEYS)
        .database_url(application)
        .set("database.direct_url", owner)
        .set("database.central_url", central)
        .set("shared-schema.rls", "enforce")
        .build()
        .expect("a configuration that fits together");
    let strategy = SharedSchema::from_config(&config).expect("a strategy");
    Setup::new(config, strategy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_have_the_rights_they_need() {
    roles::roles_have_the_rights_they_need("tenancy_test_shared", set_up_roles).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_are_declared_writable_stay_writable() {
    let world = World::create(TestBackend::Postgres, set_up).await;
    let url = world.database().url();
    let central = as_role(url, "tenancy_test_central");
    for (writable, takes_away) in [("", true), ("currency", false)] {
        let mut values = vec![("database.central_url", central.as_str())];
        if !writable.is_empty() {
            values.push(("scope.writable_tables", writable));
        }
        let Setup { config, strategy, .. } = set_up_with(url, &as_role(url, APPLICATION), &values);
        let roles = Roles::read(&config, strategy.as_ref()).await.expect("roles");
        let revoke = "REVOKE INSERT, UPDATE, DELETE ON public.\"currency\"";
        let is_taken = roles.statements().iter().any(|statement| statement.starts_with(revoke));
        assert_eq!(is_taken, takes_away, "{:#?}", roles.statements());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_end_their_transaction() {
    use futures_util::StreamExt as _;

    let world = World::create(TestBackend::Postgres, set_up).await;
    let url = world.database().url();
    // One connection: a transaction that does not end would keep it from what comes next.
    let one = [("database.max_connections", "1"), ("database.acquire_timeout_seconds", "5")];
    let setup = set_up_with(url, &as_role(url, APPLICATION), &one);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, base()).await.expect("connected");
    let acme = tenancy.connection(&world.acme).await.expect("a connection");
    for read in [1, 2, usize::MAX] {
        let sql = "UPDATE customer SET name = name RETURNING name";
        let backend = acme.get_database_backend();
        let stream = acme.stream_raw(Statement::from_string(backend, sql)).await.expect("a stream");
        let rows: Vec<_> = stream.take(read).collect().await;
        assert_eq!(rows.len(), read.min(2));
        assert!(rows.iter().all(Result::is_ok));
    }
    let wrong = Statement::from_string(acme.get_database_backend(), "SELECT 1 / 0 FROM customer");
    // Before the first row or in its place, as the driver has it.
    let failed = match acme.stream_raw(wrong).await {
        Ok(mut stream) => stream.next().await.is_some_and(|row| row.is_err()),
        Err(_) => true,
    };
    assert!(failed);
    assert_eq!(names(&acme).await.expect("rows").len(), 2);
}

//! Tenants as databases of a MariaDB server, which commits each change of a table by itself.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, Statement, TransactionTrait, sea_query::ColumnDef,
};
use tenancy_core::{
    Error, MigrateOptions, MigrationSets, Tenancy, TenantStatus,
    migrate::{MigrationReport, Outcome, Selection},
    testing::{
        TestBackend, World, Written,
        world::{base, connect, migrate, new_tenant, rows, slug},
    },
};

use crate::contract::set_up;

const BROKEN: &str = "m20260501_000001_phones";

async fn texts(database: &DatabaseConnection, sql: &str) -> Result<Vec<String>, DbErr> {
    let select = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(select).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn with(migration: Written) -> MigrationSets {
    let mut sets = base();
    sets.tenant.push(Box::new(migration));
    sets
}

/// Two steps that can be done, with the rows of `customer` in the way of the third.
fn in_the_way() -> Written {
    Written::new(BROKEN, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN phone varchar(20) NOT NULL DEFAULT '-'")?;
        schema.sql("CREATE INDEX customer_phone ON customer (phone)")?;
        schema.sql("CREATE UNIQUE INDEX customer_phone_once ON customer (phone)")
    })
}

async fn going_on(tenancy: &Tenancy) -> MigrationReport {
    let mut options = MigrateOptions::default();
    options.continue_on_error = true;
    tenancy.migrate(&options, |_| {}).await.unwrap()
}

/// A tenant that a failure has left between two steps says so, is refused, and is gone on with at that
/// step.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_applied_in_part_is_gone_on_with() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let next = world.again(with(in_the_way())).await;
    let report = going_on(&next).await;
    for (tenant, error) in report.failures() {
        let is_partial = matches!(error, Error::AppliedInPart { done: 2, whole: 3, .. });
        assert!(is_partial, "{tenant}: {error:?}");
        assert_eq!(error.code(), "MIG134");
    }
    assert_eq!(report.failures().count(), 2);
    assert!(report.tenants.iter().all(|tenant| tenant.outcome.word() == "partial"));
    let refused = next.connection(&world.acme).await;
    assert!(matches!(refused, Err(Error::Behind { .. })), "{refused:?}");

    let raw = world.raw().await;
    let name = world.acme.physical_name.as_str();
    let mend = format!("UPDATE `{name}`.customer SET phone = CONCAT('+', id)");
    raw.execute_unprepared(&mend).await.unwrap();
    let report = going_on(&next).await;
    let failed: Vec<String> = report.failures().map(|(tenant, _)| tenant.to_string()).collect();
    assert_eq!(failed, ["globex"]);
    let acme = next.registry().tenant(&slug("acme")).await.unwrap();
    assert_eq!(acme.migration_head.as_deref(), Some(BROKEN));
    assert_eq!(rows(&next.connection(&acme).await.unwrap()).await.0.len(), 2);
    let left = format!("SELECT migration FROM `{name}`.tenants_migration_step");
    assert_eq!(texts(&raw, &left).await.unwrap(), [] as [&str; 0]);
}

/// A migration that is another one than the one that was applied in part is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_applied_in_part_may_be_mended_at_its_end_only() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    going_on(&world.again(with(in_the_way())).await).await;
    let other = Written::new(BROKEN, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN phone varchar(40) NOT NULL DEFAULT '-'")
    });
    let report = going_on(&world.again(with(other)).await).await;
    for (tenant, error) in report.failures() {
        assert!(matches!(error, Error::EditedMigration { .. }), "{tenant}: {error:?}");
    }
    assert_eq!(report.failures().count(), 2);
    let mended = Written::new(BROKEN, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN phone varchar(20) NOT NULL DEFAULT '-'")?;
        schema.sql("CREATE INDEX customer_phone ON customer (phone)")
    });
    let mended = world.again(with(mended)).await;
    migrate(&mended).await;
    let verified = mended.verify(&Selection::default(), 2).await.unwrap();
    assert!(verified.unsound.is_empty(), "{verified:?}");
}

/// A step whose end was not written down is tried again, and the server's word that it is done is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_was_cut_off_is_done_once() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let sets = || {
        with(Written::new(BROKEN, |schema| {
            schema.sql("ALTER TABLE customer ADD COLUMN phone varchar(20)")?;
            schema.sql("CREATE INDEX customer_phone ON customer (phone)")
        }))
    };
    migrate(&world.again(sets()).await).await;
    // As a server that went away behind the second step has left it.
    let raw = world.raw().await;
    let name = world.acme.physical_name.as_str();
    let digests =
        texts(&raw, "SELECT SHA2('sql:CREATE INDEX `customer_phone` ON `customer` (phone)', 256)");
    let [digest] = digests.await.unwrap().try_into().unwrap();
    let first = texts(
        &raw,
        "SELECT SHA2('sql:ALTER TABLE `customer` ADD COLUMN `phone` VARCHAR(20) NULL', 256)",
    );
    let [first] = first.await.unwrap().try_into().unwrap();
    for sql in [
        format!("DELETE FROM `{name}`.seaql_migrations WHERE version = '{BROKEN}'"),
        format!(
            "INSERT INTO `{name}`.tenants_migration_step VALUES \
             ('{BROKEN}', 0, '{first}', TRUE), ('{BROKEN}', 1, '{digest}', FALSE)"
        ),
        format!("UPDATE tenants_tenant SET migration_head = NULL WHERE physical_name = '{name}'"),
    ] {
        raw.execute_unprepared(&sql).await.unwrap();
    }
    let report = migrate(&world.again(sets()).await).await;
    let [only] = report.tenants.as_slice() else { unreachable!("{report:?}") };
    assert!(matches!(&only.outcome, Outcome::Migrated { applied } if applied == &[BROKEN]));
}

/// The work of a data step is one transaction, also behind changes that were committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_step_is_all_or_nothing() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let failing = Written::new(BROKEN, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN phone varchar(20)")?;
        schema.data("phones", |tenant| {
            Box::pin(async move {
                tenant.execute_unprepared("UPDATE customer SET phone = 'x'").await?;
                Err(DbErr::Custom("no".to_owned()))
            })
        });
        Ok(())
    });
    let report = going_on(&world.again(with(failing)).await).await;
    let is_partial =
        |error: &Error| matches!(error, Error::AppliedInPart { done: 1, whole: 2, .. });
    assert!(report.failures().all(|(_, error)| is_partial(error)), "{report:?}");
    let raw = world.raw().await;
    let name = world.acme.physical_name.as_str();
    let select = format!("SELECT email FROM `{name}`.customer WHERE phone IS NOT NULL");
    assert_eq!(texts(&raw, &select).await.unwrap(), [] as [&str; 0]);
}

/// A tenant that cannot be made leaves neither a row nor a database nor a claim, and what is there by
/// the name of a place stays as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_cannot_be_made_is_not_there() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let raw = world.raw().await;
    let databases = "SELECT CONVERT(schema_name USING utf8mb4) FROM information_schema.schemata \
                     WHERE schema_name IN (SELECT name FROM tenants_physical_name) ORDER BY 1";
    let before = texts(&raw, databases).await.unwrap();
    let broken = world.again(tenancy_core::testing::world::with_broken()).await;
    let failed = broken.create_tenant(&new_tenant("initech")).await.unwrap_err();
    assert!(matches!(failed, Error::MigrationFailed { .. }), "{failed:?}");
    assert_eq!(texts(&raw, databases).await.unwrap(), before);
    let claims = texts(&raw, "SELECT name FROM tenants_place_claim").await.unwrap();
    assert_eq!(claims, [] as [&str; 0]);

    // A place that is there and has no claim is somebody else's.
    let acme = &world.acme;
    for sql in [
        "UPDATE tenants_tenant SET status = 'provisioning', migration_head = NULL \
         WHERE slug = 'acme'"
            .to_owned(),
        format!("DELETE FROM `{}`.seaql_migrations", acme.physical_name),
    ] {
        raw.execute_unprepared(&sql).await.unwrap();
    }
    let refused = world.tenancy.finish_tenant(&slug("acme")).await.unwrap_err();
    assert!(matches!(refused, Error::PlaceExists { .. }), "{refused:?}");
    let kept = format!("SELECT email FROM `{}`.customer", acme.physical_name);
    assert_eq!(texts(&raw, &kept).await.unwrap().len(), 2);
    // With a claim it is one that was cut off, and is made anew.
    let claim =
        format!("INSERT INTO tenants_place_claim VALUES ('{}', NOW(6))", acme.physical_name);
    raw.execute_unprepared(&claim).await.unwrap();
    let finished = world.tenancy.finish_tenant(&slug("acme")).await.unwrap();
    assert_eq!(finished.status, TenantStatus::Active);
    assert!(rows(&world.connection(&finished).await).await.0.is_empty());
}

/// Tables of tenants may refer to shared ones, in the registry's database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_refer_to_shared_tables() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let prices = Written::new("m20260501_000001_prices", |schema| {
        schema.sql(
            "CREATE TABLE price (id int PRIMARY KEY, code varchar(255) NOT NULL, \
             CONSTRAINT price_code FOREIGN KEY (code) REFERENCES currency (code))",
        )
    });
    let next = connect(set_up, world.database(), with(prices)).await.unwrap();
    migrate(&next).await;
    let acme = next.registry().tenant(&slug("acme")).await.unwrap();
    let acme = next.connection(&acme).await.unwrap();
    acme.execute_unprepared("INSERT INTO price (id, code) VALUES (1, 'EUR')").await.unwrap();
    let refused = acme.execute_unprepared("INSERT INTO price (id, code) VALUES (2, 'XXX')").await;
    assert!(refused.is_err(), "a currency that is not there");
    let verified = next.verify(&Selection::default(), 2).await.unwrap();
    assert!(verified.unsound.is_empty(), "{verified:?}");
}

/// What sessions are given, whatever the server would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_strict() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let acme = world.connection(&world.acme).await;
    let long = "x".repeat(300);
    let sql = format!("INSERT INTO customer (email, name) VALUES ('l@example.com', '{long}')");
    assert!(acme.execute_unprepared(&sql).await.is_err(), "a text was cut");
    // A transaction that waited for a row reads what it is now.
    let transaction = acme.begin().await.unwrap();
    let before = rows(&transaction).await.0.len();
    let other = world.connection(&world.acme).await;
    let insert = "INSERT INTO customer (email, name) VALUES ('n@example.com', 'new')";
    other.execute_unprepared(insert).await.unwrap();
    assert_eq!(rows(&transaction).await.0.len(), before + 1);
    transaction.rollback().await.unwrap();
}

/// Alterations of many kinds.
fn altering() -> Written {
    Written::new("m20260501_000001_alter", |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN nick varchar(40) DEFAULT 'none'")?;
        schema.sql("CREATE INDEX customer_nick ON customer (nick)")?;
        schema.rename_index("customer_nick", "nick_of_customer");
        let nick = ColumnDef::new("nick").string_len(80).not_null().default("-").take();
        schema.alter_column("customer", &nick)?;
        schema.drop_index("nick_of_customer");
        schema.sql("ALTER TABLE customer ADD CONSTRAINT once UNIQUE (name, nick)")?;
        schema.sql("ALTER TABLE customer ADD COLUMN city varchar(40)")?;
        schema.sql("ALTER TABLE customer RENAME COLUMN city TO town")
    })
}

/// What other databases alter in other words is altered, with the rows that are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_altered() {
    let world = World::create(TestBackend::MariaDb, set_up).await;
    let altered = world.again(with(altering())).await;
    migrate(&altered).await;
    let acme = altered.registry().tenant(&slug("acme")).await.unwrap();
    let connection = altered.connection(&acme).await.unwrap();
    let twice = "INSERT INTO customer (email, name, nick) VALUES ('2@x', 'ann of acme', 'none')";
    assert!(connection.execute_unprepared(twice).await.is_err(), "the key does not hold");
    let given = "INSERT INTO customer (email, name, town) VALUES ('3@x', 'ann of acme', 'Rome')";
    connection.execute_unprepared(given).await.unwrap();
    let null = "INSERT INTO customer (email, name, nick) VALUES ('4@x', 'zoe', NULL)";
    assert!(connection.execute_unprepared(null).await.is_err(), "the column may be null");

    // A key goes with each of its columns; what is left of it would refuse rows.
    let mut sets = with(altering());
    sets.tenant.push(Box::new(Written::new("m20260502_000001_drop", |schema| {
        schema.drop_column("customer", "nick");
        Ok(())
    })));
    let dropped = world.again(sets).await;
    migrate(&dropped).await;
    let acme = dropped.registry().tenant(&slug("acme")).await.unwrap();
    let connection = dropped.connection(&acme).await.unwrap();
    let same = "INSERT INTO customer (email, name) VALUES ('5@x', 'ann of acme')";
    connection.execute_unprepared(same).await.unwrap();
    let verified = dropped.verify(&Selection::default(), 2).await.unwrap();
    assert!(verified.unsound.is_empty(), "{verified:?}");
}

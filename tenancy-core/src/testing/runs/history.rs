//! Runs that are recorded, repeated, met by others and taken back.

use sea_orm::ConnectionTrait;

use super::{COUNT, PHONE, add_phone, base_with, count_customers};
use crate::{
    Dialect, Error, MigrateOptions, Result, Tenancy, Tenant, TenantDdl, TenantSchema, TenantSet,
    migrate::{Direction, MigrationReport, Outcome, Rollback},
    testing::{
        TestBackend, Written,
        world::{ADD_NOTE, SetUp, World, base, migrate, new_tenant, slug, with_note},
    },
};

const INVOICES: &str = "m20260103_000001_create_invoices";

async fn head(tenancy: &Tenancy, name: &str) -> Option<String> {
    tenancy.registry().tenant(&slug(name)).await.unwrap().migration_head
}

async fn has_column(tenancy: &Tenancy, tenant: &Tenant, column: &str) -> bool {
    let tenant = tenancy.registry().tenant(&tenant.slug).await.unwrap();
    let Ok(connection) = tenancy.connection(&tenant).await else { return false };
    connection.execute_unprepared(&format!("SELECT {column} FROM customer")).await.is_ok()
}

async fn take_back(tenancy: &Tenancy, what: Rollback) -> MigrationReport {
    let report = tenancy.roll_back(&what, &MigrateOptions::default(), |_| {}).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    report
}

/// Taking a run back takes back what it has applied, to whom, and nothing else; then its migrations
/// may be edited.
pub async fn a_run_is_taken_back(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers()])).await;
    let up = migrate(&next).await;
    assert!(has_column(&next, &world.acme, "note").await);
    let run = up.run.unwrap();
    take_back(&next, Rollback::Run(run)).await;
    for tenant in ["acme", "globex"] {
        assert_eq!(head(&next, tenant).await.as_deref(), Some(INVOICES));
    }
    assert_eq!(crate::testing::world::rows(&world.connection(&world.acme).await).await.0.len(), 2);
    let runs = next.migration_runs(10).await.unwrap();
    let ways: Vec<Direction> = runs.iter().map(|run| run.direction).collect();
    assert_eq!(ways[..2], [Direction::Down, Direction::Up]);
    assert!(runs.iter().all(|run| run.finished_at.is_some()), "{runs:?}");
    let edited = Written::new(COUNT, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN note varchar(80)")
    });
    let edited = world.again(base_with([edited])).await;
    migrate(&edited).await;
    assert!(has_column(&edited, &world.globex, "note").await);
}

/// Migrations are taken back by number, or to one that stays.
pub async fn steps_are_taken_back_to_a_name(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([count_customers(), add_phone()])).await;
    migrate(&next).await;
    take_back(&next, Rollback::Steps(1)).await;
    assert_eq!(head(&next, "acme").await.as_deref(), Some(COUNT));
    migrate(&next).await;
    assert!(has_column(&next, &world.acme, "phone").await);
    take_back(&next, Rollback::To(INVOICES.to_owned())).await;
    assert_eq!(head(&next, "globex").await.as_deref(), Some(INVOICES));
    let nothing = take_back(&next, Rollback::To(INVOICES.to_owned())).await;
    assert!(nothing.run.is_none(), "{nothing:?}");
    let unknown = Rollback::To("m20200101_000001_no".to_owned());
    let unknown = next.roll_back(&unknown, &MigrateOptions::default(), |_| {}).await;
    assert!(matches!(unknown, Err(Error::NoSuchMigration { .. })), "{unknown:?}");
    migrate(&next).await;
    assert!(has_column(&next, &world.globex, "phone").await);
}

/// A run under a newer migration, and a migration without `down`, stay; everything is as before.
pub async fn what_cannot_be_taken_back_stays(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let first = world.again(base_with([count_customers()])).await;
    let run = migrate(&first).await.run.unwrap();
    let forever = Written::new("m20260701_000001_forever", |schema| {
        schema.sql("CREATE TABLE forever (id integer PRIMARY KEY)")
    });
    let next = world.again(base_with([count_customers(), add_phone(), forever])).await;
    migrate(&next).await;
    for what in [Rollback::Run(run), Rollback::Steps(2)] {
        let ended = next.roll_back(&what, &MigrateOptions::default(), |_| {}).await;
        let errors: Vec<Error> = match ended {
            Err(error) => vec![error],
            Ok(report) => report.failures().map(|(_, error)| error.clone()).collect(),
        };
        assert!(!errors.is_empty(), "{what:?}");
        for error in errors {
            let expected = match what {
                Rollback::Run(_) => matches!(error, Error::NotNewest { .. }),
                Rollback::Steps(_) | Rollback::To(_) => {
                    matches!(error, Error::Irreversible { .. })
                }
            };
            assert!(expected, "{error:?}");
        }
        assert!(has_column(&next, &world.acme, "phone").await);
    }
}

/// A migration that was applied is not another one under the same name.
pub async fn edited_migrations_are_refused(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    migrate(&world.again(with_note()).await).await;
    let edited = Written::new(ADD_NOTE, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN note varchar(80)")
    });
    let edited = world.again(base_with([edited])).await;
    let refused = edited.migrate(&MigrateOptions::default(), |_| {}).await;
    let named = |error: &Error| matches!(error, Error::EditedMigration { migration } if migration == ADD_NOTE);
    assert!(refused.as_ref().is_err_and(named), "{refused:?}");
    let created = edited.create_tenant(&new_tenant("initech")).await;
    assert!(created.as_ref().is_err_and(named), "{created:?}");
}

/// A migration that comes late would stand before what was applied in some places, and after it in
/// others.
pub async fn late_migrations_are_refused(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let phone_only = world.again(base_with([add_phone()])).await;
    migrate(&phone_only).await;
    let late = world.again(base_with([count_customers(), add_phone()])).await;
    let refused = late.migrate(&MigrateOptions::default(), |_| {}).await;
    let named = |error: &Error| matches!(error, Error::LateMigration { migration, applied } if migration == COUNT && applied == PHONE);
    assert!(refused.as_ref().is_err_and(named), "{refused:?}");
    assert!(has_column(&phone_only, &world.acme, "phone").await);
}

/// Two deploys at once apply each migration once to each tenant, and neither fails.
pub async fn runs_at_once_apply_each_migration_once(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let sets = || base_with([count_customers(), add_phone()]);
    let (one, two) = (world.again(sets()).await, world.again(sets()).await);
    let options = MigrateOptions::default();
    let (one, two) = tokio::join!(one.migrate(&options, |_| {}), two.migrate(&options, |_| {}));
    let (one, two) = (one.unwrap(), two.unwrap());
    for tenant in ["acme", "globex"] {
        let mut applied: Vec<&String> = [&one, &two]
            .iter()
            .flat_map(|report| &report.tenants)
            .filter(|outcome| outcome.tenant.as_str() == tenant)
            .flat_map(|outcome| match &outcome.outcome {
                Outcome::Migrated { applied } => applied.iter(),
                Outcome::Failed { error } => panic!("{error:?}"),
                Outcome::UpToDate
                | Outcome::RolledBack { .. }
                | Outcome::Ahead { .. }
                | Outcome::Skipped => [].iter(),
            })
            .collect();
        applied.sort();
        let expected: &[&str] = match world.tenancy.strategy().tenant_ddl() {
            TenantDdl::Once => &[COUNT],
            TenantDdl::PerTenant => &[COUNT, PHONE],
        };
        assert_eq!(applied, expected, "{tenant}: {one:?} {two:?}");
    }
    let after = world.again(sets()).await;
    assert!(has_column(&after, &world.globex, "phone").await);
    assert!(migrate(&after).await.run.is_none());
}

/// An application of an older release leaves what a newer one has migrated, and says so.
pub async fn an_older_release_sees_that_it_is_older(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    migrate(&world.again(with_note()).await).await;
    let older = world.again(base()).await;
    let report = older.migrate(&MigrateOptions::default(), |_| {}).await.unwrap();
    match older.strategy().tenant_ddl() {
        TenantDdl::Once => assert_eq!(report.ahead.as_deref(), Some(ADD_NOTE)),
        TenantDdl::PerTenant => {
            assert_eq!(report.tenants.len(), 2);
            for tenant in &report.tenants {
                let ahead = matches!(&tenant.outcome, Outcome::Ahead { head } if head == ADD_NOTE);
                assert!(ahead, "{tenant:?}");
            }
        }
    }
    assert!(report.is_complete());
    assert_eq!(head(&older, "acme").await.as_deref(), Some(ADD_NOTE));
    let set = TenantSet::record(&base(), older.dialect()).unwrap();
    assert!(set.migrations().iter().all(|migration| migration.name != ADD_NOTE));
}

/// Tables are thrown away only where the configuration allows it.
pub async fn tables_are_not_thrown_away(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let refused = world.tenancy.fresh(&MigrateOptions::default(), |_| {}).await;
    assert!(matches!(refused, Err(Error::FreshRefused)), "{refused:?}");
    assert_eq!(crate::testing::world::rows(&world.connection(&world.acme).await).await.0.len(), 2);
}

/// SQL that ends in a comment is a step like any other, also before what is sent with it, for tenants that
/// are there and for those that come.
pub async fn steps_may_end_in_a_comment(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let noted = || {
        Written::new("m20260401_000001_note", |schema| {
            remark(schema, "customer_upper", "upper")?;
            schema.sql("ALTER TABLE customer ADD COLUMN phone varchar(80)")?;
            remark(schema, "customer_lower", "lower")
        })
    };
    // With the data step a place is made step by step, without it in one message.
    for more in [vec![noted()], vec![noted(), count_customers()]] {
        let next = world.again(base_with(more)).await;
        migrate(&next).await;
        let name = format!("new-{}", next.tenant_set().migrations().len());
        let new = next.create_tenant(&new_tenant(&name)).await.unwrap();
        for tenant in [&world.acme, &world.globex, &new] {
            assert!(has_column(&next, tenant, "phone").await, "of {}", tenant.slug);
        }
    }
}

/// A view, or what needs no place of its own on MariaDB and MySQL, with a comment behind it.
fn remark(schema: &mut TenantSchema, name: &str, function: &str) -> Result<()> {
    let view = format!(
        "CREATE VIEW {name} AS SELECT {function}(name) AS name FROM customer -- the clerk's"
    );
    let comment = format!("ALTER TABLE customer COMMENT = '{name}' -- the clerk's");
    let words = [
        (Dialect::Postgres, view.as_str()),
        (Dialect::Sqlite, view.as_str()),
        (Dialect::MySql, comment.as_str()),
    ];
    schema.raw("the clerk looks names up in whatever case", &words)
}

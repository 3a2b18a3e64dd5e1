//! Data steps: one tenant at a time, and changes that rest on them wait.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::{COUNT, PHONE, add_phone, base_with, count_customers};
use crate::{
    Error, MigrateOptions, MigrationSets, Tenancy, Tenant, TenantDdl, TenantSet,
    migrate::Outcome,
    testing::{
        TestBackend, Written,
        world::{SetUp, World, migrate, new_tenant, slug, with_rate},
    },
};

async fn texts(
    tenancy: &Tenancy,
    tenant: &Tenant,
    sql: &str,
) -> Result<Vec<Option<String>>, DbErr> {
    let tenant = tenancy.registry().tenant(&tenant.slug).await.unwrap();
    let connection = tenancy.connection(&tenant).await.unwrap();
    let select = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(select).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// A data step reads and writes the rows of the tenant that it runs for; it runs for those out of
/// service, and for those that come later.
pub async fn data_steps_see_one_tenant(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    world.tenancy.suspend(&slug("globex")).await.unwrap();
    let more = world.connection(&world.acme).await;
    let insert = "INSERT INTO customer (email, name) VALUES ('zoe@example.com', 'zoe')";
    more.execute_unprepared(insert).await.unwrap();
    let seed = Written::new("m20260502_000001_seed", |schema| {
        schema.data("a first customer", |tenant| {
            Box::pin(async move {
                let insert = "INSERT INTO customer (email, name) VALUES ('info@x', 'first')";
                tenant.execute_unprepared(insert).await.map(|_| ())
            })
        });
        Ok(())
    });
    let next = world.again(base_with([count_customers(), seed])).await;
    migrate(&next).await;
    next.resume(&slug("globex")).await.unwrap();
    let select = "SELECT note FROM customer ORDER BY id";
    let three = Some("3".to_owned());
    let acme = texts(&next, &world.acme, select).await.unwrap();
    assert_eq!(acme, [three.clone(), three.clone(), three, None]);
    let two = Some("2".to_owned());
    let globex = texts(&next, &world.globex, select).await.unwrap();
    assert_eq!(globex, [two.clone(), two, None]);
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    let names = texts(&next, &initech, "SELECT name FROM customer").await.unwrap();
    assert_eq!(names, [Some("first".to_owned())]);
    let again = migrate(&next).await;
    assert!(again.run.is_none(), "{again:?}");
}

/// What comes after data steps is not begun before every tenant has them, where all lie in the same
/// tables; a tenant that fails leaves the others as they are, and is gone on with.
pub async fn changes_wait_for_data(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let fails_for_globex = Written::new(COUNT, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN note text")?;
        schema.data("globex is not ready", |tenant| {
            Box::pin(async move {
                let update = "UPDATE customer SET note = 'ready' WHERE name LIKE '%of acme'";
                let ready = tenant.execute_unprepared(update).await?.rows_affected() > 0;
                let ready = ready || tenant.tenant().name == "Ready";
                if ready { Ok(()) } else { Err(DbErr::Custom("not ready".to_owned())) }
            })
        });
        Ok(())
    });
    let next = world.again(base_with([fails_for_globex, add_phone()])).await;
    let options = MigrateOptions { continue_on_error: true, ..MigrateOptions::default() };
    let report = next.migrate(&options, |_| {}).await.unwrap();
    let failed: Vec<String> = report.failures().map(|(tenant, _)| tenant.to_string()).collect();
    assert_eq!(failed, ["globex"], "{report:?}");
    let heads = heads(&next).await;
    let (acme, globex) = match next.strategy().tenant_ddl() {
        TenantDdl::PerTenant => (PHONE, "m20260103_000001_create_invoices"),
        TenantDdl::Once => (COUNT, "m20260103_000001_create_invoices"),
    };
    assert_eq!(heads, [("acme".to_owned(), acme.to_owned()), ("globex".into(), globex.into())]);
    if next.strategy().tenant_ddl() == TenantDdl::Once {
        assert!(!report.shared.contains(&PHONE.to_owned()), "{report:?}");
    }
    let rename = crate::registry::TenantChange { name: Some("Ready".into()), ..Default::default() };
    next.registry().update(world.globex.id, rename).await.unwrap();
    let resumed = next.resume_migration(None, &options, |_| {}).await.unwrap();
    assert_eq!((resumed.run, resumed.failures().count()), (report.run, 0), "{resumed:?}");
    assert!(texts(&next, &world.globex, "SELECT phone FROM customer").await.is_ok());
    let none = next.resume_migration(None, &options, |_| {}).await;
    assert!(matches!(none, Err(Error::UnknownRun { .. })), "{none:?}");
}

async fn heads(tenancy: &Tenancy) -> Vec<(String, String)> {
    let tenants = tenancy.registry().list(&Default::default()).await.unwrap();
    let head =
        |tenant: Tenant| (tenant.slug.to_string(), tenant.migration_head.unwrap_or_default());
    tenants.into_iter().map(head).collect()
}

/// A data step stands behind the changes of its migration, and sees the tables of that time.
pub async fn steps_out_of_order_are_refused(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let early = Written::new(COUNT, |schema| {
        schema.data_sql("DELETE FROM customer");
        schema.sql("ALTER TABLE customer ADD COLUMN note text")
    });
    let refused = TenantSet::record(&base_with([early]), world.tenancy.dialect());
    assert!(matches!(refused, Err(Error::StepOrder { .. })), "{refused:?}");
    let too_new = Written::new(COUNT, |schema| {
        schema.data_sql("UPDATE customer SET phone = '1'");
        Ok(())
    });
    let next = world.again(base_with([too_new, add_phone()])).await;
    let report = next.migrate(&MigrateOptions::default(), |_| {}).await.unwrap();
    let is_refused = |outcome: &Outcome| matches!(outcome, Outcome::Failed { error } if error.with_sources().contains("phone"));
    assert!(report.tenants.iter().any(|tenant| is_refused(&tenant.outcome)), "{report:?}");
}

/// Fills a column, for `globex` only when it is called ready.
fn once_ready() -> Written {
    Written::new(COUNT, |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN note text")?;
        schema.data("only who is ready", |tenant| {
            Box::pin(async move {
                if tenant.tenant().name != "Ready" && tenant.tenant().slug.as_str() == "globex" {
                    return Err(DbErr::Custom("not ready".to_owned()));
                }
                tenant.execute_unprepared("UPDATE customer SET note = 'filled'").await.map(|_| ())
            })
        });
        Ok(())
    })
    .with_down(|schema| {
        schema.data_sql("UPDATE customer SET note = 'emptied'");
        schema.drop_column("customer", "note");
        Ok(())
    })
}

/// A run that has reached some tenants only is taken back from those.
pub async fn a_run_is_taken_back_from_those_it_reached(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([once_ready()])).await;
    let options = MigrateOptions { continue_on_error: true, ..MigrateOptions::default() };
    next.migrate(&options, |_| {}).await.unwrap();
    let rename = crate::registry::TenantChange { name: Some("Ready".into()), ..Default::default() };
    next.registry().update(world.globex.id, rename).await.unwrap();
    let second = next.migrate(&options, |_| {}).await.unwrap();
    assert_eq!((second.tenants.len(), second.is_complete()), (1, true), "{second:?}");
    let back = crate::migrate::Rollback::Run(second.run.unwrap());
    let back = next.roll_back(&back, &options, |_| {}).await.unwrap();
    assert_eq!((back.tenants.len(), back.is_complete()), (1, true), "{back:?}");
    let invoices = "m20260103_000001_create_invoices";
    let expected = [("acme".to_owned(), COUNT.to_owned()), ("globex".into(), invoices.into())];
    assert_eq!(heads(&next).await, expected);
    let select = "SELECT note FROM customer";
    let filled = Some("filled".to_owned());
    assert_eq!(texts(&next, &world.acme, select).await.unwrap(), [filled.clone(), filled.clone()]);
    migrate(&next).await;
    assert_eq!(texts(&next, &world.globex, select).await.unwrap(), [filled.clone(), filled]);
}

/// A run that was gone on with is taken back whole: what it did before and after.
pub async fn a_resumed_run_is_taken_back_whole(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(base_with([once_ready(), add_phone()])).await;
    let options = MigrateOptions { continue_on_error: true, ..MigrateOptions::default() };
    let first = next.migrate(&options, |_| {}).await.unwrap();
    assert!(first.is_open, "{first:?}");
    let rename = crate::registry::TenantChange { name: Some("Ready".into()), ..Default::default() };
    next.registry().update(world.globex.id, rename).await.unwrap();
    let resumed = next.resume_migration(first.run, &options, |_| {}).await.unwrap();
    assert!(!resumed.is_open, "{resumed:?}");
    let phone = Some(PHONE.to_owned());
    assert!(heads(&next).await.iter().all(|(_, head)| Some(head) == phone.as_ref()));
    let back = crate::migrate::Rollback::Run(first.run.unwrap());
    let back = next.roll_back(&back, &options, |_| {}).await.unwrap();
    assert!(back.is_complete(), "{back:?}");
    let invoices = "m20260103_000001_create_invoices".to_owned();
    assert!(heads(&next).await.iter().all(|(_, head)| *head == invoices), "{back:?}");
    let verified = next.verify(&crate::migrate::Selection::default(), 1).await.unwrap();
    assert!(verified.unsound.is_empty(), "{verified:?}");
}

/// A set with the shared table `rate`, and a data step that reads it.
fn reading_rates() -> MigrationSets {
    let mut sets = with_rate();
    sets.tenant.push(Box::new(Written::new("m20260502_000001_read_rates", |schema| {
        schema.sql("ALTER TABLE customer ADD COLUMN note text")?;
        schema
            .data_sql("UPDATE customer SET note = 'none' WHERE NOT EXISTS (SELECT code FROM rate)");
        Ok(())
    })));
    sets
}

async fn has_read_rates(tenancy: &Tenancy, world: &World) {
    migrate(tenancy).await;
    let none = Some("none".to_owned());
    for tenant in [&world.acme, &world.globex] {
        let notes = texts(tenancy, tenant, "SELECT note FROM customer").await.unwrap();
        assert!(!notes.is_empty() && notes.iter().all(|note| *note == none), "{notes:?}");
    }
}

/// What a process knows of shared tables is older than those that its own run makes.
pub async fn data_steps_see_shared_tables_of_the_same_run(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(reading_rates()).await;
    has_read_rates(&next, &world).await;
}

/// What a process knows of shared tables is older than those that another one has made meanwhile.
pub async fn data_steps_see_shared_tables_made_meanwhile(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(reading_rates()).await;
    migrate(&world.again(with_rate()).await).await;
    has_read_rates(&next, &world).await;
}

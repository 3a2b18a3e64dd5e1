//! Work for tenants outside of requests.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Statement};
use tokio::sync::Barrier;

use super::{
    TestBackend,
    world::{SetUp, World, base, customer, new_tenant, slug},
};
use crate::{
    Error, Tenant, TenantJob, TenantStatus,
    each::{EachTenant, Outcome},
    metrics::Metrics,
};

/// Each tenant is worked on through a connection of its own, and each has its outcome.
pub async fn each_tenant_is_worked_on_apart(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    tenancy.create_tenant(&new_tenant("initech")).await.unwrap();
    tenancy.suspend(&slug("initech")).await.unwrap();
    tenancy.create_tenant(&new_tenant("hooli")).await.unwrap();
    let names = async |connection: crate::TenantConnection| {
        let rows = customer::Entity::find().all(&connection).await?;
        if connection.tenant().slug.as_str() == "hooli" {
            return Err(DbErr::Custom("hooli is broken".to_owned()));
        }
        Ok(rows.into_iter().map(|row| row.name).collect::<Vec<_>>().join(", "))
    };
    let outcomes = tenancy.for_each_tenant(EachTenant::all(), names).await.unwrap();
    let told: Vec<_> = outcomes.iter().map(|of| (of.tenant.as_str(), of.outcome.clone())).collect();
    assert_eq!(
        told,
        [
            ("acme", Outcome::Done("ann of acme, bob of acme".to_owned())),
            ("globex", Outcome::Done("bob of globex, eve of globex".to_owned())),
            ("hooli", Outcome::Failed(DbErr::Custom("hooli is broken".to_owned()))),
        ]
    );
    let some = EachTenant::all().matching("*o*").except("h*");
    // As an application's own task.
    let owned = tenancy.clone();
    let task = tokio::spawn(async move { owned.for_each_tenant(some, names).await });
    let outcomes = task.await.unwrap().unwrap();
    assert_eq!(outcomes.len(), 1);
    assert!(outcomes[0].is_done() && outcomes[0].tenant.as_str() == "globex");
}

/// So many at a time as are asked for, and no more; after a failure none, where that is asked for.
pub async fn so_many_tenants_at_a_time(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    for name in ["hooli", "initech"] {
        tenancy.create_tenant(&new_tenant(name)).await.unwrap();
    }
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // Each waits for another one: with one at a time it would never end.
    let pair = Barrier::new(2);
    let outcomes = tenancy.for_each_tenant(EachTenant::all().at_once(2), async |_| {
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        pair.wait().await;
        now.fetch_sub(1, Ordering::SeqCst);
        Ok::<_, Error>(())
    });
    assert_eq!(outcomes.await.unwrap().iter().filter(|outcome| outcome.is_done()).count(), 4);
    assert_eq!(most.load(Ordering::SeqCst), 2);

    let which = EachTenant::all().at_once(1).stopping_after_a_failure();
    let outcomes = tenancy.for_each_tenant(which, async |connection| {
        match connection.tenant().slug.as_str() {
            "globex" => Err(Error::NoReason),
            _ => Ok(()),
        }
    });
    let outcomes = outcomes.await.unwrap();
    let kinds: Vec<_> = outcomes
        .iter()
        .map(|of| match of.outcome {
            Outcome::Done(()) => "done",
            Outcome::Failed(_) => "failed",
            Outcome::Refused(_) => "refused",
            Outcome::Skipped => "skipped",
        })
        .collect();
    assert_eq!(kinds, ["done", "failed", "skipped", "skipped"]);
}

/// A tenant that leaves service while others are worked on is refused when it is its turn.
pub async fn a_tenant_that_leaves_meanwhile_is_refused(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let tenancy = &world.tenancy;
    let outcomes = tenancy.for_each_tenant(EachTenant::all().at_once(1), async |connection| {
        tenancy.suspend(&world.globex.slug).await?;
        assert_eq!(connection.tenant().id, world.acme.id);
        Ok::<_, Error>(())
    });
    let outcomes = outcomes.await.unwrap();
    assert!(outcomes[0].is_done());
    assert!(
        matches!(
            outcomes[1].outcome,
            Outcome::Refused(Error::NotServed { status: TenantStatus::Suspended, .. })
        ),
        "{outcomes:?}"
    );
}

/// A job reaches its tenant in another process, and nobody else, whoever is called so by then.
pub async fn a_job_reaches_its_tenant_only(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let worker = world.again(base()).await;
    let text = serde_json::to_string(&TenantJob::new(&world.acme, "count")).unwrap();
    assert_eq!(text, format!(r#"{{"tenant":"{}","payload":"count"}}"#, world.acme.id));
    let job: TenantJob<String> = serde_json::from_str(&text).unwrap();
    let count = async |connection: crate::TenantConnection, what: String| {
        assert_eq!(what, "count");
        let rows = customer::Entity::find().all(&connection).await?;
        Ok::<_, DbErr>(rows.into_iter().map(|row| row.name).collect::<Vec<_>>())
    };
    let names = job.clone().run(&worker, count).await.unwrap();
    assert_eq!(names, ["ann of acme", "bob of acme"]);
    for bad in ["{}", r#"{"tenant":"acme","payload":""}"#, r#"{"tenant":null,"payload":""}"#] {
        assert!(serde_json::from_str::<TenantJob<String>>(bad).is_err(), "{bad}");
    }

    world.tenancy.suspend(&world.acme.slug).await.unwrap();
    // The worker has not been told yet, perhaps; the tenancy that did it has.
    let refused = job.open(&world.tenancy).await.unwrap_err();
    assert!(matches!(refused, Error::NotServed { .. }), "{refused:?}");
    world.tenancy.resume(&world.acme.slug).await.unwrap();
    job.open(&world.tenancy).await.unwrap();

    world.tenancy.delete_tenant(&world.acme.slug).await.unwrap();
    world.tenancy.remove_tenant(&world.acme.slug).await.unwrap();
    let successor = world.tenancy.create_tenant(&new_tenant("acme")).await.unwrap();
    assert_ne!(successor.id, job.tenant());
    let error = job.run(&world.tenancy, count).await.unwrap_err();
    let refused = Error::from_db_err(&error);
    assert!(matches!(refused, Some(Error::UnknownTenant { .. })), "{error:?}");
}

#[derive(Debug, Default)]
struct Counters {
    scoped: AtomicU64,
    refused: AtomicU64,
    opened: AtomicU64,
    not_opened: AtomicU64,
}

impl Metrics for Counters {
    fn statement_scoped(&self, tenant: &Tenant) {
        assert_eq!(tenant.slug.as_str(), "acme");
        self.scoped.fetch_add(1, Ordering::SeqCst);
    }

    fn statement_refused(&self, tenant: &Tenant, error: &Error) {
        assert_eq!(tenant.slug.as_str(), "acme");
        assert!(error.code().len() >= 6);
        self.refused.fetch_add(1, Ordering::SeqCst);
    }

    fn connection_opened(&self, _tenant: &Tenant, refused: Option<&Error>) {
        let counter = if refused.is_none() { &self.opened } else { &self.not_opened };
        counter.fetch_add(1, Ordering::SeqCst);
    }
}

/// Who counts hears of each statement and each connection, once.
pub async fn what_goes_on_is_counted(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let counters = Arc::new(Counters::default());
    assert!(world.tenancy.observe(counters.clone()));
    let acme = world.connection(&world.acme).await;
    customer::Entity::find().all(&acme).await.unwrap();
    customer::Entity::find().one(&acme).await.unwrap();
    acme.execute_unprepared("SELECT 1 FROM customer").await.unwrap();
    let stray = Statement::from_string(acme.get_database_backend(), "SELECT * FROM stray");
    acme.query_all_raw(stray).await.unwrap_err();
    world.tenancy.suspend(&world.acme.slug).await.unwrap();
    customer::Entity::find().all(&acme).await.unwrap_err();
    let suspended = world.tenancy.registry().tenant(&world.acme.slug).await.unwrap();
    world.tenancy.connection(&suspended).await.unwrap_err();
    let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
    assert_eq!(count(&counters.scoped), 3);
    assert_eq!(count(&counters.refused), 2);
    assert_eq!((count(&counters.opened), count(&counters.not_opened)), (1, 1));
}

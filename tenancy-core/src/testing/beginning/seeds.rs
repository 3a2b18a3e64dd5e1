//! Seeds: in order, once for a tenant, all or none.

use super::{BROKEN, FIRST, GREET, names, seeded};
use crate::{
    Error,
    migrate::Selection,
    seed::SeedOutcome,
    testing::{
        TestBackend,
        world::{SetUp, World, base, connect, migrate, new_tenant, slug, with_note},
    },
};

/// A new tenant has its seeds, in their order; those that are there are left as they are.
pub async fn new_tenants_begin_with_seeds(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(seeded(base(), [FIRST, GREET])).await;
    let initech = next.create_tenant(&new_tenant("initech")).await.unwrap();
    assert_eq!(names(&next, &initech).await, ["greeted"]);
    assert_eq!(names(&next, &world.acme).await, ["ann of acme", "bob of acme"]);
    assert_eq!(names(&next, &world.globex).await, ["bob of globex", "eve of globex"]);
    let twice = connect(set_up, world.database(), seeded(base(), [FIRST, FIRST])).await;
    assert!(matches!(twice, Err(Error::SeedName { .. })), "{twice:?}");
}

/// Tenants that are there get what they lack, once, also those out of service.
pub async fn seeds_run_once_for_a_tenant(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let first = world.again(seeded(base(), [FIRST])).await;
    let initech = first.create_tenant(&new_tenant("initech")).await.unwrap();
    first.suspend(&slug("globex")).await.unwrap();
    let next = world.again(seeded(base(), [FIRST, GREET])).await;
    let only = Selection { tenants: vec!["nobody".to_owned()], ..Selection::default() };
    let unknown = next.seed(&only, 2, |_| {}).await;
    assert!(matches!(unknown, Err(Error::UnknownTenant { .. })), "{unknown:?}");
    let report = next.seed(&Selection::default(), 2, |_| {}).await.unwrap();
    let ran: Vec<(&str, Vec<&str>)> = report
        .tenants
        .iter()
        .map(|seeded| match &seeded.outcome {
            SeedOutcome::Seeded { seeds } => {
                (seeded.tenant.as_str(), seeds.iter().map(String::as_str).collect())
            }
            SeedOutcome::UpToDate | SeedOutcome::Failed { .. } => {
                (seeded.tenant.as_str(), Vec::new())
            }
        })
        .collect();
    let both = vec!["first", "greet"];
    assert_eq!(ran, [("acme", both.clone()), ("globex", both), ("initech", vec!["greet"])]);
    let again = next.seed(&Selection::default(), 2, |_| {}).await.unwrap();
    let is_done = |outcome: &SeedOutcome| matches!(outcome, SeedOutcome::UpToDate);
    assert!(again.tenants.iter().all(|seeded| is_done(&seeded.outcome)), "{again:?}");
    next.resume(&slug("globex")).await.unwrap();
    assert_eq!(names(&next, &initech).await, ["greeted"]);
    assert_eq!(names(&next, &world.globex).await, ["bob of globex", "eve of globex", "greeted"]);
    assert!(migrate(&next).await.run.is_none());
    assert!(next.verify(&Selection::default(), 2).await.unwrap().unsound.is_empty());
}

/// A seed that fails leaves nothing of the seeds before it, nor of a new tenant.
pub async fn failed_seeds_leave_nothing(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(seeded(base(), [FIRST, BROKEN])).await;
    let failed = next.create_tenant(&new_tenant("initech")).await;
    assert!(
        matches!(&failed, Err(Error::SeedFailed { seed, .. }) if seed == "broken"),
        "{failed:?}"
    );
    let gone = next.registry().find_by_slug(&slug("initech")).await.unwrap();
    assert!(gone.is_none(), "{gone:?}");
    let report = next.seed(&Selection::default(), 1, |_| {}).await.unwrap();
    assert_eq!(report.failures().count(), 2, "{report:?}");
    assert_eq!(names(&next, &world.acme).await, ["ann of acme", "bob of acme"]);
    let mended = world.again(seeded(base(), [FIRST])).await;
    let initech = mended.create_tenant(&new_tenant("initech")).await.unwrap();
    assert_eq!(names(&mended, &initech).await, ["first"]);
    let report = mended.seed(&Selection::default(), 1, |_| {}).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
    assert_eq!(names(&mended, &world.acme).await, ["ann of acme", "bob of acme", "first"]);
}

/// A seed may rest on every table of the application, so a tenant that lacks migrations waits.
pub async fn tenants_behind_are_not_seeded(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let next = world.again(seeded(with_note(), [FIRST])).await;
    let report = next.seed(&Selection::default(), 2, |_| {}).await.unwrap();
    let is_behind = |(_, error): (_, &Error)| matches!(error, Error::Behind { .. });
    assert!(report.failures().all(is_behind), "{report:?}");
    assert_eq!(report.failures().count(), 2);
    migrate(&next).await;
    let report = next.seed(&Selection::default(), 2, |_| {}).await.unwrap();
    assert_eq!(report.failures().count(), 0, "{report:?}");
}

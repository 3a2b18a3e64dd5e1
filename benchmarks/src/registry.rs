//! The registry with many tenants: finding one, a page of them, where their migrations stand.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use sea_orm::ConnectionTrait;
use tenancy_core::{
    registry::ListTenants,
    testing::{TestBackend, TestDatabase, world},
};

use crate::{
    Options,
    field::plain,
    output::{milliseconds, percentile},
};

const ROW: &str = "registry";

pub(crate) async fn measure(options: &Options) {
    let strategy = options.strategy;
    let output = strategy.output(ROW);
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenancy = strategy.connect(database.url(), world::base()).await;
    world::migrate(&tenancy).await;
    let mut there = 0;
    for count in steps(options.tenants) {
        let begun = Instant::now();
        stream::iter(there..count)
            .map(async |at| {
                let new = world::new_tenant(&format!("tenant-{at}"));
                tenancy.create_tenant(&new).await.unwrap();
            })
            .buffer_unordered(8)
            .collect::<Vec<()>>()
            .await;
        let each = milliseconds(begun.elapsed()) / (count - there) as f64;
        output.say("tenants made, 8 at a time", count, "ms", each);
        there = count;
        plain(database.url()).await.execute_unprepared("ANALYZE").await.unwrap();
        // Nothing is remembered of what another process made.
        let other = strategy.connect(database.url(), world::base()).await;
        let lookup = other.lookup();
        let some = (0..count).step_by((count / 100).max(1)).take(100);
        let domains: Vec<_> =
            some.map(|at| format!("tenant-{at}.example.com").parse().unwrap()).collect();
        for case in ["resolve, first time", "resolve, known"] {
            let asked = domains.iter().map(async |domain| {
                lookup.by_domain(domain).await.unwrap().unwrap();
            });
            output.say(case, count, "ms", median(asked).await);
        }
        let middle = world::slug(&format!("tenant-{}", count / 2));
        let mut page = ListTenants::default();
        page.after = Some(middle);
        page.limit = Some(100);
        let pages = (0..9).map(async |_| {
            other.registry().list(&page).await.unwrap();
        });
        output.say("page of 100", count, "ms", median(pages).await);
        let counts = (0..9).map(async |_| {
            other.migration_counts().await.unwrap();
        });
        output.say("how many are behind", count, "ms", median(counts).await);
        let status = (0..3).map(async |_| {
            assert_eq!(other.migration_status().await.unwrap().tenants.len(), count);
        });
        output.say("status of every tenant", count, "ms", median(status).await);
        other.close().await;
    }
}

fn steps(most: usize) -> Vec<usize> {
    let mut steps: Vec<usize> =
        [100, 1_000, 10_000].into_iter().filter(|step| *step < most).collect();
    steps.push(most);
    steps
}

/// Runs one after the other.
async fn median(works: impl Iterator<Item = impl Future<Output = ()>>) -> f64 {
    let mut times: Vec<Duration> = Vec::new();
    for work in works {
        let begun = Instant::now();
        work.await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    milliseconds(percentile(&times, 50))
}

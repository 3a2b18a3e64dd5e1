//! What a request waits for: its tenant by the name of its host, and a first statement.

use std::time::Instant;

use tenancy_core::{
    DomainName, Tenancy,
    testing::{costs::Operation, world},
};

use crate::{
    Options,
    field::{Field, Known, steps},
    output::{Output, percentile},
};

const ROW: &str = "requests";

pub(crate) async fn measure(options: &Options) {
    let field = Field::create(options.strategy, options.tenants).await;
    let output = options.strategy.output(ROW);
    for count in steps(options.tenants) {
        // Nothing is remembered from before.
        let tenancy = options.strategy.connect(field.database.url(), world::base()).await;
        let tenants: Vec<(DomainName, &Known)> = field.tenants[..count].iter().map(named).collect();
        ask(&tenancy, (output, "tenant not known", count), tenants.iter()).await;
        let times = if options.quick { 500 } else { 5_000 };
        let mut random = fastrand::Rng::with_seed(1);
        let some = (0..times).map(|_| &tenants[random.usize(..count)]);
        ask(&tenancy, (output, "tenant known", count), some).await;
        tenancy.close().await;
    }
    field.tenancy.close().await;
}

fn named(known: &Known) -> (DomainName, &Known) {
    (format!("{}.example.com", known.tenant.slug).parse().unwrap(), known)
}

async fn ask<'a>(
    tenancy: &Tenancy,
    (output, case, count): (Output, &str, usize),
    requests: impl Iterator<Item = &'a (DomainName, &'a Known)>,
) {
    let mut times = Vec::new();
    for (domain, known) in requests {
        let begun = Instant::now();
        let tenant = tenancy.lookup().by_domain(domain).await.unwrap().unwrap();
        let connection = tenancy.connection(&tenant).await.unwrap();
        Operation::Lookup.run(&connection, known.ids[0], String::new()).await.unwrap();
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let micro = |percent| percentile(&times, percent).as_secs_f64() * 1e6;
    output.say(case, count, "median µs", micro(50));
    output.say(case, count, "p99 µs", micro(99));
}

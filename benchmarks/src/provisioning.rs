//! One tenant more, where there are none and where there are many.

use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait;
use tenancy_core::testing::world;

use crate::{
    Options,
    field::{Field, Strategy},
    migrations::new_schema,
    output::{Output, milliseconds, percentile},
};

const ROW: &str = "provisioning";
/// How many tenants are made and timed.
const TIMES: usize = 100;

pub(crate) async fn measure(options: &Options) {
    let strategy = options.strategy;
    for existing in [0, options.tenants] {
        // The first tenant of all prepares what the others need.
        let field = Field::create(strategy, existing.max(1)).await;
        let mut times = Vec::new();
        for at in 0..TIMES {
            let new = world::new_tenant(&format!("timed-{at}"));
            let begun = Instant::now();
            field.tenancy.create_tenant(&new).await.unwrap();
            times.push(begun.elapsed());
        }
        say(strategy.output(ROW), existing, times);
        if strategy == Strategy::SchemaPerTenant {
            let mut times = Vec::new();
            for at in 0..TIMES {
                let message = new_schema(&format!("hand_{at}"));
                let begun = Instant::now();
                field.plain.execute_unprepared(&message).await.unwrap();
                times.push(begun.elapsed());
            }
            say(strategy.output_by_hand(ROW), existing, times);
        }
        field.tenancy.close().await;
    }
}

fn say(output: Output, existing: usize, mut times: Vec<Duration>) {
    times.sort_unstable();
    let case = "one tenant more";
    output.say(case, existing, "median ms", milliseconds(percentile(&times, 50)));
    output.say(case, existing, "p90 ms", milliseconds(percentile(&times, 90)));
}

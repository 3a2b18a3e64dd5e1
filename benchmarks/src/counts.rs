//! Round trips and statements of operations, which are the same on every machine.

use sea_orm::ConnectionTrait;
use tenancy_core::testing::{
    costs::{self, Cost, Operation},
    wire::Wire,
};

use crate::{
    Options,
    field::{Field, Strategy, plain_of},
    migrations,
    output::Output,
};

const ROW: &str = "counts";
/// How often an operation is counted.
const TIMES: usize = 11;

pub(crate) async fn measure(options: &Options) {
    let strategy = options.strategy;
    // In a box, or the future would be as deep as a compiler can look.
    for cost in Box::pin(costs::of(strategy.set_up())).await {
        say(strategy.output(ROW), &cost);
    }
    by_hand(strategy).await;
}

/// A run over tenants is told as what it costs for each.
fn say(output: Output, cost: &Cost) {
    let (case, tenants) = match cost.operation.split_once(&format!("{} tenants", costs::TENANTS)) {
        Some((_, what)) => (format!("migrate, for each tenant{what}"), costs::TENANTS),
        None => (cost.operation.clone(), 1),
    };
    let each = tenants as f64;
    if let Some(round_trips) = cost.round_trips {
        output.say(&case, tenants, "round trips", round_trips as f64 / each);
    }
    output.say(&case, tenants, "statements", cost.statements as f64 / each);
}

async fn by_hand(strategy: Strategy) {
    let field = Field::create(strategy, 1).await;
    let wire = Wire::before(field.database.url()).await;
    // A second connection would have statements of its own to prepare.
    let plain = plain_of(1, wire.url()).await;
    let known = &field.tenants[0];
    let output = strategy.output_by_hand(ROW);
    for operation in Operation::ALL {
        let run = async |at| {
            let email = format!("{}-{at}@example.com", operation.name());
            known.hand.run(operation, &plain, known.ids[0], email).await
        };
        say(output, &costs::cost(&wire, operation.name(), TIMES, run).await.unwrap());
    }
    if strategy == Strategy::SchemaPerTenant {
        let script = async |at: usize| {
            let schema = format!("hand_{at}");
            plain.execute_unprepared(&migrations::new_schema(&schema)).await.map(|_| ())
        };
        say(output, &costs::cost(&wire, "provision", TIMES, script).await.unwrap());
        let round = async |at: usize| {
            let message = migrations::round_by_hand(&format!("hand_{at}"), &[0]);
            plain.execute_unprepared(&message).await.map(|_| ())
        };
        let cost = costs::cost(&wire, "migrate, for each tenant, one pending", TIMES, round).await;
        say(output, &cost.unwrap());
    }
}

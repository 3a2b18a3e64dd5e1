//! Memory of this process and of the server's, after so many tenants were worked for.

use std::fs;

use futures_util::{StreamExt, stream};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tenancy_core::testing::{costs::Operation, world};

use crate::{
    Options,
    field::{Field, plain, steps},
    output::Output,
};

const ROW: &str = "memory";
const CASE: &str = "each tenant asked";
/// How many are asked at a time by hand, so that the pool opens all its connections.
const AT_A_TIME: usize = 8;

pub(crate) async fn measure(options: &Options) {
    let field = Field::create(options.strategy, options.tenants).await;
    field.tenancy.close().await;
    field.plain.clone().close().await.unwrap();
    // The server's processes are new, so that none remembers how the tenants were made.
    let url = field.database.url();
    let look = plain(url).await;
    let tenancy = options.strategy.connect(url, world::base()).await;
    let output = options.strategy.output(ROW);
    let mut asked = 0;
    for count in steps(options.tenants) {
        for known in &field.tenants[asked..count] {
            let connection = tenancy.connection(&known.tenant).await.unwrap();
            let id = known.ids[0];
            Operation::Lookup.run(&connection, id, String::new()).await.unwrap();
        }
        asked = count;
        if let Some(kilobytes) = in_status("self", "status", "VmRSS") {
            output.say(CASE, count, "process MB", megabytes(kilobytes));
        }
        tell(output, count, &look).await;
    }
    tenancy.close().await;
    by_hand(options, &field, &look).await;
}

/// The server's part only: this process still holds what the strategy has left.
async fn by_hand(options: &Options, field: &Field, look: &DatabaseConnection) {
    let hand = plain(field.database.url()).await;
    let mut asked = 0;
    for count in steps(options.tenants) {
        let known = stream::iter(&field.tenants[asked..count]);
        known
            .for_each_concurrent(AT_A_TIME, async |known| {
                let id = known.ids[0];
                known.hand.run(Operation::Lookup, &hand, id, String::new()).await.unwrap();
            })
            .await;
        asked = count;
        tell(options.strategy.output_by_hand(ROW), count, look).await;
    }
}

async fn tell(output: Output, count: usize, look: &DatabaseConnection) {
    let Some(backends) = backends(look).await else { return };
    let largest = backends.iter().max().copied().unwrap_or_default();
    let sum = backends.iter().sum();
    output.say(CASE, count, "largest backend MB", megabytes(largest));
    output.say(CASE, count, "all backends MB", megabytes(sum));
    output.say(CASE, count, "backends", backends.len() as f64);
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}

/// The anonymous memory of each of the server's processes for this database but the one that asks: what
/// is private otherwise may be a page of the shared buffers that only this one has looked at. It is told
/// where they can be looked at: on Linux, on the same machine.
async fn backends(look: &DatabaseConnection) -> Option<Vec<u64>> {
    let sql = "SELECT pid FROM pg_catalog.pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let select = Statement::from_string(look.get_database_backend(), sql);
    let rows = look.query_all_raw(select).await.ok()?;
    let seen: Vec<u64> = rows
        .iter()
        .filter_map(|row| {
            let pid: i32 = row.try_get_by_index(0).ok()?;
            // One that ends meanwhile is left out.
            in_status(&pid.to_string(), "smaps_rollup", "Pss_Anon:")
        })
        .collect();
    (!seen.is_empty()).then_some(seen)
}

/// The kilobytes of the lines of a process's file that begin so.
fn in_status(process: &str, file: &str, beginning: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
    let lines = text.lines().filter(|line| line.starts_with(beginning));
    lines.map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
}

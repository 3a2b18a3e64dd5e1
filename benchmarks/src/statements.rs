//! How long a tenant's statement takes, over few and many tenants.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tenancy_core::{
    Tenancy,
    testing::{costs::Operation, measuring::Access, world},
};
use tokio::task::JoinSet;

use crate::{
    Options,
    field::{Field, Known, Strategy, plain, steps},
    output::{Output, percentile},
};

const ROW: &str = "statements";
/// How often each tenant is asked before anything is timed: a server plans a prepared statement anew
/// five times before it keeps a plan, and each connection has statements of its own.
const WARM_UP: usize = 16;
/// How many tenants, the first ones, may have been given many rows.
const GROWN: usize = 100;

/// How the sides take turns.
#[derive(Debug, Clone, Copy)]
struct Turns {
    /// How often each side is measured, for one number.
    count: u64,
    /// For how long, each time.
    time: Duration,
}

impl Turns {
    fn of(options: &Options) -> Self {
        let (count, milliseconds): (u64, u64) = match options.strategy {
            // Short ones, because a shared machine is faster in one second than in the next.
            Strategy::SharedSchema => (50, 20),
            // Each side has tables of its own. The server's memory of them, which is what many tenants
            // cost, is pushed out by the other side's, so a turn is long enough for it to come back.
            Strategy::SchemaPerTenant => (5, 400),
        };
        let count = if options.quick { count.div_ceil(10) } else { count };
        Self { count, time: Duration::from_millis(milliseconds) }
    }
}

/// Who works, and on what.
#[derive(Debug, Clone)]
enum Worker {
    Framework(Tenancy),
    Hand(DatabaseConnection),
}

impl Worker {
    async fn work(&self, operation: Operation, known: &Known, id: i32, email: String) {
        let done = match self {
            Self::Framework(tenancy) => {
                let connection = tenancy.connection(&known.tenant).await.unwrap();
                operation.run(&connection, id, email).await
            }
            Self::Hand(plain) => known.hand.run(operation, plain, id, email).await,
        };
        done.unwrap();
    }
}

pub(crate) async fn measure(options: &Options) {
    let field = Field::create(options.strategy, options.tenants).await;
    field.tenancy.close().await;
    for (at, count) in steps(options.tenants).into_iter().enumerate() {
        let (tenancy, plain) = connect(options, &field, at % 2 == 0).await;
        let sides = [Worker::Framework(tenancy.clone()), Worker::Hand(plain)];
        measure_over(options, &field.tenants, count, &sides).await;
        tenancy.close().await;
    }
}

/// New connections for both sides, which the one or the other opens first: processes of the server that
/// have done something before, or were there before others, are a percent or two slower.
async fn connect(
    options: &Options,
    field: &Field,
    framework_first: bool,
) -> (Tenancy, DatabaseConnection) {
    let url = field.database.url();
    if framework_first {
        let tenancy = options.strategy.connect(url, world::base()).await;
        (tenancy, plain(url).await)
    } else {
        let plain = plain(url).await;
        (options.strategy.connect(url, world::base()).await, plain)
    }
}

async fn measure_over(
    options: &Options,
    tenants: &Arc<[Known]>,
    count: usize,
    [framework, hand]: &[Worker; 2],
) {
    let turns = Turns::of(options);
    let accesses: &[Access] =
        if options.quick { &[Access::Uniform] } else { &[Access::Uniform, Access::Zipf] };
    for operation in Operation::ALL {
        let bench = |worker| Bench { operation, worker, tenants, count };
        let sides = [
            (options.strategy.output(ROW), bench(framework)),
            (options.strategy.output_by_hand(ROW), bench(hand)),
        ];
        // Those of the transaction are known by then.
        if operation != Operation::Transaction {
            for (_, bench) in &sides {
                bench.warm_up().await;
            }
        }
        for &access in accesses {
            for tasks in [1, 8] {
                compare(&sides, access, tasks, turns).await;
            }
        }
        if operation == Operation::Insert {
            analyse(hand, &tenants[..count.min(GROWN)]).await;
        }
    }
}

/// Lets the server see how tables have grown: it would go on reading all rows of those that were small
/// when it planned.
async fn analyse(hand: &Worker, grown: &[Known]) {
    let Worker::Hand(plain) = hand else { return };
    let mut tables: Vec<String> = grown.iter().map(|known| known.hand.table()).collect();
    tables.dedup();
    for table in tables {
        plain.execute_unprepared(&format!("VACUUM ANALYZE {table}")).await.unwrap();
    }
}

/// The sides take turns, so that a drift of the machine is no difference between them.
async fn compare(sides: &[(Output, Bench<'_>); 2], access: Access, tasks: u64, turns: Turns) {
    let mut seen = [(Vec::new(), Duration::ZERO), (Vec::new(), Duration::ZERO)];
    for seed in 0..turns.count {
        // Neither is always the one that comes after the other.
        for at in if seed % 2 == 0 { [0, 1] } else { [1, 0] } {
            let (new, took) = sides[at].1.measure(access, tasks, turns.time, seed).await;
            seen[at].0.extend(new);
            seen[at].1 += took;
        }
    }
    for ((output, bench), (mut times, elapsed)) in sides.iter().zip(seen) {
        times.sort_unstable();
        let word = if tasks == 1 { "task" } else { "tasks" };
        let case = format!("{}, {}, {tasks} {word}", bench.operation.name(), access.name());
        let micro = |percent| percentile(&times, percent).as_secs_f64() * 1e6;
        output.say(&case, bench.count, "median µs", micro(50));
        output.say(&case, bench.count, "p99 µs", micro(99));
        let per_second = times.len() as f64 / elapsed.as_secs_f64();
        output.say(&case, bench.count, "per second", per_second);
    }
}

struct Bench<'a> {
    operation: Operation,
    worker: &'a Worker,
    tenants: &'a Arc<[Known]>,
    count: usize,
}

/// No two rows are given the same email.
fn email() -> String {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    format!("new-{}@example.com", SERIAL.fetch_add(1, Ordering::Relaxed))
}

impl Bench<'_> {
    async fn warm_up(&self) {
        let mut tasks = JoinSet::new();
        for task in 0..8 {
            let (worker, tenants) = (self.worker.clone(), Arc::clone(self.tenants));
            let (operation, count) = (self.operation, self.count);
            tasks.spawn(async move {
                // One after the other, as requests come: a tenant that is asked for again and again takes
                // whatever connection is idle, and all of them would learn its tables.
                for _ in 0..WARM_UP {
                    for known in tenants[..count].iter().skip(task).step_by(8.min(count)) {
                        worker.work(operation, known, known.ids[0], email()).await;
                    }
                }
            });
        }
        tasks.join_all().await;
    }

    /// How long each piece of work took, and all of them together.
    async fn measure(
        &self,
        access: Access,
        tasks: u64,
        time: Duration,
        seed: u64,
    ) -> (Vec<Duration>, Duration) {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut running = JoinSet::new();
        let begun = Instant::now();
        for task in 0..tasks {
            let (worker, tenants) = (self.worker.clone(), Arc::clone(self.tenants));
            let (operation, count, is_over) = (self.operation, self.count, Arc::clone(&is_over));
            running.spawn(async move {
                let mut random = fastrand::Rng::with_seed(seed * tasks + task);
                let mut times = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let known = &tenants[access.pick(&mut random, count)];
                    let id = known.ids[random.usize(..known.ids.len())];
                    let start = Instant::now();
                    worker.work(operation, known, id, email()).await;
                    times.push(start.elapsed());
                }
                times
            });
        }
        tokio::time::sleep(time).await;
        is_over.store(true, Ordering::Relaxed);
        let times = running.join_all().await.concat();
        (times, begun.elapsed())
    }
}

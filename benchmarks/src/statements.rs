//! How long a tenant's statement takes, over few and many tenants.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::DatabaseConnection;
use tenancy_core::{
    Tenancy,
    testing::{costs::Operation, measuring::Access},
};
use tokio::task::JoinSet;

use crate::{
    Options,
    field::{Field, Known, steps},
    output::{Output, percentile},
};

const ROW: &str = "statements";
/// How often each tenant is asked before anything is timed: a server plans a prepared statement anew
/// five times before it keeps a plan.
const WARM_UP: usize = 6;

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
    let time = Duration::from_millis(if options.quick { 300 } else { 1_500 });
    let accesses: &[Access] =
        if options.quick { &[Access::Uniform] } else { &[Access::Uniform, Access::Zipf] };
    let sides = [
        (options.strategy.output(ROW), Worker::Framework(field.tenancy.clone())),
        (options.strategy.output_by_hand(ROW), Worker::Hand(field.plain.clone())),
    ];
    for count in steps(options.tenants) {
        for operation in Operation::ALL {
            for (output, worker) in &sides {
                let bench = Bench { operation, worker, tenants: &field.tenants, count };
                bench.warm_up().await;
                for &access in accesses {
                    for tasks in [1, 8] {
                        bench.measure(*output, access, tasks, time).await;
                    }
                }
            }
        }
    }
    field.tenancy.close().await;
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
                for known in tenants[..count].iter().skip(task).step_by(8.min(count)) {
                    for _ in 0..WARM_UP {
                        worker.work(operation, known, known.ids[0], email()).await;
                    }
                }
            });
        }
        tasks.join_all().await;
    }

    async fn measure(&self, output: Output, access: Access, tasks: u64, time: Duration) {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut running = JoinSet::new();
        let begun = Instant::now();
        for task in 0..tasks {
            let (worker, tenants) = (self.worker.clone(), Arc::clone(self.tenants));
            let (operation, count, is_over) = (self.operation, self.count, Arc::clone(&is_over));
            running.spawn(async move {
                let mut random = fastrand::Rng::with_seed(task);
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
        let mut times = running.join_all().await.concat();
        let elapsed = begun.elapsed();
        times.sort_unstable();
        let word = if tasks == 1 { "task" } else { "tasks" };
        let case = format!("{}, {}, {tasks} {word}", self.operation.name(), access.name());
        let micro = |percent| percentile(&times, percent).as_secs_f64() * 1e6;
        output.say(&case, self.count, "median µs", micro(50));
        output.say(&case, self.count, "p99 µs", micro(99));
        output.say(&case, self.count, "per second", times.len() as f64 / elapsed.as_secs_f64());
    }
}

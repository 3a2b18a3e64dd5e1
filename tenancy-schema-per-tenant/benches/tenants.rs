//! How the speed of a tenant's statement changes with the number of tenants that are worked for, with
//! one pool and with pools by tenant, against the same PostgreSQL server in one run.
//!
//! `TENANCY_BENCH_TENANTS` sets the most tenants there are, 10,000 otherwise.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark is no library, and says what it has measured"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Statement};
use tenancy_core::{
    Tenancy, Tenant,
    config::Config,
    databases::PoolOptions,
    testing::{TestBackend, TestDatabase, measuring::Access, world},
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tokio::task::JoinSet;

const TASKS: usize = 8;
/// How often each tenant is asked before anything is counted: a server plans a prepared statement
/// anew five times before it keeps a plan, and each connection has statements of its own.
const WARM_UP: u64 = 16;
/// How many statements warm up at least.
const LEAST_WARM_UP: u64 = 20_000;
const MEASURED: Duration = Duration::from_secs(4);

async fn connect(database: &TestDatabase, tenant_pools: usize) -> Tenancy {
    let config = Config::builder()
        .strategy(SchemaPerTenant::KEYS)
        .database_url(database.url())
        .set("database.tenant_pools", &tenant_pools.to_string())
        .build()
        .unwrap();
    let strategy = Arc::new(SchemaPerTenant::from_config(&config).unwrap());
    Tenancy::connect(&config, strategy, world::base()).await.unwrap()
}

async fn provision(tenancy: &Tenancy, count: usize) -> Vec<Tenant> {
    world::migrate(tenancy).await;
    let begun = Instant::now();
    let tenants = stream::iter(0..count)
        .map(|at| async move {
            let new = world::new_tenant(&format!("tenant-{at}"));
            let tenant = tenancy.create_tenant(&new).await.unwrap();
            let connection = tenancy.connection(&tenant).await.unwrap();
            let fill = "INSERT INTO customer (email, name) \
                        SELECT 'c' || g || '@example.com', 'customer ' || g \
                        FROM generate_series(1, 20) g";
            connection.execute_unprepared(fill).await.unwrap();
            tenant
        })
        .buffer_unordered(4)
        .collect()
        .await;
    println!("{count} tenants made and filled in {:.1?}", begun.elapsed());
    tenants
}

/// What was seen: statements in a second, and the memory of the server's processes in MB.
#[derive(Debug, Clone, Copy)]
struct Seen {
    rate: f64,
    memory: Option<f64>,
}

async fn measure(tenancy: &Tenancy, tenants: &Arc<[Tenant]>, access: Access) -> f64 {
    let is_over = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (tenancy, tenants) = (tenancy.clone(), Arc::clone(tenants));
        let (is_over, done) = (Arc::clone(&is_over), Arc::clone(&done));
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(task as u64);
            while !is_over.load(Ordering::Relaxed) {
                let tenant = &tenants[access.pick(&mut random, tenants.len())];
                let connection = tenancy.connection(tenant).await.unwrap();
                let id = random.i32(1..=20);
                let found = world::customer::Entity::find_by_id(id).one(&connection).await;
                assert!(found.unwrap().is_some());
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let warm = (WARM_UP * tenants.len() as u64).max(LEAST_WARM_UP);
    while done.load(Ordering::Relaxed) < warm {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (begun, before) = (Instant::now(), done.load(Ordering::Relaxed));
    tokio::time::sleep(MEASURED).await;
    let counted = done.load(Ordering::Relaxed) - before;
    let elapsed = begun.elapsed();
    is_over.store(true, Ordering::Relaxed);
    tasks.join_all().await;
    counted as f64 / elapsed.as_secs_f64()
}

/// The anonymous memory of the server processes of a database, where the server's processes can be
/// looked at: on Linux, on the same machine.
async fn memory(plain: &DatabaseConnection) -> Option<f64> {
    let sql = "SELECT pid FROM pg_catalog.pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let select = Statement::from_string(plain.get_database_backend(), sql);
    let rows = plain.query_all_raw(select).await.ok()?;
    let mut kilobytes = 0;
    for row in rows {
        let pid: i32 = row.try_get_by_index(0).ok()?;
        let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        for line in smaps.lines().filter(|line| line.starts_with("Pss_Anon:")) {
            kilobytes += line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
        }
    }
    Some(kilobytes as f64 / 1024.0)
}

fn show(seen: Seen, alone: Seen) -> String {
    let memory = seen.memory.map_or_else(String::new, |memory| format!(", {memory:.0} MB"));
    format!("{:.0}/s ({:.2}x of one tenant{memory})", seen.rate, seen.rate / alone.rate)
}

async fn run(most: usize) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let tenants = provision(&connect(&database, 5).await, most).await;
    let options = PoolOptions { max_connections: 1, acquire_timeout: Duration::from_secs(30) };
    let plain = tenancy_core::databases::open_pool(database.url(), options).await.unwrap();
    plain.execute_unprepared("ANALYZE").await.unwrap();
    for access in [Access::Uniform, Access::Zipf] {
        let mut alone = Vec::new();
        for count in [1, 100, 1_000, 5_000, 10_000]
            .into_iter()
            .filter(|count| *count <= most && (*count == 1 || *count >= 1000))
        {
            let tenants: Arc<[Tenant]> = tenants[..count].into();
            for (at, pools) in [1, 5, 9].into_iter().enumerate() {
                // The server's processes are new for each, so that none knows what another learned.
                let tenancy = connect(&database, pools).await;
                let rate = measure(&tenancy, &tenants, access).await;
                let seen = Seen { rate, memory: memory(&plain).await };
                if count == 1 {
                    alone.push(seen);
                }
                let shown = show(seen, alone[at]);
                println!("{access:?}, {count} tenants, {pools} pools: {shown}");
                tenancy.close().await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement is told its size this way")]
fn main() {
    // As those of other benchmarks are: a filter that this one's name does not hold leaves it out.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if filter.is_some_and(|filter| !"tenants".contains(&filter)) {
        return;
    }
    let most = std::env::var("TENANCY_BENCH_TENANTS");
    let most = most.ok().and_then(|most| most.parse().ok()).unwrap_or(10_000);
    tokio::runtime::Runtime::new().unwrap().block_on(run(most));
}

//! Tenants as SQLite files, beside plain SeaORM with the same settings on the same files in one run:
//!
//! - `files/statements`: what a statement of one tenant costs, in turns;
//! - `files/cold`: the first statement of a tenant whose file is closed, in turns;
//! - `files/served`: how many statements a second are run for many tenants of which few are open, and
//!   how many files and descriptors were open at most.
//!
//! A part is chosen by its name. `TENANCY_BENCH_TENANTS` sets the most tenants there are (5,000
//! otherwise), and `TENANCY_BENCH_TURNS` how often each statement is timed (10,000 times otherwise).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark is no library, and says what it has measured"
)]

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use sea_orm::{DatabaseConnection, EntityTrait, Set};
use tenancy_core::{
    Tenancy, Tenant,
    config::Config,
    databases::{PoolOptions, open_pool},
    testing::{
        TestDatabase,
        costs::Operation,
        measuring::{Access, Turns},
        world::{self, customer},
    },
};
use tenancy_schema_per_tenant::SchemaPerTenant;
use tokio::task::JoinSet;

const TENANTS: usize = 5_000;
/// Of how many tenants the first statement is timed.
const COLD: usize = 1_000;
/// How many files are kept open. With those that the tasks open and close meanwhile, no more than 200 are
/// open.
const OPEN_FILES: usize = 175;
/// The same where every tenant is to be met with its file closed.
const FEW_OPEN_FILES: usize = 10;
const TURNS: usize = 10_000;
const ROWS: i32 = 20;
const TASKS: u64 = 8;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(5);
/// How often the process's descriptors are looked at.
const LOOK: Duration = Duration::from_millis(20);

struct Field {
    database: TestDatabase,
    tenants: Arc<[Tenant]>,
}

async fn connect(database: &TestDatabase, open_files: usize) -> Tenancy {
    let config = Config::builder()
        .strategy(SchemaPerTenant::KEYS)
        .database_url(database.url())
        .set("schema-per-tenant.directory", &folder(database).to_string_lossy())
        .set("schema-per-tenant.open_files", &open_files.to_string())
        .build()
        .unwrap();
    let strategy = Arc::new(SchemaPerTenant::from_config(&config).unwrap());
    Tenancy::connect(&config, strategy, world::base()).await.unwrap()
}

fn folder(database: &TestDatabase) -> PathBuf {
    database.directory().unwrap().canonicalize().unwrap().join("tenants")
}

/// Plain SeaORM on a tenant's file, with the pool and the pragmas that the framework opens it with.
async fn plain(database: &TestDatabase, tenant: &Tenant) -> DatabaseConnection {
    let file = folder(database).join(format!("{}.db", tenant.physical_name));
    let options = PoolOptions { max_connections: 4, acquire_timeout: Duration::from_secs(30) };
    open_pool(&format!("sqlite://{}", file.display()), options).await.unwrap()
}

async fn provision(count: usize) -> Field {
    let database = TestDatabase::sqlite().unwrap();
    let tenancy = connect(&database, OPEN_FILES).await;
    world::migrate(&tenancy).await;
    let begun = Instant::now();
    let tenants: Vec<Tenant> =
        stream::iter(0..count).map(|at| create(&tenancy, at)).buffered(4).collect().await;
    println!("{count} files made and filled in {:.1?}", begun.elapsed());
    Field { database, tenants: tenants.into() }
}

async fn create(tenancy: &Tenancy, at: usize) -> Tenant {
    let tenant = tenancy.create_tenant(&world::new_tenant(&format!("tenant-{at}"))).await.unwrap();
    let connection = tenancy.connection(&tenant).await.unwrap();
    let rows = (0..ROWS).map(|at| customer::ActiveModel {
        email: Set(format!("c{at}@example.com")),
        name: Set(format!("customer {at}")),
        ..Default::default()
    });
    customer::Entity::insert_many(rows).exec(&connection).await.unwrap();
    tenant
}

/// What a statement costs through a handle that is open.
async fn statements(field: &Field, turns: usize) {
    let tenancy = connect(&field.database, OPEN_FILES).await;
    let tenant = &field.tenants[0];
    let connection = tenancy.connection(tenant).await.unwrap();
    let plain = plain(&field.database, tenant).await;
    for operation in Operation::ALL {
        let email = |who: &str, at| format!("{who}-{at}-{}@example.com", operation.name());
        // Each side updates a row of its own.
        let by_hand = async |at| operation.run(&plain, 1, email("plain", at)).await.unwrap();
        let scoped = async |at| operation.run(&connection, 2, email("tenant", at)).await.unwrap();
        Turns::take(100, async |at| by_hand(at + turns).await, async |at| scoped(at + turns).await)
            .await;
        let turns = Turns::take(turns, by_hand, scoped).await;
        println!("{}, in turns, median: {}", operation.name(), turns.line(50));
    }
    plain.close().await.unwrap();
    tenancy.close().await;
}

/// What the first statement costs of a tenant whose file is closed: the tenant is known, as of a
/// request whose tenant has been looked up.
async fn cold(field: &Field) {
    let count = field.tenants.len().min(COLD);
    let rounds = ["first since the start", "file closed meanwhile"];
    let tenancy = connect(&field.database, FEW_OPEN_FILES.min(count)).await;
    let folder = folder(&field.database);
    for name in rounds {
        let mut turns = Turns::default();
        for tenant in &field.tenants[..count] {
            let begun = Instant::now();
            let plain = plain(&field.database, tenant).await;
            Operation::Lookup.run(&plain, 1, String::new()).await.unwrap();
            turns.plain.push(begun.elapsed());
            // Closing is nobody's turn: it would be timed where it happens to run.
            plain.close().await.unwrap();
            settled(&folder).await;
            let begun = Instant::now();
            let connection = tenancy.connection(tenant).await.unwrap();
            Operation::Lookup.run(&connection, 1, String::new()).await.unwrap();
            turns.tenant.push(begun.elapsed());
            drop(connection);
            settled(&folder).await;
        }
        let turns = turns.sorted();
        println!("cold, {name}, {count} tenants, median: {}", turns.line(50));
        println!("cold, {name}, {count} tenants, p99: {}", turns.line(99));
    }
    tenancy.close().await;
}

/// Waits until what is not kept open has been closed.
async fn settled(folder: &Path) {
    while open_below(folder).files > FEW_OPEN_FILES {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The most files and descriptors that were open at a look.
#[derive(Debug, Clone, Copy, Default)]
struct Peak {
    files: usize,
    descriptors: usize,
}

/// How many of the tenants' files this process has open, and by how many descriptors; none where that
/// cannot be looked at.
fn open_below(folder: &Path) -> Peak {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return Peak::default() };
    let open = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let open: Vec<PathBuf> = open.filter(|file| file.starts_with(folder)).collect();
    // The log and the index of a file begin with its name.
    let stem =
        |file: &PathBuf| file.file_name()?.to_str()?.split_once('.').map(|of| of.0.to_owned());
    let files: BTreeSet<String> = open.iter().filter_map(stem).collect();
    Peak { files: files.len(), descriptors: open.len() }
}

/// Serves so many tenants by eight tasks, of which each opens a handle for each statement.
async fn serve(tenancy: &Tenancy, field: &Field, count: usize, access: Access) -> (f64, Peak) {
    let is_over = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (tenancy, tenants) = (tenancy.clone(), Arc::clone(&field.tenants));
        let (is_over, done) = (Arc::clone(&is_over), Arc::clone(&done));
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(task);
            while !is_over.load(Ordering::Relaxed) {
                let tenant = &tenants[access.pick(&mut random, count)];
                let connection = tenancy.connection(tenant).await.unwrap();
                let id = random.i32(1..=ROWS);
                let found = customer::Entity::find_by_id(id).one(&connection).await;
                assert!(found.unwrap().is_some());
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(WARM_UP).await;
    let (begun, before) = (Instant::now(), done.load(Ordering::Relaxed));
    let folder = folder(&field.database);
    let mut peak = Peak::default();
    while begun.elapsed() < MEASURED {
        tokio::time::sleep(LOOK).await;
        let seen = open_below(&folder);
        peak.files = peak.files.max(seen.files);
        peak.descriptors = peak.descriptors.max(seen.descriptors);
    }
    let counted = done.load(Ordering::Relaxed) - before;
    let rate = counted as f64 / begun.elapsed().as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    tasks.join_all().await;
    (rate, peak)
}

async fn served(field: &Field) {
    let most = field.tenants.len();
    let steps = [150, 1_000, 5_000].into_iter().filter(|step| *step < most).chain([most]);
    for count in steps {
        for access in [Access::Uniform, Access::Zipf] {
            let tenancy = connect(&field.database, OPEN_FILES).await;
            let (rate, peak) = serve(&tenancy, field, count, access).await;
            let Peak { files, descriptors } = peak;
            println!(
                "served, {count} files, {OPEN_FILES} kept, {TASKS} tasks, {}: {rate:.0}/s, at most \
                 {files} files by {descriptors} descriptors",
                access.name()
            );
            tenancy.close().await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement is told its size this way")]
fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

async fn run(wanted: impl Fn(&str) -> bool) {
    let names = ["files/statements", "files/cold", "files/served"];
    if !names.iter().any(|name| wanted(name)) {
        return;
    }
    let most = number("TENANCY_BENCH_TENANTS", TENANTS);
    // Only those that are served need all of them.
    let most = if wanted("files/served") { most } else { most.min(COLD) };
    let field = provision(most).await;
    if wanted("files/statements") {
        statements(&field, number("TENANCY_BENCH_TURNS", TURNS)).await;
    }
    if wanted("files/cold") {
        cold(&field).await;
    }
    if wanted("files/served") {
        served(&field).await;
    }
}

fn main() {
    // As those of other benchmarks are: a filter that a part's name does not hold leaves it out.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| filter.as_ref().is_none_or(|filter| name.contains(filter.as_str()));
    tokio::runtime::Runtime::new().unwrap().block_on(run(wanted));
}

//! How many files are open: as many as the configuration says, whoever asks for however many tenants.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sea_orm::{EntityTrait, QueryTrait as _, Set, StreamTrait, TransactionTrait as _};
use tenancy_core::{
    Tenancy,
    testing::{
        TestBackend, TestDatabase,
        world::{base, customer, migrate, new_tenant},
    },
};

use crate::contract::configured;

const TENANTS: usize = 200;
const OPEN_FILES: usize = 8;
const TASKS: usize = 6;
const CONNECTIONS: usize = 2;

/// How many files are being closed at most when another one is opened, without that one's task.
const CLOSING: usize = 3;

/// What there is at most at each moment. Beside those that are kept, a task opens one, or uses one that
/// was turned out meanwhile; since it has opened its last one, it may have had two closed: the one that
/// it has turned out, and the one that it used.
const MOST: usize = OPEN_FILES + CLOSING + 3 * TASKS;

/// The descriptors of a connection to a file: the file, its log and the index of that.
const DESCRIPTORS: usize = 3;

/// What this process has open below a folder.
#[derive(Debug, Default)]
struct Open {
    files: BTreeSet<String>,
    descriptors: usize,
}

fn open_below(folder: &Path) -> Open {
    let mut open = Open::default();
    let links = fs::read_dir("/proc/self/fd").unwrap();
    for link in links.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()) {
        if let Ok(file) = link.strip_prefix(folder) {
            // What lies beside a file begins with its name.
            let name = file.to_string_lossy().split('.').next().unwrap_or_default().to_owned();
            open.files.insert(name);
            open.descriptors += 1;
        }
    }
    open
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_no_more_than_the_configuration_says() {
    let database = TestDatabase::create(TestBackend::Sqlite).await.unwrap();
    let open_files = OPEN_FILES.to_string();
    let connections = CONNECTIONS.to_string();
    let values = [
        ("schema-per-tenant.open_files", open_files.as_str()),
        ("database.max_connections", connections.as_str()),
    ];
    let setup = configured(database.url(), database.directory(), &values);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, base()).await.unwrap();
    migrate(&tenancy).await;
    let mut tenants = Vec::new();
    for at in 0..TENANTS {
        tenants.push(tenancy.create_tenant(&new_tenant(&format!("t-{at}"))).await.unwrap());
    }
    let folder = database.directory().unwrap().canonicalize().unwrap().join("tenants");
    let work: Vec<usize> =
        (0..3).flat_map(|round| (0..TENANTS).map(move |at| (at * 7 + round) % TENANTS)).collect();
    let (tenants, tenancy, folder) = (Arc::new(tenants), tenancy.clone(), Arc::new(folder));
    let seen = stream::iter(work).map(|at| {
        let (tenants, tenancy, folder) =
            (Arc::clone(&tenants), tenancy.clone(), Arc::clone(&folder));
        tokio::spawn(async move {
            let tenant = &tenants[at];
            let connection = tenancy.connection(tenant).await.unwrap();
            let name = format!("{}-{}", tenant.slug, fastrand::u64(..));
            customer::Entity::insert(named(&name)).exec(&connection).await.unwrap();
            open_below(&folder)
        })
    });
    let seen: Vec<Open> = seen.buffer_unordered(TASKS).map(Result::unwrap).collect().await;
    for open in &seen {
        assert!(open.files.len() <= MOST, "{} of {TENANTS} files", open.files.len());
        let most = open.files.len() * CONNECTIONS * DESCRIPTORS;
        assert!(open.descriptors <= most, "{} of {} files", open.descriptors, open.files.len());
    }
    // Nobody uses any: those that are kept stay, and no other.
    while open_below(&folder).files.len() > OPEN_FILES {
        tokio::task::yield_now().await;
    }
    // None was lost.
    for tenant in tenants.iter() {
        let connection = tenancy.connection(tenant).await.unwrap();
        assert_eq!(customer::Entity::find().all(&connection).await.unwrap().len(), 3);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_used_stays_open() {
    let database = TestDatabase::create(TestBackend::Sqlite).await.unwrap();
    let values = [("schema-per-tenant.open_files", "1")];
    let setup = configured(database.url(), database.directory(), &values);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, base()).await.unwrap();
    migrate(&tenancy).await;
    let mut handles = Vec::new();
    for at in 0..5 {
        let tenant = tenancy.create_tenant(&new_tenant(&format!("t-{at}"))).await.unwrap();
        handles.push(tenancy.connection(&tenant).await.unwrap());
    }
    // A transaction and the rows of a statement outlive the handle that they come from.
    let transaction = handles.remove(0).begin().await.unwrap();
    let rows = {
        let handle = handles.remove(0);
        let (customer, found) = (named("streamed"), customer::Entity::find());
        customer::Entity::insert(customer).exec(&handle).await.unwrap();
        let select = found.build(handle.get_database_backend());
        StreamTrait::stream_raw(&handle, select).await.unwrap()
    };
    for handle in &handles {
        customer::Entity::insert(named("later")).exec(handle).await.unwrap();
        assert_eq!(customer::Entity::find().all(handle).await.unwrap().len(), 1);
    }
    customer::Entity::insert(named("in it")).exec(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 1);
    let folder = database.directory().unwrap().canonicalize().unwrap().join("tenants");
    drop(handles);
    while open_below(&folder).files.len() > 1 {
        tokio::task::yield_now().await;
    }
}

fn named(name: &str) -> customer::ActiveModel {
    customer::ActiveModel {
        email: Set(name.to_owned()),
        name: Set(name.to_owned()),
        ..Default::default()
    }
}

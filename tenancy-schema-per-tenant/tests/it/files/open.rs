//! How many files are open: as many as the configuration says, whoever asks for however many tenants.

use std::{fs, path::Path, sync::Arc};

use futures_util::{StreamExt as _, stream};
use sea_orm::{EntityTrait, Set};
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

/// How many files below a folder this process has open, each counted as often as it is, without the
/// registry's.
fn open_below(folder: &Path) -> usize {
    let open = fs::read_dir("/proc/self/fd").unwrap();
    let open = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    open.filter(|file| file.starts_with(folder)).count()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_no_more_than_the_configuration_says() {
    let database = TestDatabase::create(TestBackend::Sqlite).await.unwrap();
    let open_files = OPEN_FILES.to_string();
    let values =
        [("schema-per-tenant.open_files", open_files.as_str()), ("database.max_connections", "2")];
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
    let peaks = stream::iter(work).map(|at| {
        let (tenants, tenancy, folder) =
            (Arc::clone(&tenants), tenancy.clone(), Arc::clone(&folder));
        tokio::spawn(async move {
            let tenant = &tenants[at];
            let connection = tenancy.connection(tenant).await.unwrap();
            let name = format!("{}-{}", tenant.slug, fastrand::u64(..));
            let new = customer::ActiveModel {
                email: Set(name.clone()),
                name: Set(name),
                ..Default::default()
            };
            customer::Entity::insert(new).exec(&connection).await.unwrap();
            open_below(&folder)
        })
    });
    let peaks: Vec<usize> = peaks.buffer_unordered(TASKS).map(Result::unwrap).collect().await;
    let peak = peaks.iter().copied().max().unwrap_or_default();
    println!("at most {peak} descriptors of {TENANTS} files");
    // A file has up to three descriptors for each of its two connections. One that is turned out is
    // closed by a thread of its own, which may take its time.
    assert!(peak <= 3 * 2 * 3 * (OPEN_FILES + TASKS), "{peak} of {TENANTS} files");
    // None was lost.
    for tenant in tenants.iter() {
        let connection = tenancy.connection(tenant).await.unwrap();
        assert_eq!(customer::Entity::find().all(&connection).await.unwrap().len(), 3);
    }
}

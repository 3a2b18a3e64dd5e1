//! Tenants as SQLite files: the trash, backups, trouble with the storage, and how many are open.

mod backup;
mod copy;
mod open;
mod trash;
mod trouble;

use std::{fs, path::PathBuf};

use tenancy_core::{Tenant, testing::World};

/// The folder of the tenants' files.
fn folder(world: &World) -> PathBuf {
    world.database().directory().unwrap().join("tenants")
}

/// A tenant's file, where it lies while the tenant is served.
fn file(world: &World, tenant: &Tenant) -> PathBuf {
    folder(world).join(format!("{}.db", tenant.physical_name))
}

/// The names of what lies in a folder and begins with the tenant's; none without the folder.
fn listed(folder: PathBuf, tenant: &Tenant) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| name.starts_with(tenant.physical_name.as_str())).collect();
    names.sort();
    names
}

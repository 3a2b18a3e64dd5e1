//! Names, numbers and lists: which migrations there are, and in which order they run.

use std::collections::BTreeMap;

use tenancy_core::check::{
    Finding,
    sets::{
        MigrationRef, SetName, duplicate_migration, duplicate_number, migration_order,
        missing_migration, number_gap, undetermined_migration, unregistered_migration,
    },
};

use super::{
    Folder,
    list::{self, Listed},
    migration::Migration,
    number,
};
use crate::check::Subject;

pub(super) fn find(
    subject: &Subject<'_>,
    folders: &[Folder],
    migrations: &[Migration<'_>],
) -> Vec<Finding> {
    let listed = list::read(subject, migrations);
    let mut findings = named(migrations);
    for set in [SetName::Shared, SetName::Tenant] {
        let of_set: Vec<_> = migrations.iter().filter(|migration| migration.set == set).collect();
        findings.extend(order(&of_set, &listed));
        findings.extend(unregistered(&of_set, &listed));
    }
    findings.extend(missing(subject, folders, migrations, &listed));
    findings
}

/// What the names alone show.
pub(super) fn named(migrations: &[Migration<'_>]) -> Vec<Finding> {
    [names(migrations), numbers(migrations), gaps(migrations)].concat()
}

fn names(migrations: &[Migration<'_>]) -> Vec<Finding> {
    let mut by_name: BTreeMap<&str, Vec<MigrationRef>> = BTreeMap::new();
    for migration in migrations {
        by_name.entry(&migration.name).or_default().push(migration.whole());
    }
    by_name.into_values().filter_map(|same| duplicate_migration::finding(&same)).collect()
}

fn numbers(migrations: &[Migration<'_>]) -> Vec<Finding> {
    let mut by_number: BTreeMap<String, Vec<MigrationRef>> = BTreeMap::new();
    for migration in migrations {
        let Some(number) = number::of(&migration.name) else { continue };
        let same = by_number.entry(number.text).or_default();
        // Two of one name are reported as that.
        if same.iter().all(|other| other.name != migration.name) {
            same.push(migration.whole());
        }
    }
    let all = by_number.iter();
    all.filter_map(|(number, same)| duplicate_number::finding(number, same)).collect()
}

/// Numbers that neither set has; where both are counted, they may be counted together.
fn gaps(migrations: &[Migration<'_>]) -> Vec<Finding> {
    let mut counted: BTreeMap<u64, (String, MigrationRef)> = BTreeMap::new();
    for migration in migrations {
        if let Some((text, count)) =
            number::of(&migration.name).and_then(|number| Some((number.text, number.counted?)))
        {
            counted.entry(count).or_insert_with(|| (text, migration.whole()));
        }
    }
    let all: Vec<_> = counted.iter().collect();
    let mut findings = Vec::new();
    for pair in all.windows(2) {
        let [(before, (_, first)), (after, (text, second))] = pair else { continue };
        let width = text.len();
        let missing = match after.saturating_sub(**before) {
            0 | 1 => continue,
            2 => format!("{:0width$}", **before + 1),
            _ => format!("{:0width$} to {:0width$}", **before + 1, **after - 1),
        };
        findings.push(number_gap::finding(&missing, first, second));
    }
    findings
}

/// A list that is not in the order of its names.
fn order(migrations: &[&Migration<'_>], listed: &[Listed]) -> Vec<Finding> {
    self::listed(listed.iter().filter_map(|line| {
        let migration = migrations.iter().find(|migration| line.is_of(migration))?;
        Some(MigrationRef::new(migration.set, migration.name.clone(), line.source()))
    }))
}

/// Migrations of one set that stand in its list behind one with a later name.
pub(super) fn listed(migrations: impl Iterator<Item = MigrationRef>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut last: Option<MigrationRef> = None;
    for this in migrations {
        match &last {
            Some(before) if is_same_file(before, &this) && before.name > this.name => {
                findings.push(migration_order::finding(&this, before));
            }
            _ => last = Some(this),
        }
    }
    findings
}

fn is_same_file(a: &MigrationRef, b: &MigrationRef) -> bool {
    a.source.path() == b.source.path()
}

fn unregistered(migrations: &[&Migration<'_>], listed: &[Listed]) -> Vec<Finding> {
    let is_listed = |migration: &Migration<'_>| listed.iter().any(|line| line.is_of(migration));
    let list = migrations.iter().find_map(|migration| {
        let line = listed.iter().find(|line| line.is_of(migration))?;
        Some(tenancy_core::check::Source::file(&line.file))
    });
    match (list, migrations.first()) {
        (Some(list), _) => {
            let outside = migrations.iter().filter(|migration| !is_listed(migration));
            outside
                .map(|migration| unregistered_migration::finding(&migration.whole(), &list))
                .collect()
        }
        (None, Some(first)) => {
            let reason = "the list of its set is not written out where it can be seen";
            vec![undetermined_migration::finding(&first.whole(), reason)]
        }
        (None, None) => Vec::new(),
    }
}

fn missing(
    subject: &Subject<'_>,
    folders: &[Folder],
    migrations: &[Migration<'_>],
    listed: &[Listed],
) -> Vec<Finding> {
    let is_there = |line: &Listed| {
        let unreadable = subject.sources.unreadable.iter().any(|file| {
            let named = file.path.file_stem().is_some_and(|stem| *stem == *line.module);
            named && folders.iter().any(|folder| folder.holds(&file.path))
        });
        unreadable || migrations.iter().any(|migration| line.is_of(migration))
    };
    let mut findings = Vec::new();
    for line in listed.iter().filter(|line| !is_there(line)) {
        let siblings = listed.iter().filter(|other| other.file == line.file);
        let set = siblings
            .filter_map(|other| migrations.iter().find(|migration| other.is_of(migration)))
            .map(|migration| migration.set)
            .next();
        let set = set.unwrap_or_else(|| line.set());
        let migration = MigrationRef::new(set, line.module.clone(), line.source());
        findings.push(missing_migration::finding(&migration));
    }
    findings
}

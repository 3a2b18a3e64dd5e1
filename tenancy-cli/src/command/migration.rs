//! `tenancy migration new`: the file of a migration, and its line in the list of its set.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{TimeDelta, Utc};
use tenancy_core::check::sets::{SetName, framework_table};

use super::{Context, project};
use crate::{
    args::MigrationCommand,
    check::{self, ListFile, Survey},
    error::SourcesError,
    output::{Answer, Written},
    registration,
};

pub(crate) fn run(
    context: &Context<'_>,
    command: &MigrationCommand,
) -> Result<Answer, SourcesError> {
    match command {
        MigrationCommand::New { name, shared, tenant: _, table } => {
            let set = if *shared { SetName::Shared } else { SetName::Tenant };
            new(context, name, set, table.as_deref())
        }
    }
}

fn new(
    context: &Context<'_>,
    name: &str,
    set: SetName,
    table: Option<&str>,
) -> Result<Answer, SourcesError> {
    let words = words(name)?;
    let kind = Kind::of(words, table)?;
    let root = Path::new("");
    if !root.join("Cargo.toml").is_file() {
        return Err(SourcesError::NoApplication);
    }
    let inspection = context.loader().inspect();
    let survey = check::survey(root, &inspection, &context.app.known_strategies());
    let survey = survey.ok_or(SourcesError::NotSurveyed)?;
    if let Some(path) = &survey.unreadable {
        return Err(SourcesError::UnreadableSource { path: path.clone() });
    }
    let stamp = stamp(&survey);
    let module = format!("m{stamp}_{words}");
    check_name(&survey, set, words, &module)?;
    check_table(&survey, &kind)?;
    let list = list(&survey, set)?;
    let registered = registration::register(&list.text, set, &module)
        .map_err(|source| SourcesError::NotRegistered { path: list.path.clone(), source })?;

    let path = list.folder.join(format!("{module}.rs"));
    project::write(&path, &kind.text(set))
        .map_err(|source| SourcesError::File { path: path.clone(), source })?;
    if let Err(source) = fs::write(&list.path, registered) {
        // A file that no list names would only be in the way.
        let _ = fs::remove_file(&path);
        return Err(SourcesError::File { path: list.path.clone(), source });
    }
    let next = vec![format!("registered in {}", list.path.display())];
    Ok(Answer::Written(Written { added: vec![path], left: Vec::new(), next }))
}

/// The time stamp of now, or of the next second that no migration has.
fn stamp(survey: &Survey) -> String {
    let mut at = Utc::now();
    loop {
        let stamp = at.format("%Y%m%d_%H%M%S").to_string();
        let mut known = survey.migrations.iter().filter_map(|known| known.stamp.as_deref());
        if known.all(|known| known != stamp) {
            return stamp;
        }
        at += TimeDelta::seconds(1);
    }
}

/// The words of a migration's name, which become a module of Rust.
fn words(name: &str) -> Result<&str, SourcesError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let reason = if name.is_empty() {
        "it is empty"
    } else if !name.chars().all(fits) {
        "only lower-case letters, digits and underscores may stand in it"
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "it must begin with a letter"
    } else if name.len() > 100 {
        "it has more than 100 bytes"
    } else if name.trim_start_matches('m').starts_with(|c: char| c.is_ascii_digit()) {
        "the time stamp is put before it"
    } else {
        return Ok(name);
    };
    Err(SourcesError::MigrationName { kind: "migration", name: name.to_owned(), reason })
}

/// What a migration does, as far as its name says.
#[derive(Debug, PartialEq, Eq)]
enum Kind<'a> {
    Create(&'a str),
    Alter(&'a str),
    Blank,
}

const CHANGES: [&str; 6] = ["add_", "alter_", "change_", "drop_", "remove_", "rename_"];

impl<'a> Kind<'a> {
    fn of(words: &'a str, table: Option<&'a str>) -> Result<Self, SourcesError> {
        let created = words.strip_prefix("create_").map(|rest| {
            rest.strip_suffix("_table").filter(|table| !table.is_empty()).unwrap_or(rest)
        });
        let kind = match (table, created.filter(|table| !table.is_empty())) {
            (Some(table), _) if CHANGES.iter().any(|change| words.starts_with(change)) => {
                Self::Alter(table)
            }
            (Some(table), _) | (None, Some(table)) => Self::Create(table),
            (None, None) => Self::Blank,
        };
        match kind {
            Self::Create(table) | Self::Alter(table) => check_identifier(table).map(|()| kind),
            Self::Blank => Ok(kind),
        }
    }

    fn text(&self, set: SetName) -> String {
        let template = match (set, self) {
            (SetName::Tenant, Self::Create(_)) => {
                include_str!("../../templates/migration/tenant_create.rs")
            }
            (SetName::Tenant, Self::Alter(_)) => {
                include_str!("../../templates/migration/tenant_alter.rs")
            }
            (SetName::Tenant, Self::Blank) => {
                include_str!("../../templates/migration/tenant_blank.rs")
            }
            (SetName::Shared, Self::Create(_)) => {
                include_str!("../../templates/migration/shared_create.rs")
            }
            (SetName::Shared, Self::Alter(_)) => {
                include_str!("../../templates/migration/shared_alter.rs")
            }
            (SetName::Shared, Self::Blank) => {
                include_str!("../../templates/migration/shared_blank.rs")
            }
        };
        match self {
            Self::Create(table) | Self::Alter(table) => template.replace("example", table),
            Self::Blank => template.to_owned(),
        }
    }
}

fn check_identifier(table: &str) -> Result<(), SourcesError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = table.starts_with(|c: char| c.is_ascii_lowercase());
    let reason = if table.len() > 63 {
        "it has more than 63 bytes"
    } else if !begins || !table.chars().all(fits) {
        "it is like `^[a-z][a-z0-9_]*$`"
    } else if framework_table::is_one(table) {
        "it is a table of the framework"
    } else {
        return Ok(());
    };
    Err(SourcesError::MigrationName { kind: "table", name: table.to_owned(), reason })
}

fn check_name(
    survey: &Survey,
    set: SetName,
    words: &str,
    module: &str,
) -> Result<(), SourcesError> {
    let mut migrations = survey.migrations.iter();
    let taken = migrations.find_map(|known| {
        let what = if without_stamp(&known.name, known.stamp.as_deref()) == words {
            "the name"
        } else if known.set == set && known.name.as_str() > module {
            "a later place in the order"
        } else {
            return None;
        };
        Some(SourcesError::MigrationTaken {
            what,
            by: known.name.clone(),
            path: known.path.clone(),
        })
    });
    taken.map_or(Ok(()), Err)
}

fn without_stamp<'a>(name: &'a str, stamp: Option<&str>) -> &'a str {
    let rest = stamp.and_then(|stamp| name.strip_prefix('m').unwrap_or(name).strip_prefix(stamp));
    rest.map_or(name, |rest| rest.trim_start_matches('_'))
}

fn check_table(survey: &Survey, kind: &Kind<'_>) -> Result<(), SourcesError> {
    let Kind::Create(table) = kind else { return Ok(()) };
    match survey.tables.get(*table) {
        Some(place) => {
            Err(SourcesError::TableTaken { table: (*table).to_owned(), place: place.clone() })
        }
        None => Ok(()),
    }
}

/// The one list of the set.
fn list(survey: &Survey, set: SetName) -> Result<&ListFile, SourcesError> {
    let lists: Vec<&ListFile> = survey.lists.iter().filter(|list| list.set == set).collect();
    let of_folder: Vec<&ListFile> =
        lists.iter().copied().filter(|list| list.is_of_folder).collect();
    match (lists.as_slice(), of_folder.as_slice()) {
        ([], _) => Err(SourcesError::NoList { set }),
        ([one], _) | (_, [one]) => Ok(one),
        _ => {
            let files: Vec<PathBuf> = lists.iter().map(|list| list.path.clone()).collect();
            Err(SourcesError::SeveralLists { set, files })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_does() {
        let kind = |words, table| Kind::of(words, table).unwrap();
        assert_eq!(kind("create_tag", None), Kind::Create("tag"));
        assert_eq!(kind("create_tag_table", None), Kind::Create("tag"));
        assert_eq!(kind("create_table", None), Kind::Create("table"));
        assert_eq!(kind("add_color_to_tag", Some("tag")), Kind::Alter("tag"));
        assert_eq!(kind("tags", Some("tag")), Kind::Create("tag"));
        assert_eq!(kind("merge", None), Kind::Blank);
        assert!(Kind::of("create_tenants_domain", None).is_err());
        assert!(Kind::of("tags", Some("a\"b")).is_err());
    }

    #[test]
    fn a_stamp_is_no_part_of_a_name() {
        assert_eq!(without_stamp("m20260101_000001_create_a", Some("20260101_000001")), "create_a");
        assert_eq!(without_stamp("merge", None), "merge");
    }
}

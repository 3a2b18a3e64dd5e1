//! Where two structures differ, as data and as lines to act on.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{ColumnStructure, Structure, TableStructure};

/// What a named part of a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Part {
    /// A unique key.
    UniqueKey,
    /// A foreign key.
    ForeignKey,
    /// A check or an exclusion constraint.
    Check,
    /// An index.
    Index,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UniqueKey => "unique key",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Index => "index",
        })
    }
}

/// One difference between what is found and what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Difference {
    /// A table that is not there.
    MissingTable {
        /// Its name.
        table: String,
    },
    /// A table that is not expected.
    ExtraTable {
        /// Its name.
        table: String,
    },
    /// A column that is not there.
    MissingColumn {
        /// The table.
        table: String,
        /// The column that is expected.
        expected: ColumnStructure,
    },
    /// A column that is not expected.
    ExtraColumn {
        /// The table.
        table: String,
        /// The column that is there.
        found: ColumnStructure,
    },
    /// A column that is defined in another way.
    DifferentColumn {
        /// The table.
        table: String,
        /// The column that is there.
        found: Box<ColumnStructure>,
        /// The column that is expected.
        expected: Box<ColumnStructure>,
    },
    /// The columns are the expected ones in another order, which only statements notice that do
    /// not name them.
    ColumnOrder {
        /// The table.
        table: String,
        /// The columns as they stand.
        found: Vec<String>,
        /// The columns as they are expected.
        expected: Vec<String>,
    },
    /// The primary key has other columns.
    PrimaryKey {
        /// The table.
        table: String,
        /// Its columns; empty without a key.
        found: Vec<String>,
        /// The expected columns; empty where none is expected.
        expected: Vec<String>,
    },
    /// The table is of another kind.
    Options {
        /// The table.
        table: String,
        /// What the database keeps of it.
        found: Vec<String>,
        /// What is expected.
        expected: Vec<String>,
    },
    /// A key, check or index that is not there.
    MissingPart {
        /// The table.
        table: String,
        /// What it is.
        part: Part,
        /// Its name.
        name: String,
        /// Its definition.
        expected: String,
    },
    /// A key, check or index that is not expected.
    ExtraPart {
        /// The table.
        table: String,
        /// What it is.
        part: Part,
        /// Its name.
        name: String,
        /// Its definition.
        found: String,
    },
    /// A key, check or index that is defined in another way.
    DifferentPart {
        /// The table.
        table: String,
        /// What it is.
        part: Part,
        /// Its name.
        name: String,
        /// Its definition.
        found: String,
        /// The definition that is expected.
        expected: String,
    },
    /// A key, check or index that is the expected one under another name.
    RenamedPart {
        /// The table.
        table: String,
        /// What it is.
        part: Part,
        /// Its name.
        found: String,
        /// The name that is expected.
        expected: String,
    },
    /// An enum type that is not there.
    MissingType {
        /// Its name.
        name: String,
        /// Its values.
        expected: Vec<String>,
    },
    /// An enum type that is not expected.
    ExtraType {
        /// Its name.
        name: String,
        /// Its values.
        found: Vec<String>,
    },
    /// An enum type of other values, or in another order.
    DifferentType {
        /// Its name.
        name: String,
        /// Its values.
        found: Vec<String>,
        /// The values that are expected.
        expected: Vec<String>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTable { table } => write!(f, "the table `{table}` is missing"),
            Self::ExtraTable { table } => write!(f, "the table `{table}` is not expected"),
            Self::MissingColumn { table, expected } => {
                write!(f, "the table `{table}` lacks the column `{}` ({expected})", expected.name)
            }
            Self::ExtraColumn { table, found } => {
                write!(f, "the table `{table}` has a column `{}` too many", found.name)
            }
            Self::DifferentColumn { table, found, expected } => write!(
                f,
                "the column `{}` of the table `{table}` is `{found}` instead of `{expected}`",
                found.name
            ),
            Self::ColumnOrder { table, found, expected } => write!(
                f,
                "the columns of the table `{table}` stand in the order {} instead of {}",
                found.join(", "),
                expected.join(", ")
            ),
            Self::PrimaryKey { table, found, expected } => write!(
                f,
                "the primary key of the table `{table}` is {} instead of {}",
                key(found),
                key(expected)
            ),
            Self::Options { table, found, expected } => write!(
                f,
                "the table `{table}` is {} instead of {}",
                plain_or(found),
                plain_or(expected)
            ),
            Self::MissingPart { .. }
            | Self::ExtraPart { .. }
            | Self::DifferentPart { .. }
            | Self::RenamedPart { .. } => self.fmt_part(f),
            Self::MissingType { .. } | Self::ExtraType { .. } | Self::DifferentType { .. } => {
                self.fmt_type(f)
            }
        }
    }
}

fn key(columns: &[String]) -> String {
    if columns.is_empty() { "absent".to_owned() } else { format!("({})", columns.join(", ")) }
}

fn plain_or(options: &[String]) -> String {
    if options.is_empty() { "a plain one".to_owned() } else { format!("`{}`", options.join(", ")) }
}

impl Difference {
    /// The table that it is about; a type has none.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::MissingTable { table }
            | Self::ExtraTable { table }
            | Self::MissingColumn { table, .. }
            | Self::ExtraColumn { table, .. }
            | Self::DifferentColumn { table, .. }
            | Self::ColumnOrder { table, .. }
            | Self::PrimaryKey { table, .. }
            | Self::Options { table, .. }
            | Self::MissingPart { table, .. }
            | Self::ExtraPart { table, .. }
            | Self::DifferentPart { table, .. }
            | Self::RenamedPart { table, .. } => Some(table),
            Self::MissingType { .. } | Self::ExtraType { .. } | Self::DifferentType { .. } => None,
        }
    }

    /// Whether no statement that names its columns, and no row, can notice it: the order of
    /// columns, and the names of keys, checks and indexes.
    #[must_use]
    pub fn is_in_names_only(&self) -> bool {
        matches!(self, Self::ColumnOrder { .. } | Self::RenamedPart { .. })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "`fmt` gives it parts only")]
    fn fmt_part(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingPart { table, part, name, expected } => {
                write!(f, "the table `{table}` lacks the {part} `{name}`: `{expected}`")
            }
            Self::ExtraPart { table, part, name, found } => {
                write!(f, "the table `{table}` has a {part} `{name}` too many: `{found}`")
            }
            Self::DifferentPart { table, part, name, found, expected } => write!(
                f,
                "the {part} `{name}` of the table `{table}` is `{found}` instead of `{expected}`"
            ),
            Self::RenamedPart { table, part, found, expected } => write!(
                f,
                "the {part} `{found}` of the table `{table}` should be named `{expected}`"
            ),
            _ => Ok(()),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "`fmt` gives it types only")]
    fn fmt_type(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingType { name, expected } => {
                write!(f, "the type `{name}` with the values {} is missing", expected.join(", "))
            }
            Self::ExtraType { name, .. } => write!(f, "the type `{name}` is not expected"),
            Self::DifferentType { name, found, expected } => write!(
                f,
                "the type `{name}` has the values {} instead of {}",
                found.join(", "),
                expected.join(", ")
            ),
            _ => Ok(()),
        }
    }
}

/// What stands under a name on the one side, on the other, or on both.
fn paired<'a, T>(
    found: &'a BTreeMap<String, T>,
    expected: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a str, Option<&'a T>, Option<&'a T>)> {
    let both_or_missing =
        expected.iter().map(|(name, e)| (name.as_str(), found.get(name), Some(e)));
    let extra = found.iter().filter(|(name, _)| !expected.contains_key(*name));
    both_or_missing.chain(extra.map(|(name, f)| (name.as_str(), Some(f), None)))
}

pub(super) fn between(found: &Structure, expected: &Structure) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (name, found, expected) in paired(&found.types, &expected.types) {
        let name = name.to_owned();
        match (found.cloned(), expected.cloned()) {
            (None, Some(expected)) => differences.push(Difference::MissingType { name, expected }),
            (Some(found), None) => differences.push(Difference::ExtraType { name, found }),
            (Some(found), Some(expected)) if found != expected => {
                differences.push(Difference::DifferentType { name, found, expected });
            }
            _ => {}
        }
    }
    for (name, found, expected) in paired(&found.tables, &expected.tables) {
        let table = name.to_owned();
        match (found, expected) {
            (Some(found), Some(expected)) => {
                between_tables(&mut differences, name, found, expected);
            }
            (None, _) => differences.push(Difference::MissingTable { table }),
            (Some(_), None) => differences.push(Difference::ExtraTable { table }),
        }
    }
    differences
}

fn between_tables(
    differences: &mut Vec<Difference>,
    name: &str,
    found: &TableStructure,
    expected: &TableStructure,
) {
    between_columns(differences, name, &found.columns, &expected.columns);
    if found.primary_key != expected.primary_key {
        differences.push(Difference::PrimaryKey {
            table: name.to_owned(),
            found: found.primary_key.clone(),
            expected: expected.primary_key.clone(),
        });
    }
    if found.options != expected.options {
        differences.push(Difference::Options {
            table: name.to_owned(),
            found: found.options.clone(),
            expected: expected.options.clone(),
        });
    }
    let keys = |table: &TableStructure| {
        let definition = |(name, key): (&String, &super::ForeignKeyStructure)| {
            (name.clone(), key.definition.clone())
        };
        table.foreign_keys.iter().map(definition).collect::<BTreeMap<_, _>>()
    };
    let mut parts = |part, found: &_, expected: &_| {
        between_parts(differences, (name, part), found, expected);
    };
    parts(Part::UniqueKey, &found.unique_keys, &expected.unique_keys);
    parts(Part::ForeignKey, &keys(found), &keys(expected));
    parts(Part::Check, &found.checks, &expected.checks);
    parts(Part::Index, &found.indexes, &expected.indexes);
}

fn between_columns(
    differences: &mut Vec<Difference>,
    table: &str,
    found: &[ColumnStructure],
    expected: &[ColumnStructure],
) {
    let before = differences.len();
    let named = |columns: &[ColumnStructure], name: &str| {
        columns.iter().find(|column| column.name == name).cloned()
    };
    for column in expected {
        let (table, expected) = (table.to_owned(), column.clone());
        match named(found, &column.name) {
            None => differences.push(Difference::MissingColumn { table, expected }),
            Some(found) if found != expected => {
                let (found, expected) = (Box::new(found), Box::new(expected));
                differences.push(Difference::DifferentColumn { table, found, expected });
            }
            Some(_) => {}
        }
    }
    for column in found.iter().filter(|column| named(expected, &column.name).is_none()) {
        let found = column.clone();
        differences.push(Difference::ExtraColumn { table: table.to_owned(), found });
    }
    let names = |columns: &[ColumnStructure]| {
        columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    let (found, expected) = (names(found), names(expected));
    let is_same_set = found.len() == expected.len()
        && !differences[before..]
            .iter()
            .any(|difference| matches!(difference, Difference::MissingColumn { .. }));
    if is_same_set && found != expected {
        differences.push(Difference::ColumnOrder { table: table.to_owned(), found, expected });
    }
}

fn between_parts(
    differences: &mut Vec<Difference>,
    (table, part): (&str, Part),
    found: &BTreeMap<String, String>,
    expected: &BTreeMap<String, String>,
) {
    let mut extra: Vec<(&str, &String)> = found
        .iter()
        .filter(|(n, _)| !expected.contains_key(*n))
        .map(|(n, d)| (n.as_str(), d))
        .collect();
    for (name, definition) in expected {
        let table = table.to_owned();
        let Some(same) = found.get(name) else {
            let renamed = extra.iter().position(|(_, found)| *found == definition);
            differences.push(match renamed {
                Some(at) => {
                    let found = extra.remove(at).0.to_owned();
                    Difference::RenamedPart { table, part, found, expected: name.clone() }
                }
                None => {
                    let (name, expected) = (name.clone(), definition.clone());
                    Difference::MissingPart { table, part, name, expected }
                }
            });
            continue;
        };
        if same != definition {
            let (name, found, expected) = (name.clone(), same.clone(), definition.clone());
            differences.push(Difference::DifferentPart { table, part, name, found, expected });
        }
    }
    for (name, definition) in extra {
        let (name, found) = (name.to_owned(), definition.clone());
        differences.push(Difference::ExtraPart { table: table.to_owned(), part, name, found });
    }
}

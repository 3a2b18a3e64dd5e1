//! What an application declares beside what is known to be harmless: functions of its own, and
//! shared tables that tenants may write to.

use crate::{
    catalog::{Catalog, Table, TableKind},
    config,
    error::{Error, Result},
    migrate::{TenantSet, change::ReferentialAction},
};

/// What an application declares.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    functions: Vec<String>,
    writable_tables: Vec<String>,
}

impl Declared {
    /// Takes over what the configuration says, where it fits the tenant set and the places.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what is no name of a function, [`Error::UnsupportedDefinition`]
    /// for shared tables that no connection of a tenant can write to, and [`Error::Reference`] for
    /// a set in which a row that any tenant may delete or change takes rows of others along.
    pub(crate) fn for_set(
        scope: &config::Scope,
        set: &TenantSet,
        reaches_shared: bool,
    ) -> Result<Self> {
        let functions = scope.functions().value.iter().map(|name| function_name(name));
        let declared = Self {
            functions: functions.collect::<Result<_>>()?,
            writable_tables: scope.writable_tables().value.clone(),
        };
        declared.check_reach(reaches_shared)?;
        declared.check_references(set)?;
        Ok(declared)
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = String> {
        self.functions.iter().cloned()
    }

    pub(crate) fn writable_tables(&self) -> &[String] {
        &self.writable_tables
    }

    /// Lets tenants write to the shared tables that were declared so.
    pub(crate) fn open(&self, shared: &mut Catalog) {
        for name in &self.writable_tables {
            let Some(table) = shared.table(name).cloned() else { continue };
            match table.kind {
                TableKind::Shared { .. } => {
                    let kind = TableKind::Shared { writable: true };
                    shared.insert(Table { kind, ..table });
                }
                TableKind::Tenant | TableKind::Registry => {}
            }
        }
    }

    fn check_reach(&self, reaches_shared: bool) -> Result<()> {
        match self.writable_tables.first().filter(|_| !reaches_shared) {
            None => Ok(()),
            Some(table) => Err(Error::UnsupportedDefinition {
                what: format!(
                    "the shared table `{table}` to write to, which tenants in files of their own \
                     only read"
                ),
            }),
        }
    }

    fn check_references(&self, set: &TenantSet) -> Result<()> {
        for table in set.state().tables() {
            for key in &table.definition.foreign_keys {
                let reaches = [&key.on_delete, &key.on_update].into_iter().flatten().any(reaches);
                if reaches && self.writable_tables.contains(&key.references) {
                    return Err(Error::Reference {
                        table: table.definition.name.clone(),
                        references: key.references.clone(),
                        reason: "to which tenants may write, and what one of them does there would \
                                 reach rows of others",
                    });
                }
            }
        }
        Ok(())
    }
}

/// Whether a change of the row that is referred to changes the rows that refer to it.
fn reaches(action: &ReferentialAction) -> bool {
    match action {
        ReferentialAction::Cascade
        | ReferentialAction::SetNull(_)
        | ReferentialAction::SetDefault(_) => true,
        ReferentialAction::Restrict | ReferentialAction::NoAction => false,
    }
}

/// A function's name as statements are compared with it: `slugify` or `extension.slugify`.
fn function_name(name: &str) -> Result<String> {
    let is_plain = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() <= 2 && parts.iter().all(|part| is_plain(part)) {
        return Ok(name.to_owned());
    }
    Err(Error::InvalidName {
        kind: "function",
        name: name.to_owned(),
        reason: "it is written in lower case like `slugify` or `extension.slugify`",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_plainly() {
        for good in ["slugify", "ext.slugify", "_f2"] {
            assert_eq!(function_name(good).unwrap(), good);
        }
        for bad in ["", "Slugify", "a.b.c", "f()", "1f", "f;", "ext."] {
            assert!(function_name(bad).is_err(), "{bad}");
        }
    }
}

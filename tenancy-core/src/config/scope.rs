//! [`Scope`]: the section `[scope]`.

use super::sourced::Sourced;
use super::value::Values;

/// The section `[scope]`: what statements of tenants may use beside what is known to be harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    functions: Sourced<Vec<String>>,
    writable_tables: Sourced<Vec<String>>,
}

impl Scope {
    pub(super) fn read(values: &Values) -> Option<Self> {
        Some(Self {
            functions: values.list("scope.functions")?.map(<[_]>::to_vec),
            writable_tables: values.list("scope.writable_tables")?.map(<[_]>::to_vec),
        })
    }

    /// Returns the functions of the application that statements of tenants may call. They must
    /// compute from their arguments only: what they read or write themselves is not scoped.
    #[must_use]
    pub fn functions(&self) -> &Sourced<Vec<String>> {
        &self.functions
    }

    /// Returns the shared tables that every tenant may write to.
    #[must_use]
    pub fn writable_tables(&self) -> &Sourced<Vec<String>> {
        &self.writable_tables
    }
}

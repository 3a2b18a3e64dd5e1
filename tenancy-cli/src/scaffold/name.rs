//! `PackageName`: a name that Cargo and Rust accept, and that nothing else has.

use std::fmt;

/// The name of a new application, as its package and, with underscores, as its crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageName(String);

/// Crates that the application depends on; its own name would hide them.
const TAKEN: [&str; 16] = [
    "alloc",
    "async_trait",
    "axum",
    "core",
    "migration",
    "proc_macro",
    "sea_orm",
    "sea_orm_migration",
    "serde",
    "serde_json",
    "std",
    "tenancy_cli",
    "tenancy_core",
    "test",
    "tokio",
    "tower",
];

impl PackageName {
    /// Takes a name, or says what is wrong with it.
    pub(crate) fn parse(name: &str) -> Result<Self, &'static str> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let of_crate = name.replace('-', "_");
        if name.is_empty() {
            Err("it is empty")
        } else if name.len() > 50 {
            Err("it has more than 50 bytes")
        } else if !name.chars().all(fits) {
            Err("only lower-case letters, digits, hyphens and underscores may stand in it")
        } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            Err("it must begin with a letter")
        } else if syn::parse_str::<syn::Ident>(&of_crate).is_err() {
            Err("it is a word of Rust")
        } else if TAKEN.contains(&of_crate.as_str()) || of_crate.starts_with("tenancy_s") {
            Err("a crate that the application needs has it")
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_before_a_file_is_written() {
        for name in ["notes", "my-notes", "notes_2", "a"] {
            assert!(PackageName::parse(name).is_ok(), "{name}");
        }
        let long = "a".repeat(51);
        for name in [
            "",
            "Notes",
            "1a",
            "-a",
            "a b",
            "a/b",
            "..",
            "../a",
            "a\0",
            "a\"b",
            "fn",
            "self",
            "crate",
            "axum",
            "sea-orm",
            "tenancy-core",
            "tenancy-shared-schema",
            "ä",
            "migration",
            &long,
        ] {
            assert!(PackageName::parse(name).is_err(), "{name}");
        }
    }
}

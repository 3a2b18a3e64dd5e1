//! Tests of loading: what wins, where it comes from, and the text of every finding.

use std::panic::Location;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::Serialized;
use tempfile::TempDir;

use super::*;
use crate::check::{Findings, Source};

mod findings;
mod loading;
mod secrets;

/// The options as the crate of this strategy declares them.
const SHARED_SCHEMA: StrategyKeys = StrategyKeys {
    name: "shared-schema",
    keys: &[
        OptionKey {
            name: "tenant_column",
            kind: OptionKind::Identifier,
            default: Some("tenant_id"),
            doc: "the column that holds the tenant",
        },
        OptionKey {
            name: "rls",
            kind: OptionKind::Choice(&["off", "enforce"]),
            default: Some("off"),
            doc: "row-level security as a second wall",
        },
    ],
    checks: &[],
};

/// The options as the crate of this strategy declares them.
const SCHEMA_PER_TENANT: StrategyKeys = StrategyKeys {
    name: "schema-per-tenant",
    keys: &[
        OptionKey {
            name: "directory",
            kind: OptionKind::Path,
            default: Some("tenants"),
            doc: "where the files of tenants are kept under SQLite",
        },
        OptionKey {
            name: "role_per_tenant",
            kind: OptionKind::Bool,
            default: Some("false"),
            doc: "a database role for each tenant as a second wall",
        },
    ],
    checks: &[],
};

const URL: &str = "postgres://app:s3cr3t@db.example.com/notes";

/// A directory with a `tenancy.toml`, shown in texts as if it were the working directory.
struct World {
    directory: TempDir,
}

impl World {
    fn new(toml: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("tenancy.toml"), toml).unwrap();
        Self { directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("tenancy.toml")
    }

    fn loader(&self, variables: &[(&str, &str)]) -> ConfigLoader {
        bare(variables).file(self.path())
    }

    fn config(&self, variables: &[(&str, &str)]) -> Config {
        self.loader(variables).load().unwrap()
    }

    /// Loads in vain and returns the text of all findings.
    fn refusal(&self, variables: &[(&str, &str)]) -> String {
        self.shown(&self.loader(variables).load().unwrap_err())
    }

    fn shown(&self, findings: &Findings) -> String {
        let directory = format!("{}/", self.directory.path().display());
        findings.to_string().replace(&directory, "")
    }

    fn line(&self, line: usize) -> Source {
        Source::line(self.path(), line)
    }
}

/// A loader of both strategies that reads no file and these variables only.
fn bare(variables: &[(&str, &str)]) -> ConfigLoader {
    ConfigLoader::new()
        .known_strategy(SHARED_SCHEMA)
        .known_strategy(SCHEMA_PER_TENANT)
        .without_file()
        .environment(variables.iter().copied().collect())
}

/// The findings of a file that is right but for `lines`, which start at line 4.
fn refusal_of(lines: &str) -> String {
    World::new(&format!("strategy = \"shared-schema\"\n[database]\nurl = \"{URL}\"\n{lines}"))
        .refusal(&[])
}

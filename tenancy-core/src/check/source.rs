//! [`Source`]: the place a value or a problem comes from, as a person would look for it.

use std::fmt;
use std::panic::Location;
use std::path::{Path, PathBuf};

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Says where a value, or the cause of a finding, stands.
///
/// # Example
///
/// ```
/// use tenancy_core::check::Source;
///
/// assert_eq!(Source::line("tenancy.toml", 5).to_string(), "tenancy.toml:5");
/// assert_eq!(
///     Source::env("TENANCY_STRATEGY").to_string(),
///     "environment variable `TENANCY_STRATEGY`"
/// );
/// assert_eq!(Source::flag("--strategy").to_string(), "flag `--strategy`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The built-in default.
    Default,
    /// A file; the line is absent when the whole file is meant.
    File {
        /// The path as it was given.
        path: PathBuf,
        /// The line, counted from 1.
        line: Option<usize>,
    },
    /// An environment variable, by its whole name.
    Env(String),
    /// A command line flag, with its dashes.
    Flag(String),
    /// A place in the source code.
    Code(&'static Location<'static>),
    /// A database table.
    Table(String),
    /// A migration that was written down, by its name.
    Migration(String),
    /// A key of a provider of the application's own configuration, whose exact place is not known.
    Provider {
        /// What the provider calls itself.
        name: String,
        /// The key path in the application's configuration.
        key: String,
    },
}

impl Source {
    /// Names a whole file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File { path: path.into(), line: None }
    }

    /// Names a line of a file, counted from 1.
    #[must_use]
    pub fn line(path: impl Into<PathBuf>, line: usize) -> Self {
        Self::File { path: path.into(), line: Some(line) }
    }

    /// Names an environment variable by its whole name.
    #[must_use]
    pub fn env(name: impl Into<String>) -> Self {
        Self::Env(name.into())
    }

    /// Names a command line flag, dashes included.
    #[must_use]
    pub fn flag(name: impl Into<String>) -> Self {
        Self::Flag(name.into())
    }

    /// Names the place in the code that calls this function.
    #[must_use]
    #[track_caller]
    pub fn caller() -> Self {
        Self::Code(Location::caller())
    }

    /// Names a database table.
    #[must_use]
    pub fn table(name: impl Into<String>) -> Self {
        Self::Table(name.into())
    }

    /// Returns the file, when the source is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        if let Self::File { path, .. } = self { Some(path) } else { None }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Env(name) => write!(f, "environment variable `{name}`"),
            Self::Flag(name) => write!(f, "flag `{name}`"),
            Self::Code(place) => write!(f, "{}:{}", place.file(), place.line()),
            Self::Table(name) => write!(f, "table `{name}`"),
            Self::Migration(name) => write!(f, "migration `{name}`"),
            Self::Provider { name, key } => write!(f, "`{key}` in {name}"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, name, line) = match self {
            Self::Default => ("default", None, None),
            Self::File { path, line } => ("file", Some(path.display().to_string()), *line),
            Self::Env(name) => ("env", Some(name.clone()), None),
            Self::Flag(name) => ("flag", Some(name.clone()), None),
            Self::Code(place) => {
                ("code", Some(place.file().to_owned()), usize::try_from(place.line()).ok())
            }
            Self::Table(name) => ("table", Some(name.clone()), None),
            Self::Migration(name) => ("migration", Some(name.clone()), None),
            Self::Provider { key, .. } => ("provider", Some(key.clone()), None),
        };
        let mut object = serializer.serialize_struct("Source", 4)?;
        object.serialize_field("kind", kind)?;
        object.serialize_field("name", &name)?;
        object.serialize_field("line", &line)?;
        object.serialize_field("text", &self.to_string())?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_as_a_person_looks_for_them() {
        let provider = Source::Provider { name: "`APP_` variables".into(), key: "t.rls".into() };
        assert_eq!(Source::Default.to_string(), "default");
        assert_eq!(Source::file("tenancy.toml").to_string(), "tenancy.toml");
        assert_eq!(Source::table("tenants_domain").to_string(), "table `tenants_domain`");
        assert_eq!(provider.to_string(), "`t.rls` in `APP_` variables");
        let here = Source::caller().to_string();
        assert!(here.contains("source.rs:"), "{here}");
    }

    #[test]
    fn sources_serialize_to_one_shape() {
        let line = serde_json::to_value(Source::line("tenancy.toml", 5)).unwrap();
        assert_eq!(
            line,
            serde_json::json!({
                "kind": "file", "name": "tenancy.toml", "line": 5, "text": "tenancy.toml:5"
            })
        );
        let default = serde_json::to_value(Source::Default).unwrap();
        assert_eq!(
            default,
            serde_json::json!({ "kind": "default", "name": null, "line": null, "text": "default" })
        );
    }
}

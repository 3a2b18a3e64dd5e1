//! Reads the environment: the only place that does.

use std::collections::BTreeMap;
use std::fmt;

use super::layer::{Entry, Layer};
use super::schema::{Schema, variable};
use crate::check::{Finding, Source, unknown_variable, unreadable_file};

/// Variables that the tool and applications use for themselves.
const RESERVED: &[&str] = &["TENANCY_CONFIG", "TENANCY_LISTEN", "TENANCY_LOG"];

/// Beginnings of variables that have other uses; the last two are set by Kubernetes for a service
/// that is named `tenancy`.
const RESERVED_PREFIXES: &[&str] = &["TENANCY_TEST_", "TENANCY_SERVICE_", "TENANCY_PORT"];

/// The environment variables that configuration is read from.
///
/// # Example
///
/// ```
/// use tenancy_core::config::Environment;
///
/// let environment = Environment::from_iter([("TENANCY_STRATEGY", "shared-schema")]);
/// assert_eq!(format!("{environment:?}"), r#"Environment(["TENANCY_STRATEGY"])"#);
/// ```
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, Option<String>>);

impl Environment {
    /// Reads the environment of the process.
    #[must_use]
    pub fn process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let ours = name == "DATABASE_URL" || name.starts_with("TENANCY_");
            ours.then(|| (name, value.into_string().ok()))
        });
        Self(variables.collect())
    }

    /// Returns the path of the configuration file that the environment names.
    pub(crate) fn config_path(&self) -> Option<&str> {
        self.0.get("TENANCY_CONFIG")?.as_deref()
    }

    /// Turns the variables into a layer; those that are unknown or unreadable are findings.
    pub(crate) fn layer(&self, schema: &Schema, findings: &mut Vec<Finding>) -> Layer {
        // `DATABASE_URL` comes first, so that the variable of this framework wins.
        let mut known = vec![("DATABASE_URL".to_owned(), "database.url".to_owned())];
        let textual = schema.paths().filter(|(_, key)| key.kind.is_textual());
        known.extend(textual.map(|(path, _)| (variable(&path), path)));

        findings.extend(self.unreadable());
        findings.extend(self.unknown(&known));
        let mut layer = Layer::default();
        for (name, path) in &known {
            if let Some(Some(value)) = self.0.get(name) {
                layer.entries.push(Entry::text(path, value, Source::env(name)));
            }
        }
        layer
    }

    fn unreadable(&self) -> impl Iterator<Item = Finding> {
        let unreadable = self.0.iter().filter(|(_, value)| value.is_none());
        unreadable.map(|(name, _)| unreadable_file::variable(name))
    }

    fn unknown(&self, known: &[(String, String)]) -> impl Iterator<Item = Finding> {
        let names: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
        let ours = self.0.keys().filter(|name| name.starts_with("TENANCY_") && !is_reserved(name));
        ours.filter(move |name| !names.contains(&name.as_str())).map({
            let names: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
            move |name| unknown_variable::finding(name, &names)
        })
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let pairs = variables.into_iter();
        Self(pairs.map(|(name, value)| (name.into(), Some(value.into()))).collect())
    }
}

/// Shows the names only: values may be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.0.keys().collect::<Vec<_>>()).finish()
    }
}

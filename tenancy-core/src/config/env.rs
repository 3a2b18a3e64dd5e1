//! Reads the environment: the only place that does.

use std::collections::BTreeMap;
use std::fmt;

use super::layer::{Entry, Layer};
use super::schema::{Schema, environment_variable};
use crate::check::{Finding, Source, unknown_variable, unreadable_file};

/// Variables that the tool and applications use for themselves.
const RESERVED: &[&str] = &[
    "TENANCY_CONFIG",
    "TENANCY_LISTEN",
    "TENANCY_LOG",
    // What `tenancy run` tells a program.
    "TENANCY_TENANT",
    "TENANCY_TENANT_ID",
];

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
        self.0.get("TENANCY_CONFIG")?.as_deref().filter(|path| !path.is_empty())
    }

    /// Turns the variables into a layer; those that are unknown or unreadable are findings.
    pub(crate) fn layer(&self, schema: &Schema, findings: &mut Vec<Finding>) -> Layer {
        // `DATABASE_URL` comes first, so that the variable of this framework wins.
        let mut known = vec![("DATABASE_URL".to_owned(), "database.url".to_owned())];
        let textual = schema.paths().filter(|(_, key)| key.kind.is_textual());
        known.extend(textual.map(|(path, _)| (environment_variable(&path), path)));

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
        let read = |name: &str| name == "TENANCY_CONFIG" || !is_reserved(name);
        let unreadable = self.0.iter().filter(move |(name, value)| value.is_none() && read(name));
        unreadable.map(|(name, _)| unreadable_file::variable(name))
    }

    fn unknown(&self, known: &[(String, String)]) -> Vec<Finding> {
        let known: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
        let ours = |name: &&String| name.starts_with("TENANCY_") && !is_reserved(name);
        self.0
            .keys()
            .filter(ours)
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| unknown_variable::finding(name, &known))
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_no_text_is_refused_where_it_is_read() {
        let names = ["DATABASE_URL", "TENANCY_CONFIG", "TENANCY_LOG"];
        let environment = Environment(names.map(|name| (name.to_owned(), None)).into());
        let mut findings = Vec::new();
        let layer = environment.layer(&Schema::new(Vec::new()), &mut findings);
        assert!(layer.entries.is_empty());
        let texts: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "error[CFG001]: the value of `DATABASE_URL` is not UTF-8\n  \
                 --> environment variable `DATABASE_URL`\n  \
                 hint: set it to text in UTF-8",
                "error[CFG001]: the value of `TENANCY_CONFIG` is not UTF-8\n  \
                 --> environment variable `TENANCY_CONFIG`\n  \
                 hint: set it to text in UTF-8",
            ]
        );
    }
}

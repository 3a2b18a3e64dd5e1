//! [`OptionValue`]: a checked value, and [`Values`], all of them by path.

use std::collections::BTreeMap;
use std::fmt;

use super::checks::Silence;
use super::database_url::DatabaseUrl;
use super::sourced::Sourced;
use super::strategy_name::StrategyName;

/// A value that has passed the check of its key's kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OptionValue {
    Text(String),
    Integer(u32),
    Bool(bool),
    List(Vec<String>),
    DatabaseUrl(DatabaseUrl),
    Strategy(StrategyName),
    Silences(Vec<Sourced<Silence>>),
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::List(items) => write!(f, "{items:?}"),
            Self::DatabaseUrl(url) => write!(f, "\"{url}\""),
            Self::Strategy(name) => write!(f, "\"{name}\""),
            Self::Silences(silences) => {
                let codes: Vec<_> = silences.iter().map(|silence| &silence.value.code).collect();
                write!(f, "{codes:?}")
            }
        }
    }
}

/// The value that won for each path, with its source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values(pub(crate) BTreeMap<String, Sourced<OptionValue>>);

impl Values {
    fn pick<'a, T>(
        &'a self,
        path: &str,
        open: impl FnOnce(&'a OptionValue) -> Option<T>,
    ) -> Option<Sourced<T>> {
        let found = self.0.get(path)?;
        Some(Sourced::new(open(&found.value)?, found.source.clone()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<Sourced<&str>> {
        self.pick(path, |value| {
            if let OptionValue::Text(text) = value { Some(text.as_str()) } else { None }
        })
    }

    pub(crate) fn integer(&self, path: &str) -> Option<Sourced<u32>> {
        self.pick(
            path,
            |value| {
                if let OptionValue::Integer(number) = value { Some(*number) } else { None }
            },
        )
    }

    pub(crate) fn bool(&self, path: &str) -> Option<Sourced<bool>> {
        self.pick(
            path,
            |value| if let OptionValue::Bool(flag) = value { Some(*flag) } else { None },
        )
    }

    pub(crate) fn list(&self, path: &str) -> Option<Sourced<&[String]>> {
        self.pick(path, |value| {
            if let OptionValue::List(items) = value { Some(items.as_slice()) } else { None }
        })
    }

    pub(crate) fn database_url(&self, path: &str) -> Option<Sourced<DatabaseUrl>> {
        self.pick(path, |value| {
            if let OptionValue::DatabaseUrl(url) = value { Some(url.clone()) } else { None }
        })
    }

    pub(crate) fn strategy(&self) -> Option<Sourced<StrategyName>> {
        self.pick("strategy", |value| {
            if let OptionValue::Strategy(name) = value { Some(name.clone()) } else { None }
        })
    }

    pub(crate) fn silences(&self) -> Vec<Sourced<Silence>> {
        let found = self.0.get("checks.silence").map(|found| &found.value);
        if let Some(OptionValue::Silences(silences)) = found {
            silences.clone()
        } else {
            Vec::new()
        }
    }
}

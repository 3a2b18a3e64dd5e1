//! [`Checks`]: the section `[checks]`, and reading it.

use figment::value::{Dict, Value};
use serde::Serialize;

use super::sourced::Sourced;
use crate::check::{Findings, Source, invalid_silence};

/// A finding that is accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Silence {
    /// The code of the check, such as `COR001`.
    pub code: String,
    /// Why its findings are accepted; never empty.
    pub reason: String,
}

/// The section `[checks]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    pub(super) silences: Vec<Sourced<Silence>>,
}

impl Checks {
    /// Lists the silenced codes with their reasons.
    #[must_use]
    pub fn silences(&self) -> &[Sourced<Silence>] {
        &self.silences
    }

    /// Finds the reason for which a code is silenced.
    #[must_use]
    pub fn silence(&self, code: &str) -> Option<&Sourced<Silence>> {
        self.silences.iter().find(|silence| silence.value.code == code)
    }
}

/// Reads one entry of `checks.silence`.
pub(crate) fn read_silence(
    index: usize,
    entry: &Value,
    source: &Source,
) -> Result<Silence, Findings> {
    let wrong = |what: &str| Findings::from(invalid_silence::finding(index, what, source.clone()));
    let table = entry.as_dict().ok_or_else(|| wrong("is not a table"))?;
    if table.keys().any(|key| key != "code" && key != "reason") {
        return Err(wrong("has keys other than `code` and `reason`"));
    }
    let code = text(table, "code").ok_or_else(|| wrong("has no `code`"))?;
    if !is_code(code) {
        return Err(wrong("has a `code` that is not three letters and three digits"));
    }
    if code.starts_with("CFG") {
        return Err(wrong("names a finding of the configuration, which refuses to load with it"));
    }
    let reason = text(table, "reason").ok_or_else(|| wrong("has no `reason`"))?;
    Ok(Silence { code: code.to_owned(), reason: reason.to_owned() })
}

fn text<'a>(table: &'a Dict, key: &str) -> Option<&'a str> {
    table.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn is_code(code: &str) -> bool {
    let letter = |b: &u8| b.is_ascii_uppercase();
    let bytes = code.as_bytes();
    bytes.len() == 6 && bytes[..3].iter().all(letter) && bytes[3..].iter().all(u8::is_ascii_digit)
}

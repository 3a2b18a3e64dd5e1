//! What is wrong with an input, field by field.

use std::fmt;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    pub(crate) field: &'static str,
    pub(crate) detail: String,
}

/// Everything that is wrong with an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Invalid(Vec<FieldError>);

impl Invalid {
    pub(crate) fn of(field: &'static str, detail: impl Into<String>) -> Self {
        let mut invalid = Self::default();
        invalid.add(field, detail);
        invalid
    }

    /// Adds what is wrong with a field, of which the first is kept.
    pub(crate) fn add(&mut self, field: &'static str, detail: impl Into<String>) {
        if self.detail(field).is_none() {
            self.0.push(FieldError { field, detail: detail.into() });
        }
    }

    /// Checks that a text is there and not too long.
    pub(crate) fn check_text(&mut self, field: &'static str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            self.add(field, "Please fill this in.");
        } else if text.chars().count() > longest {
            self.add(field, format!("At most {longest} characters, please."));
        } else if text.chars().any(char::is_control) {
            self.add(field, "This holds characters that cannot be used.");
        }
    }

    pub(crate) fn check_range(&mut self, field: &'static str, number: i64, most: i64) {
        if !(0..=most).contains(&number) {
            self.add(field, format!("This must lie between 0 and {most}."));
        }
    }

    pub(crate) fn detail(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.detail.as_str())
    }

    pub(crate) fn fields(&self) -> &[FieldError] {
        &self.0
    }

    pub(crate) fn extend(&mut self, other: Self) {
        other.0.into_iter().for_each(|error| self.add(error.field, error.detail));
    }

    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Whether a text has the form of an address; whether it exists shows when a letter is sent.
pub(crate) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<_> = self.0.iter().map(|error| error.field).collect();
        f.write_str(&fields.join(", "))
    }
}

impl std::error::Error for Invalid {}

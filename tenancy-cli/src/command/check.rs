//! `tenancy check`: what is wrong with the configuration and the migrations, all at once.

use tenancy_core::{
    Dialect, TenantSet,
    check::{CheckDescription, CheckKind, Finding, Findings, Severity},
    config::Config,
};

use super::Context;
use crate::{output::Answer, status::Status};

pub(crate) fn run(context: &Context<'_>) -> (Answer, Status) {
    let inspection = context.loader().inspect();
    let mut findings = inspection.findings().clone();
    if let Ok(config) = inspection.into_config() {
        findings.extend(check_strategy(context, &config));
        findings.extend(check_migrations(context, &config));
    }
    let status = if findings.has_errors() { Status::Unsound } else { Status::Done };
    (Answer::Findings(findings), status)
}

/// Compares the strategy that the application makes with the configured one.
fn check_strategy(context: &Context<'_>, config: &Config) -> Findings {
    match context.strategy(config) {
        Ok(_) => Findings::new(),
        Err(tenancy_core::Error::Configuration(findings)) => findings,
        Err(error) => finding("strategy-in-code", &error).into(),
    }
}

/// Writes the migrations down, which refuses sets that do not fit together.
fn check_migrations(context: &Context<'_>, config: &Config) -> Option<Finding> {
    let error = Dialect::try_from(config.database().url().value.backend())
        .and_then(|dialect| TenantSet::record(&context.app.migrations(), dialect))
        .err()?;
    Some(finding("migration-sets", &error))
}

/// An error of the core as a finding, under its own code.
fn finding(name: &'static str, error: &tenancy_core::Error) -> Finding {
    let check = CheckDescription {
        code: error.code(),
        name,
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "",
    };
    let finding = Finding::new(&check, error.with_sources());
    match error.hint() {
        Some(hint) => finding.with_hint(hint),
        None => finding,
    }
}

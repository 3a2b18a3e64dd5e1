//! `tenancy check`: what is wrong with the configuration and the migrations, all at once.

use std::panic::Location;

use tenancy_core::{
    Dialect, MigrationSets, TenantSet,
    check::{CheckDescription, CheckKind, Finding, Findings, Severity},
    config::Config,
};

use super::Context;
use crate::{error::Result, output::Answer, status::Status};

pub(crate) fn run(context: &Context<'_>) -> Result<(Answer, Status)> {
    let inspection = context.loader().inspect();
    let mut findings = inspection.findings().clone();
    if let Ok(config) = inspection.into_config() {
        findings.extend(check_code(context, &config)?);
    }
    let status = if findings.has_errors() { Status::Unsound } else { Status::Done };
    Ok((Answer::Findings { findings, known: context.app.known_strategies() }, status))
}

/// Compares the code with a configuration that can be used.
fn check_code(context: &Context<'_>, config: &Config) -> Result<Findings> {
    let strategy = context.app.strategy(config)?;
    let mut findings = Findings::new();
    findings.extend(config.check_strategy(strategy.name(), Location::caller()));
    let dialect = Dialect::try_from(config.database().url().value.backend())?;
    findings.extend(check_migrations(&context.app.migrations(), dialect));
    Ok(findings)
}

/// Writes the migrations down, which refuses sets that do not fit together.
fn check_migrations(sets: &MigrationSets, dialect: Dialect) -> Option<Finding> {
    let error = TenantSet::record(sets, dialect).err()?;
    let check = CheckDescription {
        code: error.code(),
        name: "migration-sets",
        severity: Severity::Error,
        kind: CheckKind::Static,
        explain: "",
    };
    let finding = Finding::new(&check, error.with_sources());
    Some(match error.hint() {
        Some(hint) => finding.with_hint(hint),
        None => finding,
    })
}

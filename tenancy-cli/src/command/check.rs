//! `tenancy check`: what is wrong with configuration, code, migrations and the database, all at once.

use std::{path::Path, sync::Arc};

use tenancy_core::{
    Dialect, Tenancy, TenancyStrategy,
    check::{
        CheckDescription, CheckKind, Finding, Findings, Severity, Source, database::DatabaseReport,
        judge,
    },
    config::{Config, Inspection},
};

use super::{Context, block_on};
use crate::{
    args::CheckArgs,
    check::{self, Judged, Looked},
    error::Result,
    output::Answer,
    status::Status,
};

pub(crate) fn run(context: &Context<'_>, args: CheckArgs) -> Result<(Answer, Status)> {
    let with_database = args.database || args.deny_unclassified;
    if with_database {
        context.need_project("check --database")?;
    }
    let inspection = context.loader().inspect();
    let silences = inspection.silences();
    let mut findings = inspection.findings().clone();
    let known = context.app.known_strategies();
    let tenant_column = check::tenant_column(&inspection, &known).value;
    let has_sources = check_sources(context, &inspection, &mut findings);
    let mut report = DatabaseReport::default();
    if let Ok(config) = inspection.into_config() {
        findings.extend(check_strategy(context, &config));
        findings.extend(check_migrations(context, &config, &tenant_column));
        if with_database && let Ok(strategy) = context.strategy(&config) {
            report = block_on(check_database(context, &config, strategy, args))?;
            findings.extend(report.findings.clone());
        }
    }
    // What is missing in one place is there in another, with the same configuration.
    let has_run = |check: &CheckDescription| {
        if check.kind == CheckKind::Database {
            return report.has_run(check.code);
        }
        has_sources && check.code != check::NO_APPLICATION
    };
    let judged = judge(findings, &silences, &check::all(&known), has_run);
    let status = if judged.findings.has_errors() { Status::Unsound } else { Status::Done };
    Ok((Answer::Findings(Box::new(judged)), status))
}

/// Looks at the live database.
async fn check_database(
    context: &Context<'_>,
    config: &Config,
    strategy: Arc<dyn TenancyStrategy>,
    args: CheckArgs,
) -> DatabaseReport {
    let migrations = context.app.migrations();
    let mut report = Tenancy::check_database(config, strategy, migrations).await;
    if args.deny_unclassified {
        report.deny_unowned();
    }
    report
}

/// Looks at the application in the working directory; says whether there was one.
///
/// The command of a project is compiled from these sources and runs where there are none, so it
/// looks at what they have become instead.
fn check_sources(context: &Context<'_>, inspection: &Inspection, findings: &mut Findings) -> bool {
    if context.app.has_project() {
        return false;
    }
    let known = context.app.known_strategies();
    let Looked { findings: found, has_application } = check::run(Path::new(""), inspection, &known);
    findings.extend(found);
    has_application
}

/// Compares the strategy that the application makes with the configured one.
fn check_strategy(context: &Context<'_>, config: &Config) -> Findings {
    match context.strategy(config) {
        Ok(_) => Findings::new(),
        Err(tenancy_core::Error::Configuration(findings)) => findings,
        Err(error) => finding("strategy-in-code", &error).into(),
    }
}

/// Writes the migrations down, and judges what they do as their sources are judged.
fn check_migrations(context: &Context<'_>, config: &Config, tenant_column: &str) -> Vec<Finding> {
    let dialect = match Dialect::try_from(config.database().url().value.backend()) {
        Ok(dialect) => dialect,
        Err(error) => return vec![finding("migration-sets", &error)],
    };
    let sets = context.app.migrations();
    let Judged { mut findings, errors } = check::judge_sets(&sets, dialect, tenant_column);
    for (migration, error) in errors {
        let mut found = finding("migration-sets", &error);
        found.source = migration.map(Source::Migration);
        findings.push(found);
    }
    findings
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

//! `tenancy migrate`: runs the core's runner, and tells what it tells.

use tenancy_core::{
    MigrateOptions, Tenancy, TenantDdl,
    migrate::{MigrationCounts, MigrationReport, Outcome},
};

use super::Context;
use crate::{
    args::MigrateCommand,
    error::Result,
    output::{Answer, RunReport, Summary},
    status::Status,
};

pub(crate) async fn run(
    context: &Context<'_>,
    command: MigrateCommand,
) -> Result<(Answer, Status)> {
    match command {
        MigrateCommand::Up { jobs, continue_on_error } => {
            context.need_project("migrate up")?;
            up(context, jobs.as_deref(), continue_on_error).await
        }
        MigrateCommand::Status => {
            context.need_project("migrate status")?;
            let tenancy = context.tenancy().await?;
            Ok((Answer::MigrationStatus(tenancy.migration_status().await?), Status::Done))
        }
    }
}

async fn up(
    context: &Context<'_>,
    jobs: Option<&str>,
    continue_on_error: bool,
) -> Result<(Answer, Status)> {
    let loader = match jobs {
        Some(jobs) => context.loader().flag("--jobs", "migrate.jobs", jobs),
        None => context.loader(),
    };
    let config = loader.load().map_err(tenancy_core::Error::from)?;
    let tenancy = context.connect(&config).await?;
    let mut options = MigrateOptions::default();
    options.jobs = usize::try_from(config.migrate().jobs().value).unwrap_or(usize::MAX);
    options.continue_on_error = continue_on_error;

    let before = counts(&tenancy).await?;
    let progress = context.output.progress(before.behind);
    let ran = tenancy.migrate(&options, |outcome| progress.tell(outcome)).await;
    progress.finish();
    let report = ran?;
    let after = counts(&tenancy).await?;
    let summary = summarize(&tenancy, &report, before, after);
    let failed = summary.failed + summary.skipped > 0;
    let status = if failed { Status::Unsound } else { Status::Done };
    Ok((Answer::Report(Box::new(RunReport { report, summary })), status))
}

async fn counts(tenancy: &Tenancy) -> Result<MigrationCounts> {
    if tenancy.is_initialised() {
        return Ok(tenancy.migration_counts().await?);
    }
    Ok(MigrationCounts::default())
}

fn summarize(
    tenancy: &Tenancy,
    report: &MigrationReport,
    before: MigrationCounts,
    after: MigrationCounts,
) -> Summary {
    let mut summary = Summary::default();
    for tenant in &report.tenants {
        match tenant.outcome {
            Outcome::Migrated { .. } => summary.migrated += 1,
            Outcome::UpToDate => summary.up_to_date += 1,
            Outcome::Failed { .. } => summary.failed += 1,
            Outcome::Skipped => summary.skipped += 1,
        }
    }
    let listed = summary.migrated + summary.up_to_date + summary.failed + summary.skipped;
    let brought_forward_at_once = match tenancy.strategy().tenant_ddl() {
        TenantDdl::Once => before.behind.saturating_sub(after.behind),
        TenantDdl::PerTenant => 0,
    };
    summary.migrated += brought_forward_at_once;
    summary.up_to_date += after.tenants.saturating_sub(listed + brought_forward_at_once);
    summary
}

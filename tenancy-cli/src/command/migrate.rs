//! `tenancy migrate`: runs the core's runner, and tells what it tells.

use std::pin::pin;

use sea_orm::Schema;
use tenancy_core::{
    Dialect, MigrateOptions, Tenancy, TenantDdl, TenantSet,
    config::Config,
    migrate::{
        MigrationCounts, MigrationReport, Outcome, Rollback, RunId, Selection, StopSignal,
        TenantOutcome,
    },
};

use super::Context;
use crate::{
    args::{MigrateCommand, SelectionArgs, WhatArgs, WorkArgs},
    error::{Error, Result},
    output::{Answer, Progress, RunReport, Summary},
    status::Status,
};

/// What a run is to do.
enum Task {
    Up,
    Down(Rollback),
    Resume(Option<RunId>),
    Fake(Option<String>),
    FakeInitial,
    Fresh,
}

pub(crate) async fn run(
    context: &Context<'_>,
    command: MigrateCommand,
) -> Result<(Answer, Status)> {
    match command {
        MigrateCommand::Up { selection, work, canary, shared_only, plan, check } => {
            context.need_project("migrate up")?;
            let mut selection = selected(selection);
            selection.canary = canary;
            selection.shared_only = shared_only;
            if plan || check {
                return show_plan(context, &selection, check).await;
            }
            do_task(context, &work, selection, Task::Up).await
        }
        MigrateCommand::Down { what, selection, work } => {
            context.need_project("migrate down")?;
            do_task(context, &work, selected(selection), Task::Down(rollback(what))).await
        }
        MigrateCommand::Resume { run, work } => {
            context.need_project("migrate resume")?;
            do_task(context, &work, Selection::default(), Task::Resume(run)).await
        }
        MigrateCommand::Fake { to, selection, work } => {
            context.need_project("migrate fake")?;
            do_task(context, &work, selected(selection), Task::Fake(to)).await
        }
        MigrateCommand::FakeInitial { selection, work } => {
            context.need_project("migrate fake-initial")?;
            do_task(context, &work, selected(selection), Task::FakeInitial).await
        }
        MigrateCommand::Fresh { selection, work, yes } => {
            context.need_project("migrate fresh")?;
            if !yes {
                return Err(Error::NotConfirmed);
            }
            do_task(context, &work, selected(selection), Task::Fresh).await
        }
        MigrateCommand::Seed { selection } => {
            context.need_project("migrate seed")?;
            seed(context, &selected(selection)).await
        }
        MigrateCommand::Verify { selection, mend } => {
            context.need_project("migrate verify")?;
            verify(context, &selected(selection), mend).await
        }
        MigrateCommand::Drift => {
            context.need_project("migrate drift")?;
            drift(context)
        }
        MigrateCommand::Status => {
            context.need_project("migrate status")?;
            let tenancy = context.tenancy().await?;
            Ok((Answer::MigrationStatus(tenancy.migration_status().await?), Status::Done))
        }
        MigrateCommand::Runs { limit } => {
            let tenancy = context.tenancy().await?;
            Ok((Answer::MigrationRuns(tenancy.migration_runs(limit).await?), Status::Done))
        }
    }
}

async fn do_task(
    context: &Context<'_>,
    work: &WorkArgs,
    selection: Selection,
    task: Task,
) -> Result<(Answer, Status)> {
    let working = Working::begin(context, work, selection).await?;
    let Working { tenancy, options, .. } = &working;
    let told = |outcome: &TenantOutcome| working.progress.tell(outcome);
    let run = async {
        match task {
            Task::Up => tenancy.migrate(options, told).await,
            Task::Down(what) => tenancy.roll_back(&what, options, told).await,
            Task::Resume(run) => tenancy.resume_migration(run, options, told).await,
            Task::Fake(to) => tenancy.fake(to.as_deref(), options, told).await,
            Task::FakeInitial => tenancy.fake_initial(options, told).await,
            Task::Fresh => tenancy.fresh(options, told).await,
        }
    };
    let ran = until_interrupted(run, &options.stop, &working.progress).await;
    working.end(ran).await
}

fn selected(args: SelectionArgs) -> Selection {
    let mut selection = Selection::default();
    selection.tenants = args.tenant;
    selection.exclude = args.exclude;
    selection
}

fn rollback(what: WhatArgs) -> Rollback {
    match what {
        WhatArgs { to: Some(name), .. } => Rollback::To(name),
        WhatArgs { run: Some(run), .. } => Rollback::Run(run),
        WhatArgs { steps, .. } => {
            Rollback::Steps(usize::try_from(steps.unwrap_or(1)).unwrap_or(usize::MAX))
        }
    }
}

async fn verify(
    context: &Context<'_>,
    selection: &Selection,
    mend: bool,
) -> Result<(Answer, Status)> {
    let config = context.config()?;
    let tenancy = context.connect(&config).await?;
    if mend {
        let mended = tenancy.mend_heads(selection).await?;
        let note = format!("{} tenants were listed as their ledgers say", mended.len());
        return Ok((Answer::Done { note }, Status::Done));
    }
    let jobs = usize::try_from(config.migrate().jobs().value).unwrap_or(usize::MAX);
    let verification = tenancy.verify(selection, jobs).await?;
    let status = if verification.unsound.is_empty() { Status::Done } else { Status::Unsound };
    Ok((Answer::Verification(verification), status))
}

async fn seed(context: &Context<'_>, selection: &Selection) -> Result<(Answer, Status)> {
    let config = context.config()?;
    let tenancy = context.connect(&config).await?;
    let jobs = usize::try_from(config.migrate().jobs().value).unwrap_or(usize::MAX);
    let report = tenancy.seed(selection, jobs, |_| {}).await?;
    let failed = report.failures().next().is_some();
    let status = if failed { Status::Unsound } else { Status::Done };
    Ok((Answer::Seeds(report), status))
}

fn drift(context: &Context<'_>) -> Result<(Answer, Status)> {
    let backend = context.config()?.database().url().value.backend();
    let dialect = Dialect::try_from(backend)?;
    if context.app.entities(Schema::new(backend)).is_none() {
        return Err(Error::NoEntities);
    }
    let set = TenantSet::record(&context.app.migrations(), dialect)?;
    let drift = set.entity_drift(|helper| {
        let none = Schema::new(backend).builder();
        context.app.entities(helper).unwrap_or(none)
    })?;
    let status = if drift.is_empty() { Status::Done } else { Status::Unsound };
    Ok((Answer::EntityDrift(drift), status))
}

async fn show_plan(
    context: &Context<'_>,
    selection: &Selection,
    check: bool,
) -> Result<(Answer, Status)> {
    let tenancy = context.connect(&context.config()?).await?;
    let plan = tenancy.migration_plan(selection).await?;
    let status = if check && !plan.is_empty() { Status::Unsound } else { Status::Done };
    Ok((Answer::MigrationPlan(plan), status))
}

/// A run while it goes on.
struct Working<'a> {
    tenancy: Tenancy,
    options: MigrateOptions,
    before: MigrationCounts,
    progress: Progress<'a>,
}

impl<'a> Working<'a> {
    async fn begin(
        context: &'a Context<'_>,
        work: &WorkArgs,
        selection: Selection,
    ) -> Result<Self> {
        let loader = match &work.jobs {
            Some(jobs) => context.loader().flag("--jobs", "migrate.jobs", jobs),
            None => context.loader(),
        };
        let config: Config = loader.load().map_err(tenancy_core::Error::from)?;
        let tenancy = context.connect(&config).await?;
        let mut options = MigrateOptions::default();
        options.jobs = usize::try_from(config.migrate().jobs().value).unwrap_or(usize::MAX);
        options.continue_on_error = work.continue_on_error;
        options.selection = selection;
        let before = counts(&tenancy).await?;
        let progress = context.output.progress(before.behind);
        Ok(Self { tenancy, options, before, progress })
    }

    async fn end(self, ran: tenancy_core::Result<MigrationReport>) -> Result<(Answer, Status)> {
        self.progress.finish();
        let report = ran?;
        let after = counts(&self.tenancy).await?;
        let summary = summarize(&self.tenancy, &report, self.before, after);
        let failed = summary.failed + summary.skipped > 0;
        let status = if failed { Status::Unsound } else { Status::Done };
        Ok((Answer::Report(Box::new(RunReport { report, summary })), status))
    }
}

/// The first interrupt lets the run finish what is in flight; the second ends the program.
#[expect(clippy::exit, reason = "who interrupts twice wants no more waiting")]
async fn until_interrupted<T>(
    run: impl Future<Output = T>,
    stop: &StopSignal,
    progress: &Progress<'_>,
) -> T {
    let mut run = pin!(run);
    loop {
        tokio::select! {
            ended = &mut run => return ended,
            Ok(()) = tokio::signal::ctrl_c() => {
                if stop.is_stopped() {
                    std::process::exit(130);
                }
                stop.stop();
                progress.note("stopping: what is in flight is finished; interrupt again to end now");
            }
        }
    }
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
            Outcome::UpToDate => {}
            Outcome::Failed { .. } => summary.failed += 1,
            Outcome::Skipped => summary.skipped += 1,
            Outcome::RolledBack { .. } => summary.rolled_back += 1,
            Outcome::Ahead { .. } => summary.ahead += 1,
        }
    }
    if tenancy.strategy().tenant_ddl() == TenantDdl::Once && summary.rolled_back == 0 {
        // What is applied once brings tenants forward that no step of their own is run for.
        summary.migrated = before.behind.saturating_sub(after.behind);
    }
    summary.behind = after.behind;
    let now = after.tenants.saturating_sub(after.behind);
    summary.up_to_date = now.saturating_sub(summary.migrated);
    summary
}

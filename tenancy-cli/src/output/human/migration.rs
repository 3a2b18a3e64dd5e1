//! Migration runs, failures last, and where migrations stand.

use std::io::{self, Write as _};

use tenancy_core::migrate::{
    AdoptedTable, Adoption, EntityDrift, MigrationPlan, MigrationStatus, TenantProgress,
    Verification,
};

use tenancy_core::{
    Slug,
    provision::{CopiedTable, Duplicate},
    seed::{SeedOutcome, SeedReport},
};

use super::{Failure, Stream, Table, failure, note, visible};
use crate::output::{RunReport, Summary};

/// Writes what a run did: what was applied once, the failures, the numbers, and how to go on.
pub(super) fn report(stdout: &mut Stream, stderr: &mut Stream, run: &RunReport) -> io::Result<()> {
    let verb = if run.summary.rolled_back > 0 { "took back" } else { "applied" };
    for migration in &run.report.shared {
        writeln!(stdout.writer, "{verb} {migration}")?;
    }
    writeln!(stdout.writer, "{}", numbers(run.summary))?;
    for (tenant, error) in run.report.failures() {
        let subject = Some(tenant.as_str());
        failure(stdout, &Failure { code: error.code(), error, hint: error.hint(), subject })?;
    }
    if let Some(ahead) = &run.report.ahead {
        let newer = "which this application does not know: a newer release has been here";
        note(stderr, &format!("nothing was done; the tables have `{ahead}`, {newer}"))?;
    }
    match run.report.run {
        Some(id) if run.report.is_open => {
            let behind = counted(run.summary.behind, "tenant is", "tenants are");
            let resume = format!("`tenancy migrate resume {id}` goes on with the run");
            note(stderr, &format!("{behind} behind; {resume}"))
        }
        _ => Ok(()),
    }
}

/// `12 migrated, 1 failed, 40 up to date`
fn numbers(summary: Summary) -> String {
    let Summary { migrated, failed, skipped, up_to_date, rolled_back, ahead, behind: _ } = summary;
    let some = |count: u64, what: &str| {
        if count > 0 { format!("{count} {what}, ") } else { String::new() }
    };
    let skipped = some(skipped, "skipped");
    let rolled_back = some(rolled_back, "rolled back");
    let ahead = some(ahead, "ahead");
    format!(
        "{migrated} migrated, {failed} failed, {skipped}{rolled_back}{ahead}{up_to_date} up to date"
    )
}

/// `1 tenant`, `2 tenants`
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Writes what a run would do.
pub(super) fn plan(
    stdout: &mut Stream,
    stderr: &mut Stream,
    plan: &MigrationPlan,
) -> io::Result<()> {
    for migration in &plan.shared {
        writeln!(stdout.writer, "would apply {migration}")?;
    }
    let mut table = Table::new(["TENANT", "PENDING"]);
    for tenant in &plan.tenants {
        table.row([tenant.tenant.to_string(), tenant.pending.join(" ")]);
    }
    if !table.is_empty() {
        table.write(stdout)?;
    }
    for tenant in &plan.ahead {
        note(stderr, &format!("the tenant `{tenant}` is ahead of this application"))?;
    }
    if plan.is_empty() {
        return note(stderr, "nothing is pending");
    }
    let shared = counted(plan.shared.len() as u64, "migration", "migrations");
    let tenants = counted(plan.tenants.len() as u64, "tenant", "tenants");
    note(stderr, &format!("would apply {shared} once, and migrate {tenants}"))
}

/// Writes what is not as it should be, place by place.
pub(super) fn verification(
    stdout: &mut Stream,
    stderr: &mut Stream,
    verification: &Verification,
) -> io::Result<()> {
    for verdict in &verification.unsound {
        writeln!(stdout.writer, "{}", visible(&verdict.place))?;
        for problem in &verdict.problems {
            writeln!(stdout.writer, "  {}", visible(&problem.to_string()))?;
        }
    }
    if let Some(drift) = verification.drift.as_ref().filter(|drift| !drift.others.is_empty()) {
        let others = drift.others.join(", ");
        let count = drift.count;
        note(stderr, &format!("{count} places have the same tables; others have: {others}"))?;
    }
    let (unsound, places) = (verification.unsound.len(), verification.places);
    note(stderr, &format!("{unsound} of {places} places are not as they should be"))
}

/// Writes who got which rows, and who could not.
pub(super) fn adoption(
    stdout: &mut Stream,
    stderr: &mut Stream,
    adoption: &Adoption,
) -> io::Result<()> {
    let mut table = Table::new(["TABLE", "ROWS"]);
    for AdoptedTable { name, rows, .. } in &adoption.tables {
        table.row([name.clone(), rows.to_string()]);
    }
    table.write(stdout)?;
    for (names, what) in [
        (&adoption.shared, "shared migrations count as applied"),
        (&adoption.migrations, "tenant migrations count as applied"),
        (&adoption.former, "migrations of before are kept in `tenants_former_migration`"),
    ] {
        if !names.is_empty() {
            note(stderr, &format!("{what}: {}", names.join(", ")))?;
        }
    }
    note(stderr, &format!("adopted the tables as those of the tenant `{}`", adoption.tenant.slug))
}

pub(super) fn seeds(stdout: &mut Stream, report: &SeedReport) -> io::Result<()> {
    for seeded in &report.tenants {
        match &seeded.outcome {
            SeedOutcome::Seeded { seeds } => {
                let seeds = visible(&seeds.join(", "));
                writeln!(stdout.writer, "seeded {}: {seeds}", seeded.tenant)?;
            }
            SeedOutcome::UpToDate => {}
            SeedOutcome::Failed { error } => {
                let subject = Some(seeded.tenant.as_str());
                let failed = Failure { code: error.code(), error, hint: error.hint(), subject };
                failure(stdout, &failed)?;
            }
        }
    }
    let failed = report.failures().count();
    writeln!(stdout.writer, "{} looked at, {failed} failed", report.tenants.len())
}

/// Writes where entities and migrations differ.
pub(super) fn drift(
    stdout: &mut Stream,
    stderr: &mut Stream,
    drift: &[EntityDrift],
) -> io::Result<()> {
    for difference in drift {
        writeln!(stdout.writer, "{}", visible(&difference.to_string()))?;
    }
    match drift.len() as u64 {
        0 => note(stderr, "no changes: entities and migrations say the same"),
        differences => note(stderr, &counted(differences, "difference", "differences")),
    }
}

/// Writes the shared migrations, and how far each tenant is.
pub(super) fn status(
    stdout: &mut Stream,
    stderr: &mut Stream,
    status: &MigrationStatus,
) -> io::Result<()> {
    if !status.shared.is_empty() {
        let mut table = Table::new(["SHARED MIGRATION", "APPLIED"]);
        for (migration, applied) in &status.shared {
            let applied = if *applied { "yes" } else { "no" };
            table.row([migration.clone(), applied.to_owned()]);
        }
        table.write(stdout)?;
        writeln!(stdout.writer)?;
    }
    let mut table = Table::new(["TENANT", "NEWEST MIGRATION", "PENDING"]);
    for tenant in &status.tenants {
        let TenantProgress { tenant: slug, head, pending, .. } = tenant;
        table.row([
            slug.to_string(),
            head.clone().unwrap_or_else(|| "none".to_owned()),
            pending.map_or_else(|| "unknown".to_owned(), |pending| pending.to_string()),
        ]);
    }
    table.write(stdout)?;
    let behind = status.tenants.iter().filter(|tenant| tenant.pending != Some(0)).count();
    note(stderr, &format!("{behind} of {} tenants are behind", status.tenants.len()))
}

/// Writes which rows a new tenant has of another one.
pub(super) fn duplicate(
    stdout: &mut Stream,
    stderr: &mut Stream,
    from: &Slug,
    duplicate: &Duplicate,
) -> io::Result<()> {
    let mut table = Table::new(["TABLE", "ROWS"]);
    for CopiedTable { name, rows, .. } in &duplicate.tables {
        table.row([name.clone(), rows.to_string()]);
    }
    table.write(stdout)?;
    note(stderr, &format!("made the tenant `{}` of `{from}`", duplicate.tenant.slug))
}

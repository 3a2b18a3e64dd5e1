//! Migration runs, failures last, and where migrations stand.

use std::io::{self, Write as _};

use tenancy_core::migrate::{MigrationStatus, TenantProgress};

use super::{Failure, Stream, Table, failure, note};
use crate::output::{RunReport, Summary};

/// Writes what a run did: what was applied once, the failures, the numbers.
pub(super) fn report(stdout: &mut Stream, run: &RunReport) -> io::Result<()> {
    for migration in &run.report.shared {
        writeln!(stdout.writer, "applied {migration}")?;
    }
    writeln!(stdout.writer, "{}", numbers(run.summary))?;
    for (tenant, error) in run.report.failures() {
        let subject = Some(tenant.as_str());
        failure(stdout, &Failure { code: error.code(), error, hint: error.hint(), subject })?;
    }
    Ok(())
}

/// `12 migrated, 1 failed, 40 up to date`
fn numbers(summary: Summary) -> String {
    let Summary { migrated, failed, skipped, up_to_date } = summary;
    let skipped = if skipped > 0 { format!("{skipped} skipped, ") } else { String::new() };
    format!("{migrated} migrated, {failed} failed, {skipped}{up_to_date} up to date")
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

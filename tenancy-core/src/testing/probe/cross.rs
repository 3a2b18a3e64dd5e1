//! Tries to cross: reads, changes, deletes and refers to rows of one tenant as the other.

use super::{
    Entry, Probe, ProbeReport,
    fill::{Filled, Row, Rows, Writer, all, has, row, rows, sorted},
    table::{Parent, ProbedTable, texts},
    words,
};
use crate::{TenantConnection, migrate::render::quoted};

/// A number that no row was written with.
const FRESH: u32 = 900;

/// Tries to read and to change through every entry.
pub(super) async fn read_and_change(
    table: &ProbedTable,
    rows: &Rows,
    [ours, theirs]: [&TenantConnection; 2],
    report: &mut ProbeReport,
) {
    let attempt = Attempt { table, rows, ours, theirs };
    for entry in Entry::ALL {
        attempt.read(entry, report).await;
    }
    for entry in Entry::ALL {
        if let Some(column) = &table.settable {
            let set =
                format!("UPDATE {} SET {} = {}", table.quoted(), quoted(column), quoted(column));
            attempt.change(entry, &set, rows.theirs.len() as u64, report).await;
            let set = format!("{set} WHERE {}", rows.our_row);
            attempt.change(entry, &set, 0, report).await;
        }
    }
}

/// Tries to delete through every entry, until a row is gone.
pub(super) async fn delete(
    table: &ProbedTable,
    rows: &Rows,
    [ours, theirs]: [&TenantConnection; 2],
    report: &mut ProbeReport,
) {
    let attempt = Attempt { table, rows, ours, theirs };
    let delete = format!("DELETE FROM {} WHERE {}", table.quoted(), rows.our_row);
    for entry in Entry::ALL {
        let before = report.problems();
        attempt.change(entry, &delete, 0, report).await;
        if report.problems() > before {
            return;
        }
    }
}

struct Attempt<'a> {
    table: &'a ProbedTable,
    rows: &'a Rows,
    ours: &'a TenantConnection,
    theirs: &'a TenantConnection,
}

impl Attempt<'_> {
    async fn read(&self, entry: Entry, report: &mut ProbeReport) {
        let name = &self.table.name;
        let found = match entry.read(self.theirs, &all(self.table)).await {
            Ok(None) => return,
            Ok(Some(found)) => found.iter().map(row).collect::<Result<Vec<Row>, String>>(),
            Err(error) => Err(words(&error)),
        };
        match found.map(sorted) {
            Ok(found) if found == self.rows.theirs => {}
            Ok(_) => report.crossing(name, Some(entry), "another tenant's row was read"),
            Err(error) => {
                report.unproven(name, format!("it could not be read by {entry}: {error}"));
            }
        }
        let theirs = format!("{} WHERE {}", all(self.table), self.rows.our_row);
        match entry.read(self.theirs, &theirs).await {
            Ok(Some(found)) if !found.is_empty() => {
                report.crossing(name, Some(entry), "another tenant's row was found by its values");
            }
            Ok(_) => {}
            Err(error) => report.unproven(
                name,
                format!("it could not be looked for by {entry}: {}", words(&error)),
            ),
        }
    }

    /// A statement that may change so many rows of whoever sends it, and none of the other's.
    async fn change(&self, entry: Entry, sql: &str, may_change: u64, report: &mut ProbeReport) {
        let (name, verb) = (&self.table.name, sql.split(' ').next().unwrap_or_default());
        let returning = format!("RETURNING {}", texts(&self.table.key));
        match entry.change(self.theirs, sql, &returning).await {
            Ok(changed) if changed > may_change => {
                report.crossing(name, Some(entry), format!("{verb} reached another tenant's row"));
            }
            Ok(_) => {}
            Err(error) => {
                let reason = format!("{verb} by {entry} failed: {}", words(&error));
                report.unproven(name, reason);
            }
        }
        match rows(self.ours, self.table).await {
            Ok(now) if now == self.rows.ours => {}
            Ok(_) => {
                report.crossing(name, Some(entry), format!("{verb} changed another tenant's rows"));
            }
            Err(error) => report.unproven(name, format!("it cannot be read any more: {error}")),
        }
    }
}

/// Tries to write a row of one tenant that refers to a row of the other.
pub(super) async fn reference(
    probe: &Probe,
    (table, parent): (&ProbedTable, &Parent),
    filled: &Filled,
    [ours, theirs]: [&TenantConnection; 2],
    report: &mut ProbeReport,
) {
    let Some(rows) = filled.rows(&parent.table) else { return };
    let condition = Some(rows.our_row.as_str());
    let values = match filled.values_where(ours, parent, condition).await {
        Ok(values) => values,
        Err(reason) => return report.unproven(&table.name, reason),
    };
    // Where each tenant counts for itself, the same values may be those of a row of its own.
    let literals = values.iter().map(|(_, literal)| literal);
    match has(theirs, &parent.table, &parent.referenced, literals).await {
        Ok(false) => {}
        Ok(true) => {
            let reason = format!("both tenants have the same keys in `{}`", parent.table);
            return report.unproven(&table.name, reason);
        }
        Err(reason) => return report.unproven(&table.name, reason),
    }
    let writer = Writer { probe, tenant: theirs, number: FRESH, is_ours: false };
    match filled.insert(writer, table, Some((parent, &values))).await {
        Ok(key) => {
            filled.remove(theirs, table, &key).await;
            let what = format!("a row could refer to another tenant's in `{}`", parent.table);
            report.crossing(&table.name, None, what);
        }
        Err(refused) if is_of_key(&refused) => {}
        Err(refused) => report.unproven(
            &table.name,
            format!("a reference to `{}` could not be tried: {refused}", parent.table),
        ),
    }
}

/// Whether a database refused a row for its foreign key, in the words of either.
fn is_of_key(refused: &str) -> bool {
    refused.to_lowercase().contains("foreign key constraint")
}

//! Tables without lines around them, so that they can be read and cut.

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use comfy_table::ContentArrangement;
use tenancy_core::{
    Invitation, Member, Tenant,
    config::ConfigValue,
    migrate::{Direction, RunRecord, Selection},
    registry::Domain,
};

use super::visible;
use crate::terminal::Stream;

/// A table under a line of titles.
#[derive(Debug)]
pub(super) struct Table(comfy_table::Table);

impl Table {
    pub(super) fn new<const N: usize>(titles: [&str; N]) -> Self {
        let mut table = Self::untitled();
        table.0.set_header(titles);
        table
    }

    /// A table whose titles are not known before it is made.
    pub(super) fn of(titles: &[String]) -> Self {
        let mut table = Self::untitled();
        table.0.set_header(titles.iter().map(|title| visible(title)));
        table
    }

    /// Adds a row of as many cells as there are titles.
    pub(super) fn cells(&mut self, cells: &[String]) {
        self.0.add_row(cells.iter().map(|cell| visible(cell)));
    }

    fn untitled() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        Self(table)
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells.map(|cell| visible(&cell)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn write(&self, to: &mut Stream) -> io::Result<()> {
        let mut table = self.0.clone();
        if let Some(width) = to.width {
            // What does not fit goes on in the next line of its cell.
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.lines().try_for_each(|line| {
            // The first column has a blank before it, which nothing stands to the left of.
            let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
            writeln!(to.writer, "{line}")
        })
    }
}

/// A moment to the second, which is as much as a person wants to read.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub(super) fn values(values: &[ConfigValue]) -> Table {
    let mut table = Table::new(["KEY", "VALUE", "SOURCE"]);
    for value in values {
        table.row([value.key.clone(), value.value.clone(), value.source.to_string()]);
    }
    table
}

pub(super) fn tenants(tenants: &[Tenant]) -> Table {
    let mut table = Table::new(["SLUG", "NAME", "STATUS", "NEWEST MIGRATION"]);
    for tenant in tenants {
        table.row([
            tenant.slug.to_string(),
            tenant.name.clone(),
            tenant.status.to_string(),
            tenant.migration_head.clone().unwrap_or_else(|| "none".to_owned()),
        ]);
    }
    table
}

pub(super) fn tenant(tenant: &Tenant) -> Table {
    let mut table = Table::untitled();
    let mut line = |title: &str, value: String| table.row([title.to_owned(), value]);
    line("slug", tenant.slug.to_string());
    line("name", tenant.name.clone());
    line("status", tenant.status.to_string());
    line("id", tenant.id.to_string());
    line("physical name", tenant.physical_name.to_string());
    line("settings", tenant.settings.to_string());
    line("newest migration", tenant.migration_head.clone().unwrap_or_else(|| "none".to_owned()));
    line("created", moment(tenant.created_at));
    line("changed", moment(tenant.updated_at));
    table
}

pub(super) fn domains(domains: &[Domain]) -> Table {
    let mut table = Table::new(["DOMAIN", "PRIMARY", "SINCE"]);
    for domain in domains {
        let primary = if domain.is_primary { "yes" } else { "no" };
        table.row([domain.name.to_string(), primary.to_owned(), moment(domain.since)]);
    }
    table
}

pub(super) fn members(members: &[Member]) -> Table {
    let mut table = Table::new(["USER", "ROLE", "SINCE"]);
    for member in members {
        table.row([member.user.clone(), member.role.to_string(), moment(member.since)]);
    }
    table
}

pub(super) fn invitations(invitations: &[Invitation]) -> Table {
    let mut table = Table::new(["ID", "ADDRESS", "ROLE", "STATUS", "UNTIL"]);
    for invitation in invitations {
        table.row([
            invitation.id.to_string(),
            invitation.address.clone().unwrap_or_else(|| "whoever has the link".to_owned()),
            invitation.role.to_string(),
            invitation.status.as_str().to_owned(),
            moment(invitation.expires_at),
        ]);
    }
    table
}

pub(super) fn runs(runs: &[RunRecord]) -> Table {
    let mut table = Table::new(["RUN", "WAY", "TENANTS", "BEGAN", "DONE WITH"]);
    for run in runs {
        let way = match run.direction {
            Direction::Up => "up",
            Direction::Down => "down",
        };
        table.row([
            run.id.to_string(),
            way.to_owned(),
            selection(&run.selection),
            moment(run.started_at),
            run.finished_at.map_or_else(|| "no".to_owned(), moment),
        ]);
    }
    table
}

/// Which tenants a run was for, in a few words.
fn selection(selection: &Selection) -> String {
    if selection.shared_only {
        return "none".to_owned();
    }
    let mut words = match selection.tenants.as_slice() {
        [] => "all".to_owned(),
        tenants => tenants.join(", "),
    };
    if !selection.exclude.is_empty() {
        words.push_str(&format!(" without {}", selection.exclude.join(", ")));
    }
    if let Some(canary) = selection.canary {
        words.push_str(&format!(", the first {canary}"));
    }
    words
}

//! Answers for people: tables, findings with the line they are about, errors with their causes.

mod each;
mod excerpt;
mod findings;
mod migration;
mod table;

use std::{
    error::Error as StdError,
    fmt::Display,
    io::{self, Write as _},
};

use anstyle::{AnsiColor, Style};
use tenancy_core::{
    PhysicalName,
    check::{CheckDescription, Severity},
    config::StrategyKeys,
};

use super::{Answer, TenantPage, Written};
use crate::{error::Error, terminal::Stream};
use table::Table;
pub(crate) use table::moment;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const PLACE: Style = AnsiColor::Blue.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// Writes an answer.
pub(super) fn answer(
    stdout: &mut Stream,
    stderr: &mut Stream,
    answer: &Answer,
    known: &[StrategyKeys],
) -> io::Result<()> {
    match answer {
        Answer::Findings(judged) => {
            findings::write_grouped(stdout, &judged.findings, known)?;
            let accepted = findings::accepted(judged.accepted.len());
            note(stderr, &format!("{}{accepted}", findings::summary(&judged.findings)))
        }
        Answer::Checks(checks) => checks_table(checks).write(stdout),
        Answer::Explanation(check) => explanation(stdout, check),
        Answer::Values { values, findings } => {
            table::values(values).write(stdout)?;
            match findings {
                0 => Ok(()),
                _ => note(stderr, "not everything is right: see `tenancy check`"),
            }
        }
        Answer::Report(report) => migration::report(stdout, stderr, report),
        Answer::MigrationPlan(plan) => migration::plan(stdout, stderr, plan),
        Answer::Seeds(report) => migration::seeds(stdout, report),
        Answer::EntityDrift(drift) => migration::drift(stdout, stderr, drift),
        Answer::Verification(verification) => migration::verification(stdout, stderr, verification),
        Answer::MigrationRuns(runs) => list(stdout, stderr, &table::runs(runs), "no runs"),
        Answer::MigrationStatus(status) => migration::status(stdout, stderr, status),
        Answer::Tenants(tenants) => list(stdout, stderr, &table::tenants(tenants), "no tenants"),
        Answer::Tenant(page) => tenant(stdout, page),
        Answer::Adopted(adoption) => migration::adoption(stdout, stderr, adoption),
        Answer::Duplicated { from, duplicate } => {
            migration::duplicate(stdout, stderr, from, duplicate)
        }
        Answer::Orphans(places) => orphans(stdout, stderr, places),
        Answer::Changed { note: text, tenant: _ } | Answer::Done { note: text } => {
            note(stderr, text)
        }
        Answer::Domains(domains) => list(stdout, stderr, &table::domains(domains), "no domains"),
        Answer::Members(members) => list(stdout, stderr, &table::members(members), "no members"),
        Answer::Invitations(invitations) => {
            list(stdout, stderr, &table::invitations(invitations), "no invitations")
        }
        Answer::Invited { slug, invitation, token } => {
            writeln!(stdout.writer, "{}", token.reveal())?;
            let text = format!(
                "invited `{}` to the tenant `{slug}` as {} until {}; the token is not shown again",
                invitation.address.as_deref().unwrap_or("whoever has the link"),
                invitation.role,
                moment(invitation.expires_at)
            );
            note(stderr, &text)
        }
        Answer::Scoped { slug, statement } => {
            writeln!(stdout.writer, "{}", visible(&statement.sql))?;
            let Some(placeholder) = &statement.tenant_placeholder else { return Ok(()) };
            note(stderr, &format!("`{placeholder}` is the id of the tenant `{slug}`"))
        }
        Answer::Refused { slug: _, refusal } => failure(
            stdout,
            &Failure { code: refusal.code(), error: refusal, hint: refusal.hint(), subject: None },
        ),
        Answer::Each(answers) => each::answers(stdout, stderr, answers),
        Answer::Written(written) => files(stdout, stderr, written),
        Answer::Text(text) => stdout.writer.write_all(text),
    }
}

/// Writes a question; the answer is typed behind it.
pub(super) fn question(stderr: &mut Stream, text: &str) -> io::Result<()> {
    write!(stderr.writer, "{}", visible(text))?;
    stderr.writer.flush()
}

fn files(stdout: &mut Stream, stderr: &mut Stream, written: &Written) -> io::Result<()> {
    for (what, paths) in [("added", &written.added), ("left alone", &written.left)] {
        for path in paths {
            writeln!(stdout.writer, "{what:10}  {}", visible(&path.display().to_string()))?;
        }
    }
    if written.next.is_empty() {
        return Ok(());
    }
    note(stderr, "next:")?;
    written
        .next
        .iter()
        .flat_map(|step| step.lines())
        .try_for_each(|line| note(stderr, &format!("  {line}")))
}

/// Writes why a command could not be done.
pub(super) fn error(stderr: &mut Stream, error: &Error, known: &[StrategyKeys]) -> io::Result<()> {
    if let Error::Core(
        tenancy_core::Error::Configuration(findings)
        | tenancy_core::Error::UnsoundDatabase(findings),
    ) = error
    {
        findings::write(stderr, findings, known)?;
        return note(stderr, &findings::summary(findings));
    }
    failure(stderr, &Failure { code: error.code(), error, hint: error.hint(), subject: None })
}

/// An error of whatever type, with what is known of it.
struct Failure<'a> {
    code: &'a str,
    error: &'a dyn StdError,
    hint: Option<&'a str>,
    /// What it happened to.
    subject: Option<&'a str>,
}

fn failure(stream: &mut Stream, failure: &Failure<'_>) -> io::Result<()> {
    let head = stream.paint(ERROR, format!("error[{}]", failure.code));
    let subject = failure.subject.map(|subject| format!("{subject}: ")).unwrap_or_default();
    let message = visible(&failure.error.to_string());
    writeln!(stream.writer, "{head}: {subject}{message}")?;
    for source in sources(failure.error) {
        writeln!(stream.writer, "  caused by: {}", visible(&source))?;
    }
    hint(stream, failure.hint)
}

fn hint(stream: &mut Stream, hint: Option<&str>) -> io::Result<()> {
    let Some(hint) = hint else { return Ok(()) };
    let head = stream.paint(HINT, "hint");
    writeln!(stream.writer, "  {head}: {}", visible(hint))
}

/// What caused an error, from near to far. What only repeats the end of the one before is left out.
pub(super) fn sources(error: &dyn StdError) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if !sources.last().is_some_and(|last| last.ends_with(&text)) {
            sources.push(text);
        }
        next = source.source();
    }
    sources
}

pub(super) fn note(stderr: &mut Stream, text: &str) -> io::Result<()> {
    writeln!(stderr.writer, "{}", visible(text))
}

fn list(stdout: &mut Stream, stderr: &mut Stream, table: &Table, none: &str) -> io::Result<()> {
    if table.is_empty() { note(stderr, none) } else { table.write(stdout) }
}

fn checks_table(checks: &[&CheckDescription]) -> Table {
    let mut table = Table::new(["CODE", "NAME", "SEVERITY", "KIND"]);
    for check in checks {
        let [code, name] = [check.code, check.name].map(str::to_owned);
        table.row([code, name, check.severity.to_string(), check.kind.to_string()]);
    }
    table
}

fn explanation(stdout: &mut Stream, check: &CheckDescription) -> io::Result<()> {
    let title = stdout.paint(BOLD, format!("{} {}", check.code, check.name));
    let severity = stdout.paint(style_of(check.severity), check.severity);
    writeln!(stdout.writer, "{title} ({severity})\n")?;
    for line in check.explain.trim_end().lines() {
        match line.strip_prefix("## ") {
            Some(heading) => {
                let heading = stdout.paint(BOLD, heading);
                writeln!(stdout.writer, "{heading}")?;
            }
            None => writeln!(stdout.writer, "{line}")?,
        }
    }
    Ok(())
}

fn tenant(stdout: &mut Stream, page: &TenantPage) -> io::Result<()> {
    table::tenant(&page.tenant).write(stdout)?;
    for (title, table) in
        [("domains", table::domains(&page.domains)), ("members", table::members(&page.members))]
    {
        if !table.is_empty() {
            let title = stdout.paint(BOLD, title);
            writeln!(stdout.writer, "\n{title}")?;
            table.write(stdout)?;
        }
    }
    Ok(())
}

fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
    }
}

impl Stream {
    /// A text with its colour, where the stream takes colours.
    fn paint(&self, style: Style, text: impl Display) -> String {
        if self.takes_color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// A text in which nothing can move the cursor, change colours or turn the reading direction: names
/// come from people, and errors from servers.
fn visible(text: &str) -> String {
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { visible.extend(c.escape_default()) } else { visible.push(c) }
    }
    visible
}

/// Writes places that belong to nobody, and what can be done with them.
fn orphans(stdout: &mut Stream, stderr: &mut Stream, places: &[PhysicalName]) -> io::Result<()> {
    if places.is_empty() {
        return note(stderr, "no orphans");
    }
    for place in places {
        writeln!(stdout.writer, "{place}")?;
    }
    note(
        stderr,
        "`tenancy tenant orphan adopt` makes a tenant of one, `remove` removes it for ever",
    )
}

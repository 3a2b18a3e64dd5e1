//! Findings: what, where with the line itself, and how to mend it.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
};

use tenancy_core::{
    check::{Finding, Findings, Severity, Source},
    config::StrategyKeys,
};

use super::{BOLD, PLACE, excerpt::Excerpt, hint, style_of, visible};
use crate::terminal::Stream;

/// Writes findings under what they are about, where that is more than one thing.
pub(super) fn write_grouped(
    to: &mut Stream,
    findings: &Findings,
    known: &[StrategyKeys],
) -> io::Result<()> {
    let groups: BTreeSet<Group> = findings.iter().map(Group::of).collect();
    if groups.len() < 2 {
        return write(to, findings, known);
    }
    for (at, group) in groups.into_iter().enumerate() {
        let of_group: Findings =
            findings.iter().filter(|finding| Group::of(finding) == group).cloned().collect();
        let title = to.paint(BOLD, format!("{} ({})", group.title(), summary(&of_group)));
        let before = if at > 0 { "\n" } else { "" };
        writeln!(to.writer, "{before}{title}\n")?;
        write(to, &of_group, known)?;
    }
    Ok(())
}

/// What findings are about, in the order in which they are mended best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Configuration,
    Code,
    Migrations,
    Leftovers,
    Rest,
}

impl Group {
    fn of(finding: &Finding) -> Self {
        match finding.code.get(..3) {
            Some("CFG") => Self::Configuration,
            Some("APP") => Self::Code,
            Some("SET" | "MIG") => Self::Migrations,
            Some("LFT") => Self::Leftovers,
            _ => Self::Rest,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration",
            Self::Code => "Code",
            Self::Migrations => "Migrations",
            Self::Leftovers => "Other frameworks",
            Self::Rest => "Database",
        }
    }
}

/// How many are accepted, behind a summary.
pub(super) fn accepted(count: usize) -> String {
    if count == 0 { String::new() } else { format!("; {count} accepted with a reason") }
}

/// Writes findings, errors first, with an empty line between two.
pub(super) fn write(
    to: &mut Stream,
    findings: &Findings,
    known: &[StrategyKeys],
) -> io::Result<()> {
    for (at, finding) in findings.iter().enumerate() {
        if at > 0 {
            writeln!(to.writer)?;
        }
        one(to, finding, known)?;
    }
    Ok(())
}

fn one(to: &mut Stream, finding: &Finding, known: &[StrategyKeys]) -> io::Result<()> {
    let style = style_of(finding.severity);
    let head = to.paint(style, format!("{}[{}]", finding.severity, finding.code));
    writeln!(to.writer, "{head}: {}", visible(&finding.message))?;
    if let Some(source) = &finding.source {
        place(to, "-->", source, known)?;
    }
    for source in &finding.related {
        place(to, "and", source, known)?;
    }
    hint(to, finding.hint.as_deref())
}

fn place(to: &mut Stream, word: &str, source: &Source, known: &[StrategyKeys]) -> io::Result<()> {
    let word = to.paint(PLACE, word);
    writeln!(to.writer, "  {word} {}", visible(&source.to_string()))?;
    let Some(Excerpt { line, text }) = Excerpt::of(source, known) else { return Ok(()) };
    let number = to.paint(PLACE, format!("{line:>5} |"));
    writeln!(to.writer, "{number} {}", visible(&text))
}

/// How many there are: `2 errors, 1 warning`.
pub(super) fn summary(findings: &Findings) -> String {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let parts =
        [(Severity::Error, "error"), (Severity::Warning, "warning")].map(|(severity, word)| {
            match count(severity) {
                0 => None,
                1 => Some(format!("1 {word}")),
                many => Some(format!("{many} {word}s")),
            }
        });
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") }
}

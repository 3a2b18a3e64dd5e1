//! Findings: what, where with the line itself, and how to mend it.

use std::io::{self, Write as _};

use tenancy_core::{
    check::{Finding, Findings, Severity, Source},
    config::StrategyKeys,
};

use super::{PLACE, excerpt::Excerpt, hint, style_of, visible};
use crate::terminal::Stream;

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

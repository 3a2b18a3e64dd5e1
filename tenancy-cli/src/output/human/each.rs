//! What several tenants answered, in one table or line by line.

use std::io::{self, Write as _};

use serde_json::Value;

use super::{Failure, Table, failure, note, visible};
use crate::{
    output::{Answered, EachAnswer, Ran},
    terminal::Stream,
};

pub(super) fn answers(
    stdout: &mut Stream,
    stderr: &mut Stream,
    answers: &[EachAnswer],
) -> io::Result<()> {
    rows(stdout, answers)?;
    for EachAnswer { slug, answer } in answers {
        match answer {
            Ok(Answered::Rows(_)) => {}
            Ok(Answered::Changed(rows)) => {
                let rows = number(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
                note(stderr, &format!("{slug}: {rows} changed"))?;
            }
            Ok(Answered::Ran(ran)) => program(stdout, stderr, slug.as_str(), ran)?,
            Err(error) => failure(
                stderr,
                &Failure {
                    code: error.code(),
                    error,
                    hint: error.hint(),
                    subject: Some(slug.as_str()),
                },
            )?,
        }
    }
    let failed = answers.iter().filter(|answer| answer.has_failed()).count();
    note(stderr, &format!("{}, {failed} failed", number(answers.len(), "tenant")))
}

fn number(of: usize, what: &str) -> String {
    if of == 1 { format!("1 {what}") } else { format!("{of} {what}s") }
}

/// All rows in one table, whose first column says whose they are.
fn rows(stdout: &mut Stream, answers: &[EachAnswer]) -> io::Result<()> {
    let found = answers.iter().filter_map(|of| match &of.answer {
        Ok(Answered::Rows(rows)) if !rows.rows.is_empty() => Some((&of.slug, rows)),
        Ok(_) | Err(_) => None,
    });
    let mut found = found.peekable();
    let Some((_, first)) = found.peek() else { return Ok(()) };
    let titles = std::iter::once("TENANT".to_owned());
    let titles: Vec<String> = titles.chain(first.columns.iter().cloned()).collect();
    let mut table = Table::of(&titles);
    for (slug, rows) in found {
        for row in &rows.rows {
            let cells = rows.columns.iter().map(|column| cell(row.get(column)));
            let cells: Vec<String> = std::iter::once(slug.to_string()).chain(cells).collect();
            table.cells(&cells);
        }
    }
    table.write(stdout)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) => "NULL".to_owned(),
        Some(value) => value.to_string(),
        // A type that has no text here.
        None => "?".to_owned(),
    }
}

/// Each line behind the tenant's slug, so that it can be told whose it is.
fn program(stdout: &mut Stream, stderr: &mut Stream, slug: &str, ran: &Ran) -> io::Result<()> {
    for line in ran.stdout.lines() {
        writeln!(stdout.writer, "{slug}: {}", visible(line))?;
    }
    for line in ran.stderr.lines() {
        note(stderr, &format!("{slug}: {line}"))?;
    }
    match ran.exit {
        Some(0) => Ok(()),
        Some(code) => note(stderr, &format!("{slug}: ended with the exit code {code}")),
        None => note(stderr, &format!("{slug}: was ended by a signal")),
    }
}

//! Whether a destructive step says why.

use super::migration::{Migration, Step};

/// What a reason begins with.
const MARK: &str = "destructive:";

/// Whether the migration says why in code, or the reason stands above the step or its statement,
/// behind it, or at the top of the file.
pub(super) fn is_stated(migration: &Migration<'_>, step: &Step) -> bool {
    let Some(file) = migration.file.filter(|_| !step.is_explained) else {
        return step.is_explained;
    };
    let lines: Vec<&str> = file.text.lines().collect();
    let header = lines.iter().take_while(|line| line.trim_start().starts_with("//!"));
    let header: Vec<&str> = header.copied().collect();
    let above = |line: usize| {
        let before = lines.get(..line.saturating_sub(1)).unwrap_or_default();
        let comments = before.iter().rev().take_while(|line| line.trim_start().starts_with("//"));
        comments.copied().collect::<Vec<&str>>()
    };
    let behind = lines.get(step.line.saturating_sub(1)).and_then(|line| line.split_once("//"));
    let behind: Vec<&str> = behind.map(|(_, comment)| comment).into_iter().collect();
    [header, above(step.line), above(step.statement), behind]
        .iter()
        .flatten()
        .any(|comment| is_reason(comment))
}

fn is_reason(comment: &str) -> bool {
    let Some(at) = comment.to_lowercase().find(MARK) else { return false };
    comment.get(at + MARK.len()..).is_some_and(|reason| !reason.trim().is_empty())
}

//! What statements become, text by text, for both strategies and both dialects.
//!
//! A corpus holds blocks: a title, the statement, and what it becomes where tenants share tables
//! and where each has its own.

use super::support::{filtering, scope, separating};
use crate::scope::{Dialect, Scoper};

fn check(corpus: &str) {
    let scopers = [
        ("postgres, shared", Dialect::Postgres, filtering(Dialect::Postgres)),
        ("postgres, own", Dialect::Postgres, separating(Dialect::Postgres)),
        ("sqlite, shared", Dialect::Sqlite, filtering(Dialect::Sqlite)),
        ("sqlite, own", Dialect::Sqlite, separating(Dialect::Sqlite)),
    ];
    let mut wrong = Vec::new();
    for block in corpus.split("\n\n").filter(|block| block.starts_with("- ")) {
        let mut lines = block.lines();
        let (title, sql) = (lines.next().unwrap(), lines.next().unwrap());
        for line in lines {
            let (which, expected) = line.trim().split_once(": ").unwrap();
            let (_, dialect, scoper) = scopers.iter().find(|(name, ..)| *name == which).unwrap();
            let became = became(scoper, *dialect, sql);
            if became != expected {
                wrong.push(format!("{title}\n  {which}: {became}\n  expected: {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn became(scoper: &Scoper, dialect: Dialect, sql: &str) -> String {
    scope(scoper, dialect, sql).unwrap_or_else(|refusal| format!("refused {}", refusal.code()))
}

#[test]
fn statements_of_both_dialects() {
    check(include_str!("corpus_both.txt"));
}

#[test]
fn statements_of_postgres() {
    check(include_str!("corpus_postgres.txt"));
}

#[test]
fn statements_of_sqlite() {
    check(include_str!("corpus_sqlite.txt"));
}

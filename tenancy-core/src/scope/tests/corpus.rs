//! What statements become, text by text, for both strategies and both dialects.
//!
//! A corpus holds blocks: a title, the statement, and what it becomes where tenants share tables
//! and where each has its own.

use sea_orm::Statement;

use super::support::{acme, as_written, filtering, separating, statement};
use crate::scope::{Dialect, Scoper};

/// Checks a corpus, whose texts are made statements of a dialect so.
fn check(corpus: &str, statement: fn(Dialect, &str) -> Statement) {
    let scopers = [
        ("postgres, shared", Dialect::Postgres, filtering(Dialect::Postgres)),
        ("postgres, own", Dialect::Postgres, separating(Dialect::Postgres)),
        ("sqlite, shared", Dialect::Sqlite, filtering(Dialect::Sqlite)),
        ("sqlite, own", Dialect::Sqlite, separating(Dialect::Sqlite)),
        ("mysql, shared", Dialect::MySql, filtering(Dialect::MySql)),
        ("mysql, own", Dialect::MySql, separating(Dialect::MySql)),
    ];
    let mut wrong = Vec::new();
    for block in corpus.split("\n\n").filter(|block| block.starts_with("- ")) {
        let mut lines = block.lines();
        let (title, sql) = (lines.next().unwrap(), lines.next().unwrap());
        for line in lines {
            let (which, expected) = line.trim().split_once(": ").unwrap();
            let (_, dialect, scoper) = scopers.iter().find(|(name, ..)| *name == which).unwrap();
            let became = became(scoper, statement(*dialect, sql));
            if became != expected {
                wrong.push(format!("{title}\n  {which}: {became}\n  expected: {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn became(scoper: &Scoper, statement: Statement) -> String {
    let scoped = scoper.scope(statement, &acme()).map(|scoped| scoped.sql);
    scoped.unwrap_or_else(|refusal| format!("refused {}", refusal.code()))
}

#[test]
fn statements_of_both_dialects() {
    check(include_str!("corpus_both.txt"), statement);
}

#[test]
fn statements_of_postgres() {
    check(include_str!("corpus_postgres.txt"), statement);
}

#[test]
fn statements_of_sqlite() {
    check(include_str!("corpus_sqlite.txt"), statement);
}

#[test]
fn statements_of_mysql() {
    check(include_str!("corpus_mysql.txt"), as_written);
}

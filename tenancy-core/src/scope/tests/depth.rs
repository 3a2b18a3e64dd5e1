//! Deep statements: scoped or refused for their depth, and no stack overflows.

use std::thread;

use super::support::{filtering, scope};
use crate::scope::{Dialect, Refusal};

const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::Sqlite, Dialect::MySql];

/// How deep a statement may be nested.
const NESTING: usize = 128;

/// A text before, around and within what is nested, and after it.
type Shape = (&'static str, &'static str, &'static str, &'static str);

/// One level of each is one level of nesting.
const SHAPES: [Shape; 17] = [
    ("SELECT ", "(", "1", ")"),
    ("SELECT ", "NOT ", "true", ""),
    ("SELECT ", "- ", "1", ""),
    ("SELECT ", "lower(", "'a'", ")"),
    ("SELECT ", "(SELECT ", "1", ")"),
    ("SELECT ", "EXISTS (SELECT 1 FROM customer WHERE ", "true", ")"),
    ("SELECT ", "CASE WHEN true THEN ", "1", " END"),
    ("SELECT ", "1 IN (SELECT ", "1", ")"),
    ("SELECT ", "CAST(", "1", " AS int)"),
    ("SELECT 1 ", "BETWEEN (1 ", "", "AND 1) AND 1 "),
    ("SELECT 1 FROM ", "(SELECT 1 FROM ", "customer", ") x"),
    ("SELECT 1 FROM ", "(customer JOIN ", "(SELECT 1) x", " ON true)"),
    ("SELECT 1 FROM ", "(SELECT 1) x JOIN (", "(SELECT 1) y JOIN customer ON true", ") ON true"),
    ("", "WITH x AS (", "SELECT 1 AS a", ") SELECT a FROM x"),
    ("", "(SELECT 1 UNION ", "SELECT 1", ")"),
    ("EXPLAIN ", "WITH x AS (", "SELECT 1 AS a", ") SELECT a FROM x"),
    ("SELECT id FROM customer WHERE id = ", "(SELECT id FROM product WHERE id = ", "1", ")"),
];

fn nested((start, open, within, close): Shape, levels: usize) -> String {
    format!("{start}{}{within}{}", open.repeat(levels), close.repeat(levels))
}

/// Does it where the stack is small, as on the threads of some servers.
fn on_a_small_stack(test: fn()) {
    thread::Builder::new().stack_size(512 * 1024).spawn(test).unwrap().join().unwrap();
}

fn outcome(dialect: Dialect, sql: &str) -> Result<(), Refusal> {
    scope(&filtering(dialect), dialect, sql).map(drop)
}

#[test]
fn nesting_is_scoped_up_to_a_depth_and_refused_for_it_beyond() {
    on_a_small_stack(|| {
        for dialect in ALL {
            for shape in SHAPES {
                // A name stands for one source only, so that joins cannot be nested with it.
                let is_twice =
                    |refusal: &Refusal| matches!(refusal, Refusal::DuplicateAlias { .. });
                for levels in [1, 30, 62, 100, NESTING - 1] {
                    let scoped = outcome(dialect, &nested(shape, levels));
                    let scoped = scoped
                        .or_else(|refusal| if is_twice(&refusal) { Ok(()) } else { Err(refusal) });
                    assert_eq!(scoped, Ok(()), "{dialect:?}: {levels} of {shape:?}");
                }
                for levels in [NESTING + 1, 200, 5_000] {
                    let refused = outcome(dialect, &nested(shape, levels));
                    assert_eq!(
                        refused,
                        Err(Refusal::TooDeep),
                        "{dialect:?}: {levels} of {shape:?}"
                    );
                }
            }
        }
    });
}

#[test]
fn joins_in_parentheses_are_scoped_or_refused_however_deep() {
    on_a_small_stack(|| {
        for dialect in ALL {
            for levels in [20, 60, NESTING, NESTING + 1, 1_000] {
                let mut sql = "SELECT 1 FROM ".to_owned();
                (0..levels).for_each(|at| sql.push_str(&format!("customer c{at} JOIN (")));
                outcome(dialect, &sql).unwrap_err();
                sql.push_str("customer JOIN product ON true");
                sql.push_str(&") ON 1 = 1".repeat(levels));
                let expected = if levels > NESTING { Err(Refusal::TooDeep) } else { Ok(()) };
                assert_eq!(outcome(dialect, &sql), expected, "{dialect:?}: {levels}");
            }
        }
    });
}

#[test]
fn what_is_nested_in_other_ways_is_refused() {
    on_a_small_stack(|| {
        for dialect in ALL {
            for (start, open, within, close) in [
                ("", "EXPLAIN ", "SELECT 1", ""),
                ("", "EXPLAIN (COSTS) ", "SELECT 1", ""),
                ("", "EXPLAIN PREPARE select AS ", "SELECT 1", ""),
                ("", "PREPARE x AS ", "SELECT 1", ""),
                ("", "IF true THEN ", "SELECT 1", " END IF"),
                ("", "WHILE true DO ", "SELECT 1", " END WHILE"),
                ("", "CREATE VIEW v AS ", "SELECT 1", ""),
                ("", "CASE WHEN true THEN ", "SELECT 1", " END CASE"),
                ("SELECT 1; ", "EXPLAIN ", "SELECT 1", ""),
                ("; ", "EXPLAIN ", "SELECT 1", ""),
                ("SELECT ", "CASE end WHEN true THEN ", "1", ""),
                ("SELECT ", "CASE WHEN true THEN end ELSE ", "1", " END"),
                ("SELECT 'a'::", "ARRAY<", "int", ">"),
                ("SELECT ", "PRIOR ", "1", ""),
                ("SELECT 1 FROM ", "LATERAL ", "customer", ""),
            ] {
                for levels in [40, 120, 400] {
                    let sql = nested((start, open, within, close), levels);
                    outcome(dialect, &sql).unwrap_err();
                    let _ = filtering(dialect).scope_unprepared(&sql, &super::support::acme());
                }
            }
        }
    });
}

//! What is printed is believed only when it holds what was put there, whatever the walk did.

use sqlparser::ast::{BinaryOperator, Expr, SetExpr, Statement as Tree};

use super::support::{filtering, scope};
use crate::scope::{
    Dialect, Refusal,
    parse::{Parsed, Tokens},
    print::verify,
    walker::Counts,
};

fn tree(sql: &str) -> Tree {
    let Parsed { tree, placeholders: _, locks: _ } =
        Tokens::of(Dialect::Postgres, sql).unwrap().parse(Dialect::Postgres).unwrap();
    tree
}

/// Whether a tree is refused that a walk is said to have left like this.
fn is_refused(tree: &Tree, counts: Counts) -> bool {
    let scoper = filtering(Dialect::Postgres);
    let verified = verify(&scoper.rules, tree, counts, &tree.to_string());
    matches!(verified, Err(Refusal::Unverified { .. }))
}

#[test]
fn a_table_that_the_walk_has_missed_is_found() {
    let unfiltered = tree(r#"SELECT 1 FROM "public"."customer" AS "customer""#);
    assert!(is_refused(&unfiltered, Counts::default()));
    let counted = Counts { tables: 1, filtered: 1, ..Counts::default() };
    assert!(is_refused(&unfiltered, counted));
    for bare in [r#"SELECT 1 FROM "customer""#, r#"DELETE FROM "customer""#] {
        assert!(is_refused(&tree(bare), Counts::default()), "{bare}");
    }
    assert!(!is_refused(&tree("SELECT 1"), Counts::default()));
}

#[test]
fn a_tree_that_reads_back_as_another_is_refused() {
    let mut tree = tree("SELECT 1 WHERE true OR false");
    let Tree::Query(query) = &mut tree else { panic!("{tree}") };
    let SetExpr::Select(select) = query.body.as_mut() else { panic!("{query}") };
    let either = select.selection.take().unwrap();
    select.selection = Some(Expr::BinaryOp {
        left: Box::new(either.clone()),
        op: BinaryOperator::And,
        right: Box::new(either),
    });
    assert!(is_refused(&tree, Counts::default()));
}

#[test]
fn a_word_that_may_be_left_out_changes_nothing() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        for join in ["LEFT", "RIGHT", "FULL"] {
            let of = |word: &str| {
                let sql = format!("SELECT 1 FROM customer c {join}{word} JOIN product p ON true");
                scope(&filtering(dialect), dialect, &sql).unwrap()
            };
            assert_eq!(of(" OUTER").replace(" OUTER", ""), of("").replace(" OUTER", ""));
        }
    }
}

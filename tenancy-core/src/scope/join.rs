//! Joins: which tables are filtered beside them, and which only inside of a derived table.

use sqlparser::ast::{Expr, Join, JoinConstraint, JoinOperator, TableFactor, TableWithJoins};

use super::{
    Dialect, filter,
    refusal::Refusal,
    relation::{Filter, clause, refuse_if},
    walker::{Merge, Walker},
};

impl<'a> Walker<'a> {
    /// Scopes the sources of a query; gives the predicates for its `WHERE`.
    pub(super) fn sources(&mut self, from: &mut [TableWithJoins]) -> Result<Vec<Expr>, Refusal> {
        let mut predicates = Vec::new();
        // A comma binds as tightly as `JOIN` on SQLite, so that the list is one tree there.
        let one_tree = self.rules.dialect == Dialect::Sqlite;
        let any = one_tree && from.iter().any(needs_derived_tables);
        for tree in from {
            let filter =
                if any || needs_derived_tables(tree) { Filter::Derived } else { Filter::Beside };
            self.tree(tree, filter, &mut predicates)?;
        }
        Ok(predicates)
    }

    fn tree(
        &mut self,
        tree: &mut TableWithJoins,
        filter: Filter,
        predicates: &mut Vec<Expr>,
    ) -> Result<(), Refusal> {
        let TableWithJoins { relation, joins } = tree;
        let start = self.level().sources.len();
        predicates.extend(self.factor(relation, filter)?);
        for join in joins {
            self.join(join, filter, start, predicates)?;
        }
        Ok(())
    }

    fn join(
        &mut self,
        join: &mut Join,
        filter: Filter,
        start: usize,
        predicates: &mut Vec<Expr>,
    ) -> Result<(), Refusal> {
        let Join { relation, global, join_operator } = join;
        refuse_if(*global, "`GLOBAL JOIN`")?;
        let is_mysql = self.rules.dialect == Dialect::MySql;
        // MySQL takes the word for an alias.
        refuse_if(is_mysql && matches!(join_operator, JoinOperator::FullOuter(_)), "`FULL JOIN`")?;
        let needs_condition = self.rules.dialect != Dialect::Sqlite
            && !matches!(join_operator, JoinOperator::CrossJoin(_));
        let is_left = !keeps_right(join_operator);
        let (constraint, optional) = constraint(join_operator)?;
        // PostgreSQL and MySQL would look for the condition further on, and find that of another
        // join.
        let missing = needs_condition && matches!(constraint, JoinConstraint::None);
        refuse_if(missing, "a join without a condition")?;
        let merges = matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural);
        let filter = if optional && merges { Filter::Derived } else { filter };
        let before = self.level().sources.len();
        let predicate = self.factor(relation, filter)?;
        if merges {
            let single = self.level().sources.len() == before + 1;
            self.merge(constraint, start, single, is_left)?;
        }
        let seen_before = std::mem::replace(&mut self.level().visible_from, start);
        let checked = self.constraint(constraint);
        self.level().visible_from = seen_before;
        checked?;
        match predicate {
            None => {}
            Some(predicate) if optional => filter::add_to_constraint(constraint, predicate)?,
            Some(predicate) => predicates.push(predicate),
        }
        Ok(())
    }

    /// Notes what a join merges, so that a star can be written out.
    fn merge(
        &mut self,
        constraint: &mut JoinConstraint,
        start: usize,
        single: bool,
        is_left: bool,
    ) -> Result<(), Refusal> {
        let mut using = None;
        if let JoinConstraint::Using(columns) = constraint {
            let names = columns.iter_mut().map(|name| self.single(name).map(|n| n.value.clone()));
            using = Some(names.collect::<Result<Vec<_>, _>>()?);
        }
        let dialect = self.rules.dialect;
        let level = self.level();
        let Some((right, left)) = level.sources.split_last() else { return Ok(()) };
        let in_right = |column: &String| right.columns.iter().any(|c| dialect.same(c, column));
        let columns = using.unwrap_or_else(|| {
            let mut both: Vec<String> = Vec::new();
            let left = left.iter().skip(start).flat_map(|source| source.columns.iter());
            for column in left.filter(|column| in_right(column)) {
                if !both.contains(column) {
                    both.push(column.clone());
                }
            }
            both
        });
        let right = single.then_some(left.len());
        level.merges.push(Merge { start, right, columns, is_left });
        Ok(())
    }

    fn constraint(&mut self, constraint: &mut JoinConstraint) -> Result<(), Refusal> {
        match constraint {
            JoinConstraint::On(condition) => self.expression(condition),
            JoinConstraint::Using(columns) => {
                for column in columns {
                    let name = self.single(column)?.value.clone();
                    self.check_column(&name, false)?;
                }
                Ok(())
            }
            JoinConstraint::UsingAlias(_, _) => {
                Err(Refusal::Clause { clause: "`JOIN .. USING (..) AS alias`" })
            }
            JoinConstraint::Natural | JoinConstraint::None => Ok(()),
        }
    }

    /// Scopes one source; gives the predicate it needs beside it.
    fn factor(
        &mut self,
        factor: &mut TableFactor,
        filter: Filter,
    ) -> Result<Option<Expr>, Refusal> {
        match factor {
            TableFactor::Table { .. } => self.table(factor, filter),
            TableFactor::Derived { lateral, subquery, alias, sample } => {
                refuse_if(sample.is_some(), "`TABLESAMPLE`")?;
                self.derived(*lateral, subquery, alias.as_mut())?;
                Ok(None)
            }
            TableFactor::Function { lateral: _, name, args, with_ordinality, alias } => {
                let ordinality = *with_ordinality;
                self.table_function(name, args, ordinality, alias.as_mut())?;
                Ok(None)
            }
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset,
                with_offset_alias,
                with_ordinality,
            } => {
                refuse_if(*with_offset || with_offset_alias.is_some(), "`WITH OFFSET`")?;
                self.expressions(array_exprs)?;
                let defaults = vec!["unnest".to_owned(); array_exprs.len()];
                self.add_function("unnest", defaults, *with_ordinality, alias.as_mut())?;
                Ok(None)
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                // Isolation: an alias of the join hides the names that predicates would use.
                refuse_if(alias.is_some(), "an alias on a join in parentheses")?;
                let mut predicates = Vec::new();
                self.tree(table_with_joins, Filter::Derived, &mut predicates)?;
                debug_assert!(predicates.is_empty(), "tables of a nested join are derived");
                Ok(None)
            }
            TableFactor::TableFunction { .. } => clause("`TABLE(..)`"),
            TableFactor::JsonTable { .. } => clause("`JSON_TABLE`"),
            TableFactor::OpenJsonTable { .. } => clause("`OPENJSON`"),
            TableFactor::Pivot { .. } => clause("`PIVOT`"),
            TableFactor::Unpivot { .. } | TableFactor::UnpivotExpr { .. } => clause("`UNPIVOT`"),
            TableFactor::MatchRecognize { .. } => clause("`MATCH_RECOGNIZE`"),
            TableFactor::XmlTable { .. } => clause("`XMLTABLE`"),
            TableFactor::SemanticView { .. } => clause("`SEMANTIC_VIEW`"),
        }
    }
}

/// The condition of a join, and whether its right side may be missing from a row.
fn constraint(operator: &mut JoinOperator) -> Result<(&mut JoinConstraint, bool), Refusal> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::CrossJoin(constraint)
        // Both sides of these are derived tables, so no predicate has to be placed.
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Ok((constraint, false)),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => {
            Ok((constraint, true))
        }
        JoinOperator::Semi(_)
        | JoinOperator::LeftSemi(_)
        | JoinOperator::RightSemi(_)
        | JoinOperator::Anti(_)
        | JoinOperator::LeftAnti(_)
        | JoinOperator::RightAnti(_) => clause("a semi or anti join"),
        JoinOperator::CrossApply | JoinOperator::OuterApply => clause("`APPLY`"),
        JoinOperator::AsOf { match_condition: _, constraint: _ } => clause("`ASOF JOIN`"),
        JoinOperator::StraightJoin(_) => clause("`STRAIGHT_JOIN`"),
        JoinOperator::ArrayJoin
        | JoinOperator::LeftArrayJoin
        | JoinOperator::InnerArrayJoin => clause("`ARRAY JOIN`"),
    }
}

/// Whether a predicate beside a table of this tree could change what its joins mean.
fn needs_derived_tables(tree: &TableWithJoins) -> bool {
    let TableWithJoins { relation: _, joins } = tree;
    joins.iter().any(|join| keeps_right(&join.join_operator))
}

/// Whether a join has rows that the left side has none for.
fn keeps_right(operator: &JoinOperator) -> bool {
    matches!(
        operator,
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
    )
}

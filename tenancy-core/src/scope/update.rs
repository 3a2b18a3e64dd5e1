//! `UPDATE`: the tenant's rows only, and never the tenant column.

use std::rc::Rc;

use sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, ObjectName, ObjectNamePart, Update, UpdateTableFromKind,
};

use super::{
    Dialect, filter,
    insert::conflict_clause,
    name::{is_default, shown},
    refusal::Refusal,
    relation::refuse_if,
    rules::{Columns, ScopedTable},
    walker::{Level, Placed, Source, Walker},
};

/// Refuses a source that is no table, or none that a tenant may write to.
pub(super) fn writable(source: &Source<'_>) -> Result<(), Refusal> {
    match source.table {
        Some(table) if table.is_read_only() => {
            Err(Refusal::SharedWrite { table: table.table.name.clone() })
        }
        // A derived table stands in its place where a join keeps rows that match nothing.
        Some(table) if table.filter_column().is_none() || source.placed == Placed::Predicate => {
            Ok(())
        }
        Some(_) | None => Err(Refusal::NotWritable { name: source.name.clone() }),
    }
}

impl Walker<'_> {
    pub(super) fn update(&mut self, update: &mut Update) -> Result<Columns, Refusal> {
        let Update {
            update_token: _,
            optimizer_hints,
            table,
            on_cluster,
            assignments,
            from,
            selection,
            returning,
            output,
            or,
            order_by,
            limit,
            settings,
        } = update;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(on_cluster.is_some() || settings.is_some(), "`ON CLUSTER` or `SETTINGS`")?;
        refuse_if(output.is_some(), "`OUTPUT`")?;
        let is_mysql = self.rules.dialect == Dialect::MySql;
        let in_order = !order_by.is_empty() || limit.is_some();
        refuse_if(in_order && !is_mysql, "`ORDER BY` or `LIMIT` of a write")?;
        refuse_if(from.is_some() && is_mysql, "`FROM` after `SET`")?;
        conflict_clause(*or, false)?;
        self.push_level(Level::default());
        if is_mysql {
            let predicates = self.sources(std::slice::from_mut(table))?;
            self.joined_assignments(assignments)?;
            self.optional(selection.as_mut())?;
            self.order_items(order_by, false)?;
            self.optional(limit.as_mut())?;
            refuse_if(returning.is_some(), "`RETURNING` of an `UPDATE`")?;
            filter::add_to_condition(selection, predicates);
            self.pop_level();
            return Ok(Rc::from([]));
        }
        let (target, predicate) = self.target(table)?;
        let mut predicates: Vec<_> = predicate.into_iter().collect();
        match from {
            None => {}
            Some(UpdateTableFromKind::AfterSet(from)) => predicates.extend(self.sources(from)?),
            Some(UpdateTableFromKind::BeforeSet(_)) => {
                return Err(Refusal::Clause { clause: "`FROM` before `SET`" });
            }
        }
        self.assignments(assignments, target)?;
        self.optional(selection.as_mut())?;
        let returned = self.returning(returning.as_mut());
        filter::add_to_condition(selection, predicates);
        self.pop_level();
        returned
    }

    /// Scopes what columns are set to where the target of an `UPDATE` may be a join.
    fn joined_assignments(&mut self, assignments: &mut [Assignment]) -> Result<(), Refusal> {
        for Assignment { target, value } in assignments {
            match target {
                AssignmentTarget::ColumnName(column) => self.joined_column(column)?,
                AssignmentTarget::Tuple(_) => return Err(Refusal::Clause { clause: "a tuple" }),
            }
            self.assigned(value)?;
        }
        Ok(())
    }

    fn assigned(&mut self, value: &mut Expr) -> Result<(), Refusal> {
        if is_default(value) { Ok(()) } else { self.expression(value) }
    }

    /// Checks a column that is to be written, of whichever sources it may be.
    fn joined_column(&mut self, column: &mut ObjectName) -> Result<(), Refusal> {
        let dialect = self.rules.dialect;
        let shown = shown(column);
        let parts = match column.0.as_mut_slice() {
            [ObjectNamePart::Identifier(column)] => (None, column),
            [ObjectNamePart::Identifier(source), ObjectNamePart::Identifier(column)] => {
                self.name(source)?;
                (Some(&source.value), column)
            }
            _ => return Err(Refusal::QualifiedName { name: shown }),
        };
        self.name(parts.1)?;
        let named = |source: &&Source<'_>| {
            parts.0.is_none_or(|name| dialect.same(name, &source.name))
                && source.columns.iter().any(|known| dialect.same(known, &parts.1.value))
        };
        let mut written = self.level().sources.iter().filter(named).peekable();
        if written.peek().is_none() {
            return Err(Refusal::UnknownColumn { column: shown });
        }
        written.try_for_each(writable)
    }

    /// Scopes what columns of a table are set to.
    pub(super) fn assignments(
        &mut self,
        assignments: &mut [Assignment],
        table: &ScopedTable,
    ) -> Result<(), Refusal> {
        for Assignment { target, value } in assignments {
            match target {
                AssignmentTarget::ColumnName(column) => self.column_to_write(column, table)?,
                AssignmentTarget::Tuple(columns) => {
                    columns
                        .iter_mut()
                        .try_for_each(|column| self.column_to_write(column, table))?;
                }
            }
            self.assigned(value)?;
        }
        Ok(())
    }
}

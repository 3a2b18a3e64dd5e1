//! `UPDATE`: the tenant's rows only, and never the tenant column.

use sqlparser::ast::{Assignment, AssignmentTarget, Update, UpdateTableFromKind};

use super::{
    filter,
    insert::conflict_clause,
    name::is_default,
    refusal::Refusal,
    relation::refuse_if,
    rules::{Columns, ScopedTable},
    walker::{Level, Walker},
};

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
        refuse_if(!order_by.is_empty() || limit.is_some(), "`ORDER BY` or `LIMIT` of a write")?;
        conflict_clause(*or, false)?;
        self.push_level(Level::default());
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
            if !is_default(value) {
                self.expression(value)?;
            }
        }
        Ok(())
    }
}

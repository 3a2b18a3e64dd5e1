//! `INSERT`: every row gets the tenant, and a conflict can change the tenant's rows only.

use sqlparser::ast::{
    Assignment, AssignmentTarget, CaseWhen, CastKind, ConflictTarget, DataType, DoUpdate, Expr,
    Ident, Insert, InsertOverriding, ObjectName, OnConflict, OnConflictAction, OnInsert, Parens,
    Query, SelectItem, SetExpr, SqliteOnConflict, TableAliasWithoutColumns, TableObject, Values,
    helpers::attached_token::AttachedToken,
};

use super::{
    Dialect, filter,
    name::{is_default, not_reserved, shown},
    query::Place,
    refusal::Refusal,
    relation::refuse_if,
    rules::{Columns, ScopedTable},
    walker::{Level, Placed, Source, Walker},
};
use crate::catalog::Key;

impl<'a> Walker<'a> {
    #[expect(clippy::too_many_lines, reason = "every field of the statement is named")]
    pub(super) fn insert(&mut self, insert: &mut Insert) -> Result<Columns, Refusal> {
        let Insert {
            insert_token: _,
            optimizer_hints,
            or,
            ignore,
            into,
            table,
            table_alias,
            columns,
            by_name,
            overwrite,
            source,
            assignments,
            partitioned,
            after_columns,
            overriding,
            has_table_keyword,
            on,
            returning,
            output,
            replace_into,
            priority,
            insert_alias,
            settings,
            format_clause,
            multi_table_insert_type,
            multi_table_into_clauses,
            multi_table_when_clauses,
            multi_table_else_clause,
        } = insert;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        // What MySQL leaves out or brings into range for `IGNORE` is the tenant's row; its tenant
        // column is always in range.
        let is_mysql = self.rules.dialect == Dialect::MySql;
        refuse_if((*ignore && !is_mysql) || priority.is_some(), "a modifier of `INSERT`")?;
        refuse_if(!*into || *overwrite || *has_table_keyword, "`INSERT` without a plain `INTO`")?;
        refuse_if(*by_name, "`BY NAME`")?;
        refuse_if(!assignments.is_empty(), "`INSERT .. SET`")?;
        refuse_if(partitioned.is_some() || !after_columns.is_empty(), "`PARTITION (..)`")?;
        refuse_if(output.is_some(), "`OUTPUT`")?;
        refuse_if(insert_alias.is_some(), "an alias of the new row")?;
        refuse_if(settings.is_some() || format_clause.is_some(), "`SETTINGS` or `FORMAT`")?;
        let multiple = multi_table_insert_type.is_some()
            || !multi_table_into_clauses.is_empty()
            || !multi_table_when_clauses.is_empty()
            || multi_table_else_clause.is_some();
        refuse_if(multiple, "an `INSERT` into several tables")?;
        conflict_clause(*or, *replace_into)?;
        match overriding {
            None | Some(InsertOverriding::System | InsertOverriding::User) => {}
        }
        let (scoped, name) = self.insert_target(table, table_alias)?;
        for column in &mut *columns {
            self.column_to_write(column, scoped)?;
        }
        if let Some(query) = source {
            self.query(query, Place::InsertSource)?;
        }
        self.add_tenant_to_rows(scoped, columns, source)?;
        self.push_level(Level::default());
        self.add_source(target_source(name.clone(), scoped))?;
        if let Some(on) = on {
            self.on_insert(on, scoped, &name)?;
        }
        let returned = self.returning(returning.as_mut());
        self.pop_level();
        returned
    }

    fn insert_target(
        &mut self,
        table: &mut TableObject,
        alias: &mut Option<TableAliasWithoutColumns>,
    ) -> Result<(&'a ScopedTable, String), Refusal> {
        let name = match table {
            TableObject::TableName(name) => name,
            TableObject::TableFunction(_) | TableObject::TableQuery(_) => {
                return Err(Refusal::NotWritable { name: "a query or function".to_owned() });
            }
        };
        let scoped = self.writable(name)?;
        self.qualify(name, scoped);
        let Some(TableAliasWithoutColumns { explicit, alias }) = alias else {
            not_reserved(&scoped.table.name)?;
            return Ok((scoped, scoped.table.name.clone()));
        };
        self.alias_name(alias)?;
        *explicit = true;
        Ok((scoped, alias.value.clone()))
    }

    /// Checks a column that is to be written.
    pub(super) fn column_to_write(
        &self,
        column: &mut ObjectName,
        table: &ScopedTable,
    ) -> Result<(), Refusal> {
        let name = self.single(column)?;
        self.known_column(name, table)
    }

    fn known_column(&self, name: &Ident, table: &ScopedTable) -> Result<(), Refusal> {
        let dialect = self.rules.dialect;
        if table.columns.iter().any(|known| dialect.same(known, &name.value)) {
            return Ok(());
        }
        Err(Refusal::UnknownColumn { column: format!("{}.{}", table.table.name, name.value) })
    }

    fn add_tenant_to_rows(
        &mut self,
        table: &ScopedTable,
        columns: &mut Vec<ObjectName>,
        source: &mut Option<Box<Query>>,
    ) -> Result<(), Refusal> {
        let Some(tenant_column) = table.filter_column() else { return Ok(()) };
        self.counts.columns += 1;
        match source {
            None => {
                let row = Parens {
                    opening_token: AttachedToken::empty(),
                    content: vec![self.tenant()],
                    closing_token: AttachedToken::empty(),
                };
                let values = Values { explicit_row: false, value_keyword: false, rows: vec![row] };
                *source = Some(Box::new(filter::query(SetExpr::Values(values))));
            }
            Some(query) => {
                let width = self.add_tenant_to_body(&mut query.body)?;
                if columns.is_empty() {
                    *columns = self.columns_in_order(table, width);
                }
            }
        }
        columns.push(self.rules.dialect.object_name(&[tenant_column]));
        Ok(())
    }

    /// The columns that `INSERT` without a list means. PostgreSQL takes as many as values come.
    fn columns_in_order(&self, table: &ScopedTable, width: usize) -> Vec<ObjectName> {
        let dialect = self.rules.dialect;
        let width = match dialect {
            Dialect::Postgres => width,
            Dialect::Sqlite => table.columns.len(),
            // Rows without a value are those of `VALUES ()`: all columns have their defaults.
            Dialect::MySql if width == 0 => 0,
            Dialect::MySql => table.columns.len(),
        };
        table.columns.iter().take(width).map(|column| dialect.object_name(&[column])).collect()
    }

    /// Appends the tenant to each row; gives how many values a row had.
    fn add_tenant_to_body(&mut self, body: &mut SetExpr) -> Result<usize, Refusal> {
        match body {
            SetExpr::Select(select) => {
                let star = |item: &SelectItem| {
                    matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(_, _))
                };
                // The width of a star that was not written out is the database's to know.
                let width = if select.projection.iter().any(star) {
                    usize::MAX
                } else {
                    select.projection.len()
                };
                let tenant = self.tenant_in_select();
                select.projection.push(SelectItem::UnnamedExpr(tenant));
                Ok(width)
            }
            SetExpr::Values(values) => {
                let mut width = 0;
                for Parens { opening_token: _, content, closing_token: _ } in &mut values.rows {
                    width = content.len();
                    content.push(self.tenant());
                }
                Ok(width)
            }
            SetExpr::Query(query) => self.add_tenant_to_body(&mut query.body),
            SetExpr::SetOperation { left, op: _, set_quantifier: _, right } => {
                let width = self.add_tenant_to_body(left)?;
                self.add_tenant_to_body(right)?;
                Ok(width)
            }
            SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => {
                Err(Refusal::Clause { clause: "a write as the source of `INSERT`" })
            }
        }
    }

    /// The tenant in a select list, where PostgreSQL would take a parameter for text.
    fn tenant_in_select(&mut self) -> Expr {
        let expr = self.tenant();
        match self.rules.dialect {
            Dialect::Sqlite | Dialect::MySql => expr,
            Dialect::Postgres => Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(expr),
                data_type: DataType::Uuid,
                format: None,
            },
        }
    }

    fn on_insert(
        &mut self,
        on: &mut OnInsert,
        table: &'a ScopedTable,
        name: &str,
    ) -> Result<(), Refusal> {
        let OnConflict { conflict_target, action } = match (on, self.rules.dialect) {
            (OnInsert::DuplicateKeyUpdate(assignments), Dialect::MySql) => {
                return self.on_duplicate(assignments, table, name);
            }
            (OnInsert::OnConflict(conflict), Dialect::Postgres | Dialect::Sqlite) => conflict,
            (OnInsert::DuplicateKeyUpdate(_), Dialect::Postgres | Dialect::Sqlite) => {
                return Err(Refusal::Clause { clause: "`ON DUPLICATE KEY UPDATE`" });
            }
            (OnInsert::OnConflict(_), Dialect::MySql) => {
                return Err(Refusal::Clause { clause: "`ON CONFLICT`" });
            }
            (_, _) => return Err(Refusal::Clause { clause: "what follows on a conflict" }),
        };
        match conflict_target {
            None => {}
            Some(ConflictTarget::OnConstraint(constraint)) => {
                self.single(constraint)?;
            }
            Some(ConflictTarget::Columns { columns, predicate }) => {
                self.conflict_columns(columns, table)?;
                self.optional(predicate.as_mut())?;
            }
        }
        let DoUpdate { assignments, selection } = match action {
            OnConflictAction::DoNothing => return Ok(()),
            OnConflictAction::DoUpdate(do_update) => do_update,
        };
        self.level().sources.push(target_source("excluded".to_owned(), table));
        self.assignments(assignments, table)?;
        self.optional(selection.as_mut())?;
        self.level().sources.pop();
        // Isolation: the row in conflict may be another tenant's.
        if let Some(column) = table.filter_column() {
            let predicate = self.predicate(name, column);
            filter::add_to_condition(selection, vec![predicate]);
        }
        Ok(())
    }

    /// `column = CASE WHEN <the row is the tenant's> THEN value ELSE column END`.
    // Isolation: whichever key a row is in conflict with, another tenant's row stays as it is. The
    // keys of the layout begin with the tenant; one that was made by hand may not.
    fn on_duplicate(
        &mut self,
        assignments: &mut [Assignment],
        table: &'a ScopedTable,
        name: &str,
    ) -> Result<(), Refusal> {
        let is_tuple = |of: &Assignment| matches!(of.target, AssignmentTarget::Tuple(_));
        refuse_if(assignments.iter().any(is_tuple), "a tuple that is assigned to")?;
        self.in_conflict = true;
        let walked = self.assignments(assignments, table);
        self.in_conflict = false;
        walked?;
        let Some(tenant_column) = table.filter_column() else { return Ok(()) };
        for Assignment { target, value } in assignments {
            let AssignmentTarget::ColumnName(column) = target else { continue };
            let column = shown(column);
            refuse_if(is_default(value), "`DEFAULT` in `ON DUPLICATE KEY UPDATE`")?;
            let case = CaseWhen {
                condition: self.predicate(name, tenant_column),
                result: std::mem::replace(value, Expr::Tuple(Vec::new())),
            };
            *value = Expr::Case {
                case_token: AttachedToken::empty(),
                end_token: AttachedToken::empty(),
                operand: None,
                conditions: vec![case],
                else_result: Some(Box::new(self.rules.dialect.column_of(name, &column))),
            };
        }
        Ok(())
    }

    /// The columns of a conflict target gain the tenant column, as the key has it in the database.
    fn conflict_columns(
        &mut self,
        columns: &mut Vec<Ident>,
        table: &ScopedTable,
    ) -> Result<(), Refusal> {
        for column in &mut *columns {
            self.name(column)?;
            self.known_column(column, table)?;
        }
        let Some(tenant_column) = table.filter_column() else { return Ok(()) };
        let dialect = self.rules.dialect;
        let named = |column: &str| columns.iter().any(|name| dialect.same(&name.value, column));
        let is_key = table.table.keys.iter().any(|key| {
            key.columns.len() == columns.len() && key.columns.iter().all(|column| named(column))
        });
        if !is_key {
            return Err(Refusal::ConflictTarget { table: table.table.name.clone() });
        }
        // SQLite generates ids for `INTEGER PRIMARY KEY` alone, which stands without the tenant.
        let is_generated = |key: &Key| key.generated && key.columns.iter().all(|c| named(c));
        let is_rowid = dialect == Dialect::Sqlite
            && columns.len() == 1
            && table.table.keys.iter().any(is_generated);
        if !is_rowid {
            columns.push(dialect.quoted(tenant_column));
            self.counts.columns += 1;
        }
        Ok(())
    }
}

fn target_source(name: String, table: &ScopedTable) -> Source<'_> {
    let placed = if table.filter_column().is_some() { Placed::Predicate } else { Placed::Inside };
    let columns = table.columns.iter().cloned().collect();
    Source { name, columns, table: Some(table), placed, read_only: None }
}

/// Refuses what deletes rows that conflict, or leaves the transaction.
pub(super) fn conflict_clause(or: Option<SqliteOnConflict>, replace: bool) -> Result<(), Refusal> {
    match or {
        _ if replace => Err(Refusal::Replace),
        Some(SqliteOnConflict::Replace | SqliteOnConflict::Rollback) => Err(Refusal::Replace),
        None
        | Some(SqliteOnConflict::Abort | SqliteOnConflict::Fail | SqliteOnConflict::Ignore) => {
            Ok(())
        }
    }
}

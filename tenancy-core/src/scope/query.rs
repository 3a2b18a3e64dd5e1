//! Queries: common table expressions, set operations, `VALUES`, order, limit and locks.

use std::rc::Rc;

use sqlparser::ast::{
    Cte, CteAsMaterialized, Expr, Fetch, LimitClause, LockClause, LockType, NonBlock, Offset,
    OffsetRows, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, OrderBySort, Parens, Query,
    SetExpr, SetOperator, SetQuantifier, Statement, TableAlias, TableAliasColumnDef, Values, With,
};

use super::{
    Dialect,
    name::is_default,
    refusal::Refusal,
    relation::refuse_if,
    rules::Columns,
    walker::{CommonTable, Level, Walker},
};

/// Where a query stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the statement.
    Statement,
    /// It is a common table of the statement.
    CommonTable,
    /// It gives the rows of an `INSERT`.
    InsertSource,
    /// It stands inside of another query or an expression.
    Inside,
}

/// What a query gives.
pub(super) struct Rows {
    pub(super) columns: Columns,
    /// A shared table in it whose rows must not be locked.
    pub(super) read_only: Option<String>,
}

/// The body of a query, with what its `ORDER BY` and locks can see.
pub(super) struct Body<'a> {
    pub(super) level: Level<'a>,
    pub(super) columns: Columns,
    /// A shared table in a query in parentheses, which locks reach.
    pub(super) read_only: Option<String>,
}

impl Body<'_> {
    /// A body of which only the columns can be seen.
    pub(super) fn of_columns(columns: Columns) -> Self {
        let level = Level { outputs: columns.to_vec(), ..Level::default() };
        Self { level, columns, read_only: None }
    }
}

impl<'a> Walker<'a> {
    pub(super) fn query(&mut self, query: &mut Query, place: Place) -> Result<Rows, Refusal> {
        self.query_of(query, place, None)
    }

    /// Scopes a query; `own_name` is the place of the common table it defines, when it may name
    /// itself.
    fn query_of(
        &mut self,
        query: &mut Query,
        place: Place,
        own_name: Option<usize>,
    ) -> Result<Rows, Refusal> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        refuse_if(for_clause.is_some(), "`FOR XML` or `FOR JSON`")?;
        refuse_if(settings.is_some(), "`SETTINGS`")?;
        refuse_if(format_clause.is_some(), "`FORMAT`")?;
        refuse_if(!pipe_operators.is_empty(), "a pipe operator")?;
        let in_scope_before = self.common_tables.len();
        if let Some(with) = with {
            self.with(with, place)?;
        }
        let Body { level, columns, read_only } = self.body(body, place, own_name)?;
        self.push_level(level);
        if let Some(order_by) = order_by {
            self.order_by(order_by)?;
        }
        if let Some(limit) = limit_clause {
            self.limit(limit)?;
        }
        if let Some(Fetch { with_ties: _, percent, quantity }) = fetch {
            refuse_if(*percent, "`FETCH .. PERCENT`")?;
            self.optional(quantity.as_mut())?;
        }
        for lock in &mut *locks {
            self.lock(lock)?;
        }
        if let (Some(table), false) = (&read_only, locks.is_empty()) {
            return Err(Refusal::SharedLock { table: table.clone() });
        }
        let level = self.pop_level();
        self.common_tables.truncate(in_scope_before);
        let in_sources = level.sources.into_iter().find_map(|source| source.read_only);
        let read_only = read_only.or(in_sources);
        Ok(Rows { columns, read_only })
    }

    fn with(&mut self, with: &mut With, place: Place) -> Result<(), Refusal> {
        let With { with_token: _, recursive, cte_tables } = with;
        let place = match place {
            Place::Statement => Place::CommonTable,
            Place::CommonTable | Place::InsertSource | Place::Inside => Place::Inside,
        };
        for common in cte_tables {
            self.common_table(common, *recursive, place)?;
        }
        Ok(())
    }

    fn common_table(
        &mut self,
        common: &mut Cte,
        recursive: bool,
        place: Place,
    ) -> Result<(), Refusal> {
        let Cte { alias, query, from, materialized, closing_paren_token: _ } = common;
        refuse_if(from.is_some(), "`FROM` in a common table expression")?;
        match materialized {
            None | Some(CteAsMaterialized::Materialized | CteAsMaterialized::NotMaterialized) => {}
        }
        let TableAlias { explicit: _, name, columns: renames, at } = alias;
        refuse_if(at.is_some(), "`AT` in an alias")?;
        self.alias_name(name)?;
        // Isolation: an inner reference would be taken for the expression and stay unscoped.
        if self.rules.known(&name.value).is_some() || self.rules.dialect.is_system(&name.value) {
            return Err(Refusal::HiddenTable { name: name.value.clone() });
        }
        let mut renamed = Vec::new();
        for TableAliasColumnDef { name, data_type } in renames {
            self.name(name)?;
            refuse_if(data_type.is_some(), "types in the column list of an alias")?;
            renamed.push(name.value.clone());
        }
        let renamed: Option<Columns> = (!renamed.is_empty()).then(|| renamed.into());
        let name = name.value.clone();
        if recursive {
            let own = self.common_tables.len();
            self.common_tables.push(CommonTable { name, columns: renamed.clone() });
            let rows = self.query_of(query, place, Some(own))?;
            if let Some(entry) = self.common_tables.get_mut(own) {
                entry.columns = Some(renamed.unwrap_or(rows.columns));
            }
        } else {
            let rows = self.query_of(query, place, None)?;
            let columns = Some(renamed.unwrap_or(rows.columns));
            self.common_tables.push(CommonTable { name, columns });
        }
        Ok(())
    }

    fn body(
        &mut self,
        body: &mut SetExpr,
        place: Place,
        own_name: Option<usize>,
    ) -> Result<Body<'a>, Refusal> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => {
                let Rows { columns, read_only } = self.query(query, Place::Inside)?;
                Ok(Body { read_only, ..Body::of_columns(columns) })
            }
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                set_operation(*op, *set_quantifier)?;
                let Body { level: _, columns, read_only: _ } =
                    self.body(left, Place::Inside, None)?;
                if let Some(own) = own_name.and_then(|own| self.common_tables.get_mut(own)) {
                    own.columns.get_or_insert_with(|| Rc::clone(&columns));
                }
                self.body(right, Place::Inside, None)?;
                Ok(Body::of_columns(columns))
            }
            SetExpr::Values(values) => {
                self.values(values, place == Place::InsertSource).map(Body::of_columns)
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement) => self.writing(statement, place).map(Body::of_columns),
            SetExpr::Merge(_) => Err(Refusal::StatementKind { kind: "MERGE" }),
            SetExpr::Table(_) => Err(Refusal::Clause { clause: "`TABLE name`" }),
        }
    }

    fn writing(&mut self, statement: &mut Statement, place: Place) -> Result<Columns, Refusal> {
        match place {
            Place::Statement | Place::CommonTable => self.statement(statement),
            Place::InsertSource | Place::Inside => {
                Err(Refusal::Clause { clause: "a write inside of a query" })
            }
        }
    }

    fn values(&mut self, values: &mut Values, defaults: bool) -> Result<Columns, Refusal> {
        let Values { explicit_row, value_keyword, rows } = values;
        let is_mysql = self.rules.dialect == Dialect::MySql;
        refuse_if(*explicit_row && !is_mysql, "`ROW` in `VALUES`")?;
        refuse_if(*value_keyword, "`VALUE` instead of `VALUES`")?;
        let mut width = 0;
        for Parens { opening_token: _, content, closing_token: _ } in rows {
            width = content.len();
            for value in content {
                if !(defaults && is_default(value)) {
                    self.expression(value)?;
                }
            }
        }
        // MySQL counts from zero, MariaDB names them by what stands in them.
        let name = |position| match (is_mysql, *explicit_row) {
            (true, true) => format!("column_{position}"),
            (true, false) => String::new(),
            (false, _) => format!("column{}", position + 1),
        };
        Ok((0..width).map(name).collect())
    }

    fn order_by(&mut self, order_by: &mut OrderBy) -> Result<(), Refusal> {
        let OrderBy { kind, interpolate } = order_by;
        refuse_if(interpolate.is_some(), "`INTERPOLATE`")?;
        match kind {
            OrderByKind::All(_) => Err(Refusal::Clause { clause: "`ORDER BY ALL`" }),
            OrderByKind::Expressions(items) => self.order_items(items, true),
        }
    }

    /// Scopes what rows are ordered by; `outputs` says whether names of the select list count.
    pub(super) fn order_items(
        &mut self,
        items: &mut [OrderByExpr],
        outputs: bool,
    ) -> Result<(), Refusal> {
        for OrderByExpr { expr, options, with_fill } in items {
            refuse_if(with_fill.is_some(), "`WITH FILL`")?;
            let OrderByOptions { sort, nulls_first: _ } = options;
            match sort {
                None | Some(OrderBySort::Asc | OrderBySort::Desc) => {}
                Some(OrderBySort::Using(operator)) => {
                    return Err(Refusal::Operator { operator: operator.to_string() });
                }
            }
            self.expression_or_output(expr, outputs)?;
        }
        Ok(())
    }

    /// Scopes an expression that may also be a name of the select list.
    pub(super) fn expression_or_output(
        &mut self,
        expr: &mut Expr,
        outputs: bool,
    ) -> Result<(), Refusal> {
        if let (Expr::Identifier(column), true) = (&mut *expr, outputs) {
            return self.column(column, true);
        }
        self.expression(expr)
    }

    fn limit(&mut self, limit: &mut LimitClause) -> Result<(), Refusal> {
        match limit {
            LimitClause::LimitOffset { limit, offset, limit_by } => {
                refuse_if(!limit_by.is_empty(), "`LIMIT BY`")?;
                self.optional(limit.as_mut())?;
                match offset {
                    None => Ok(()),
                    Some(Offset {
                        value,
                        rows: OffsetRows::None | OffsetRows::Row | OffsetRows::Rows,
                    }) => self.expression(value),
                }
            }
            LimitClause::OffsetCommaLimit { offset, limit } => {
                self.expression(offset)?;
                self.expression(limit)
            }
        }
    }

    fn lock(&mut self, lock: &mut LockClause) -> Result<(), Refusal> {
        let LockClause { lock_type, of, nonblock } = lock;
        match (lock_type, nonblock) {
            (
                LockType::Share | LockType::Update,
                None | Some(NonBlock::Nowait | NonBlock::SkipLocked),
            ) => {}
        }
        let only = match of {
            None => None,
            Some(name) => {
                let name = self.single(name)?.value.clone();
                let dialect = self.rules.dialect;
                if !self.level().sources.iter().any(|source| dialect.same(&source.name, &name)) {
                    return Err(Refusal::UnknownTable { table: name });
                }
                Some(name)
            }
        };
        let dialect = self.rules.dialect;
        let is_locked = |name: &str| only.as_ref().is_none_or(|only| dialect.same(only, name));
        let sources = &self.level().sources;
        let read_only = sources.iter().filter(|source| is_locked(&source.name));
        match read_only.into_iter().find_map(|source| source.read_only.as_ref()) {
            Some(table) => Err(Refusal::SharedLock { table: table.clone() }),
            None => Ok(()),
        }
    }
}

fn set_operation(operator: SetOperator, quantifier: SetQuantifier) -> Result<(), Refusal> {
    match operator {
        SetOperator::Union | SetOperator::Except | SetOperator::Intersect => {}
        SetOperator::Minus => return Err(Refusal::Clause { clause: "`MINUS`" }),
    }
    match quantifier {
        SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None => Ok(()),
        SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName => {
            Err(Refusal::Clause { clause: "`BY NAME`" })
        }
    }
}

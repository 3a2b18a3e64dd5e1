//! `SELECT`: its clauses, stars and grouping.

use std::rc::Rc;

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, NamedWindowDefinition, NamedWindowExpr, Select, SelectFlavor,
    SelectItem, SelectItemQualifiedWildcardKind,
};

use super::{
    Dialect, filter,
    query::Body,
    refusal::Refusal,
    relation::refuse_if,
    rules::Columns,
    star::plain,
    walker::{Level, Placed, Source, Walker},
};

impl<'a> Walker<'a> {
    pub(super) fn select(&mut self, select: &mut Select) -> Result<Body<'a>, Refusal> {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        refuse_if(into.is_some(), "`SELECT INTO`")?;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(select_modifiers.is_some(), "a modifier of `SELECT`")?;
        refuse_if(top.is_some(), "`TOP`")?;
        refuse_if(exclude.is_some(), "`EXCLUDE`")?;
        refuse_if(!lateral_views.is_empty(), "`LATERAL VIEW`")?;
        refuse_if(prewhere.is_some(), "`PREWHERE`")?;
        refuse_if(!connect_by.is_empty(), "`CONNECT BY`")?;
        refuse_if(!cluster_by.is_empty(), "`CLUSTER BY`")?;
        refuse_if(!distribute_by.is_empty(), "`DISTRIBUTE BY`")?;
        refuse_if(!sort_by.is_empty(), "`SORT BY`")?;
        refuse_if(qualify.is_some(), "`QUALIFY`")?;
        refuse_if(value_table_mode.is_some(), "`AS VALUE`")?;
        refuse_if(*flavor != SelectFlavor::Standard, "`FROM` before `SELECT`")?;
        self.push_level(Level::default());
        let predicates = self.sources(from)?;
        let columns = self.projection(projection)?;
        self.level().outputs = columns.to_vec();
        self.distinct(distinct)?;
        self.optional(selection.as_mut())?;
        self.group_by(group_by)?;
        self.optional(having.as_mut())?;
        for window in named_window {
            self.named_window(window)?;
        }
        filter::add_to_condition(selection, predicates);
        Ok(Body { level: self.pop_level(), columns, read_only: None })
    }

    fn distinct(&mut self, distinct: &mut Option<Distinct>) -> Result<(), Refusal> {
        match distinct {
            None | Some(Distinct::All | Distinct::Distinct) => Ok(()),
            Some(Distinct::On(items)) => {
                items.iter_mut().try_for_each(|item| self.expression_or_output(item, true))
            }
        }
    }

    fn named_window(&mut self, window: &mut NamedWindowDefinition) -> Result<(), Refusal> {
        let NamedWindowDefinition(name, definition) = window;
        self.name(name)?;
        match definition {
            NamedWindowExpr::NamedWindow(other) => self.name(other),
            NamedWindowExpr::WindowSpec(spec) => self.window(spec),
        }
    }

    /// Scopes a select list or `RETURNING`; gives the names of its columns. Stars over tables
    /// that hold a tenant column are written out without it.
    pub(super) fn projection(&mut self, items: &mut Vec<SelectItem>) -> Result<Columns, Refusal> {
        let mut written = Vec::with_capacity(items.len());
        let mut columns = Vec::with_capacity(items.len());
        for mut item in std::mem::take(items) {
            match &mut item {
                SelectItem::UnnamedExpr(expr) => {
                    self.expression(expr)?;
                    columns.push(self.output_name(expr));
                    written.push(item);
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    self.expression(expr)?;
                    self.name(alias)?;
                    columns.push(alias.value.clone());
                    written.push(item);
                }
                SelectItem::ExprWithAliases { expr: _, aliases: _ } => {
                    return Err(Refusal::Clause { clause: "several aliases for one column" });
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    plain(options)?;
                    match self.star_of_source(name, &mut columns)? {
                        Some(expanded) => written.extend(expanded),
                        None => written.push(item),
                    }
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => {
                    return Err(Refusal::AttributeAccess);
                }
                SelectItem::Wildcard(options) => {
                    plain(options)?;
                    match self.star(&mut columns)? {
                        Some(expanded) => written.extend(expanded),
                        None => written.push(item),
                    }
                }
            }
        }
        *items = written;
        Ok(columns.into())
    }

    /// Scopes `RETURNING`, which on SQLite sees the written table only, and not by its alias.
    pub(super) fn returning(
        &mut self,
        items: Option<&mut Vec<SelectItem>>,
    ) -> Result<Columns, Refusal> {
        // MariaDB has it too; what of the table it sees is as on SQLite.
        if self.rules.dialect != Dialect::Postgres {
            let level = self.level();
            level.sources.truncate(1);
            level.bare_star = true;
        }
        items.map_or_else(|| Ok(Rc::from([])), |items| self.projection(items))
    }

    fn group_by(&mut self, group_by: &mut GroupByExpr) -> Result<(), Refusal> {
        let GroupByExpr::Expressions(keys, modifiers) = group_by else {
            return Err(Refusal::Clause { clause: "`GROUP BY ALL`" });
        };
        refuse_if(!modifiers.is_empty(), "a modifier of `GROUP BY`")?;
        for key in &mut *keys {
            if let Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) = key {
                sets.iter_mut().try_for_each(|set| self.expressions(set))?;
            } else {
                self.expression_or_output(key, true)?;
            }
        }
        let dialect = self.rules.dialect;
        if dialect != Dialect::Sqlite {
            let sources = self.level().sources.iter();
            let added: Vec<Expr> =
                sources.filter_map(|source| grouped_by_key(dialect, source, keys)).collect();
            self.counts.columns += added.len();
            keys.extend(added);
        }
        Ok(())
    }
}

/// The tenant column of a source that is grouped by its primary key: on the server the key has it
/// too, and without it the other columns of the row would no longer depend on what is grouped by.
fn grouped_by_key(dialect: Dialect, source: &Source<'_>, keys: &[Expr]) -> Option<Expr> {
    let table = source.table.filter(|_| source.placed == Placed::Predicate)?;
    let column = table.filter_column()?;
    let primary = table.table.primary_key();
    let is_key = |key: &Expr, name: &str| {
        if let Expr::CompoundIdentifier(parts) = key {
            return matches!(parts.as_slice(), [of, column]
                if dialect.same(&of.value, &source.name) && dialect.same(&column.value, name));
        }
        matches!(key, Expr::Identifier(column) if dialect.same(&column.value, name))
    };
    let grouped = |name: &String| keys.iter().any(|key| is_key(key, name));
    (!primary.is_empty() && primary.iter().all(grouped))
        .then(|| dialect.column_of(&source.name, column))
}

//! Stars: what `*` and `source.*` mean, written out without the tenant column.

use sqlparser::ast::{Expr, ObjectName, SelectItem, WildcardAdditionalOptions};

use super::{
    Dialect,
    refusal::Refusal,
    relation::refuse_if,
    walker::{Level, Merge, Placed, Source, Walker},
};

/// What a star stands for; `None` where it can stay.
pub(super) type Written = Option<Vec<SelectItem>>;

impl Walker<'_> {
    /// `source.*`, with its columns added to those of the select list.
    pub(super) fn star_of_source(
        &self,
        name: &mut ObjectName,
        columns: &mut Vec<String>,
    ) -> Result<Written, Refusal> {
        let name = self.single(name)?.value.clone();
        let source = self
            .source(&name)
            .ok_or_else(|| Refusal::UnknownColumn { column: format!("{name}.*") })?;
        columns.extend(source.columns.iter().cloned());
        match source.placed {
            Placed::Predicate => {
                star_of(self.rules.dialect, &source.name, &source.columns).map(Some)
            }
            Placed::Inside => Ok(None),
        }
    }

    /// `*`, with its columns added to those of the select list.
    pub(super) fn star(&mut self, columns: &mut Vec<String>) -> Result<Written, Refusal> {
        let dialect = self.rules.dialect;
        let Level { sources, visible_from: _, outputs: _, bare_star, merges } = self.level();
        if sources.is_empty() {
            return Err(Refusal::Star { reason: "there is nothing to select from" });
        }
        if sources.iter().all(|source| source.placed == Placed::Inside) {
            columns.extend(sources.iter().flat_map(|source| source.columns.iter().cloned()));
            return Ok(None);
        }
        if merges.iter().any(|merge| merge.right.is_none()) {
            return Err(Refusal::Star { reason: "a join in parentheses merges columns" });
        }
        let mut items: Vec<Item<'_>> = Vec::new();
        let mut starts = Vec::with_capacity(sources.len());
        for (position, source) in sources.iter().enumerate() {
            starts.push(items.len());
            check_names(source)?;
            let merge = merges.iter().find(|merge| merge.right == Some(position));
            let merged = |column: &str| {
                merge.is_some_and(|merge| merge.columns.iter().any(|c| dialect.same(c, column)))
            };
            if let Some(merge) = merge {
                let start = starts.get(merge.start).copied().unwrap_or_default();
                merge_left(dialect, &mut items, start, merge)?;
            }
            let own = source.columns.iter().filter(|column| !merged(column));
            let name = (!*bare_star).then_some(source.name.as_str());
            items.extend(own.map(|column| Item { source: name, left: None, column }));
        }
        tell_apart(dialect, &mut items)?;
        columns.extend(items.iter().map(|item| item.column.to_owned()));
        Ok(Some(items.iter().map(|item| item.written(dialect)).collect()))
    }
}

/// A column that a star stands for; without a source it is one that a join merges.
#[derive(Clone, Copy)]
struct Item<'l> {
    source: Option<&'l str>,
    /// The source whose column the merged one is, where it is that of one source.
    left: Option<&'l str>,
    column: &'l str,
}

impl Item<'_> {
    fn written(&self, dialect: Dialect) -> SelectItem {
        SelectItem::UnnamedExpr(match self.source {
            Some(source) => dialect.column_of(source, self.column),
            None => {
                let mut column = dialect.quoted(self.column);
                if dialect == Dialect::Sqlite {
                    column.quote_style = Some('`');
                }
                Expr::Identifier(column)
            }
        })
    }
}

/// Merged columns come first on PostgreSQL and MySQL, and stay where they were on SQLite.
///
/// SQLite merges with the first of several columns of a name on the left. No name written out means
/// just that, so such a star is refused.
fn merge_left<'l>(
    dialect: Dialect,
    items: &mut Vec<Item<'l>>,
    start: usize,
    merge: &'l Merge,
) -> Result<(), Refusal> {
    let merged = &merge.columns;
    let is_merged = |item: &Item<'_>| merged.iter().any(|column| dialect.same(column, item.column));
    match dialect {
        Dialect::Postgres => {
            let left = items.split_off(start.min(items.len()));
            for column in merged {
                let left = left_of(dialect, &left, column).filter(|_| merge.is_left);
                items.push(Item { source: None, left, column });
            }
            items.extend(left.into_iter().filter(|item| !is_merged(item)));
        }
        // They come first too, in the order in which the left side has them.
        Dialect::MySql => {
            let left = items.split_off(start.min(items.len()));
            let mut first: Vec<Item<'l>> = Vec::with_capacity(merged.len());
            for item in left.iter().filter(|item| is_merged(item)) {
                if !first.iter().any(|other| dialect.same(other.column, item.column)) {
                    let left = left_of(dialect, &left, item.column).filter(|_| merge.is_left);
                    first.push(Item { source: None, left, column: item.column });
                }
            }
            items.extend(first);
            items.extend(left.into_iter().filter(|item| !is_merged(item)));
        }
        Dialect::Sqlite => {
            let mut before: Vec<&str> = Vec::new();
            for item in items.iter_mut().skip(start).filter(|item| is_merged(item)) {
                if before.iter().any(|other| dialect.same(other, item.column)) {
                    return Err(Refusal::Star { reason: "a join merges a column of several" });
                }
                before.push(item.column);
                item.left = item.source.or(item.left).filter(|_| merge.is_left);
                item.source = None;
            }
        }
    }
    Ok(())
}

/// The source of a column on the left side of a join, where there is one.
fn left_of<'l>(dialect: Dialect, left: &[Item<'l>], column: &str) -> Option<&'l str> {
    let mut of = left.iter().filter(|item| dialect.same(item.column, column));
    match (of.next(), of.next()) {
        (Some(item), None) => item.source.or(item.left),
        _ => None,
    }
}

/// Has a merged column named with its source where another source has one of its name: alone it would
/// mean either. Where it is no single source's, nothing can be written for it.
fn tell_apart(dialect: Dialect, items: &mut [Item<'_>]) -> Result<(), Refusal> {
    for at in 0..items.len() {
        let Item { source: None, left, column } = items[at] else { continue };
        let same = items.iter().filter(|item| dialect.same(item.column, column)).count();
        if same < 2 {
            continue;
        }
        let reason = "a column that a join merges has the name of another source's";
        items[at].source = Some(left.ok_or(Refusal::Star { reason })?);
    }
    Ok(())
}

fn check_names(source: &Source<'_>) -> Result<(), Refusal> {
    if source.name.starts_with(' ') || source.columns.iter().any(String::is_empty) {
        return Err(Refusal::Star { reason: "a source or column has no name" });
    }
    Ok(())
}

/// `name.column, ..`: what a star means, without the tenant column.
pub(super) fn star_of(
    dialect: Dialect,
    name: &str,
    columns: &[String],
) -> Result<Vec<SelectItem>, Refusal> {
    if columns.is_empty() {
        return Err(Refusal::Star { reason: "the table has no known columns" });
    }
    let item = |column: &String| SelectItem::UnnamedExpr(dialect.column_of(name, column));
    Ok(columns.iter().map(item).collect())
}

/// Refuses what some dialects write after a star.
pub(super) fn plain(options: &WildcardAdditionalOptions) -> Result<(), Refusal> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let options = opt_ilike.is_some()
        || opt_exclude.is_some()
        || opt_except.is_some()
        || opt_replace.is_some()
        || opt_rename.is_some()
        || opt_alias.is_some();
    refuse_if(options, "an option of `*`")
}

//! Where rows come from: tables, derived tables and table functions in `FROM`, and joins.

use std::rc::Rc;

use sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Query, TableAlias, TableAliasColumnDef, TableFactor,
    TableFunctionArgs, TableIndexDirective, TableIndexHints, TableWithJoins,
};

use super::{
    filter,
    name::{alias, not_reserved, shown},
    query::{Place, Rows},
    refusal::Refusal,
    rules::{Columns, Known, ScopedTable},
    walker::{Placed, Source, Walker},
};
use crate::catalog::TableKind;

/// Where the predicate of a table can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    /// Into a condition beside the table.
    Beside,
    /// Only into a derived table in its place: the join keeps rows that match nothing.
    Derived,
}

/// What a name in `FROM` means.
enum Meaning<'a> {
    Table(&'a ScopedTable),
    CommonTable(Columns),
}

impl<'a> Walker<'a> {
    pub(super) fn table(
        &mut self,
        factor: &mut TableFactor,
        filter: Filter,
    ) -> Result<Option<Expr>, Refusal> {
        let parts = TableParts::of(factor)?;
        if let Some(arguments) = parts.args {
            let TableFunctionArgs { args, settings } = arguments;
            refuse_if(settings.is_some(), "`SETTINGS`")?;
            self.table_function(parts.name, args, parts.with_ordinality, parts.alias.as_mut())?;
            return Ok(None);
        }
        refuse_if(parts.with_ordinality, "`WITH ORDINALITY` on a table")?;
        match self.meaning(parts.name)? {
            Meaning::CommonTable(columns) => {
                let default = self.single(parts.name)?.clone();
                self.add_rows(&default, columns, parts.alias.as_mut(), None)?;
                Ok(None)
            }
            Meaning::Table(table) => self.base_table(factor, table, filter),
        }
    }

    fn base_table(
        &mut self,
        factor: &mut TableFactor,
        table: &'a ScopedTable,
        filter: Filter,
    ) -> Result<Option<Expr>, Refusal> {
        let parts = TableParts::of(factor)?;
        let name = self.table_alias(parts.alias, table)?;
        self.qualify(parts.name, table);
        for directive in parts.index_directives {
            self.index_directive(directive)?;
        }
        let derived = table.filter_column().filter(|_| filter == Filter::Derived);
        let placed = match (table.filter_column(), derived) {
            (Some(_), None) => Placed::Predicate,
            (Some(_), Some(_)) | (None, _) => Placed::Inside,
        };
        self.add_source(Source {
            name: name.clone(),
            columns: table.columns.iter().cloned().collect(),
            table: Some(table),
            placed,
            read_only: table.is_read_only().then(|| table.table.name.clone()),
        })?;
        let Some(column) = table.filter_column() else { return Ok(None) };
        let predicate = self.predicate(&name, column);
        if derived.is_none() {
            return Ok(Some(predicate));
        }
        *factor = filter::derived_table(self.rules.dialect, factor, &name, table, predicate)?;
        Ok(None)
    }

    /// The table that is to be written; gives its name and the predicate it needs.
    pub(super) fn target(
        &mut self,
        tree: &mut TableWithJoins,
    ) -> Result<(&'a ScopedTable, Option<Expr>), Refusal> {
        let TableWithJoins { relation, joins } = tree;
        refuse_if(!joins.is_empty(), "a join in the target of a write")?;
        let parts = TableParts::of(relation)?;
        refuse_if(parts.args.is_some(), "a function as the target of a write")?;
        refuse_if(parts.with_ordinality, "`WITH ORDINALITY` on a table")?;
        let table = self.writable(parts.name)?;
        let predicate = self.base_table(relation, table, Filter::Beside)?;
        Ok((table, predicate))
    }

    /// The table of this name, if a tenant may write to it.
    pub(super) fn writable(&self, name: &mut ObjectName) -> Result<&'a ScopedTable, Refusal> {
        match self.meaning(name)? {
            Meaning::Table(table) if table.is_read_only() => {
                Err(Refusal::SharedWrite { table: table.table.name.clone() })
            }
            Meaning::Table(table) => Ok(table),
            Meaning::CommonTable(_) => Err(Refusal::NotWritable { name: shown(name) }),
        }
    }

    fn meaning(&self, name: &mut ObjectName) -> Result<Meaning<'a>, Refusal> {
        let shown = shown(name);
        match name.0.as_mut_slice() {
            [ObjectNamePart::Identifier(table)] => {
                self.name(table)?;
                let same = |name: &str| self.rules.dialect.same(name, &table.value);
                if let Some(common) = self.common_tables.iter().rev().find(|c| same(&c.name)) {
                    let columns = common.columns.clone().unwrap_or_else(|| Rc::new([]));
                    return Ok(Meaning::CommonTable(columns));
                }
                self.known(&table.value).map(Meaning::Table)
            }
            [ObjectNamePart::Identifier(schema), ObjectNamePart::Identifier(table)] => {
                self.name(schema)?;
                self.name(table)?;
                let found = self.known(&table.value).ok();
                let is_shared = |t: &ScopedTable| t.table.kind != TableKind::Tenant;
                found
                    .filter(|t| is_shared(t) && self.rules.dialect.same(t.schema(), &schema.value))
                    .map(Meaning::Table)
                    .ok_or(Refusal::QualifiedName { name: shown })
            }
            _ => Err(Refusal::QualifiedName { name: shown }),
        }
    }

    fn known(&self, name: &str) -> Result<&'a ScopedTable, Refusal> {
        let rules = self.rules;
        match rules.known(name) {
            Some(Known::Table(table)) => Ok(table),
            Some(Known::Registry) => Err(Refusal::RegistryTable { table: name.to_owned() }),
            None => Err(Refusal::UnknownTable { table: name.to_owned() }),
        }
    }

    /// Writes the schema before the name of a table.
    pub(super) fn qualify(&mut self, name: &mut ObjectName, table: &ScopedTable) {
        self.counts.tables += 1;
        self.counts.filtered += usize::from(table.filter_column().is_some());
        *name = self.rules.dialect.object_name(&[table.schema(), &table.table.name]);
    }

    /// Which index to look into changes no row of the result.
    fn index_directive(&self, directive: &mut TableIndexDirective) -> Result<(), Refusal> {
        let TableIndexDirective::MySql(hints) = directive else {
            return Err(Refusal::Clause { clause: "an index directive" });
        };
        let TableIndexHints { hint_type: _, index_type: _, for_clause: _, index_names } = hints;
        index_names.iter_mut().try_for_each(|name| self.name(name))
    }

    fn table_alias(
        &self,
        given: &mut Option<TableAlias>,
        table: &ScopedTable,
    ) -> Result<String, Refusal> {
        match given {
            None => {
                not_reserved(&table.table.name)?;
                let name = self.rules.dialect.quoted(&table.table.name);
                *given = Some(alias(name));
                Ok(table.table.name.clone())
            }
            Some(TableAlias { explicit, name, columns, at }) => {
                refuse_if(at.is_some(), "`AT` in an alias")?;
                // Isolation: the tenant column would be reachable under another name.
                if !columns.is_empty() {
                    return Err(Refusal::ColumnAliases { table: table.table.name.clone() });
                }
                self.alias_name(name)?;
                *explicit = true;
                Ok(name.value.clone())
            }
        }
    }

    pub(super) fn derived(
        &mut self,
        lateral: bool,
        subquery: &mut Query,
        alias: Option<&mut TableAlias>,
    ) -> Result<(), Refusal> {
        let Rows { columns, read_only } = if lateral {
            self.query(subquery, Place::Inside)?
        } else {
            let own = self.pop_level();
            let walked = self.query(subquery, Place::Inside);
            self.push_level(own);
            walked?
        };
        let position = self.level().sources.len();
        match alias {
            Some(alias) => {
                let default = alias.name.clone();
                self.add_rows(&default, columns, Some(alias), read_only)
            }
            // It has no name that could be referenced.
            None => self.add_source(Source {
                name: format!(" {position}"),
                columns,
                table: None,
                placed: Placed::Inside,
                read_only,
            }),
        }
    }

    /// Adds the rows of a query, a common table or a function as a source.
    pub(super) fn add_rows(
        &mut self,
        default: &Ident,
        columns: Columns,
        alias: Option<&mut TableAlias>,
        read_only: Option<String>,
    ) -> Result<(), Refusal> {
        let (name, columns) = match alias {
            None => (default.value.clone(), columns),
            Some(alias) => {
                let columns = self.renamed(alias, columns)?;
                (alias.name.value.clone(), columns)
            }
        };
        self.add_source(Source { name, columns, table: None, placed: Placed::Inside, read_only })
    }

    /// The columns of rows under an alias that may rename them.
    pub(super) fn renamed(
        &self,
        alias: &mut TableAlias,
        columns: Columns,
    ) -> Result<Columns, Refusal> {
        let TableAlias { explicit, name, columns: renames, at } = alias;
        refuse_if(at.is_some(), "`AT` in an alias")?;
        self.alias_name(name)?;
        *explicit = true;
        if renames.is_empty() {
            return Ok(columns);
        }
        let mut renamed = columns.to_vec();
        for (position, TableAliasColumnDef { name, data_type }) in renames.iter_mut().enumerate() {
            self.name(name)?;
            refuse_if(data_type.is_some(), "types in the column list of an alias")?;
            match renamed.get_mut(position) {
                Some(column) => column.clone_from(&name.value),
                None => renamed.push(name.value.clone()),
            }
        }
        Ok(renamed.into())
    }
}

/// The parts of a table in `FROM` that are looked at; all others must be absent.
struct TableParts<'t> {
    name: &'t mut ObjectName,
    alias: &'t mut Option<TableAlias>,
    args: Option<&'t mut TableFunctionArgs>,
    with_ordinality: bool,
    index_directives: &'t mut Vec<TableIndexDirective>,
}

impl<'t> TableParts<'t> {
    fn of(factor: &'t mut TableFactor) -> Result<Self, Refusal> {
        let TableFactor::Table {
            name,
            alias,
            args,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample,
            index_directives,
            inheritance,
        } = factor
        else {
            return Err(Refusal::NotWritable { name: "a query".to_owned() });
        };
        refuse_if(!with_hints.is_empty(), "`WITH (..)` hints")?;
        refuse_if(version.is_some(), "a table version")?;
        refuse_if(!partitions.is_empty(), "`PARTITION (..)`")?;
        refuse_if(json_path.is_some(), "a path into a table")?;
        refuse_if(sample.is_some(), "`TABLESAMPLE`")?;
        let is_mysql =
            |directive: &TableIndexDirective| matches!(directive, TableIndexDirective::MySql(_));
        refuse_if(!index_directives.iter().all(is_mysql), "an index directive")?;
        refuse_if(inheritance.is_some(), "`ONLY` or `*` on a table")?;
        let (args, with_ordinality) = (args.as_mut(), *with_ordinality);
        Ok(Self { name, alias, args, with_ordinality, index_directives })
    }
}

/// The alias of a table in `FROM`.
pub(super) fn alias_of(factor: &mut TableFactor) -> Result<&mut Option<TableAlias>, Refusal> {
    TableParts::of(factor).map(|parts| parts.alias)
}

/// Refuses a clause that is present.
pub(super) fn refuse_if(present: bool, clause: &'static str) -> Result<(), Refusal> {
    if present { Err(Refusal::Clause { clause }) } else { Ok(()) }
}

pub(super) fn clause<T>(clause: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Clause { clause })
}

//! The walk over a statement: what is in scope where, and what a reference means.

use sqlparser::ast::{BinaryOperator, Expr};

use super::{
    Dialect,
    refusal::Refusal,
    rules::{Columns, Rules, ScopedTable},
};

/// Columns that the database adds to each table.
const POSTGRES_SYSTEM_COLUMNS: [&str; 7] =
    ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"];
const SQLITE_SYSTEM_COLUMNS: [&str; 3] = ["rowid", "oid", "_rowid_"];
const MYSQL_SYSTEM_COLUMNS: [&str; 3] = ["_rowid", "row_start", "row_end"];

/// How the rows of a source are the tenant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// By a predicate on the source's name; the tenant column can be reached through it.
    Predicate,
    /// Inside of the source: a derived table, or a schema of the tenant's.
    Inside,
}

/// Something rows come from: a table, a derived table, a function.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) name: String,
    pub(super) columns: Columns,
    pub(super) table: Option<&'a ScopedTable>,
    pub(super) placed: Placed,
    /// A shared table in it whose rows must not be locked.
    pub(super) read_only: Option<String>,
}

/// The sources of one query.
#[derive(Debug, Default)]
pub(super) struct Level<'a> {
    pub(super) sources: Vec<Source<'a>>,
    /// The first source that can be seen: a join condition sees those of its own join only.
    pub(super) visible_from: usize,
    /// Names given in the select list.
    pub(super) outputs: Vec<String>,
    /// Whether a star is written out without the names of sources.
    pub(super) bare_star: bool,
    /// Joins that merge columns of both sides into one.
    pub(super) merges: Vec<Merge>,
}

/// What `USING` or `NATURAL` merges.
#[derive(Debug)]
pub(super) struct Merge {
    /// Where the sources of the left side begin.
    pub(super) start: usize,
    /// Where the source on the right side stands; `None` when that is a join in parentheses.
    pub(super) right: Option<usize>,
    /// The columns that both have, in order.
    pub(super) columns: Vec<String>,
    /// Whether a merged column is that of the left side, which no row is without.
    pub(super) is_left: bool,
}

/// A common table expression in scope; its columns are unknown while it is being read.
#[derive(Debug)]
pub(super) struct CommonTable {
    pub(super) name: String,
    pub(super) columns: Option<Columns>,
}

/// What was put into the statement; compared with what is found in its text afterwards.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    /// References to tables of the catalog.
    pub(super) tables: usize,
    /// References among them to tables that hold the rows of several tenants.
    pub(super) filtered: usize,
    /// Predicates on the tenant column.
    pub(super) predicates: usize,
    /// Other places where the tenant column was added.
    pub(super) columns: usize,
    /// Types qualified with the schema of the tenant tables.
    pub(super) types: usize,
}

/// The state of a walk over one statement.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    pub(super) rules: &'a Rules,
    tenant: Expr,
    binds_tenant: bool,
    levels: Vec<Level<'a>>,
    pub(super) common_tables: Vec<CommonTable>,
    pub(super) counts: Counts,
    /// Whether it is in what happens to rows in conflict, where MySQL knows `VALUES(column)`.
    pub(super) in_conflict: bool,
}

impl<'a> Walker<'a> {
    pub(super) fn new(rules: &'a Rules, tenant: Expr) -> Self {
        Self {
            rules,
            tenant,
            binds_tenant: false,
            levels: Vec::new(),
            common_tables: Vec::new(),
            counts: Counts::default(),
            in_conflict: false,
        }
    }

    /// Whether the tenant's id stands in the statement.
    pub(super) fn binds_tenant(&self) -> bool {
        self.binds_tenant
    }

    /// The tenant's id as an expression.
    pub(super) fn tenant(&mut self) -> Expr {
        self.binds_tenant = true;
        self.tenant.clone()
    }

    /// `"source"."tenant column" = tenant`.
    pub(super) fn predicate(&mut self, source: &str, column: &str) -> Expr {
        self.counts.predicates += 1;
        Expr::BinaryOp {
            left: Box::new(self.rules.dialect.column_of(source, column)),
            op: BinaryOperator::Eq,
            right: Box::new(self.tenant()),
        }
    }

    pub(super) fn push_level(&mut self, level: Level<'a>) {
        self.levels.push(level);
    }

    pub(super) fn pop_level(&mut self) -> Level<'a> {
        self.levels.pop().unwrap_or_default()
    }

    /// The innermost level.
    pub(super) fn level(&mut self) -> &mut Level<'a> {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// Adds a source to the innermost level.
    pub(super) fn add_source(&mut self, source: Source<'a>) -> Result<(), Refusal> {
        let dialect = self.rules.dialect;
        let level = self.level();
        // Isolation: with two sources of one name the predicate could be read as the other's.
        if level.sources.iter().any(|other| dialect.same(&other.name, &source.name)) {
            return Err(Refusal::DuplicateAlias { alias: source.name });
        }
        level.sources.push(source);
        Ok(())
    }

    /// The sources that can be seen, innermost first.
    fn visible(&self) -> impl Iterator<Item = &Source<'a>> {
        self.levels.iter().rev().flat_map(|level| level.sources.iter().skip(level.visible_from))
    }

    /// The source that a name means.
    pub(super) fn source(&self, name: &str) -> Option<&Source<'a>> {
        self.visible().find(|source| self.rules.dialect.same(&source.name, name))
    }

    fn has(&self, columns: &Columns, name: &str) -> bool {
        columns.iter().any(|column| self.rules.dialect.same(column, name))
    }

    /// Checks a column that is named without its source.
    pub(super) fn check_column(&self, name: &str, or_output: bool) -> Result<(), Refusal> {
        if self.visible().any(|source| self.has(&source.columns, name)) {
            return Ok(());
        }
        // SQLite knows them in every clause, MySQL in `HAVING` too.
        let or_output = or_output
            || match self.rules.dialect {
                Dialect::Sqlite | Dialect::MySql => true,
                Dialect::Postgres => false,
            };
        let is_output = |output: &String| self.rules.dialect.same(output, name);
        if or_output && self.levels.last().is_some_and(|level| level.outputs.iter().any(is_output))
        {
            return Ok(());
        }
        // Isolation: PostgreSQL reads an unknown column that is the name of a source as its whole
        // row, the tenant column with it.
        if self.source(name).is_some() {
            return Err(Refusal::WholeRow { source_name: name.to_owned() });
        }
        Err(self.unknown_column(name, name.to_owned()))
    }

    /// Checks a column that is named with its source.
    pub(super) fn check_column_of(&self, source: &str, column: &str) -> Result<(), Refusal> {
        let shown = || format!("{source}.{column}");
        // Isolation: PostgreSQL reads `source.unknown` as a call of the function `unknown`.
        match self.source(source) {
            Some(found) if self.has(&found.columns, column) => Ok(()),
            Some(_) => Err(self.unknown_column(column, shown())),
            None => Err(Refusal::UnknownColumn { column: shown() }),
        }
    }

    fn unknown_column(&self, name: &str, shown: String) -> Refusal {
        let system: &[&str] = match self.rules.dialect {
            Dialect::Postgres => &POSTGRES_SYSTEM_COLUMNS,
            Dialect::Sqlite => &SQLITE_SYSTEM_COLUMNS,
            Dialect::MySql => &MYSQL_SYSTEM_COLUMNS,
        };
        if system.iter().any(|column| column.eq_ignore_ascii_case(name)) {
            Refusal::SystemColumn { column: shown }
        } else {
            Refusal::UnknownColumn { column: shown }
        }
    }
}

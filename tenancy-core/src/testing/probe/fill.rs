//! Writes rows of both tenants into every table, parents first.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::{
    Probe, ProbeReport,
    table::{Parent, ProbedTable, texts},
    value, words,
};
use crate::{TenantConnection, migrate::render::quoted};

/// How many rows are written until a tenant has a key that the other does not have.
const ATTEMPTS: u32 = 50;

/// A row as texts, one for each column of its table.
pub(super) type Row = Vec<Option<String>>;

/// The rows of a table before anybody tries to cross.
#[derive(Debug)]
pub(super) struct Rows {
    /// What one tenant has.
    pub(super) ours: Vec<Row>,
    /// What the other had before a row of the first was written.
    pub(super) theirs: Vec<Row>,
    /// The condition that only a row of the first tenant fulfils.
    pub(super) our_row: String,
}

/// The rows of all tables.
#[derive(Debug, Default)]
pub(super) struct Filled {
    rows: BTreeMap<String, Rows>,
}

/// Whose row is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) probe: &'a Probe,
    pub(super) tenant: &'a TenantConnection,
    /// Another one gives other values.
    pub(super) number: u32,
    /// Whether the tenant is the first one, whose rows the other tries to reach.
    pub(super) is_ours: bool,
}

impl Filled {
    pub(super) async fn fill(
        probe: &Probe,
        tables: &[ProbedTable],
        pair: [&TenantConnection; 2],
        report: &mut ProbeReport,
    ) -> Self {
        let mut filled = Self::default();
        let mut left: Vec<&ProbedTable> = tables.iter().collect();
        loop {
            let (ready, waiting): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|table| filled.is_ready(table));
            if ready.is_empty() {
                for table in waiting {
                    report.unproven(&table.name, "a table that it refers to could not be written");
                }
                return filled;
            }
            for table in ready {
                match filled.write(probe, table, pair).await {
                    Ok(rows) => {
                        filled.rows.insert(table.name.clone(), rows);
                    }
                    Err(reason) => report.unproven(&table.name, reason),
                }
            }
            left = waiting;
        }
    }

    pub(super) fn rows(&self, table: &str) -> Option<&Rows> {
        self.rows.get(table)
    }

    fn is_ready(&self, table: &ProbedTable) -> bool {
        let is_there =
            |parent: &Parent| !parent.is_tenants || self.rows.contains_key(&parent.table);
        table.needed().all(is_there)
    }

    /// First the other tenant's row, so that what it has is known before there is anything to see.
    /// Then rows of the first until one has a key of its own, or no more can be written.
    async fn write(
        &self,
        probe: &Probe,
        table: &ProbedTable,
        [ours, theirs]: [&TenantConnection; 2],
    ) -> Result<Rows, String> {
        let writer = |tenant, number, is_ours| Writer { probe, tenant, number, is_ours };
        self.insert(writer(theirs, 1, false), table, None).await?;
        let before = rows(theirs, table).await?;
        let keys: Vec<Row> = before.iter().map(|row| key_of(table, row)).collect();
        let mut own: Option<Row> = None;
        for number in 2..ATTEMPTS {
            let key = match self.insert(writer(ours, number, true), table, None).await {
                Ok(key) => key,
                Err(_) if own.is_some() => break,
                Err(reason) => return Err(reason),
            };
            let written = rows(ours, table).await?.into_iter().find(|r| key_of(table, r) == key);
            own = written.filter(|row| !before.contains(row)).or(own);
            if !keys.contains(&key) {
                break;
            }
        }
        let own = own.ok_or_else(|| "both tenants get the same rows".to_owned())?;
        let our_row = condition(&table.columns, &own);
        Ok(Rows { ours: rows(ours, table).await?, theirs: before, our_row })
    }

    /// Writes a row, and returns its key. `other` says that a foreign key refers to the row of one
    /// tenant that fulfils a condition.
    pub(super) async fn insert(
        &self,
        writer: Writer<'_>,
        table: &ProbedTable,
        other: Option<(&Parent, &[(String, String)])>,
    ) -> Result<Row, String> {
        if table.key.is_empty() {
            return Err("no key and no column tells its rows apart".to_owned());
        }
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for parent in table.needed() {
            if other.is_none_or(|(reference, _)| reference.columns != parent.columns) {
                let own = self.rows(&parent.table).filter(|_| writer.is_ours);
                let own = own.map(|rows| rows.our_row.as_str());
                values.extend(self.values_where(writer.tenant, parent, own).await?);
            }
        }
        values.extend(other.iter().flat_map(|(_, values)| values.iter().cloned()));
        for fill in &table.fills {
            let said = writer.probe.said(&table.name, fill.name()).cloned();
            if !values.contains_key(fill.name()) || said.is_some() {
                let value = said.or_else(|| fill.value(writer.number)).ok_or_else(|| {
                    let (name, data_type) = (fill.name(), fill.data_type());
                    format!("`{name}` is of the type `{data_type}`, for which no value is known")
                })?;
                values.insert(fill.name().to_owned(), value);
            }
        }
        let columns: Vec<String> = values.keys().map(|column| quoted(column)).collect();
        let given: Vec<&str> = values.values().map(String::as_str).collect();
        let what = match columns.is_empty() {
            true => "DEFAULT VALUES".to_owned(),
            false => format!("({}) VALUES ({})", columns.join(", "), given.join(", ")),
        };
        let (into, key) = (table.quoted(), texts(&table.key));
        let sql = format!("INSERT INTO {into} {what} RETURNING {key}");
        let written = query(writer.tenant, &sql).await?;
        written.into_iter().next().ok_or_else(|| "a written row was not returned".to_owned())
    }

    /// Takes a row out again that should not have been written; whatever keeps it there was reported.
    pub(super) async fn remove(&self, tenant: &TenantConnection, table: &ProbedTable, key: &Row) {
        let sql = format!("DELETE FROM {} WHERE {}", table.quoted(), condition(&table.key, key));
        let _ = tenant.execute_unprepared(&sql).await;
    }

    /// The values of a foreign key, from a row of the tenant or a shared one: from any, or from one
    /// that fulfils a condition.
    pub(super) async fn values_where(
        &self,
        tenant: &TenantConnection,
        parent: &Parent,
        condition: Option<&str>,
    ) -> Result<Vec<(String, String)>, String> {
        let (table, referenced) = (quoted(&parent.table), texts(&parent.referenced));
        let condition = condition.map(|c| format!(" WHERE {c}")).unwrap_or_default();
        let sql = format!("SELECT {referenced} FROM {table}{condition} LIMIT 1");
        let row = query(tenant, &sql).await?.into_iter().next();
        let row = row.ok_or_else(|| format!("`{}` has no row to refer to", parent.table))?;
        let values = parent.columns.iter().cloned().zip(row);
        Ok(values
            .map(|(column, text)| (column, text.map_or("NULL".to_owned(), |t| value::text(&t))))
            .collect())
    }
}

/// All rows of a table that a tenant sees, in order.
pub(super) async fn rows(
    tenant: &TenantConnection,
    table: &ProbedTable,
) -> Result<Vec<Row>, String> {
    query(tenant, &all(table)).await.map(sorted)
}

/// The statement that reads a table.
pub(super) fn all(table: &ProbedTable) -> String {
    format!("SELECT {} FROM {}", texts(&table.columns), table.quoted())
}

pub(super) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort();
    rows
}

async fn query(tenant: &TenantConnection, sql: &str) -> Result<Vec<Row>, String> {
    let statement = Statement::from_string(tenant.get_database_backend(), sql);
    let read = tenant.query_all_raw(statement).await.map_err(|error| words(&error))?;
    read.iter().map(row).collect()
}

pub(super) fn row(read: &QueryResult) -> Result<Row, String> {
    let columns = read.column_names().len();
    let cells = (0..columns).map(|at| read.try_get_by_index(at).map_err(|error| words(&error)));
    cells.collect()
}

fn key_of(table: &ProbedTable, row: &Row) -> Row {
    let at = |name: &String| table.columns.iter().position(|column| column == name);
    let cells = table.key.iter().map(|name| at(name).and_then(|at| row.get(at)?.clone()));
    cells.collect()
}

fn condition(columns: &[String], row: &Row) -> String {
    let each = columns.iter().zip(row).map(|(column, text)| {
        let column = format!("CAST({} AS text)", quoted(column));
        match text {
            Some(text) => format!("{column} = {}", value::text(text)),
            None => format!("{column} IS NULL"),
        }
    });
    each.collect::<Vec<String>>().join(" AND ")
}

/// Whether a tenant has a row in which these columns are these values, which are literals.
pub(super) async fn has(
    tenant: &TenantConnection,
    table: &str,
    columns: &[String],
    literals: impl Iterator<Item = &String>,
) -> Result<bool, String> {
    let each = columns.iter().zip(literals);
    let each =
        each.map(|(column, literal)| format!("CAST({} AS text) = {literal}", quoted(column)));
    let each = each.collect::<Vec<String>>().join(" AND ");
    let (one, table) = (texts(columns), quoted(table));
    let found = query(tenant, &format!("SELECT {one} FROM {table} WHERE {each}")).await?;
    Ok(!found.is_empty())
}

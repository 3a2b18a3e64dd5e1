//! The tables to probe, as the database has them.

use std::collections::{BTreeMap, BTreeSet};

use super::value;
use crate::{
    Dialect, Purpose, Result, TableKind, Tenancy, Tenant, TenantDdl,
    migrate::{
        piece::pieces,
        render::quoted,
        structure::{
            ColumnStructure, ForeignKeyStructure, Generation, Structure, TableStructure, of_place,
        },
    },
};

/// A foreign key, without the tenant columns.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    pub(super) referenced: Vec<String>,
    /// Whether it is a tenant table.
    pub(super) is_tenants: bool,
}

/// A column that has to be given a value.
#[derive(Debug, Clone)]
pub(super) struct Fill {
    column: ColumnStructure,
    types: BTreeMap<String, Vec<String>>,
    dialect: Dialect,
}

impl Fill {
    pub(super) fn name(&self) -> &str {
        &self.column.name
    }

    pub(super) fn data_type(&self) -> &str {
        &self.column.data_type
    }

    pub(super) fn value(&self, number: u32) -> Option<String> {
        value::of_column(&self.column, &self.types, self.dialect, number)
    }
}

/// A tenant table, as tenants see it.
#[derive(Debug, Clone)]
pub(super) struct ProbedTable {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// The columns that tell rows apart; empty where none do.
    pub(super) key: Vec<String>,
    /// A column that a statement may set.
    pub(super) settable: Option<String>,
    pub(super) fills: Vec<Fill>,
    pub(super) parents: Vec<Parent>,
}

impl ProbedTable {
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// The parents that a row cannot be without.
    pub(super) fn needed(&self) -> impl Iterator<Item = &Parent> {
        let is_filled = |name: &String| self.fills.iter().any(|fill| fill.name() == name);
        self.parents.iter().filter(move |parent| parent.columns.iter().any(is_filled))
    }
}

/// Columns as texts, to be compared.
pub(super) fn texts(columns: &[String]) -> String {
    let texts: Vec<String> =
        columns.iter().map(|column| format!("CAST({} AS text)", quoted(column))).collect();
    texts.join(", ")
}

/// Every tenant table that the migrations make or that the database has, each as the place of a
/// tenant has it; `None` where it does not.
pub(super) async fn find(
    tenancy: &Tenancy,
    tenant: &Tenant,
) -> Result<Vec<(String, Option<ProbedTable>)>> {
    let subject = tenancy.database_subject(true).await?;
    let mut names: BTreeSet<String> =
        subject.tenant_relations().map(|relation| relation.name.clone()).collect();
    let known = subject.tenant_tables().tables().filter(|table| table.kind == TableKind::Tenant);
    names.extend(known.map(|table| table.name.clone()));
    let route = tenancy.strategy().route(tenancy.databases(), tenant, Purpose::Migration).await?;
    let schema = route.schema.as_ref().map(crate::PhysicalName::as_str);
    let structure = of_place(&route.connection, schema, &|_| false).await?;
    let is_together = tenancy.strategy().tenant_ddl() == TenantDdl::Once;
    let tenant_column = is_together.then(|| tenancy.tenant_column().as_str());
    let reader = Reader { names: &names, structure: &structure, tenant_column };
    let dialect = tenancy.dialect();
    Ok(names.iter().map(|name| (name.clone(), reader.table(name, dialect))).collect())
}

struct Reader<'a> {
    names: &'a BTreeSet<String>,
    structure: &'a Structure,
    tenant_column: Option<&'a str>,
}

impl Reader<'_> {
    fn table(&self, name: &str, dialect: Dialect) -> Option<ProbedTable> {
        let table = self.structure.tables.get(name)?;
        let is_seen = |column: &&String| self.tenant_column != Some(column.as_str());
        let key: Vec<String> = table.primary_key.iter().filter(is_seen).cloned().collect();
        let own = || table.columns.iter().filter(|column| is_seen(&&column.name));
        let fills: Vec<Fill> = own()
            .filter(|column| is_filled(column, table, dialect))
            .map(|column| Fill {
                column: column.clone(),
                types: self.structure.types.clone(),
                dialect,
            })
            .collect();
        let key = match key.is_empty() {
            true => fills.iter().map(|fill| fill.name().to_owned()).collect(),
            false => key,
        };
        let settable = own().find(|column| is_settable(column));
        Some(ProbedTable {
            name: name.to_owned(),
            columns: own().map(|column| column.name.clone()).collect(),
            settable: settable.map(|column| column.name.clone()),
            key,
            fills,
            parents: table
                .foreign_keys
                .values()
                .filter_map(|key| self.parent(key, dialect))
                .collect(),
        })
    }

    fn parent(&self, key: &ForeignKeyStructure, dialect: Dialect) -> Option<Parent> {
        let (columns, referenced) = lists(&key.definition, dialect);
        let table = key.references.rsplit('.').next()?.trim_matches('"').to_owned();
        let referenced = match referenced.is_empty() {
            true => self.structure.tables.get(&table)?.primary_key.clone(),
            false => referenced,
        };
        let pairs = columns.into_iter().zip(referenced);
        let (columns, referenced): (Vec<String>, Vec<String>) =
            pairs.filter(|(own, _)| self.tenant_column != Some(own.as_str())).unzip();
        let is_tenants = self.names.contains(&table);
        (!columns.is_empty()).then_some(Parent { table, columns, referenced, is_tenants })
    }
}

fn is_settable(column: &ColumnStructure) -> bool {
    match column.generated {
        None | Some(Generation::IdentityByDefault | Generation::Autoincrement) => true,
        Some(Generation::IdentityAlways | Generation::Stored(_) | Generation::Virtual(_)) => false,
    }
}

/// Whether a row needs a value for it from whoever writes the row.
fn is_filled(column: &ColumnStructure, table: &TableStructure, dialect: Dialect) -> bool {
    let is_key = table.primary_key.contains(&column.name);
    // SQLite makes the values of a key of one whole number.
    let is_row_id = dialect == Dialect::Sqlite
        && table.primary_key.len() == 1
        && is_key
        && column.data_type.eq_ignore_ascii_case("integer");
    (!column.nullable || is_key)
        && column.default.is_none()
        && column.generated.is_none()
        && !is_row_id
}

/// The two lists of `FOREIGN KEY (a, b) REFERENCES x (c, d)`.
fn lists(definition: &str, dialect: Dialect) -> (Vec<String>, Vec<String>) {
    let mut lists: Vec<Vec<String>> = Vec::new();
    let (mut is_open, mut is_over) = (false, false);
    for piece in pieces(definition, dialect) {
        // What follows may list columns that are set to null.
        is_over |= piece.is_word("ON") || piece.is_word("MATCH");
        if piece.is_symbol("(") && !is_over {
            is_open = true;
            lists.push(Vec::new());
        } else if piece.is_symbol(")") {
            is_open = false;
        } else if let (true, Some(list)) = (is_open, lists.last_mut()) {
            list.extend(piece.name());
        }
    }
    let mut lists = lists.into_iter();
    (lists.next().unwrap_or_default(), lists.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_of_a_key_are_read() {
        let definition = "FOREIGN KEY (tenant_id, \"a b\") REFERENCES x(tenant_id, id) \
                          ON DELETE SET NULL (\"a b\")";
        let (own, other) = lists(definition, Dialect::Postgres);
        assert_eq!(
            (own, other),
            (vec!["tenant_id".into(), "a b".into()], vec!["tenant_id".to_owned(), "id".to_owned()])
        );
        assert_eq!(lists("FOREIGN KEY (a) REFERENCES x", Dialect::Sqlite).1, [] as [&str; 0]);
    }
}

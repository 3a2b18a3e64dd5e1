//! The tables of an application without tenants, as they are found.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement};

use super::{Adopting, copy};
use crate::{
    error::{Error, Result},
    introspect,
    migrate::{
        piece,
        render::literal,
        structure::{self, Generation, Structure},
        verify,
    },
    scope::Dialect,
};

/// The tables that become the tenant's.
pub(crate) struct Existing {
    /// As they are.
    pub(super) found: Structure,
    /// As the migrations would have made them.
    pub(super) structure: Structure,
    /// How many migrations they have.
    pub(super) migrations: usize,
    /// Types that no migration of tenants makes.
    pub(super) other_types: BTreeSet<String>,
}

impl Existing {
    /// Tables that are what so many migrations make of them.
    pub(crate) fn of(structure: Structure, migrations: usize) -> Self {
        let other_types = BTreeSet::new();
        Self { found: structure.clone(), structure, migrations, other_types }
    }

    /// The tables, those that refer to others first, as far as that can be.
    pub(super) fn children_first(&self) -> Vec<&str> {
        let mut left: Vec<&String> = self.structure.tables.keys().collect();
        let mut ordered = Vec::new();
        while !left.is_empty() {
            let is_referred = |table: &String| {
                left.iter().filter(|other| **other != table).any(|other| {
                    let keys = self.structure.tables[*other].foreign_keys.values();
                    keys.into_iter().any(|key| key.references == *table)
                })
            };
            let (referred, mut free): (Vec<_>, Vec<_>) =
                left.iter().copied().partition(|table| is_referred(table));
            if free.is_empty() {
                free.clone_from(&referred);
            }
            ordered.extend(free.iter().map(|table| table.as_str()));
            left.retain(|table| !free.contains(table));
        }
        ordered
    }
}

impl Adopting<'_> {
    /// Looks at the tables that there are, and keeps others from changing them until the transaction
    /// ends.
    pub(super) async fn look(&self, transaction: &DatabaseTransaction) -> Result<Existing> {
        let known = |name: &str| self.plain.iter().any(|plain| plain.tables.contains_key(name));
        let tables = introspect::tables(transaction).await?;
        let tables: Vec<&str> = tables.iter().map(String::as_str).filter(|t| known(t)).collect();
        let side = copy::Side::registry(self.tenancy);
        if tables.is_empty() {
            return refused("there are none that a tenant migration makes");
        }
        if self.tenancy.dialect() == Dialect::Postgres {
            let tables: Vec<String> = tables.iter().map(|table| side.table(table)).collect();
            let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "));
            copy::execute(transaction, &lock).await?;
        }
        let found =
            structure::of_place(transaction, None, &|table: &str| self.is_other(table)).await?;
        let unknown: Vec<&str> =
            found.tables.keys().map(String::as_str).filter(|t| !known(t)).collect();
        if !unknown.is_empty() {
            let reason = format!(
                "no migration makes `{}`: write a migration for it, drop it, or say that it is to \
                 be left (`--leave`)",
                unknown.join("`, `")
            );
            return refused(&reason);
        }
        let (found, other_types) = self.without_other_types(found);
        let migrations = verify::fitting(&with_identities(found.clone()), &self.plain);
        let migrations =
            migrations.map_err(|difference| Error::NotAdoptable { reason: difference })?;
        let lost = self.lost(transaction, &tables).await?;
        if !lost.is_empty() {
            return refused(&format!("{}, and would be lost", lost.join("; ")));
        }
        let structure = self.plain[migrations].clone();
        Ok(Existing { found, structure, migrations, other_types })
    }

    fn without_other_types(&self, mut found: Structure) -> (Structure, BTreeSet<String>) {
        let is_known =
            |name: &String| self.plain.iter().any(|plain| plain.types.contains_key(name));
        let others = found.types.keys().filter(|name| !is_known(name)).cloned().collect();
        found.types.retain(|name, _| is_known(name));
        (found, others)
    }

    /// What stands on the tables and would not be there afterwards, in words.
    async fn lost(
        &self,
        transaction: &DatabaseTransaction,
        tables: &[&str],
    ) -> Result<Vec<String>> {
        match self.tenancy.dialect() {
            Dialect::Postgres => {
                let names = serde_json::Value::from(tables.to_vec()).to_string();
                lines(transaction, LOST_ON_POSTGRES, Some(names)).await
            }
            Dialect::Sqlite => {
                let listed: Vec<String> = tables.iter().map(|table| literal(table)).collect();
                let listed = listed.join(", ");
                let mut lost = lines(transaction, &lost_on_sqlite(&listed), None).await?;
                let views = "SELECT name || char(0) || sql FROM main.sqlite_schema \
                             WHERE type = 'view' ORDER BY name";
                for view in lines(transaction, views, None).await? {
                    let (name, sql) = view.split_once('\0').unwrap_or((&view, ""));
                    let is_read = |table: &&&str| names_table(sql, table);
                    if let Some(table) = tables.iter().find(is_read) {
                        lost.push(format!("the view `{name}` reads `{table}`"));
                    }
                }
                Ok(lost)
            }
            Dialect::MySql => {
                Err(Error::UnsupportedDatabase { backend: Dialect::MySql.to_string() })
            }
        }
    }
}

fn refused<T>(reason: &str) -> Result<T> {
    Err(Error::NotAdoptable { reason: reason.to_owned() })
}

/// Whether a text of SQLite names a table.
fn names_table(sql: &str, table: &str) -> bool {
    piece::pieces(sql, Dialect::Sqlite)
        .iter()
        .any(|piece| piece.name().is_some_and(|name| name.eq_ignore_ascii_case(table)))
}

/// SeaORM wrote generated keys as `serial` before it wrote them as identities. To rows and
/// statements they are the same.
pub(super) fn with_identities(mut structure: Structure) -> Structure {
    for table in structure.tables.values_mut() {
        for column in &mut table.columns {
            let is_serial = |default: &String| default.starts_with("nextval(");
            if column.generated.is_none() && column.default.as_ref().is_some_and(is_serial) {
                column.default = None;
                column.generated = Some(Generation::IdentityByDefault);
            }
        }
    }
    structure
}

/// The tables come as one JSON text.
const LOST_ON_POSTGRES: &str = "\
WITH adopted AS (
  SELECT c.oid, c.relname FROM pg_catalog.pg_class c
  WHERE c.relnamespace = 'public'::regnamespace
  AND c.relname = ANY (ARRAY(SELECT json_array_elements_text($1::json)))
)
SELECT DISTINCT format('the view `%s` reads `%s`', v.relname, a.relname)
FROM adopted a
JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid
  AND d.classid = 'pg_rewrite'::regclass
JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
JOIN pg_catalog.pg_class v ON v.oid = r.ev_class AND v.oid <> a.oid
UNION SELECT format('the rule `%s` stands on `%s`', r.rulename, a.relname)
FROM adopted a JOIN pg_catalog.pg_rewrite r ON r.ev_class = a.oid
UNION SELECT format('the trigger `%s` stands on `%s`', t.tgname, a.relname)
FROM adopted a JOIN pg_catalog.pg_trigger t ON t.tgrelid = a.oid AND NOT t.tgisinternal
UNION SELECT format('the policy `%s` stands on `%s`', p.polname, a.relname)
FROM adopted a JOIN pg_catalog.pg_policy p ON p.polrelid = a.oid
UNION SELECT format('`%s` inherits from `%s`', i.inhrelid::regclass, i.inhparent::regclass)
FROM adopted a JOIN pg_catalog.pg_inherits i ON a.oid IN (i.inhrelid, i.inhparent)
UNION SELECT format('the foreign key `%s` of `%s` points at `%s`', k.conname,
  k.conrelid::regclass, a.relname)
FROM adopted a JOIN pg_catalog.pg_constraint k ON k.confrelid = a.oid AND k.contype = 'f'
  AND k.conrelid NOT IN (SELECT oid FROM adopted)
ORDER BY 1";

fn lost_on_sqlite(tables: &str) -> String {
    format!(
        "SELECT 'the trigger `' || name || '` stands on `' || tbl_name || '`' \
         FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name COLLATE NOCASE IN ({tables}) \
         UNION SELECT 'a foreign key of `' || m.name || '` points at `' || k.\"table\" || '`' \
         FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') k \
         WHERE m.type = 'table' AND k.\"table\" COLLATE NOCASE IN ({tables}) \
         AND m.name COLLATE NOCASE NOT IN ({tables}) ORDER BY 1"
    )
}

async fn lines(
    transaction: &DatabaseTransaction,
    sql: &str,
    value: Option<String>,
) -> Result<Vec<String>> {
    let doing = Error::database("looking for what stands on the tables");
    let backend = transaction.get_database_backend();
    let values = value.into_iter().map(sea_orm::Value::from);
    let select = Statement::from_sql_and_values(backend, sql, values);
    let rows = transaction.query_all_raw(select).await.map_err(&doing)?;
    let line = |row: &QueryResult| row.try_get_by_index(0).map_err(&doing);
    rows.iter().map(line).collect()
}

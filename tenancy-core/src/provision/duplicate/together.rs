//! The rows of one tenant as those of another, where all tenants lie in the same tables, on
//! PostgreSQL.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};

use super::{CopiedTable, Copying, columns, execute, not_copied};
use crate::{
    catalog::TableKind,
    databases::begin_writing,
    error::{Error, Result},
    migrate::{
        render::quoted,
        structure::{self, TableStructure},
    },
    tenant::Tenant,
};

impl Copying<'_> {
    /// Copies the rows with their keys, which mean something within a tenant only. They are set aside
    /// first: the database's own rules, where there are any, show the rows of one tenant at a time.
    pub(super) async fn rows_among_all(&self) -> Result<Vec<CopiedTable>> {
        let (tenancy, to) = (self.tenancy, &self.to);
        let transaction = begin_writing(&tenancy.databases().direct).await?;
        let tables = self.tables(&transaction).await?;
        let order = parents_first(&tables)?;
        self.tell(&transaction, &self.from).await?;
        let mut copied = Vec::new();
        for (at, name) in order.iter().enumerate() {
            let columns = self.columns_of_all(&tables[name]);
            let aside = format!(
                "CREATE TEMPORARY TABLE \"tenancy_copy_{at}\" ON COMMIT DROP AS \
                 SELECT {columns} FROM public.{} WHERE {} = '{}'",
                quoted(name),
                quoted(tenancy.tenant_column().as_str()),
                self.from.id,
            );
            execute(&transaction, &aside).await?;
        }
        self.write_rows(&transaction).await?;
        self.tell(&transaction, to).await?;
        for (at, name) in order.iter().enumerate() {
            let columns = self.columns_of_all(&tables[name]);
            let insert = format!(
                "INSERT INTO public.{} ({}, {columns}) OVERRIDING SYSTEM VALUE \
                 SELECT $1, {columns} FROM pg_temp.\"tenancy_copy_{at}\"",
                quoted(name),
                quoted(tenancy.tenant_column().as_str()),
            );
            let values = [to.id.as_uuid().into()];
            let insert = Statement::from_sql_and_values(DbBackend::Postgres, insert, values);
            let inserted = transaction.execute_raw(insert).await;
            let rows = inserted.map_err(Error::database("copying the rows"))?.rows_affected();
            copied.push(CopiedTable { name: name.clone(), rows });
        }
        self.keep_seeds(&transaction).await?;
        let transaction = tenancy.begin_life(transaction, to, None).await?;
        tenancy.put_into_service(&transaction, to).await?;
        transaction.commit().await.map_err(Error::database("committing the copy"))?;
        copied.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(copied)
    }

    async fn tell(&self, transaction: &DatabaseTransaction, tenant: &Tenant) -> Result<()> {
        match self.tenancy.strategy().tenant_setting(self.tenancy.dialect()) {
            Some(setting) => crate::connection::tell(transaction, setting, tenant).await,
            None => Ok(()),
        }
    }

    /// The tables of tenants, as they are.
    pub(super) async fn tables(
        &self,
        transaction: &DatabaseTransaction,
    ) -> Result<BTreeMap<String, TableStructure>> {
        let known = self.tenancy.tenant_tables();
        let is_other = |name: &str| {
            known.table(name).is_none_or(|table| match table.kind {
                TableKind::Tenant => false,
                TableKind::Shared { .. } | TableKind::Registry => true,
            })
        };
        let schema = self.tenancy.dialect().shared_schema();
        let found = structure::of_place(transaction, Some(schema.as_str()), &is_other).await?;
        Ok(found.tables)
    }

    /// The columns whose values are copied, but the tenant's.
    pub(super) fn columns_of_all(&self, table: &TableStructure) -> String {
        columns(self.tenancy.dialect(), table, Some(self.tenancy.tenant_column().as_str()))
    }
}

/// The tables in an order in which no row refers to one that comes later.
fn parents_first(tables: &BTreeMap<String, TableStructure>) -> Result<Vec<String>> {
    let mut left: Vec<&String> = tables.keys().collect();
    let mut ordered: Vec<String> = Vec::new();
    while !left.is_empty() {
        let waits = |name: &String| {
            let mut keys = tables[name].foreign_keys.values();
            keys.any(|key| key.references != *name && left.iter().any(|of| **of == key.references))
        };
        let (waiting, free): (Vec<&String>, Vec<&String>) =
            left.iter().copied().partition(|name| waits(name));
        if free.is_empty() {
            let names: Vec<String> = waiting.iter().map(|name| format!("`{name}`")).collect();
            let names = names.join(", ");
            return Err(not_copied(format!("the tables {names} refer to each other in a circle")));
        }
        ordered.extend(free.into_iter().cloned());
        left = waiting;
    }
    Ok(ordered)
}

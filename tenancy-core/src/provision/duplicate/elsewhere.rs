//! A copy of a place that lies outside the registry's database: a file beside the other tenant's.
//!
//! It is noted in the registry before anything of it is there, and the note goes with the commit that
//! makes it the new tenant's. So what a crash leaves has a note that nobody holds, and the next copy
//! removes it.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use super::{CopiedTable, Copying, is_frameworks};
use crate::{
    databases::begin_writing,
    error::{Error, Result},
    migrate::{
        render::quoted,
        structure::{self, Structure},
    },
    provision::claim::write_rows,
    registry::{Registry, schema},
    seed::PROVISIONED,
    strategy::Site,
    tenancy::Tenancy,
};

impl Copying<'_> {
    /// The registry is held against writers until the new tenant is in it.
    pub(super) async fn elsewhere(&self, expected: &Structure) -> Result<Vec<CopiedTable>> {
        let registry = self.noted().await?;
        let made = match self.fill(&registry, expected).await {
            Ok(tables) => {
                let committed = registry.commit().await;
                committed.map(|()| tables).map_err(Error::database("committing the new tenant"))
            }
            Err(error) => {
                // What it could not do leaves the same behind as a crash.
                drop(registry.rollback().await);
                Err(error)
            }
        };
        if made.is_err()
            && let Err(left) = self.give_up().await
        {
            let left = left.with_sources();
            tracing::error!(tenant = %self.to.slug, error = %left, "half a copy is left");
        }
        made
    }

    /// Notes the copy, and holds its note with the registry.
    async fn noted(&self) -> Result<DatabaseTransaction> {
        let direct = &self.tenancy.databases().direct;
        Registry::reserve_name(direct, &self.to).await?;
        loop {
            let noting = begin_writing(direct).await?;
            self.tenancy.remove_cut_off_copies(&noting).await?;
            Registry::begin_copy(&noting, &self.to).await?;
            noting.commit().await.map_err(Error::database("noting a copy"))?;
            let holding = begin_writing(direct).await?;
            if Registry::hold_copy(&holding, &self.to.physical_name).await? {
                return Ok(holding);
            }
            // Another copy came in between, and took this one for cut off. Nothing of it was there.
            holding.rollback().await.map_err(Error::database("noting a copy"))?;
        }
    }

    async fn fill(
        &self,
        registry: &DatabaseTransaction,
        expected: &Structure,
    ) -> Result<Vec<CopiedTable>> {
        let (tenancy, to) = (self.tenancy, &self.to);
        write_rows(registry, self.new, to).await?;
        let Site { transaction, schema: _, publish } =
            tenancy.strategy().copy_place(tenancy.databases(), &self.from, to).await?;
        let found = structure::of_place(&transaction, None, &is_frameworks).await?;
        self.compare(&found, expected)?;
        let tables = count(&transaction, expected).await?;
        self.take_over_seeds(&transaction).await?;
        let transaction = tenancy.begin_life(transaction, to, None).await?;
        transaction.commit().await.map_err(Error::database("committing the copy"))?;
        publish.await?;
        tenancy.put_into_service(registry, to).await?;
        Registry::withdraw(registry, &to.physical_name).await?;
        Ok(tables)
    }

    /// Removes what there is of a copy that failed, unless it has become the tenant's after all.
    async fn give_up(&self) -> Result<()> {
        let name = &self.to.physical_name;
        let holding = begin_writing(&self.tenancy.databases().direct).await?;
        if Registry::hold_copy(&holding, name).await? {
            let tables = self.tenancy.tenant_set().tables();
            let (strategy, databases) = (self.tenancy.strategy(), self.tenancy.databases());
            strategy.deprovision(databases, &self.to, tables).await?;
            Registry::withdraw(&holding, name).await?;
        }
        holding.commit().await.map_err(Error::database("giving a copy up"))
    }

    /// Enters the seeds of the other tenant, which came with its file, as those of the new one.
    async fn take_over_seeds(&self, transaction: &DatabaseTransaction) -> Result<()> {
        if !crate::introspect::has_table(transaction, schema::SEED).await? {
            return Ok(());
        }
        let doing = Error::database("keeping the record of seeds");
        let backend = transaction.get_database_backend();
        let table = format!("main.{}", quoted(schema::SEED));
        let forget = format!("DELETE FROM {table} WHERE name = ?1");
        let forget = Statement::from_sql_and_values(backend, forget, [PROVISIONED.into()]);
        transaction.execute_raw(forget).await.map_err(&doing)?;
        let take = format!("UPDATE {table} SET tenant_id = ?1");
        let take = Statement::from_sql_and_values(backend, take, [self.to.id.as_uuid().into()]);
        transaction.execute_raw(take).await.map(drop).map_err(&doing)
    }
}

impl Tenancy {
    /// Removes what is left of copies that were cut off. Whoever is in the midst of one holds its note,
    /// so that it is none of them.
    async fn remove_cut_off_copies(&self, transaction: &DatabaseTransaction) -> Result<()> {
        while let Some(place) = Registry::hold_cut_off(transaction).await? {
            self.discard(&place).await?;
            Registry::withdraw(transaction, &place.name).await?;
        }
        Ok(())
    }
}

/// How many rows the tables have that came with a file.
async fn count(
    transaction: &DatabaseTransaction,
    structure: &Structure,
) -> Result<Vec<CopiedTable>> {
    let doing = Error::database("counting the rows");
    let mut tables = Vec::new();
    for name in structure.tables.keys() {
        let sql = format!("SELECT count(*) FROM main.{}", quoted(name));
        let count = Statement::from_string(transaction.get_database_backend(), sql);
        let row = transaction.query_one_raw(count).await.map_err(&doing)?;
        let rows: Option<i64> =
            row.map(|row| row.try_get_by_index(0)).transpose().map_err(&doing)?;
        tables.push(CopiedTable { name: name.clone(), rows: rows.unwrap_or(0).unsigned_abs() });
    }
    Ok(tables)
}

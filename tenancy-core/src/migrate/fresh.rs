//! Throws the tables of tenants away and makes them anew, for databases whose rows nobody needs.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::{
    history::{Direction, RunId},
    layout::LaidOutMigration,
    ledger,
    record::RecordedMigration,
    render::{quoted, quoted_in},
    report::{MigrationReport, Outcome, TenantOutcome},
    retry,
    run::{MigrateOptions, Run, once::run_data},
    structure::{self, Structure},
    tenant::{self, Known, Place},
};
use crate::{
    config::Fresh,
    databases::begin_writing,
    error::{Error, Result},
    introspect,
    registry::{Present, Registry, schema},
    scope::Dialect,
    strategy::{Purpose, TenantDdl},
    tenancy::Tenancy,
    tenant::Tenant,
};

impl Tenancy {
    /// Drops the tables and types of tenants with all their rows, and applies every migration anew.
    /// Each tenant is before or after, never between. The registry, the shared tables, and what is
    /// neither table nor type stay.
    ///
    /// # Errors
    /// [`Error::FreshRefused`] unless the configuration says `migrate.fresh = "allow"`,
    /// [`Error::SelectionTooSmall`] for some tenants where all lie in the same tables, and what
    /// fails there. What fails for a tenant stands in the report.
    pub async fn fresh(
        &self,
        options: &MigrateOptions,
        progress: impl Fn(&TenantOutcome) + Send + Sync,
    ) -> Result<MigrationReport> {
        match self.fresh_rule() {
            Fresh::Allow => {}
            Fresh::Refuse => return Err(Error::FreshRefused),
        }
        self.check_direct()?;
        let _forgetting = self.forgetting();
        self.registry().install(self.strategy().name()).await?;
        let migrations = self.laid_out().await?;
        let run = Run::new(options, &progress, Direction::Up, None);
        let id = run.id(self).await?;
        let tenants = self.selected(&options.selection).await?;
        let mut report = MigrationReport { run: Some(id), ..MigrationReport::default() };
        if self.strategy().tenant_ddl() == TenantDdl::Once {
            if let (true, Some(first)) = (options.selection.is_partial(), migrations.first()) {
                return Err(Error::SelectionTooSmall { migration: first.name().to_owned() });
            }
            report.shared = Box::pin(self.remake_once(&migrations)).await?;
        }
        report.tenants = self
            .work_on(&run, id, &tenants, &|tenant| {
                let migrations = &*migrations;
                Box::pin(retry::while_passing(move || self.remake_one(id, tenant, migrations)))
            })
            .await;
        if report.is_complete() {
            self.history().finish(id).await?;
        }
        self.load_catalog().await?;
        Ok(report)
    }

    async fn remake_one(
        &self,
        run: RunId,
        tenant: &Tenant,
        migrations: &[LaidOutMigration],
    ) -> Result<Outcome> {
        let route = self.strategy().route(self.databases(), tenant, Purpose::Migration).await?;
        let transaction = begin_writing(&route.connection).await?;
        let place = Place::of(tenant, route.schema.as_ref());
        tenant::enter(&transaction, place, self.entering()).await?;
        let (transaction, applied) = match self.strategy().tenant_ddl() {
            TenantDdl::Once => run_data(transaction, place, migrations).await?,
            TenantDdl::PerTenant => {
                let schema = place.schema.map(crate::PhysicalName::as_str);
                let all = structure::of_place(&transaction, schema, &|_| false).await?;
                drop_all(&transaction, &all).await?;
                tenant::apply_pending(transaction, place, migrations, Known::default()).await?
            }
        };
        let head = self.tenant_set().head();
        let outcome = Outcome::Migrated { applied };
        self.commit_work(transaction, run, tenant, head, &outcome).await?;
        Ok(outcome)
    }

    /// Remakes the tables that all tenants lie in; every tenant lacks all data steps then.
    async fn remake_once(&self, migrations: &[LaidOutMigration]) -> Result<Vec<String>> {
        let transaction = begin_writing(&self.databases().direct).await?;
        let place = Place::of_all();
        tenant::enter(&transaction, place, self.entering()).await?;
        let shared = introspect::ever_shared(&transaction).await?;
        let stays = |table: &str| {
            schema::TABLES.contains(&table) || shared.iter().any(|name| name == table)
        };
        let tenants = structure::of_place(&transaction, None, &stays).await?;
        drop_all(&transaction, &tenants).await?;
        let backend = transaction.get_database_backend();
        for migration in migrations {
            tenant::write_ledger(&transaction, &ledger::leave(backend, migration.name())).await?;
        }
        let others = self.shared_names();
        let known = Known { others: &others, ..Known::default() };
        let (transaction, applied) =
            tenant::apply_pending(transaction, place, migrations, known).await?;
        let without_data: Option<&RecordedMigration> =
            migrations.iter().map(|m| &m.recorded).take_while(|m| !m.has_data()).last();
        Registry::set_heads(&transaction, Present::Any, without_data).await?;
        self.secure(&transaction).await?;
        transaction.commit().await.map_err(Error::database("committing the migrations"))?;
        Ok(applied)
    }
}

/// Drops tables and types. Whatever else refers to them stands against it.
async fn drop_all(transaction: &DatabaseTransaction, all: &Structure) -> Result<()> {
    let tables: Vec<String> = all.tables.keys().map(|name| quoted(name)).collect();
    let mut statements = Vec::new();
    if transaction.get_database_backend() == DbBackend::Postgres {
        if !tables.is_empty() {
            statements.push(format!("DROP TABLE {}", tables.join(", ")));
        }
    } else if transaction.get_database_backend() == DbBackend::MySql {
        // Each is dropped by itself, and those that refer to it may come later.
        statements.push("SET SESSION foreign_key_checks = 0".to_owned());
        let tables = all.tables.keys().map(|name| quoted_in(Dialect::MySql, name));
        statements.extend(tables.map(|table| format!("DROP TABLE {table}")));
        statements.push("SET SESSION foreign_key_checks = 1".to_owned());
    } else {
        // References are looked at again at the end, when all who refer are gone too.
        statements.push("PRAGMA defer_foreign_keys = ON".to_owned());
        statements.extend(tables.iter().map(|table| format!("DROP TABLE {table}")));
    }
    statements.extend(all.types.keys().map(|name| format!("DROP TYPE {}", quoted(name))));
    for statement in statements {
        let dropped = transaction.execute_unprepared(&statement).await;
        dropped.map_err(Error::database("dropping the tenant's tables"))?;
    }
    Ok(())
}

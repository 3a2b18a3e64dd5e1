//! The one migration set of the registry's tables, the same under every strategy.

mod mysql;

use chrono::Utc;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExprTrait,
    QueryFilter, Set, StatementBuilder,
    sea_query::{
        Alias, ColumnDef, ConditionalStatement, Expr, ForeignKey, ForeignKeyAction, Index,
        IndexCreateStatement, Table, TableCreateStatement,
    },
};

use super::entity;
use crate::{
    changes::triggers,
    error::{Error, Result},
};

/// The version of the registry's tables that this release works with.
pub(crate) const VERSION: i32 = 6;

/// The tables that are the framework's own: the registry's, and the ledger of migrations.
pub(crate) const TABLES: [&str; 18] = [
    "seaql_migrations",
    "tenants_central_access",
    "tenants_domain",
    "tenants_former_migration",
    "tenants_invitation",
    "tenants_marker",
    "tenants_migration",
    "tenants_migration_outcome",
    "tenants_migration_run",
    "tenants_migration_step",
    "tenants_physical_name",
    "tenants_place_claim",
    "tenants_ready_place",
    "tenants_registry_change",
    SEED,
    "tenants_shared_table",
    "tenants_tenant",
    "tenants_tenant_user",
];

/// The index by which one invitation is pending for an address.
const ONE_PENDING: &str = "tenants_invitation_one_pending";

/// The record of seeds.
pub(crate) const SEED: &str = "tenants_seed";

fn column(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

fn text(name: &'static str) -> ColumnDef {
    column(name).text().not_null().take()
}

fn time(name: &'static str) -> ColumnDef {
    column(name).timestamp_with_time_zone().not_null().take()
}

fn tenant_id() -> ColumnDef {
    column("tenant_id").uuid().not_null().take()
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).take()
}

fn of_tenant(mut table: TableCreateStatement, name: &'static str) -> TableCreateStatement {
    let key = format!("fk_{name}_tenant_id");
    table
        .foreign_key(
            ForeignKey::create()
                .name(key)
                .from(Alias::new(name), Alias::new("tenant_id"))
                .to(Alias::new("tenants_tenant"), Alias::new("id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}

fn tenant_tables() -> [TableCreateStatement; 3] {
    let physical_name = table("tenants_physical_name")
        .col(text("name").primary_key())
        .col(tenant_id())
        .col(time("made_at"))
        .take();
    let tenant = table("tenants_tenant")
        .col(column("id").uuid().not_null().primary_key())
        .col(text("slug").unique_key())
        .col(text("name"))
        .col(text("status"))
        .col(column("generation").big_integer().not_null())
        .col(text("physical_name").unique_key())
        .col(column("settings").json_binary().not_null())
        .col(column("migration_head").text())
        .col(column("migration_checksum").text())
        .col(column("migrated_at").timestamp_with_time_zone())
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk_tenants_tenant_physical_name")
                .from(Alias::new("tenants_tenant"), Alias::new("physical_name"))
                .to(Alias::new("tenants_physical_name"), Alias::new("name")),
        )
        .take();
    let domain = table("tenants_domain")
        .col(text("domain").primary_key())
        .col(tenant_id())
        .col(column("is_primary").boolean().not_null())
        .col(time("created_at"))
        .take();
    [physical_name, tenant, of_tenant(domain, "tenants_domain")]
}

fn people_tables() -> [TableCreateStatement; 2] {
    let member = table("tenants_tenant_user")
        .col(tenant_id())
        .col(text("user_id"))
        .col(text("role"))
        .col(time("created_at"))
        .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("user_id")))
        .take();
    let invitation = table("tenants_invitation")
        .col(column("id").uuid().not_null().primary_key())
        .col(tenant_id())
        .col(text("address"))
        .col(text("role"))
        .col(text("token_hash").unique_key())
        .col(text("status"))
        .col(column("invited_by").text())
        .col(column("accepted_by").text())
        .col(time("expires_at"))
        .col(time("created_at"))
        .col(column("closed_at").timestamp_with_time_zone())
        .col(column("most_uses").integer().not_null().default(1))
        .col(column("uses").integer().not_null().default(0))
        .take();
    [of_tenant(member, "tenants_tenant_user"), of_tenant(invitation, "tenants_invitation")]
}

fn own_tables() -> [TableCreateStatement; 3] {
    let marker = table("tenants_marker")
        .col(column("id").integer().not_null().primary_key())
        .col(text("strategy"))
        .col(column("registry_version").integer().not_null())
        .col(column("catalog_generation").big_integer().not_null())
        .col(time("created_at"))
        .take();
    let shared_table = table("tenants_shared_table")
        .col(text("name").primary_key())
        .col(text("migration"))
        .col(column("dropped_by").text())
        .take();
    let central_access = table("tenants_central_access")
        .col(column("id").uuid().not_null().primary_key())
        .col(text("reason"))
        .col(text("place"))
        .col(time("opened_at"))
        .take();
    [marker, shared_table, central_access]
}

/// What version 2 adds: what was applied, by which run, and how each tenant fared.
fn history_tables() -> [TableCreateStatement; 3] {
    let migration = table("tenants_migration")
        .col(text("name").primary_key())
        .col(text("checksum"))
        .col(time("recorded_at"))
        .take();
    let run = table("tenants_migration_run")
        .col(column("id").uuid().not_null().primary_key())
        .col(text("direction"))
        .col(column("selection").json_binary().not_null())
        .col(column("applied").json_binary().not_null())
        .col(time("started_at"))
        .col(column("finished_at").timestamp_with_time_zone())
        .take();
    let outcome = table("tenants_migration_outcome")
        .col(column("run_id").uuid().not_null())
        .col(tenant_id())
        .col(text("slug"))
        .col(text("result"))
        .col(column("applied").json_binary().not_null())
        .col(column("error").text())
        .col(time("ended_at"))
        .primary_key(Index::create().col(Alias::new("run_id")).col(Alias::new("tenant_id")))
        .foreign_key(
            ForeignKey::create()
                .name("fk_tenants_migration_outcome_run_id")
                .from(Alias::new("tenants_migration_outcome"), Alias::new("run_id"))
                .to(Alias::new("tenants_migration_run"), Alias::new("id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take();
    [migration, run, outcome]
}

/// The record of seeds, wherever it lies.
fn seed_table() -> TableCreateStatement {
    table(SEED)
        .col(tenant_id())
        .col(text("name"))
        .col(time("ran_at"))
        .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("name")))
        .take()
}

/// Creates the record of seeds in a tenant's place, if it is missing.
pub(crate) async fn install_seed<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    if connection.get_database_backend() == DbBackend::MySql {
        return mysql::install_seed(connection).await;
    }
    connection.execute(&seed_table().if_not_exists().take()).await.map(drop)
}

/// What version 3 adds: which seeds each tenant has had, and places that wait for a tenant.
fn beginning_tables() -> [TableCreateStatement; 2] {
    let ready = table("tenants_ready_place")
        .col(text("name").primary_key())
        .col(column("tenant_id").uuid().not_null().unique_key().take())
        .col(text("digest"))
        .col(time("made_at"))
        .col(column("claimed_at").timestamp_with_time_zone())
        .take();
    [of_tenant(seed_table(), SEED), ready]
}

/// What version 4 adds: what was applied to an application's tables before it had tenants.
fn adoption_table() -> TableCreateStatement {
    table("tenants_former_migration")
        .col(text("name").primary_key())
        .col(column("applied_at").big_integer().not_null())
        .take()
}

fn indexes() -> [IndexCreateStatement; 4] {
    let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create().name(name).table(Alias::new(table)).take();
        for column in columns {
            index.col(Alias::new(*column));
        }
        index
    };
    [
        index("tenants_domain_tenant", "tenants_domain", &["tenant_id"]),
        index("tenants_domain_one_primary", "tenants_domain", &["tenant_id"])
            .unique()
            .and_where(Expr::col(Alias::new("is_primary")))
            .take(),
        index("tenants_tenant_user_user", "tenants_tenant_user", &["user_id"]),
        one_pending(),
    ]
}

/// One invitation is pending for an address. Those for whoever has their link have none, and may be
/// several.
fn one_pending() -> IndexCreateStatement {
    let is = |column: &'static str| Expr::col(Alias::new(column));
    Index::create()
        .name(ONE_PENDING)
        .table(Alias::new("tenants_invitation"))
        .col(Alias::new("tenant_id"))
        .col(Alias::new("address"))
        .unique()
        .and_where(is("status").eq(Expr::cust("'pending'")))
        .and_where(is("address").ne(Expr::cust("''")))
        .take()
}

/// What version 6 adds: how often an invitation can be accepted, and has been.
async fn count_uses(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    let invitation = || Table::alter().table(Alias::new("tenants_invitation")).take();
    for (name, value) in [("most_uses", 1), ("uses", 0)] {
        let mut added = column(name).integer().not_null().default(value).take();
        execute(transaction, invitation().add_column(&mut added)).await?;
    }
    let mut former = Index::drop();
    former.name(ONE_PENDING).table(Alias::new("tenants_invitation"));
    execute(transaction, &former).await?;
    // One that was accepted had one use.
    entity::invitation::Entity::update_many()
        .col_expr(entity::invitation::Column::Uses, Expr::value(1))
        .filter(entity::invitation::Column::Status.eq("accepted"))
        .exec(transaction)
        .await?;
    execute(transaction, &one_pending()).await
}

async fn execute<S: StatementBuilder>(
    transaction: &DatabaseTransaction,
    statement: &S,
) -> Result<(), DbErr> {
    transaction.execute(statement).await.map(drop)
}

async fn install_tables(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    let tables = tenant_tables().into_iter().chain(people_tables()).chain(own_tables());
    let tables = tables.chain(history_tables()).chain(beginning_tables());
    for table in tables.chain([adoption_table()]) {
        execute(transaction, &table).await?;
    }
    for index in indexes() {
        execute(transaction, &index).await?;
    }
    leave_room(transaction).await
}

/// Leaves room in the pages of the tenants' table. A run tells each tenant its newest migration: where the
/// new row finds room beside the old one, no index changes, and 1,000 of them take a fifth of the time
/// (<https://www.postgresql.org/docs/current/storage-hot.html>).
async fn leave_room(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let half = "ALTER TABLE tenants_tenant SET (fillfactor = 50)";
        transaction.execute_unprepared(half).await?;
    }
    Ok(())
}

/// Creates the registry's tables and marks the database with the strategy. MariaDB and MySQL commit each
/// table by itself: the marker row comes last, and without it the next installation goes on.
pub(crate) async fn install(
    transaction: &DatabaseTransaction,
    strategy: &str,
) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::MySql {
        mysql::install(transaction).await?;
    } else {
        install_tables(transaction).await?;
    }
    triggers::install(transaction).await?;
    let marker = entity::marker::ActiveModel {
        id: Set(1),
        strategy: Set(strategy.to_owned()),
        registry_version: Set(VERSION),
        catalog_generation: Set(0),
        created_at: Set(Utc::now()),
    };
    entity::marker::Entity::insert(marker).exec_without_returning(transaction).await?;
    Ok(())
}

/// Brings the registry's tables of an older release to this one's version. None of those before
/// version 6 knew MariaDB and MySQL.
pub(crate) async fn upgrade(transaction: &DatabaseTransaction, from: i32) -> Result<(), DbErr> {
    if from < 2 {
        for table in history_tables() {
            execute(transaction, &table).await?;
        }
    }
    if from < 3 {
        for table in beginning_tables() {
            execute(transaction, &table).await?;
        }
    }
    if from < 4 {
        execute(transaction, &adoption_table()).await?;
    }
    if from < 5 {
        triggers::install(transaction).await?;
    }
    if from < 6 {
        count_uses(transaction).await?;
    }
    entity::marker::Entity::update_many()
        .col_expr(entity::marker::Column::RegistryVersion, Expr::value(VERSION))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The generation of the tables that are present once: another number means that they have changed.
pub(crate) async fn catalog_generation<C: ConnectionTrait>(connection: &C) -> Result<i64> {
    let marker = entity::marker::Entity::find_by_id(1)
        .one(connection)
        .await
        .map_err(Error::database("reading the marker row"))?;
    marker.map(|marker| marker.catalog_generation).ok_or(Error::NotInitialised)
}

/// Tells other processes that tables have changed. In the transaction that changes them: it is
/// visible when they are.
pub(crate) async fn raise_catalog_generation<C: ConnectionTrait>(connection: &C) -> Result<()> {
    let generation = entity::marker::Column::CatalogGeneration;
    entity::marker::Entity::update_many()
        .col_expr(generation, Expr::col(generation).add(1))
        .exec(connection)
        .await
        .map(drop)
        .map_err(Error::database("raising the generation of the tables"))
}

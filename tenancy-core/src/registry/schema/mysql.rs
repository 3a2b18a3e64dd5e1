//! The registry's tables on MariaDB and MySQL.
//!
//! They are as everywhere else, in other words: what is looked for has a length; times keep
//! microseconds and no time zone; a rule for some of the rows stands in a generated column, which is
//! null for the others. Names are compared byte by byte, blanks at their end included.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// What names are compared by, on MariaDB and on MySQL.
const COLLATIONS: [&str; 2] = ["utf8mb4_nopad_bin", "utf8mb4_0900_bin"];

/// What each table is made of. A table that is there was left by an installation that was cut off,
/// which has written no marker row.
const TABLES: [(&str, &str); 15] = [
    (
        "tenants_physical_name",
        "name VARCHAR(63) PRIMARY KEY, tenant_id BINARY(16) NOT NULL, made_at DATETIME(6) NOT NULL",
    ),
    (
        "tenants_tenant",
        "id BINARY(16) PRIMARY KEY, \
         slug VARCHAR(63) NOT NULL, \
         name TEXT NOT NULL, \
         status VARCHAR(32) NOT NULL, \
         generation BIGINT NOT NULL, \
         physical_name VARCHAR(63) NOT NULL, \
         settings JSON NOT NULL, \
         migration_head VARCHAR(255), \
         migration_checksum VARCHAR(255), \
         migrated_at DATETIME(6), \
         created_at DATETIME(6) NOT NULL, \
         updated_at DATETIME(6) NOT NULL, \
         CONSTRAINT slug UNIQUE (slug), \
         CONSTRAINT physical_name UNIQUE (physical_name), \
         CONSTRAINT fk_tenants_tenant_physical_name FOREIGN KEY (physical_name) \
         REFERENCES tenants_physical_name (name)",
    ),
    (
        "tenants_domain",
        "domain VARCHAR(255) PRIMARY KEY, \
         tenant_id BINARY(16) NOT NULL, \
         is_primary BOOLEAN NOT NULL, \
         created_at DATETIME(6) NOT NULL, \
         one_primary BOOLEAN GENERATED ALWAYS AS (IF(is_primary, 1, NULL)) VIRTUAL, \
         CONSTRAINT tenants_domain_one_primary UNIQUE (tenant_id, one_primary), \
         CONSTRAINT fk_tenants_domain_tenant_id FOREIGN KEY (tenant_id) \
         REFERENCES tenants_tenant (id) ON DELETE CASCADE",
    ),
    (
        "tenants_tenant_user",
        "tenant_id BINARY(16) NOT NULL, \
         user_id VARCHAR(255) NOT NULL, \
         role VARCHAR(32) NOT NULL, \
         created_at DATETIME(6) NOT NULL, \
         PRIMARY KEY (tenant_id, user_id), \
         KEY tenants_tenant_user_user (user_id), \
         CONSTRAINT fk_tenants_tenant_user_tenant_id FOREIGN KEY (tenant_id) \
         REFERENCES tenants_tenant (id) ON DELETE CASCADE",
    ),
    (
        "tenants_invitation",
        "id BINARY(16) PRIMARY KEY, \
         tenant_id BINARY(16) NOT NULL, \
         address VARCHAR(255) NOT NULL, \
         role VARCHAR(32) NOT NULL, \
         token_hash VARCHAR(255) NOT NULL, \
         status VARCHAR(32) NOT NULL, \
         invited_by TEXT, \
         accepted_by TEXT, \
         expires_at DATETIME(6) NOT NULL, \
         created_at DATETIME(6) NOT NULL, \
         closed_at DATETIME(6), \
         most_uses INT NOT NULL DEFAULT 1, \
         uses INT NOT NULL DEFAULT 0, \
         pending_address VARCHAR(255) GENERATED ALWAYS AS \
         (IF(status = 'pending' AND address <> '', address, NULL)) VIRTUAL, \
         CONSTRAINT token_hash UNIQUE (token_hash), \
         CONSTRAINT tenants_invitation_one_pending UNIQUE (tenant_id, pending_address), \
         CONSTRAINT fk_tenants_invitation_tenant_id FOREIGN KEY (tenant_id) \
         REFERENCES tenants_tenant (id) ON DELETE CASCADE",
    ),
    (
        "tenants_marker",
        "id INT PRIMARY KEY, \
         strategy VARCHAR(255) NOT NULL, \
         registry_version INT NOT NULL, \
         catalog_generation BIGINT NOT NULL, \
         created_at DATETIME(6) NOT NULL",
    ),
    (
        "tenants_shared_table",
        "name VARCHAR(255) PRIMARY KEY, migration VARCHAR(255) NOT NULL, dropped_by VARCHAR(255)",
    ),
    (
        "tenants_central_access",
        "id BINARY(16) PRIMARY KEY, \
         reason TEXT NOT NULL, \
         place TEXT NOT NULL, \
         opened_at DATETIME(6) NOT NULL",
    ),
    (
        "tenants_migration",
        "name VARCHAR(255) PRIMARY KEY, \
         checksum VARCHAR(255) NOT NULL, \
         recorded_at DATETIME(6) NOT NULL",
    ),
    (
        "tenants_migration_run",
        "id BINARY(16) PRIMARY KEY, \
         direction VARCHAR(32) NOT NULL, \
         selection JSON NOT NULL, \
         applied JSON NOT NULL, \
         started_at DATETIME(6) NOT NULL, \
         finished_at DATETIME(6)",
    ),
    (
        "tenants_migration_outcome",
        "run_id BINARY(16) NOT NULL, \
         tenant_id BINARY(16) NOT NULL, \
         slug VARCHAR(63) NOT NULL, \
         result VARCHAR(32) NOT NULL, \
         applied JSON NOT NULL, \
         error TEXT, \
         ended_at DATETIME(6) NOT NULL, \
         PRIMARY KEY (run_id, tenant_id), \
         CONSTRAINT fk_tenants_migration_outcome_run_id FOREIGN KEY (run_id) \
         REFERENCES tenants_migration_run (id) ON DELETE CASCADE",
    ),
    (
        "tenants_ready_place",
        "name VARCHAR(63) PRIMARY KEY, \
         tenant_id BINARY(16) NOT NULL, \
         digest VARCHAR(255) NOT NULL, \
         made_at DATETIME(6) NOT NULL, \
         claimed_at DATETIME(6), \
         CONSTRAINT tenant_id UNIQUE (tenant_id)",
    ),
    ("tenants_former_migration", "name VARCHAR(255) PRIMARY KEY, applied_at BIGINT NOT NULL"),
    // Places that are being made: `databases::claim`.
    ("tenants_place_claim", "name VARCHAR(63) PRIMARY KEY, claimed_at DATETIME(6) NOT NULL"),
    // Raised by triggers: `changes::triggers`.
    ("tenants_registry_change", "slot INT PRIMARY KEY, changes BIGINT NOT NULL"),
];

/// The record of seeds, wherever it lies.
const SEED: &str = "tenant_id BINARY(16) NOT NULL, \
     name VARCHAR(255) NOT NULL, \
     ran_at DATETIME(6) NOT NULL, \
     PRIMARY KEY (tenant_id, name)";

/// What keeps the record of seeds with its tenant, beside the registry.
const SEED_OF_TENANT: &str = ", CONSTRAINT fk_tenants_seed_tenant_id FOREIGN KEY (tenant_id) \
     REFERENCES tenants_tenant (id) ON DELETE CASCADE";

/// Creates the registry's tables.
pub(super) async fn install<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let collation = collation(connection).await?;
    for (name, parts) in TABLES {
        connection.execute_unprepared(&table(name, parts, &collation)).await?;
    }
    let seed = format!("{SEED}{SEED_OF_TENANT}");
    connection.execute_unprepared(&table(super::SEED, &seed, &collation)).await.map(drop)
}

/// Creates the record of seeds in a tenant's place, if it is missing.
pub(super) async fn install_seed<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let collation = collation(connection).await?;
    connection.execute_unprepared(&table(super::SEED, SEED, &collation)).await.map(drop)
}

fn table(name: &str, parts: &str, collation: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {name} ({parts}) \
         ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = {collation}"
    )
}

/// The collation of the server that compares byte by byte.
async fn collation<C: ConnectionTrait>(connection: &C) -> Result<String, DbErr> {
    let [mariadb, mysql] = COLLATIONS;
    let sql = format!(
        "SELECT CONVERT(MIN(collation_name) USING utf8mb4) FROM information_schema.collations \
         WHERE collation_name IN ('{mariadb}', '{mysql}')"
    );
    let row = connection.query_one_raw(Statement::from_string(DbBackend::MySql, sql)).await?;
    let found: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    let found = found.filter(|found| COLLATIONS.contains(&found.as_str()));
    found.ok_or_else(|| DbErr::Custom("the server has no binary collation of utf8mb4".to_owned()))
}

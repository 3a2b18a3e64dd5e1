//! What makes the registry's tables tell of changes.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

use crate::{error::Error, migrate::retry};

/// The tables that tell, with what a notification says beside their name.
const TELLING: [(&str, &str, &str); 3] = [
    ("tenants_tenant", "tenant", "id || ' ' || {row}.slug"),
    ("tenants_domain", "domain", "tenant_id || ' ' || {row}.domain"),
    ("tenants_tenant_user", "member", "tenant_id"),
];

/// The channel that PostgreSQL tells on.
#[cfg(feature = "postgres")]
pub(super) const CHANNEL: &str = "tenancy_registry";

/// Whether all tables tell of everything that a trigger sees: bits of `tgtype` for `INSERT` (4), `DELETE`
/// (8), `UPDATE` (16) and `TRUNCATE` (32)
/// (<https://github.com/postgres/postgres/blob/REL_17_STABLE/src/include/catalog/pg_trigger.h>).
#[cfg(feature = "postgres")]
pub(super) const ARE_THERE: &str = "SELECT count(*) = 3 FROM (\
     SELECT FROM pg_catalog.pg_trigger t \
     WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') \
     AND t.tgname = ANY('{tenants_tenant_changed,tenants_tenant_updated,tenants_tenant_emptied,\
     tenants_domain_changed,tenants_domain_emptied,tenants_tenant_user_changed,\
     tenants_tenant_user_emptied}') \
     AND t.tgrelid IN (pg_catalog.to_regclass('tenants_tenant'), \
     pg_catalog.to_regclass('tenants_domain'), pg_catalog.to_regclass('tenants_tenant_user')) \
     GROUP BY t.tgrelid HAVING pg_catalog.bit_or(t.tgtype::integer) & 60 = 60) telling";

/// Reads the number that is raised.
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(super) fn look(backend: DbBackend) -> &'static str {
    if backend == DbBackend::MySql {
        "SELECT CAST(COALESCE(SUM(changes), 0) AS SIGNED) FROM tenants_registry_change"
    } else {
        "SELECT registry_change FROM tenants_marker WHERE id = 1"
    }
}

/// Whether a trigger is one of these.
pub(crate) fn is_own(table: &str, trigger: &str) -> bool {
    let what = trigger.strip_prefix(table).unwrap_or_default();
    let kinds =
        ["_changed", "_updated", "_emptied", "_insert_seen", "_update_seen", "_delete_seen"];
    TELLING.iter().any(|(telling, ..)| *telling == table) && kinds.contains(&what)
}

/// Makes the registry's tables tell, in the transaction that makes or upgrades them.
pub(crate) async fn install(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    let backend = transaction.get_database_backend();
    let statements = if backend == DbBackend::Postgres {
        postgres()
    } else if backend == DbBackend::MySql {
        mysql()
    } else {
        sqlite()
    };
    for statement in statements {
        transaction.execute_unprepared(&statement).await.map_err(refused)?;
    }
    Ok(())
}

/// Says why the server makes no triggers, where that is up to its settings.
fn refused(source: DbErr) -> DbErr {
    if retry::needs_trust(&source) { Error::TriggersRefused { source }.into() } else { source }
}

fn postgres() -> Vec<String> {
    let mut statements = Vec::new();
    for (table, what, says) in TELLING {
        let notify = |row: &str| {
            let says = says.replace("{row}", row);
            format!("PERFORM pg_notify('tenancy_registry', '{what} ' || {row}.{says});")
        };
        statements.push(format!(
            "CREATE OR REPLACE FUNCTION {table}_tell() RETURNS trigger LANGUAGE plpgsql \
             SET search_path = pg_catalog AS $tell$ BEGIN \
             IF TG_OP = 'TRUNCATE' THEN PERFORM pg_notify('tenancy_registry', 'all'); END IF; \
             IF TG_OP IN ('UPDATE', 'DELETE') THEN {} END IF; \
             IF TG_OP IN ('INSERT', 'UPDATE') THEN {} END IF; \
             RETURN NULL; END $tell$",
            notify("OLD"),
            notify("NEW"),
        ));
        statements.push(format!("DROP TRIGGER IF EXISTS {table}_updated ON {table}"));
        let of_rows = if table == TENANTS {
            statements.extend(tell_of_updates());
            "INSERT OR DELETE"
        } else {
            "INSERT OR UPDATE OR DELETE"
        };
        for (name, when, each) in
            [("changed", of_rows, "ROW"), ("emptied", "TRUNCATE", "STATEMENT")]
        {
            statements.push(format!("DROP TRIGGER IF EXISTS {table}_{name} ON {table}"));
            statements.push(format!(
                "CREATE TRIGGER {table}_{name} AFTER {when} ON {table} \
                 FOR EACH {each} EXECUTE FUNCTION {table}_tell()"
            ));
        }
    }
    statements
}

/// The table of which many rows change at once: each tenant is told its newest migration.
const TENANTS: &str = "tenants_tenant";

/// How many tenants an update is told of by their names.
const TOLD_SINGLY: u32 = 100;

/// Has an update of tenants told as one, where it is of many: telling of each takes longer than the update
/// does, and so would everybody who hears of it.
fn tell_of_updates() -> [String; 2] {
    [
        format!(
            "CREATE OR REPLACE FUNCTION {TENANTS}_tell_of_update() RETURNS trigger \
             LANGUAGE plpgsql SET search_path = pg_catalog AS $tell$ BEGIN \
             IF (SELECT count(*) FROM latter) > {TOLD_SINGLY} THEN \
             PERFORM pg_notify('tenancy_registry', 'all'); ELSE \
             PERFORM pg_notify('tenancy_registry', 'tenant ' || told.id || ' ' || told.slug) \
             FROM (SELECT id, slug FROM former UNION SELECT id, slug FROM latter) told; END IF; \
             RETURN NULL; END $tell$"
        ),
        format!(
            "CREATE TRIGGER {TENANTS}_updated AFTER UPDATE ON {TENANTS} \
             REFERENCING OLD TABLE AS former NEW TABLE AS latter \
             FOR EACH STATEMENT EXECUTE FUNCTION {TENANTS}_tell_of_update()"
        ),
    ]
}

fn sqlite() -> Vec<String> {
    let mut statements = vec![
        "ALTER TABLE tenants_marker ADD COLUMN registry_change bigint NOT NULL DEFAULT 0"
            .to_owned(),
    ];
    for (table, ..) in TELLING {
        for event in ["insert", "update", "delete"] {
            statements.push(format!(
                "CREATE TRIGGER {table}_{event}_seen AFTER {event} ON {table} BEGIN \
                 UPDATE tenants_marker SET registry_change = registry_change + 1; END"
            ));
        }
    }
    statements
}

/// The number is the sum over slots, one for a connection as long as there are not too many: a row
/// that all raise would be held by the first until its transaction ends, and two that also wait for
/// each other's names would be a deadlock.
fn mysql() -> Vec<String> {
    let mut statements = Vec::new();
    for (table, ..) in TELLING {
        for event in ["insert", "update", "delete"] {
            statements.push(format!("DROP TRIGGER IF EXISTS {table}_{event}_seen"));
            statements.push(format!(
                "CREATE TRIGGER {table}_{event}_seen AFTER {event} ON {table} FOR EACH ROW \
                 INSERT INTO tenants_registry_change (slot, changes) \
                 VALUES (MOD(CONNECTION_ID(), 1024), 1) \
                 ON DUPLICATE KEY UPDATE changes = changes + 1"
            ));
        }
    }
    statements
}

/// Takes back what [`install`] does, as a release before had it.
#[cfg(all(test, feature = "testing"))]
pub(crate) async fn remove(database: &sea_orm::DatabaseConnection) -> Result<(), DbErr> {
    let is_postgres = database.get_database_backend() == DbBackend::Postgres;
    for (table, ..) in TELLING {
        if is_postgres {
            database.execute_unprepared(&format!("DROP FUNCTION {table}_tell CASCADE")).await?;
            if table == TENANTS {
                let of_update = format!("DROP FUNCTION {table}_tell_of_update CASCADE");
                database.execute_unprepared(&of_update).await?;
            }
            continue;
        }
        for event in ["insert", "update", "delete"] {
            database.execute_unprepared(&format!("DROP TRIGGER {table}_{event}_seen")).await?;
        }
    }
    if !is_postgres {
        let column = "ALTER TABLE tenants_marker DROP COLUMN registry_change";
        database.execute_unprepared(column).await?;
    }
    Ok(())
}

#[cfg(all(test, feature = "testing", feature = "mysql"))]
mod tests {
    use super::*;
    use crate::testing::{TestBackend, TestDatabase};

    /// The server is let say it: whether it does by itself is up to how it was started.
    #[tokio::test]
    async fn a_server_that_trusts_nobody_with_triggers_is_named() {
        let database = match TestDatabase::create(TestBackend::MariaDb).await {
            Ok(database) => database,
            Err(error) if error.is_unavailable() => return println!("left out: {error}"),
            Err(error) => panic!("{error}"),
        };
        let connection = database.connect().await.unwrap();
        let said = async |number: u16| {
            let signal = format!("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}");
            refused(connection.execute_unprepared(&signal).await.unwrap_err())
        };
        let untrusted = Error::database("creating the registry's tables")(said(1419).await);
        assert!(matches!(untrusted, Error::TriggersRefused { .. }), "{untrusted:?}");
        assert_eq!(untrusted.code(), "COR137");
        assert!(untrusted.hint().unwrap().contains("log_bin_trust_function_creators"));
        assert!(Error::from_db_err(&said(1142).await).is_none());
        // The same of a trigger that the application's own migration makes.
        let signal = "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1419";
        let source = connection.execute_unprepared(signal).await.unwrap_err();
        let failed = Error::MigrationFailed { migration: "m".to_owned(), source };
        assert!(failed.hint().unwrap().contains("log_bin_trust_function_creators"));
    }
}

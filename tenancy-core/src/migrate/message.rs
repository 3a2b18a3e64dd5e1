//! What is pending for a tenant, as one message: PostgreSQL runs the statements of a message in one
//! transaction, so the tenant is before or after, for a single round trip.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement,
    sea_query::{InsertStatement, PostgresQueryBuilder, UpdateStatement},
};

use super::{
    layout::{LaidOutMigration, LaidOutStep},
    ledger, lock,
    tenant::{self, Place},
};
use crate::name::PhysicalName;

/// What ends a statement among others, also one that ends in a comment.
pub(super) const END: &str = "\n;\n";

/// Statements that are sent at once.
#[derive(Debug, Default)]
pub(crate) struct Message {
    text: String,
}

/// A text as a literal. Connections are refused whose server reads a backslash in it as an escape.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Message {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn push(&mut self, sql: &str) {
        self.text.push_str(sql);
        self.text.push_str(END);
    }

    /// Waits for the place's lock, not longer than this for any lock.
    pub(crate) fn lock(&mut self, place: Place<'_>, timeout: Duration) {
        self.push(&format!(
            "SELECT pg_catalog.set_config('lock_timeout', {}, true), \
             pg_catalog.pg_advisory_xact_lock({})",
            literal(&lock::milliseconds(timeout)),
            lock::key(place.lock)
        ));
    }

    /// Steps into a schema.
    pub(crate) fn enter(&mut self, schema: &PhysicalName, entering: tenant::Entering<'_>) {
        self.push(&format!(
            "SELECT pg_catalog.set_config('search_path', {}, true)",
            literal(&entering.path(schema))
        ));
    }

    /// Steps back to where the registry lies.
    pub(crate) fn leave(&mut self) {
        self.push(&format!("SELECT {}", tenant::LEAVE));
    }

    /// Goes no further unless this schema is current and its ledger holds exactly these migrations.
    pub(crate) fn assert(&mut self, schema: &PhysicalName, applied: &[&str]) {
        let applied: Vec<String> = applied.iter().map(|name| literal(name)).collect();
        let found = "SELECT pg_catalog.array_agg(version::text ORDER BY version COLLATE \"C\") \
                     FROM seaql_migrations";
        let condition = format!(
            "pg_catalog.current_schema() IS NOT DISTINCT FROM {} \
             AND coalesce(({found}), ARRAY[]::text[]) IS NOT DISTINCT FROM ARRAY[{}]::text[]",
            literal(schema.as_str()),
            applied.join(", ")
        );
        self.require("", &condition, "the place is not as it was last seen");
    }

    /// Goes no further unless a condition holds: what is said otherwise is no number, which is cheaper than
    /// a block of code that raises an error. The schema's name keeps it from being tried beforehand.
    fn require(&mut self, with: &str, condition: &str, otherwise: &str) {
        self.push(&format!(
            "{with}SELECT CASE WHEN {condition} THEN 0 \
             ELSE pg_catalog.concat({}, pg_catalog.current_schema())::integer END",
            literal(&format!("{otherwise}: "))
        ));
    }

    /// Goes no further where a place stands ready that has had what one of these digests says.
    pub(crate) fn unless_ready(&mut self, digests: &[String]) {
        let digests: Vec<String> = digests.iter().map(|digest| literal(digest)).collect();
        let condition = format!(
            "NOT EXISTS (SELECT FROM tenants_ready_place WHERE claimed_at IS NULL AND digest IN ({}))",
            digests.join(", ")
        );
        self.require("", &condition, "a place stands ready");
    }

    /// Takes a place off the list of those that stand ready, and goes no further where somebody
    /// else has done so.
    pub(crate) fn claim(&mut self, place: &PhysicalName) {
        let with = format!(
            "WITH claimed AS (DELETE FROM tenants_ready_place \
             WHERE claimed_at IS NULL AND name = {} RETURNING name) ",
            literal(place.as_str())
        );
        self.require(&with, "EXISTS (SELECT FROM claimed)", "the place is claimed already");
    }

    /// Creates the ledger.
    pub(crate) fn install_ledger(&mut self) {
        self.push(&ledger::installation(DbBackend::Postgres).to_string(PostgresQueryBuilder));
    }

    /// Applies migrations, and enters them in the ledger.
    pub(crate) fn apply(&mut self, migrations: &[LaidOutMigration]) {
        for migration in migrations {
            self.steps(&migration.up);
            self.push(&ledger::enter(DbBackend::Postgres, migration.name()));
        }
    }

    pub(crate) fn steps(&mut self, steps: &[LaidOutStep]) {
        for step in steps {
            match step {
                LaidOutStep::Sql(sql) => self.push(sql),
                LaidOutStep::Data(..) | LaidOutStep::Adapted(_) => {}
            }
        }
    }

    pub(crate) fn insert(&mut self, statement: &InsertStatement) {
        self.push(&statement.to_string(PostgresQueryBuilder));
    }

    pub(crate) fn update(&mut self, statement: &UpdateStatement) {
        self.push(&statement.to_string(PostgresQueryBuilder));
    }
}

/// Sends statements that belong together: as one message on PostgreSQL, one after another elsewhere.
pub(crate) async fn send_together<C: ConnectionTrait>(
    connection: &C,
    statements: Vec<Statement>,
) -> Result<(), DbErr> {
    if connection.get_database_backend() == DbBackend::Postgres && statements.len() > 1 {
        let mut message = Message::default();
        for statement in &statements {
            message.push(&statement.to_string());
        }
        return connection.execute_unprepared(message.text()).await.map(drop);
    }
    for statement in statements {
        connection.execute_raw(statement).await?;
    }
    Ok(())
}

/// Whether steps can be sent in a message: they neither read nor wait.
pub(crate) fn is_plain(steps: &[LaidOutStep]) -> bool {
    steps.iter().all(|step| match step {
        LaidOutStep::Sql(_) => true,
        LaidOutStep::Data(..) | LaidOutStep::Adapted(_) => false,
    })
}

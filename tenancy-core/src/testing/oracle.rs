//! The two-tenant oracle: what a statement does for one of two tenants is what it does on a
//! database that holds nothing but that tenant's rows.
//!
//! A statement runs for `acme` on a database that also holds `globex`, whose rows take the same
//! keys wherever they can, and unscoped on a database with `acme`'s rows alone. Results and the
//! rows of `acme` afterwards must be equal, and the rows of `globex` must not have changed. Both
//! sides roll back, so that every statement meets the same rows.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "an oracle panics where the promise is broken"
)]

pub mod corpus;
pub mod grammar;
mod outcome;
mod seed;

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait,
};

pub use self::outcome::Outcome;
use super::{
    TestBackend, TestDatabase,
    world::{SetUp, connect, migrate, new_tenant},
};
use crate::{
    Dialect, Error, Purpose, Tenancy, TenantConnection, TenantDdl, TenantTransaction,
    migrate::{TenantSet, render},
};

/// The environment variable that says how many generated statements a run judges.
pub const STATEMENTS: &str = "TENANCY_TEST_STATEMENTS";

/// The environment variable that says from which seed a run generates statements.
pub const SEED: &str = "TENANCY_TEST_SEED";

#[expect(
    clippy::disallowed_methods,
    reason = "tests are asked for a longer run by their environment"
)]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// How many generated statements to judge: what [`STATEMENTS`] says, or few enough for every run.
#[must_use]
pub fn statements() -> usize {
    variable(STATEMENTS).map_or(500, |statements| usize::try_from(statements).unwrap())
}

/// The seed to generate from: what [`SEED`] says, or always the same.
#[must_use]
pub fn seed() -> u64 {
    variable(SEED).unwrap_or(1)
}

/// One database with two tenants, and one with the rows of the first alone.
#[derive(Debug)]
pub struct Oracle {
    acme: TenantConnection,
    globex: TenantConnection,
    alone: DatabaseConnection,
    dialect: Dialect,
    /// Whether the rows of both lie in one database.
    together: bool,
    untouched: BTreeMap<&'static str, Vec<String>>,
    _tenancy: Tenancy,
    _databases: [TestDatabase; 2],
}

/// How often statements had which outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Both sides gave the same rows and left the same rows.
    pub equal: usize,
    /// Both sides failed in the database.
    pub failed: usize,
    /// Scoping refused it.
    pub refused: usize,
}

impl Oracle {
    /// Makes both databases.
    pub async fn create(backend: TestBackend, set_up: SetUp) -> Self {
        let databases = [
            TestDatabase::create(backend).await.unwrap(),
            TestDatabase::create(backend).await.unwrap(),
        ];
        let tenancy = connect(set_up, &databases[0], seed::migrations()).await.unwrap();
        migrate(&tenancy).await;
        let acme = tenancy.create_tenant(&new_tenant("acme")).await.unwrap();
        let globex = tenancy.create_tenant(&new_tenant("globex")).await.unwrap();
        let (acme, globex) =
            (tenancy.connection(&acme).await.unwrap(), tenancy.connection(&globex).await.unwrap());
        let alone = databases[1].connect().await.unwrap();
        let dialect = tenancy.dialect();
        create_alone(&alone, dialect).await;
        seed::fill(&alone, "acme", 0).await;
        seed::fill(&acme, "acme", 0).await;
        // SQLite counts the ids of all tenants together where they share their tables.
        let together = tenancy.strategy().tenant_ddl() == TenantDdl::Once;
        let offset = if together && dialect == Dialect::Sqlite { 1_000 } else { 0 };
        seed::fill(&globex, "globex", offset).await;
        let untouched = rows_of(&globex).await;
        let purpose = Purpose::Migration;
        let route =
            tenancy.strategy().route(tenancy.databases(), acme.tenant(), purpose).await.unwrap();
        seed::count_from(&route.connection, route.schema.as_ref()).await;
        seed::count_from(&alone, None).await;
        let in_one_database = together || dialect != Dialect::Sqlite;
        Self {
            acme,
            globex,
            alone,
            dialect,
            together: in_one_database,
            untouched,
            _tenancy: tenancy,
            _databases: databases,
        }
    }

    /// The dialect of both databases.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs a statement on both sides and compares them.
    ///
    /// # Errors
    /// What differs, in words.
    pub async fn judge(&self, statement: &Statement) -> Result<Outcome, String> {
        let tenant = self.acme.begin().await.map_err(|error| error.to_string())?;
        let outcome = self.judge_within(&tenant, statement).await;
        tenant.rollback().await.map_err(|error| error.to_string())?;
        outcome
    }

    async fn judge_within(
        &self,
        tenant: &TenantTransaction,
        statement: &Statement,
    ) -> Result<Outcome, String> {
        let scoped = tenant.query_all_raw(statement.clone()).await;
        if let Err(error) = &scoped
            && let Some(Error::Refused(refusal)) = Error::from_db_err(error)
        {
            return Ok(Outcome::Refused(refusal.clone()));
        }
        let alone = self.alone.begin().await.map_err(|error| error.to_string())?;
        let plain = alone.query_all_raw(statement.clone()).await;
        let outcome = match (scoped, plain) {
            (Ok(scoped), Ok(plain)) => {
                let is_ordered = outcome::is_ordered(&statement.sql);
                let scoped = outcome::texts(&scoped, is_ordered);
                let plain = outcome::texts(&plain, is_ordered);
                if scoped != plain {
                    return Err(format!("the tenant read {scoped:#?}\nand alone {plain:#?}"));
                }
                if !statement.sql.starts_with("SELECT") {
                    self.compare_rows(tenant, &alone).await?;
                }
                Ok(Outcome::Equal)
            }
            (Err(_), Err(_)) => Ok(Outcome::Failed),
            // MySQL does not read the table that it writes to but in a derived table, which scoping may
            // have put in its place.
            (Ok(_), Err(error)) if is_read_and_written(&error) => {
                self.compare_theirs(tenant).await?;
                Ok(Outcome::Failed)
            }
            (Ok(_), Err(error)) => Err(format!("alone it failed: {error}")),
            (Err(error), Ok(_)) => Err(format!("for the tenant it failed: {error}")),
        };
        alone.rollback().await.map_err(|error| error.to_string())?;
        outcome
    }

    async fn compare_rows(
        &self,
        tenant: &TenantTransaction,
        alone: &DatabaseTransaction,
    ) -> Result<(), String> {
        for table in seed::TABLES {
            let select = all_of(table, self.backend());
            let ours = tenant.query_all_raw(select.clone()).await.map_err(|e| e.to_string())?;
            let plain = alone.query_all_raw(select.clone()).await.map_err(|e| e.to_string())?;
            let (ours, plain) = (outcome::texts(&ours, false), outcome::texts(&plain, false));
            if ours != plain {
                return Err(format!("the tenant has in `{table}` {ours:#?}\nand alone {plain:#?}"));
            }
        }
        self.compare_theirs(tenant).await
    }

    /// The rows of the other tenant are those that it had.
    async fn compare_theirs(&self, tenant: &TenantTransaction) -> Result<(), String> {
        for table in seed::TABLES {
            let select = all_of(table, self.backend());
            let theirs = if self.together {
                tenant.seen_by(&self.globex, select).await.map_err(|error| error.to_string())?
            } else {
                let theirs = self.globex.query_all_raw(select).await;
                theirs.map_err(|error| error.to_string())?
            };
            let theirs = outcome::texts(&theirs, false);
            if Some(&theirs) != self.untouched.get(table) {
                return Err(format!(
                    "the rows of the other tenant in `{table}` became {theirs:#?}"
                ));
            }
        }
        Ok(())
    }

    fn backend(&self) -> DbBackend {
        self.acme.get_database_backend()
    }

    /// A statement without values.
    #[must_use]
    pub fn statement(&self, sql: &str) -> Statement {
        Statement::from_string(self.backend(), sql)
    }

    /// Judges a statement, panics where it breaks the promise, and counts it.
    pub async fn count(&self, statement: &Statement, name: &str, tally: &mut Tally) -> Outcome {
        match self.judge(statement).await {
            Err(difference) => panic!("{name}: {}\n{difference}", statement.sql),
            Ok(outcome) => {
                match &outcome {
                    Outcome::Equal => tally.equal += 1,
                    Outcome::Failed => tally.failed += 1,
                    Outcome::Refused(_) => tally.refused += 1,
                }
                outcome
            }
        }
    }
}

/// Whether MySQL has refused a statement because it reads the table that it writes to.
fn is_read_and_written(error: &DbErr) -> bool {
    error.to_string().contains(": 1093 (")
}

fn all_of(table: &str, backend: DbBackend) -> Statement {
    Statement::from_string(backend, format!("SELECT * FROM {table}"))
}

async fn rows_of(connection: &TenantConnection) -> BTreeMap<&'static str, Vec<String>> {
    let mut rows = BTreeMap::new();
    for table in seed::TABLES {
        let select = all_of(table, connection.get_database_backend());
        let read = connection.query_all_raw(select).await.unwrap();
        rows.insert(table, outcome::texts(&read, false));
    }
    rows
}

/// Creates the tables as the migrations define them, without any strategy.
async fn create_alone(alone: &DatabaseConnection, dialect: Dialect) {
    seed::create_shared(alone).await;
    let set = TenantSet::record(&seed::migrations(), dialect).unwrap();
    for change in set.migrations().iter().flat_map(|migration| migration.changes()) {
        let sql = render::statement(change, dialect).unwrap();
        alone.execute_unprepared(&sql).await.unwrap();
    }
}

/// Judges every statement of the corpus; one that is refused must say that it may be.
pub async fn corpus_is_scoped(backend: TestBackend, set_up: SetUp) {
    let oracle = Oracle::create(backend, set_up).await;
    let mut tally = Tally::default();
    let mut surprises = Vec::new();
    for case in corpus::cases(oracle.dialect()) {
        let outcome = oracle.count(&oracle.statement(&case.sql), case.name, &mut tally).await;
        if outcome != Outcome::Equal {
            surprises.push(format!("{}: {outcome:?}", case.name));
        }
    }
    for statement in corpus::built(oracle.backend()) {
        let outcome = oracle.count(&statement, "built by SeaORM", &mut tally).await;
        if outcome != Outcome::Equal {
            surprises.push(format!("{}: {outcome:?}", statement.sql));
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
    assert!(tally.equal > 100, "{tally:?}");
}

/// Judges generated statements, from a seed so that a failure can be repeated.
pub async fn generated_statements_are_scoped(
    backend: TestBackend,
    set_up: SetUp,
    seed: u64,
    statements: usize,
) -> Tally {
    let oracle = Oracle::create(backend, set_up).await;
    let mut tally = Tally::default();
    for at in 0..statements {
        let seed = seed.wrapping_add(at as u64);
        let sql = grammar::statement(seed, oracle.dialect());
        let name = format!("seed {seed}");
        oracle.count(&oracle.statement(&sql), &name, &mut tally).await;
    }
    tally
}

//! What operations cost, counted: how often a caller waits for a server of PostgreSQL or MariaDB, and
//! how many statements it is sent. Unlike times, counts are the same on every machine.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a cost that cannot be counted fails the test"
)]

use std::{fmt::Write, path::Path};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    TransactionSession, TransactionTrait, sea_query::Expr,
};

use super::{
    TestBackend, TestDatabase,
    wire::Wire,
    world::{SetUp, base, customer, migrate, new_tenant, with_note},
};
use crate::{MigrateOptions, Tenancy, Tenant};

/// How often an operation is counted. A pool opens connections when it likes, which some of the
/// counts hold; the median of them does not.
const TIMES: usize = 11;

/// How many tenants a counted run is over.
pub const TENANTS: usize = 20;

/// What an application does for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A row by its key.
    Lookup,
    /// The first 20 rows.
    List,
    /// A new row.
    Insert,
    /// A row changed.
    Update,
    /// Five of these in a transaction.
    Transaction,
}

impl Operation {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Lookup, Self::List, Self::Insert, Self::Update, Self::Transaction];

    /// Those that a transaction is made of.
    pub const IN_TRANSACTION: [Self; 5] =
        [Self::Lookup, Self::List, Self::Insert, Self::Update, Self::Lookup];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::List => "list of 20",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Transaction => "transaction of 5",
        }
    }

    /// Does it through the connection of a tenant: to the row of this id, or with a new email.
    ///
    /// # Errors
    /// What the database says.
    pub async fn run<C>(self, connection: &C, id: i32, email: String) -> Result<(), DbErr>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        if self != Self::Transaction {
            return self.single(connection, id, email).await;
        }
        let transaction = connection.begin().await?;
        for operation in Self::IN_TRANSACTION {
            operation.single(&transaction, id, email.clone()).await?;
        }
        transaction.commit().await
    }

    async fn single<C: ConnectionTrait>(
        self,
        connection: &C,
        id: i32,
        email: String,
    ) -> Result<(), DbErr> {
        use customer::{ActiveModel, Column, Entity};
        match self {
            Self::Lookup | Self::Transaction => {
                Entity::find_by_id(id).one(connection).await?;
            }
            Self::List => {
                Entity::find().order_by_asc(Column::Id).limit(20).all(connection).await?;
            }
            Self::Insert => {
                let name = Set("new".to_owned());
                let new = ActiveModel { email: Set(email), name, ..Default::default() };
                Entity::insert(new).exec(connection).await?;
            }
            Self::Update => {
                let update = Entity::update_many().col_expr(Column::Name, Expr::value(email));
                update.filter(Column::Id.eq(id)).exec(connection).await?;
            }
        }
        Ok(())
    }
}

/// What an operation costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// What is done.
    pub operation: String,
    /// How often the caller waits for the server. Not counted where connections are opened, or given
    /// back with a word: how many, and when, is for the pool to choose.
    pub round_trips: Option<u64>,
    /// How many statements the server is sent; several in one message are one.
    pub statements: u64,
}

/// Counts what an operation costs, done several times.
///
/// # Errors
/// Those of the operation.
pub async fn cost<E>(
    wire: &Wire,
    operation: &str,
    times: usize,
    mut run: impl AsyncFnMut(usize) -> Result<(), E>,
) -> Result<Cost, E> {
    let (mut round_trips, mut statements) = (Vec::new(), Vec::new());
    for at in 0..times {
        let before = (wire.round_trips(), wire.statements());
        run(at).await?;
        round_trips.push(wire.round_trips() - before.0);
        statements.push(wire.statements() - before.1);
    }
    let operation = operation.to_owned();
    let round_trips = Some(median(round_trips));
    Ok(Cost { operation, round_trips, statements: median(statements) })
}

fn median(mut counts: Vec<u64>) -> u64 {
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or_default()
}

/// What the operations of a strategy cost on PostgreSQL; see [`on`].
pub async fn of(set_up: SetUp) -> Vec<Cost> {
    on(TestBackend::Postgres, set_up).await
}

/// What they cost on a server of this kind.
///
/// The set-up should have few connections: each is sent the form of a statement once, which costs a
/// round trip more, and how many a pool opens depends on what happens to run at the same time.
pub async fn on(backend: TestBackend, set_up: SetUp) -> Vec<Cost> {
    let database = TestDatabase::create(backend).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let setup = set_up(wire.url(), None);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, base()).await.unwrap();
    migrate(&tenancy).await;
    let tenants = provision(&tenancy).await;
    // Until changes are told nothing is remembered.
    assert!(tenancy.registry_changes().watched().await);
    let mut costs = statements(&wire, &tenancy, &tenants[0]).await;
    if backend == TestBackend::MariaDb {
        // What is remembered of the registry is forgotten when a change is seen, also one's own.
        wire.looked().await;
    }
    costs.extend(requests(&wire, &tenancy, &tenants).await);
    let create = async |at: usize| {
        tenancy.create_tenant(&new_tenant(&format!("counted-{at}"))).await.map(|_| ())
    };
    let missing = TENANTS - tenants.len();
    let mut provisioned = cost(&wire, "provision", missing, create).await.unwrap();
    if backend == TestBackend::MariaDb {
        provisioned.round_trips = None;
    }
    costs.push(provisioned);
    costs.push(run(&wire, &tenancy, "nothing pending").await);
    let setup = set_up(wire.url(), None);
    let next = Tenancy::connect(&setup.config, setup.strategy, with_note()).await.unwrap();
    costs.push(run(&wire, &next, "one pending").await);
    costs
}

/// Proves that operations cost what a table in a file says; `SNAPSHOTS=overwrite` writes it again.
pub fn cost_what_the_table_says(costs: &[Cost], file: &Path) {
    let table = table(costs);
    if std::env::var_os("SNAPSHOTS").is_some_and(|wish| wish == "overwrite") {
        std::fs::write(file, &table).unwrap();
    }
    let known = std::fs::read_to_string(file).unwrap_or_default();
    assert!(table == known, "known:\n{known}\nnow:\n{table}");
}

async fn provision(tenancy: &Tenancy) -> Vec<Tenant> {
    let mut tenants = Vec::new();
    for at in 0..TIMES {
        let new = new_tenant(&format!("tenant-{at}"));
        let tenant = tenancy.create_tenant(&new).await.unwrap();
        let connection = tenancy.connection(&tenant).await.unwrap();
        // The pool of each is open, and knows that the tenant is served, but for its statements.
        connection.execute_unprepared("SELECT count(*) FROM customer").await.unwrap();
        tenants.push(tenant);
    }
    tenants
}

async fn statements(wire: &Wire, tenancy: &Tenancy, tenant: &Tenant) -> Vec<Cost> {
    let connection = tenancy.connection(tenant).await.unwrap();
    let mut costs = Vec::new();
    for operation in Operation::ALL {
        let email = |at| format!("{}-{at}@example.com", operation.name());
        let run = async |at| operation.run(&connection, 1, email(at)).await;
        costs.push(cost(wire, operation.name(), TIMES, run).await.unwrap());
    }
    costs
}

/// A request: its tenant by the name of its host, and a first statement.
async fn requests(wire: &Wire, tenancy: &Tenancy, tenants: &[Tenant]) -> Vec<Cost> {
    let request = async |at: usize| {
        let domain = format!("{}.example.com", tenants[at].slug).parse()?;
        let tenant = tenancy.lookup().by_domain(&domain).await?.unwrap();
        let connection = tenancy.connection(&tenant).await?;
        Operation::Lookup.run(&connection, 1, String::new()).await.unwrap();
        Ok::<_, crate::Error>(())
    };
    let mut costs = Vec::new();
    for name in ["first request of a tenant", "request, tenant known"] {
        costs.push(cost(wire, name, tenants.len(), &request).await.unwrap());
    }
    costs
}

async fn run(wire: &Wire, tenancy: &Tenancy, what: &str) -> Cost {
    // One after the other: several at a time open a number of connections that is theirs to choose.
    let options = MigrateOptions { jobs: 1, ..MigrateOptions::default() };
    let operation = format!("migrate {TENANTS} tenants, {what}");
    let run = async |_| {
        let report = tenancy.migrate(&options, |_| {}).await?;
        assert_eq!(report.failures().count(), 0, "{report:?}");
        Ok::<_, crate::Error>(())
    };
    let cost = cost(wire, &operation, 1, run).await.unwrap();
    Cost { round_trips: None, ..cost }
}

/// Costs as a table of text.
#[must_use]
pub fn table(costs: &[Cost]) -> String {
    let mut table = format!("{:<36} {:>11} {:>10}\n", "operation", "round trips", "statements");
    for Cost { operation, round_trips, statements } in costs {
        let round_trips = round_trips.map_or_else(|| "-".to_owned(), |count| count.to_string());
        writeln!(table, "{operation:<36} {round_trips:>11} {statements:>10}").unwrap();
    }
    table
}

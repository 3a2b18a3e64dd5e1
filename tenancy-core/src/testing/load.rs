//! The work of many clients for several tenants at a time, of which it is known what must be there
//! afterwards.
//!
//! Every client uses the same keys for every tenant, and every row says whose it is: a row of the wrong
//! tenant, a commit that is lost, and one that nobody asked for are all seen.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a function that proves something panics where it is not so"
)]

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    TransactionTrait, sea_query::Expr,
};

use super::{cut::cut_after, world::customer};
use crate::{Tenancy, Tenant, TenantConnection};

/// What becomes of the work of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing fails, and nothing is cut off.
    Fair,
    /// Some of the work is dropped before it ends, as a request is whose client has gone.
    Cuts,
    /// The database fails now and then.
    Faults,
}

/// The rows of which it is known what has become of them, by the number of their tenant.
#[derive(Debug, Default)]
pub struct Known {
    there: BTreeSet<(usize, String)>,
    perhaps: BTreeSet<(usize, String)>,
    gone: BTreeSet<(usize, String)>,
    /// How many statements have ended.
    pub statements: u64,
    /// How many pieces of work have failed.
    pub failed: u64,
    /// How many pieces of work were cut off.
    pub cut: u64,
}

impl Known {
    /// Puts together what two clients know.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.there.extend(other.there);
        self.perhaps.extend(other.perhaps);
        self.gone.extend(other.gone);
        self.statements += other.statements;
        self.failed += other.failed;
        self.cut += other.cut;
        self
    }

    /// Demands that every tenant has the rows that must be there, and none that must not.
    pub async fn check(&self, tenancy: &Tenancy, tenants: &[Tenant]) {
        for (at, tenant) in tenants.iter().enumerate() {
            let connection = tenancy.connection(tenant).await.unwrap();
            let rows = customer::Entity::find().all(&connection).await.unwrap();
            let mut found = BTreeSet::new();
            for row in rows {
                belongs(&row, tenant);
                found.insert((at, row.email));
            }
            let lost: Vec<_> =
                self.there.iter().filter(|row| row.0 == at && !found.contains(*row)).collect();
            assert!(lost.is_empty(), "{} has lost {lost:?}", tenant.slug);
            let asked =
                |row: &&(usize, String)| !self.there.contains(*row) && !self.perhaps.contains(*row);
            let unasked: Vec<_> = found.iter().filter(asked).collect();
            assert!(unasked.is_empty(), "{} has {unasked:?}", tenant.slug);
            let kept: Vec<_> = self.gone.intersection(&found).collect();
            assert!(kept.is_empty(), "{} has kept {kept:?}", tenant.slug);
        }
    }
}

fn belongs(row: &customer::Model, tenant: &Tenant) {
    let name = format!("{} of {}", row.email, tenant.slug);
    assert_eq!(row.name, name, "a row of another tenant was given to {}", tenant.slug);
}

fn new(email: &str, tenant: &Tenant) -> customer::ActiveModel {
    customer::ActiveModel {
        email: Set(email.to_owned()),
        name: Set(format!("{email} of {}", tenant.slug)),
        ..Default::default()
    }
}

/// What a piece of work is.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Insert,
    InsertTwoInTransaction,
    InsertAndRollBack,
    InsertAndGoAway,
    Find,
    List,
    Stream,
    Update,
}

impl Piece {
    const ALL: [Self; 8] = [
        Self::Insert,
        Self::InsertTwoInTransaction,
        Self::InsertAndRollBack,
        Self::InsertAndGoAway,
        Self::Find,
        Self::List,
        Self::Stream,
        Self::Update,
    ];

    /// The rows that are there when it has ended well.
    fn rows(self, email: &str) -> Vec<String> {
        match self {
            Self::Insert => vec![email.to_owned()],
            Self::InsertTwoInTransaction => vec![email.to_owned(), format!("second-{email}")],
            Self::InsertAndRollBack
            | Self::InsertAndGoAway
            | Self::Find
            | Self::List
            | Self::Stream
            | Self::Update => Vec::new(),
        }
    }

    /// The rows that are never there.
    fn never(self, email: &str) -> Option<String> {
        match self {
            Self::InsertAndRollBack | Self::InsertAndGoAway => Some(email.to_owned()),
            Self::Insert
            | Self::InsertTwoInTransaction
            | Self::Find
            | Self::List
            | Self::Stream
            | Self::Update => None,
        }
    }
}

/// Does a piece of work; how many statements it took.
async fn work(
    piece: Piece,
    connection: &TenantConnection,
    email: &str,
    known: Option<&str>,
) -> Result<u64, DbErr> {
    let tenant = connection.tenant();
    match piece {
        Piece::Insert => {
            customer::Entity::insert(new(email, tenant)).exec(connection).await?;
            Ok(1)
        }
        Piece::InsertTwoInTransaction => {
            let transaction = connection.begin().await?;
            customer::Entity::insert(new(email, tenant)).exec(&transaction).await?;
            find(&transaction, email, tenant).await?.unwrap();
            let second = format!("second-{email}");
            customer::Entity::insert(new(&second, tenant)).exec(&transaction).await?;
            transaction.commit().await?;
            Ok(5)
        }
        Piece::InsertAndRollBack | Piece::InsertAndGoAway => {
            let transaction = connection.begin().await?;
            customer::Entity::insert(new(email, tenant)).exec(&transaction).await?;
            list(&transaction, tenant).await?;
            if matches!(piece, Piece::InsertAndRollBack) {
                transaction.rollback().await?;
            }
            Ok(4)
        }
        Piece::Find => {
            let found = find(connection, known.unwrap_or(email), tenant).await?;
            assert_eq!(found.is_some(), known.is_some(), "{known:?} of {}", tenant.slug);
            Ok(1)
        }
        Piece::List => list(connection, tenant).await,
        Piece::Stream => stream(connection, tenant).await,
        Piece::Update => {
            let email = known.unwrap_or(email);
            let updated = customer::Entity::update_many()
                .col_expr(
                    customer::Column::Name,
                    Expr::value(format!("{email} of {}", tenant.slug)),
                )
                .filter(customer::Column::Email.eq(email))
                .exec(connection)
                .await?;
            assert_eq!(updated.rows_affected, u64::from(known.is_some()), "{email}");
            Ok(1)
        }
    }
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    email: &str,
    tenant: &Tenant,
) -> Result<Option<customer::Model>, DbErr> {
    let find = customer::Entity::find().filter(customer::Column::Email.eq(email));
    let found = find.one(connection).await?;
    if let Some(row) = &found {
        assert_eq!(row.email, email, "another statement's row was given to {}", tenant.slug);
        belongs(row, tenant);
    }
    Ok(found)
}

async fn list<C: ConnectionTrait>(connection: &C, tenant: &Tenant) -> Result<u64, DbErr> {
    let last = customer::Entity::find().order_by_desc(customer::Column::Id).limit(10);
    last.all(connection).await?.iter().for_each(|row| belongs(row, tenant));
    Ok(1)
}

async fn stream(connection: &TenantConnection, tenant: &Tenant) -> Result<u64, DbErr> {
    let first = customer::Entity::find().order_by_asc(customer::Column::Id).limit(20);
    let mut rows = first.stream(connection).await?;
    // Some rows are never read.
    for _ in 0..5 {
        match rows.try_next().await? {
            Some(row) => belongs(&row, tenant),
            None => break,
        }
    }
    Ok(1)
}

/// A client, which does one piece of work after another, each for some tenant.
#[derive(Debug)]
pub struct Client {
    name: String,
    random: fastrand::Rng,
    connections: Vec<TenantConnection>,
    known: Known,
}

impl Client {
    /// A client of a name, which its rows have.
    pub async fn new(name: &str, tenancy: &Tenancy, tenants: &[Tenant], seed: u64) -> Self {
        let mut connections = Vec::new();
        for tenant in tenants {
            connections.push(tenancy.connection(tenant).await.unwrap());
        }
        let random = fastrand::Rng::with_seed(seed);
        Self { name: name.to_owned(), random, connections, known: Known::default() }
    }

    /// Does so many pieces of work, and returns what it knows then.
    pub async fn run(mut self, pieces: u32, weather: Weather) -> Known {
        for at in 0..pieces {
            self.step(at, weather).await;
        }
        self.known
    }

    /// The same until it is told to stop; `progress` is told of each piece that has ended well.
    pub async fn run_until(
        mut self,
        weather: Weather,
        stop: impl Fn() -> bool,
        progress: impl Fn(),
    ) -> Known {
        for at in 0.. {
            if stop() {
                break;
            }
            if self.step(at, weather).await {
                progress();
            }
        }
        self.known
    }

    /// Does a piece of work; whether it has ended well.
    async fn step(&mut self, at: u32, weather: Weather) -> bool {
        let tenant = self.random.usize(..self.connections.len());
        let piece = self.random.choice(Piece::ALL).unwrap_or(Piece::List);
        let email = format!("{}-{at}@example.com", self.name);
        let own: Vec<&(usize, String)> =
            self.known.there.iter().filter(|row| row.0 == tenant).collect();
        let known = self.random.choice(own).map(|row| row.1.clone());
        let polls = match weather {
            Weather::Cuts if self.random.bool() => self.random.u32(1..10),
            Weather::Cuts | Weather::Fair | Weather::Faults => u32::MAX,
        };
        let work = work(piece, &self.connections[tenant], &email, known.as_deref());
        let ended = cut_after(polls, work).await;
        let rows = piece.rows(&email).into_iter().map(|row| (tenant, row));
        self.known.gone.extend(piece.never(&email).map(|row| (tenant, row)));
        match ended {
            Some(Ok(statements)) => {
                self.known.statements += statements;
                self.known.there.extend(rows);
                return true;
            }
            Some(Err(error)) if weather == Weather::Faults => {
                self.known.failed += 1;
                // Whether the server had committed it before it failed, nobody knows.
                self.known.perhaps.extend(rows);
                let _ = error;
            }
            Some(Err(error)) => panic!("{piece:?} failed: {error:?}"),
            None => {
                self.known.cut += 1;
                self.known.perhaps.extend(rows);
            }
        }
        false
    }
}

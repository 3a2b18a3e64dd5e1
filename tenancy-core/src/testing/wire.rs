//! A counter between the client and a PostgreSQL or MariaDB server.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a count that cannot be made fails the test"
)]

mod mariadb;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Set, Statement, TransactionTrait};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::{
    TestBackend, TestDatabase,
    world::{SetUp, base, connect, customer, migrate, new_tenant, with_note},
};
use crate::{Error, Tenancy, TenantConnection};

/// What has gone over the wire so far.
#[derive(Debug, Default)]
struct Counts {
    bytes_sent: AtomicU64,
    /// The same of the connections on which [`MARK`] was said.
    marked_bytes: AtomicU64,
    statements: AtomicU64,
    /// How often a process that looks for changes has spoken, where nobody tells it.
    looks: watch::Sender<u64>,
    /// How often each client has spoken after the server had, connection by connection.
    round_trips: Mutex<Vec<Arc<AtomicU64>>>,
}

/// What marks a connection of which the bytes are counted by themselves, where it is said.
const MARK: &str = "bytes of this connection count";

/// A server's address with a counter before it.
#[derive(Debug)]
pub struct Wire {
    url: String,
    counts: Arc<Counts>,
}

impl Wire {
    /// Listens on a free port, and passes on to the server of an address.
    pub async fn before(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap();
        let (user, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let port = if scheme == "mysql" { 3306 } else { 5432 };
        let server =
            if server.contains(':') { server.to_owned() } else { format!("{server}:{port}") };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::new(Counts::default());
        let speaks_mysql = scheme == "mysql";
        tokio::spawn(pass_on(listener, server, speaks_mysql, Arc::clone(&counts)));
        let at = if user.is_empty() { String::new() } else { format!("{user}@") };
        Self { url: format!("{scheme}://{at}127.0.0.1:{port}/{path}"), counts }
    }

    /// The address that is counted.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many bytes clients have sent, but for tests of unused connections.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.counts.bytes_sent.load(Ordering::SeqCst)
    }

    /// How many bytes clients have sent on the connections that were marked.
    fn marked_bytes(&self) -> u64 {
        self.counts.marked_bytes.load(Ordering::SeqCst)
    }

    /// How many statements and messages of statements clients have had run.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.counts.statements.load(Ordering::SeqCst)
    }

    /// How often clients have spoken after the server had, but for tests of unused connections.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.round_trips_by_connection().iter().sum()
    }

    /// Waits until a process that looks for changes knows of all that was written before.
    pub async fn looked(&self) {
        let mut looks = self.counts.looks.subscribe();
        let before = *looks.borrow();
        // A look that finds something is followed by one at what is served, each of which may be
        // prepared first. What comes after those is sent when their answers have been taken in.
        looks.wait_for(|looks| *looks >= before + 6).await.unwrap();
    }

    /// The same connection by connection. A pool speaks
    /// on those that nobody uses when it likes.
    fn round_trips_by_connection(&self) -> Vec<u64> {
        let connections = self.counts.round_trips.lock().unwrap();
        connections.iter().map(|trips| trips.load(Ordering::SeqCst)).collect()
    }
}

/// By a Sync alone a pool tests a connection that is given back to it, while nobody waits for it.
const TEST: [u8; 5] = [b'S', 0, 0, 0, 4];

async fn pass_on(listener: TcpListener, server: String, speaks_mysql: bool, counts: Arc<Counts>) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(&server).await else { continue };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let sending = Arc::clone(&counts);
        let round_trips = Arc::new(AtomicU64::new(0));
        counts.round_trips.lock().unwrap().push(Arc::clone(&round_trips));
        let answering = Arc::new(AtomicBool::new(false));
        let is_answered = Arc::clone(&answering);
        let mut frontend = Frontend::default();
        let mut mysql = speaks_mysql.then(mariadb::Client::default);
        let mut is_marked = false;
        let is_watch = Arc::new(AtomicBool::new(false));
        let watches = Arc::clone(&is_watch);
        tokio::spawn(copy(from_client, to_server, move |bytes| {
            let is_test = bytes == if mysql.is_some() { mariadb::PING } else { TEST };
            is_marked |= bytes.windows(MARK.len()).any(|part| part == MARK.as_bytes());
            if is_marked {
                sending.marked_bytes.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            }
            let (statements, bytes) = match &mut mysql {
                Some(client) => (client.statements_in(bytes), bytes.len() as u64),
                None => (frontend.statements_in(bytes), frontend.counted(bytes.len())),
            };
            if frontend.is_watch || mysql.as_ref().is_some_and(|client| client.is_watch) {
                watches.store(true, Ordering::SeqCst);
                sending.looks.send_modify(|looks| *looks += u64::from(mysql.is_some()));
                return;
            }
            if is_test {
                return;
            }
            sending.bytes_sent.fetch_add(bytes, Ordering::SeqCst);
            sending.statements.fetch_add(statements, Ordering::SeqCst);
            if is_answered.swap(false, Ordering::SeqCst) {
                round_trips.fetch_add(1, Ordering::SeqCst);
            }
        }));
        tokio::spawn(copy(from_server, to_client, move |_| {
            if !is_watch.load(Ordering::SeqCst) {
                answering.store(true, Ordering::SeqCst);
            }
        }));
    }
}

/// What has been read of a client's side of a connection
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
#[derive(Debug, Default)]
struct Frontend {
    is_started: bool,
    /// Whether it is the connection over which a process learns of changes, which is not counted: it
    /// speaks when it likes.
    is_watch: bool,
    /// How many bytes came before it said so.
    before_start: usize,
    unread: Vec<u8>,
}

impl Frontend {
    /// How many bytes count, when so many came: none before it is known whose they are.
    fn counted(&mut self, came: usize) -> u64 {
        let all = std::mem::take(&mut self.before_start) + came;
        if self.is_started {
            return all as u64;
        }
        self.before_start = all;
        0
    }

    /// How many of the messages that these bytes complete run something: Query and Execute.
    fn statements_in(&mut self, bytes: &[u8]) -> u64 {
        /// The code of the request for an encrypted connection, which a startup follows.
        const SSL_REQUEST: [u8; 4] = [4, 210, 22, 47];
        /// What each new connection is asked. How many a pool opens depends on what happens to run at
        /// the same time.
        const QUESTION: &[u8] = b"current_setting('extra_float_digits')";
        self.unread.extend_from_slice(bytes);
        let mut statements = 0;
        loop {
            // Only the first messages have no byte for their type.
            let at = usize::from(self.is_started);
            let Some(length) = self.unread.get(at..at + 4) else { return statements };
            let length = u32::from_be_bytes(length.try_into().unwrap()) as usize + at;
            let Some(message) = self.unread.get(..length) else { return statements };
            if self.is_started {
                let is_question = message.windows(QUESTION.len()).any(|part| part == QUESTION);
                statements += u64::from(matches!(message[0], b'Q' | b'E') && !is_question);
            } else {
                self.is_started = message.get(4..8) != Some(&SSL_REQUEST);
                let watch = b"application_name\0tenancy-watch\0";
                self.is_watch = message.windows(watch.len()).any(|part| part == watch);
            }
            self.unread.drain(..length);
        }
    }
}

/// Counts before it passes on, so that whoever has an answer finds it counted.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut count: impl FnMut(&[u8]),
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(read @ 1..) => {
                count(&buffer[..read]);
                if to.write_all(&buffer[..read]).await.is_err() {
                    return;
                }
            }
            Ok(0) | Err(_) => return,
        }
    }
}

async fn tenant_over(wire: &Wire, set_up: SetUp) -> (Tenancy, TenantConnection) {
    let setup = set_up(wire.url(), None);
    let tenancy = Tenancy::connect(&setup.config, setup.strategy, base()).await.unwrap();
    migrate(&tenancy).await;
    let acme = tenancy.create_tenant(&new_tenant("acme")).await.unwrap();
    let connection = tenancy.connection(&acme).await.unwrap();
    (tenancy, connection)
}

/// A refused statement sends not one byte.
pub async fn a_refused_statement_sends_nothing(set_up: SetUp) {
    a_refused_statement_sends_nothing_to(TestBackend::Postgres, set_up).await;
}

/// The same on a server of this kind.
pub async fn a_refused_statement_sends_nothing_to(backend: TestBackend, set_up: SetUp) {
    let database = TestDatabase::create(backend).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let (_tenancy, acme) = tenant_over(&wire, set_up).await;
    // Within a transaction the pool sends nothing of its own. Changes of the registry are asked for
    // on other connections.
    let transaction = acme.begin().await.unwrap();
    transaction.execute_unprepared(&format!("SELECT '{MARK}'")).await.unwrap();
    let before = wire.marked_bytes();
    for sql in ["SELECT * FROM stray", "DELETE FROM tenants_tenant", "DROP TABLE customer", "?"] {
        let statement = Statement::from_string(transaction.get_database_backend(), sql);
        let error = transaction.query_all_raw(statement).await.unwrap_err();
        assert!(matches!(Error::from_db_err(&error), Some(Error::Refused(_))), "{error:?}");
        transaction.execute_unprepared(sql).await.unwrap_err();
    }
    assert_eq!(wire.marked_bytes(), before);
    customer::Entity::find().all(&transaction).await.unwrap();
    assert!(wire.marked_bytes() > before, "the counter does not count");
}

/// A statement that is prepared costs one round trip, like one that nothing scopes.
pub async fn a_statement_costs_one_round_trip(set_up: SetUp) {
    a_statement_costs_one_round_trip_to(TestBackend::Postgres, set_up).await;
}

/// The same on a server of this kind.
pub async fn a_statement_costs_one_round_trip_to(backend: TestBackend, set_up: SetUp) {
    const TIMES: u64 = 20;
    let database = TestDatabase::create(backend).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let (_tenancy, acme) = tenant_over(&wire, set_up).await;
    let transaction = acme.begin().await.unwrap();
    let mut before = Vec::new();
    for at in 0..=TIMES {
        let new = customer::ActiveModel {
            email: Set(format!("{at}@example.com")),
            name: Set("new".to_owned()),
            ..Default::default()
        };
        let new = customer::Entity::insert(new).exec(&transaction).await.unwrap();
        customer::Entity::find_by_id(new.last_insert_id).one(&transaction).await.unwrap();
        let by_key = customer::Entity::find().order_by_asc(customer::Column::Id);
        by_key.all(&transaction).await.unwrap();
        // The first time round they are prepared.
        if at == 0 {
            before = wire.round_trips_by_connection();
        }
    }
    // The transaction's connection is the one on which most was said.
    let after = wire.round_trips_by_connection();
    let said = after.iter().enumerate().map(|(at, after)| after - before.get(at).unwrap_or(&0));
    assert_eq!(said.max(), Some(TIMES * 3));
}

/// A tenant after the first costs one message, with all its migrations.
pub async fn a_new_tenant_costs_one_message(set_up: SetUp) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let (tenancy, _acme) = tenant_over(&wire, set_up).await;
    for tenant in ["globex", "initech", "hooli"] {
        let before = wire.statements();
        tenancy.create_tenant(&new_tenant(tenant)).await.unwrap();
        assert_eq!(wire.statements() - before, 1);
    }
}

/// A tenant that moves into a ready place costs a look and a message, also in the process that finds
/// out that there is one; when none is left, it is one message again.
pub async fn a_ready_place_costs_a_look_and_a_message(set_up: SetUp) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let (tenancy, _acme) = tenant_over(&wire, set_up).await;
    tenancy.prepare_tenants(2).await.unwrap();
    for tenant in ["globex", "initech"] {
        let before = wire.statements();
        tenancy.create_tenant(&new_tenant(tenant)).await.unwrap();
        assert_eq!(wire.statements() - before, 2);
    }
    assert_eq!(tenancy.ready_count().await.unwrap(), 0);
    for (tenant, statements) in [("hooli", 2), ("stark", 1)] {
        let before = wire.statements();
        tenancy.create_tenant(&new_tenant(tenant)).await.unwrap();
        assert_eq!(wire.statements() - before, statements, "{tenant}");
    }
}

/// A run with nothing to do costs as many statements for many tenants as for few, and one with a
/// migration to apply a message more for each tenant, or none.
pub async fn a_run_costs_what_it_does(set_up: SetUp) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let (tenancy, _acme) = tenant_over(&wire, set_up).await;
    let mut nothing = Vec::new();
    let mut one_pending = Vec::new();
    for tenants in [["globex", "initech"].as_slice(), &["hooli", "stark", "wayne", "umbrella"]] {
        for tenant in tenants {
            tenancy.create_tenant(&new_tenant(tenant)).await.unwrap();
        }
        let before = wire.statements();
        migrate(&tenancy).await;
        nothing.push(wire.statements() - before);
        let setup = set_up(wire.url(), None);
        let next = Tenancy::connect(&setup.config, setup.strategy, with_note()).await.unwrap();
        let before = wire.statements();
        let report = migrate(&next).await;
        one_pending.push(wire.statements() - before);
        let back = crate::migrate::Rollback::Run(report.run.unwrap());
        next.roll_back(&back, &crate::MigrateOptions::default(), |_| {}).await.unwrap();
        let tenancy = connect(set_up, &database, base()).await.unwrap();
        assert!(migrate(&tenancy).await.run.is_none());
    }
    assert!(nothing[0] == nothing[1] && nothing[0] <= 10, "{nothing:?}");
    let each = u64::from(tenancy.strategy().tenant_ddl() == crate::TenantDdl::PerTenant);
    assert_eq!(one_pending[1] - one_pending[0], 4 * each, "{one_pending:?}");
}

/// A start costs a few statements, however many tenants there are; that it has looked for a pooler
/// and at the decisive parts of the layout is among them.
pub async fn a_start_costs_little(set_up: SetUp) {
    let database = TestDatabase::create(TestBackend::Postgres).await.unwrap();
    let wire = Wire::before(database.url()).await;
    let (tenancy, _acme) = tenant_over(&wire, set_up).await;
    let mut costs = Vec::new();
    for tenants in [["globex"].as_slice(), &["hooli", "stark", "wayne", "umbrella"]] {
        for tenant in tenants {
            tenancy.create_tenant(&new_tenant(tenant)).await.unwrap();
        }
        let before = wire.statements();
        let setup = set_up(wire.url(), None);
        Tenancy::connect(&setup.config, setup.strategy, base()).await.unwrap();
        costs.push(wire.statements() - before);
    }
    assert!(costs[0] == costs[1] && costs[0] <= 20, "{costs:?}");
}

//! A transaction pooler before a PostgreSQL server, as simple as one can be: it gives a client a
//! server process for a transaction, and does not keep the prepared statements of clients apart.
//!
//! The server must let the role of the address in without a password.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a pooler that cannot be made fails the test"
)]

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// The request for an encrypted connection, which a startup follows
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
const SSL_REQUEST: u32 = 80_877_103;

/// Version 3.0 of the protocol.
const PROTOCOL: u32 = 196_608;

/// A pooler that listens on a free port for as long as the runtime lives.
#[derive(Debug)]
pub struct TransactionPooler {
    url: String,
}

impl TransactionPooler {
    /// Puts a pooler with so many server processes before the server of an address.
    pub async fn before(url: &str, processes: usize) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, database) = rest.split_once('/').unwrap();
        let (user, server) = authority.rsplit_once('@').unwrap();
        let mut servers = Vec::new();
        let mut greeting = Vec::new();
        for _ in 0..processes {
            let (stream, greeted) = log_in(server, user, database).await;
            servers.push(stream);
            greeting = greeted;
        }
        let pool = Arc::new(Pool {
            free: Semaphore::new(processes),
            servers: Mutex::new(servers),
            greeting,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&pool)));
            }
        });
        Self { url: format!("{scheme}://{user}@127.0.0.1:{port}/{database}") }
    }

    /// The address to connect to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

struct Pool {
    free: Semaphore,
    /// The last one that was given back is the next to be given out.
    servers: Mutex<Vec<TcpStream>>,
    /// What a server says to a client that it has let in.
    greeting: Vec<u8>,
}

impl Pool {
    async fn take(&self) -> TcpStream {
        self.free.acquire().await.unwrap().forget();
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap()
    }

    fn give_back(&self, server: TcpStream) {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).push(server);
        self.free.add_permits(1);
    }
}

/// A message with its type; `None` at the end.
async fn message(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let mut all = head.to_vec();
    all.resize(usize::try_from(length).ok()? + 1, 0);
    stream.read_exact(&mut all[5..]).await.ok()?;
    Some((head[0], all))
}

async fn log_in(server: &str, user: &str, database: &str) -> (TcpStream, Vec<u8>) {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let text = format!("user\0{user}\0database\0{database}\0\0");
    let length = u32::try_from(text.len() + 8).unwrap();
    let startup = [&length.to_be_bytes()[..], &PROTOCOL.to_be_bytes(), text.as_bytes()].concat();
    stream.write_all(&startup).await.unwrap();
    let mut greeting = Vec::new();
    loop {
        let (kind, message) = message(&mut stream).await.unwrap();
        assert_ne!(kind, b'E', "the server let nobody in");
        greeting.extend(message);
        if kind == b'Z' {
            return (stream, greeting);
        }
    }
}

/// Reads what a client begins with.
async fn greet(client: &mut TcpStream, greeting: &[u8]) -> Option<()> {
    loop {
        let length = client.read_u32().await.ok()?;
        let code = client.read_u32().await.ok()?;
        let mut rest = vec![0; usize::try_from(length).ok()?.checked_sub(8)?];
        client.read_exact(&mut rest).await.ok()?;
        if code != SSL_REQUEST {
            return client.write_all(greeting).await.ok();
        }
        client.write_all(b"N").await.ok()?;
    }
}

async fn serve(mut client: TcpStream, pool: Arc<Pool>) -> Option<()> {
    greet(&mut client, &pool.greeting).await?;
    let mut held: Option<TcpStream> = None;
    while let Some((kind, text)) = message(&mut client).await {
        if kind == b'X' {
            break;
        }
        let mut server = match held.take() {
            Some(server) => server,
            None => pool.take().await,
        };
        server.write_all(&text).await.ok()?;
        // A query, or the end of one that comes in parts.
        let is_idle = if matches!(kind, b'Q' | b'S') {
            answer(&mut server, &mut client).await?
        } else {
            false
        };
        if is_idle {
            pool.give_back(server);
        } else {
            held = Some(server);
        }
    }
    Some(())
}

/// Passes an answer on; whether the server is outside any transaction then.
async fn answer(server: &mut TcpStream, client: &mut TcpStream) -> Option<bool> {
    loop {
        let (kind, text) = message(server).await?;
        client.write_all(&text).await.ok()?;
        if kind == b'Z' {
            return Some(text.last() == Some(&b'I'));
        }
    }
}

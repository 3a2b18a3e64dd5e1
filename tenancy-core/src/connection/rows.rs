//! The rows of a statement, one after another: `TenantStream`.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _, stream};
use sea_orm::{DbErr, QueryResult, Statement, StreamTrait as _};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::{databases::Transaction, strategy::Kept};

/// How many rows of a stream wait for who reads them.
const ROWS_AHEAD: usize = 64;

type Row = Result<QueryResult, DbErr>;

/// The rows of a tenant's statement, one after another.
pub struct TenantStream<'a> {
    rows: Pin<Box<dyn Stream<Item = Row> + Send + 'a>>,
    /// What keeps others out of the transaction while there are rows.
    turn: Option<Kept>,
    /// What keeps the connection for the stream; it comes after it.
    _permit: Option<OwnedSemaphorePermit>,
    /// What the route of the stream keeps; it comes after it as well.
    _kept: Option<Kept>,
}

/// Where a task hands rows over.
pub(super) struct Handed {
    opened: oneshot::Sender<Result<(), DbErr>>,
    rows: mpsc::Sender<Row>,
}

impl Handed {
    /// Hands over the rows of a stream until nobody reads them any more, which it learns between two
    /// rows: a driver loses count where a stream is cut off within one. What else there is to say can
    /// be sent when they have ended.
    pub(super) async fn over(
        self,
        stream: Result<impl Stream<Item = Row> + Unpin, DbErr>,
    ) -> mpsc::Sender<Row> {
        let Self { opened, rows } = self;
        match stream {
            Ok(mut stream) => {
                drop(opened.send(Ok(())));
                while let Some(row) = stream.next().await {
                    if rows.send(row).await.is_err() {
                        break;
                    }
                }
            }
            Err(error) => drop(opened.send(Err(error))),
        }
        rows
    }

    /// Hands over the rows of a statement in a transaction.
    pub(super) async fn rows_of(
        self,
        transaction: &Transaction,
        statement: Statement,
    ) -> mpsc::Sender<Row> {
        match transaction {
            Transaction::Plain(plain) => self.over(plain.stream_raw(statement).await).await,
            #[cfg(feature = "postgres")]
            Transaction::OfSession(transaction) => match transaction.reader().await {
                Ok(mut reader) => self.over(reader.stream_raw(statement)).await,
                Err(error) => self.over(Err::<stream::Empty<Row>, _>(error)).await,
            },
        }
    }
}

impl<'a> TenantStream<'a> {
    pub(super) fn of(
        rows: impl Stream<Item = Row> + Send + 'a,
        permit: Option<OwnedSemaphorePermit>,
        kept: Option<Kept>,
    ) -> Self {
        Self { rows: Box::pin(rows), turn: None, _permit: permit, _kept: kept }
    }

    /// The same rows, which keep this until the last was read or they are gone.
    pub(super) fn holding(self, turn: Kept) -> Self {
        Self { turn: Some(turn), ..self }
    }

    /// The rows that a task hands over, which keeps what they come from.
    pub(super) async fn from_task<F>(work: impl FnOnce(Handed) -> F) -> Result<Self, DbErr>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (opened, is_open) = oneshot::channel();
        let (rows, mut ahead) = mpsc::channel(ROWS_AHEAD);
        drop(tokio::spawn(work(Handed { opened, rows })));
        let gone = |_| Err(DbErr::Custom("the stream was given up".to_owned()));
        is_open.await.unwrap_or_else(gone)?;
        let rows = stream::poll_fn(move |context| ahead.poll_recv(context));
        Ok(Self::of(rows, None, None))
    }
}

impl fmt::Debug for TenantStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantStream").finish_non_exhaustive()
    }
}

impl Stream for TenantStream<'_> {
    type Item = Row;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Row>> {
        let this = self.get_mut();
        let row = this.rows.as_mut().poll_next(context);
        if matches!(row, Poll::Ready(None)) {
            this.turn = None;
        }
        row
    }
}

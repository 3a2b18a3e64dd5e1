//! [`Watch`]: a pooler that is put before the server while an application runs.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

#[cfg(feature = "postgres")]
use sea_orm::sqlx::{
    self, Row as _,
    postgres::{PgConnectOptions, PgConnection},
};
use sea_orm::{DbErr, error::ConnAcquireErr};

#[cfg(feature = "postgres")]
use crate::check::database::pooler::{self, Pooler};
use crate::{
    check::database::transaction_pooler,
    error::{Error, Result},
};

/// How long statements are refused at once after such a pooler was seen; then the next one looks again.
const REFUSED_FOR: Duration = Duration::from_secs(1);

/// How long ago it may have been seen where a connection was waited for in vain.
const BLAMED_FOR: Duration = Duration::from_secs(60);

/// What connections begin with, and no role or database sets. It changes nothing: every value above
/// zero has numbers printed exactly (PostgreSQL 12 and newer).
#[cfg(feature = "postgres")]
const MARK: i8 = 3;

/// Looks at each new connection to PostgreSQL for a transaction pooler that does not keep the prepared
/// statements of its clients apart, and remembers that it has seen one.
///
/// A connection begins with a setting that poolers drop: PgBouncer passes on only those that a server
/// reports, which this is not, and has to be told to ignore it before any client of this driver gets in.
/// So whoever reads the mark back speaks to the server itself, at the price of one question for each
/// connection. Where it is gone, the connection is probed as all are at the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_armed: AtomicBool,
    is_seen: AtomicBool,
    seen_at: Mutex<Option<Instant>>,
}

impl Watch {
    /// Looks at connections from now on. Until then the probe at the start does, which says more.
    pub(crate) fn arm(&self) {
        self.0.is_armed.store(true, Ordering::Release);
    }

    /// Refuses what would be sent while such a pooler stands there.
    ///
    /// # Errors
    /// [`Error::UnsoundDatabase`](crate::Error::UnsoundDatabase) with DBS009.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.0.is_seen.load(Ordering::Acquire) {
            return Ok(());
        }
        if self.is_seen_within(REFUSED_FOR) {
            return Err(transaction_pooler::appeared());
        }
        self.0.is_seen.store(false, Ordering::Release);
        Ok(())
    }

    /// Says why no connection could be had, where it was for such a pooler.
    pub(crate) fn explain(&self, error: DbErr) -> DbErr {
        let is_waited = matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        if is_waited && self.is_seen_within(BLAMED_FOR) {
            return transaction_pooler::appeared().into();
        }
        error
    }

    /// The same of what was asked of the registry.
    pub(crate) fn explain_error(&self, error: Error) -> Error {
        if let Error::Database { doing, source } = error {
            return Error::database(doing)(self.explain(source));
        }
        error
    }

    fn is_seen_within(&self, time: Duration) -> bool {
        let seen = *self.0.seen_at.lock().unwrap_or_else(PoisonError::into_inner);
        seen.is_some_and(|at| at.elapsed() < time)
    }

    #[cfg(feature = "postgres")]
    fn note(&self) {
        let mut seen = self.0.seen_at.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(Instant::now());
        self.0.is_seen.store(true, Ordering::Release);
    }

    /// Looks at a new connection, which the pool closes where this fails.
    #[cfg(feature = "postgres")]
    pub(crate) async fn look(
        &self,
        connection: &mut PgConnection,
        options: &PgConnectOptions,
    ) -> Result<(), sqlx::Error> {
        if !self.0.is_armed.load(Ordering::Acquire) || is_marked(connection).await? {
            return Ok(());
        }
        match pooler::probe_beside(connection, options).await? {
            Pooler::NotSeen | Pooler::Tracking => Ok(()),
            Pooler::NotTracking => {
                self.note();
                Err(sqlx::Error::protocol(transaction_pooler::appeared()))
            }
        }
    }
}

/// Marks the connections that are opened with these options.
#[cfg(feature = "postgres")]
pub(crate) fn marked(options: PgConnectOptions) -> PgConnectOptions {
    options.extra_float_digits(MARK)
}

/// Whether the server has the setting that the connection began with. The question is no prepared
/// statement, so that no pooler mixes it up.
#[cfg(feature = "postgres")]
async fn is_marked(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let ask = sqlx::raw_sql("SELECT pg_catalog.current_setting('extra_float_digits')");
    let row = ask.fetch_one(connection).await?;
    Ok(row.try_get::<String, _>(0)? == MARK.to_string())
}

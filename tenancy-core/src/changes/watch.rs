//! `Watch`: the task that learns of changes, for as long as the application lives.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sea_orm::DatabaseConnection;
use tokio::task::JoinHandle;

use super::{Changes, standing::refresh};
use crate::error::{Error, Result};

/// How long after a look at how tenants stand the next one is, while nobody tells.
const LOOK_AFTER: Duration = Duration::from_millis(900);

/// After how many looks it is tried again to be told, at the latest.
const LONGEST_PAUSE: u32 = 30;

/// Learns of changes in the background. It begins with the first handle or the first question, and
/// ends with the application.
#[derive(Debug)]
pub(crate) struct Watch {
    changes: Arc<Changes>,
    direct: DatabaseConnection,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Watch {
    pub(crate) fn new(changes: Arc<Changes>, direct: DatabaseConnection) -> Self {
        Self { changes, direct, task: Mutex::new(None) }
    }

    /// Begins to watch, unless it has. A task ends with the runtime that it was begun on, and another
    /// runtime begins another one.
    pub(crate) fn begin(&self) {
        // Whoever watches says so until it ends: each handle that is opened comes by here.
        if self.changes.is_watching() {
            return;
        }
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (changes, direct) = (Arc::clone(&self.changes), self.direct.clone());
        *task = Some(runtime.spawn(async move { watch(&Unwatched(&changes), &direct).await }));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
            task.abort();
        }
    }
}

/// However a task ends, nobody takes its word any more.
struct Unwatched<'a>(&'a Changes);

impl Drop for Unwatched<'_> {
    fn drop(&mut self) {
        self.0.set_watching(false);
    }
}

async fn watch(unwatched: &Unwatched<'_>, direct: &DatabaseConnection) {
    let changes = unwatched.0;
    let mut failures = 0_u32;
    loop {
        let lost = watch_once(changes, direct).await;
        // A connection that was there once is tried again at once.
        failures = if changes.moment().is_some() { 0 } else { failures.saturating_add(1) };
        changes.set_watching(false);
        let why =
            lost.err().map_or_else(|| "the connection ended".to_owned(), |e| e.with_sources());
        // Once is enough for a registry that is not there yet, or a server that stays away.
        if failures > 1 {
            tracing::debug!(why, "changes of the registry are not told");
        } else {
            tracing::warn!(why, "changes of the registry are not told; nothing is remembered");
        }
        for _ in 0..failures.clamp(1, LONGEST_PAUSE) {
            if let Err(error) = refresh(direct, changes, &changes.live()).await {
                tracing::debug!(error = %error.with_sources(), "how tenants stand is not known");
            }
            tokio::time::sleep(LOOK_AFTER).await;
        }
    }
}

/// Watches until the connection is lost.
#[cfg_attr(
    not(any(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(unused_variables, reason = "without a driver there is nothing to watch")
)]
async fn watch_once(changes: &Changes, direct: &DatabaseConnection) -> Result<()> {
    let backend = direct.get_database_backend();
    #[cfg(feature = "postgres")]
    if backend == sea_orm::DbBackend::Postgres {
        return super::listen::listen(changes, direct).await;
    }
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    if backend != sea_orm::DbBackend::Postgres {
        return super::poll::poll(changes, direct).await;
    }
    Err(Error::UnsupportedDatabase { backend: format!("{backend:?}") })
}

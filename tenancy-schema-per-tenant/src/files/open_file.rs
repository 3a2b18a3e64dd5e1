//! A file that is open: closed when nobody holds it any more, and counted until it is.

use std::{fs, sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;
use tokio::{runtime::Handle, sync::watch, time::timeout};

/// How many files may be being closed when another one is opened. Closing one writes what is left in
/// its log into it, and takes a moment.
const CLOSING_AT_ONCE: usize = 4;

/// Which file it is that has a name, as the file system tells files apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    number: u64,
    #[cfg(not(unix))]
    created: Option<std::time::SystemTime>,
}

impl Identity {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Self { device: metadata.dev(), number: metadata.ino() }
        }
        #[cfg(not(unix))]
        Self { created: metadata.created().ok() }
    }
}

/// A file that is open as long as somebody holds this.
#[derive(Debug)]
pub(crate) struct OpenFile {
    connection: DatabaseConnection,
    identity: Identity,
    closing: Closing,
}

impl OpenFile {
    pub(super) fn new(
        connection: DatabaseConnection,
        identity: Identity,
        closing: Closing,
    ) -> Self {
        Self { connection, identity, closing }
    }

    /// The pool on the file.
    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    pub(super) fn identity(&self) -> Identity {
        self.identity
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.closing.begin(self.connection.clone());
    }
}

/// How many files are being closed.
#[derive(Debug, Clone)]
pub(super) struct Closing {
    count: Arc<watch::Sender<usize>>,
}

impl Default for Closing {
    fn default() -> Self {
        Self { count: Arc::new(watch::Sender::new(0)) }
    }
}

/// A file that is being closed.
struct Closed(Closing);

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count -= 1);
    }
}

impl Closing {
    /// Closes a file that nobody uses.
    fn begin(&self, connection: DatabaseConnection) {
        // Without a runtime there is nobody to wait for the threads that close it.
        let Ok(runtime) = Handle::try_current() else { return };
        self.count.send_modify(|count| *count += 1);
        let closed = Closed(self.clone());
        runtime.spawn(async move {
            if let Err(error) = connection.close().await {
                tracing::debug!(%error, "a tenant's file was not closed in order");
            }
            drop(closed);
        });
    }

    /// Waits until only few files are being closed, or for so long: then it is the disk that hangs, and
    /// waiting longer helps nobody.
    pub(super) async fn few(&self, most: Duration) {
        let mut count = self.count.subscribe();
        let few = count.wait_for(|count| *count < CLOSING_AT_ONCE);
        drop(timeout(most, few).await);
    }
}

//! [`to_the_end`]: work on a connection that nobody may cut off.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use sea_orm::DbErr;
use tokio::runtime::Handle;
use tracing::Instrument as _;

type Work<T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send>>;

/// Lets work on a connection come to its end, also if whoever wants it goes away meanwhile: the driver of
/// MariaDB and MySQL loses count of the answers that are still to come, and others do of savepoints.
///
/// It is done where it is waited for, and goes on in a task of its own only when nobody waits any more: a
/// task for each statement would cost a tenth of what the statement takes.
pub(crate) fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, DbErr>> + Send + 'static,
) -> ToTheEnd<T> {
    ToTheEnd { work: Some(Box::pin(work)), has_begun: false }
}

/// What [`to_the_end`] returns.
pub(crate) struct ToTheEnd<T: Send + 'static> {
    /// There until it has ended.
    work: Option<Work<T>>,
    /// What has not begun needs no end.
    has_begun: bool,
}

impl<T: Send + 'static> Future for ToTheEnd<T> {
    type Output = Result<T, DbErr>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.has_begun = true;
        let Some(work) = &mut self.work else {
            return Poll::Ready(Err(DbErr::Custom("the statement has ended".to_owned())));
        };
        let ended = ready!(work.as_mut().poll(context));
        self.work = None;
        Poll::Ready(ended)
    }
}

impl<T: Send + 'static> Drop for ToTheEnd<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take().filter(|_| self.has_begun)
            // Without a runtime the connection is gone as well.
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(work.in_current_span());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::to_the_end;

    #[tokio::test]
    async fn what_has_begun_ends_though_nobody_waits() {
        let (go, waiting) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let mut work = to_the_end(async move {
            waiting.await.unwrap();
            done.send(7).unwrap();
            Ok(())
        });
        assert!((&mut work).now_or_never().is_none());
        drop(work);
        go.send(()).unwrap();
        assert_eq!(is_done.await, Ok(7));
    }

    #[tokio::test]
    async fn what_has_not_begun_never_does() {
        let (done, is_done) = oneshot::channel();
        drop(to_the_end(async move {
            done.send(7).unwrap();
            Ok(())
        }));
        assert!(is_done.await.is_err());
    }

    #[tokio::test]
    async fn an_answer_is_handed_over() {
        assert_eq!(to_the_end(async { Ok(7) }).await, Ok(7));
    }
}

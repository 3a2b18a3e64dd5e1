//! How a scoped statement is sent, by each method of SeaORM's connections.

/// Sends a scoped statement outside any transaction; where the database has rules of its own, in one
/// that tells it whose statement it is.
macro_rules! guarded {
    ($bound:ident, execute_unprepared, $sql:expr) => {
        match $bound.get_database_backend() {
            DbBackend::MySql => {
                let (turn, sql) = ($bound.turn().await?, String::from($sql));
                let work = async move { turn.connection.execute_unprepared(&sql).await };
                databases::to_the_end(work).await
            }
            _ => guarded!(@here $bound, execute_unprepared, $sql),
        }
    };
    ($bound:ident, $method:ident, $statement:expr) => {
        match $bound.get_database_backend() {
            DbBackend::MySql => {
                let (turn, statement) = ($bound.turn().await?, $statement);
                let work = async move { turn.connection.$method(statement).await };
                databases::to_the_end(work).await
            }
            _ => guarded!(@here $bound, $method, $statement),
        }
    };
    (@here $bound:ident, $method:ident, $statement:expr) => {
        // The turn lasts until the answer is there.
        match ($bound.binding.guard()?, $bound.turn().await?) {
            (None, turn) => turn.$method($statement).await,
            (Some(guard), turn) => {
                let statement = $statement;
                let work = async move {
                    let options = TransactionOptions::default();
                    let begun = guard.begin(&turn, options).await;
                    let transaction =
                        begun.map_err(|error| $bound.binding.handles.watch.explain(error))?;
                    let sent = transaction.$method(statement).await;
                    guard::end(transaction, sent).await
                };
                // What few applications need takes no room in the future of each statement.
                Box::pin(work).await
            }
        }
    };
}

/// Streams the rows of a scoped statement outside any transaction.
macro_rules! streamed {
    ($bound:ident, $method:ident, $statement:expr) => {{
        let (turn, statement) = ($bound.turn().await?, $statement);
        if $bound.get_database_backend() == DbBackend::MySql {
            let work = |handed: Handed| async move {
                handed.over(turn.connection.$method(statement).await).await;
                drop(turn);
            };
            TenantStream::from_task(work).await
        } else {
            let stream = turn.$method(statement).await;
            let kept = $bound.binding.kept.clone();
            stream.map(|stream| TenantStream::of(stream, turn.permit, kept))
        }
    }};
}

/// Sends a scoped statement in the transaction that the application has begun.
macro_rules! direct {
    ($bound:ident, execute_unprepared, $sql:expr) => {
        match $bound.inner.backend() {
            DbBackend::MySql => {
                let (work, sql) = ($bound.inner.under_way().await?, String::from($sql));
                databases::to_the_end(async move { work.execute_unprepared(&sql).await }).await
            }
            _ => $bound.inner.here().await?.0.execute_unprepared($sql).await,
        }
    };
    ($bound:ident, $method:ident, $statement:expr) => {
        match $bound.inner.backend() {
            DbBackend::MySql => {
                let (work, statement) = ($bound.inner.under_way().await?, $statement);
                databases::to_the_end(async move { work.$method(statement).await }).await
            }
            _ => $bound.inner.here().await?.0.$method($statement).await,
        }
    };
}

/// Streams the rows of a scoped statement in the transaction that the application has begun.
macro_rules! streamed_within {
    ($bound:ident, $method:ident, $statement:expr) => {{
        let statement = $statement;
        if let Some(plain) = $bound.inner.streaming() {
            let (_, turn) = $bound.inner.here().await?;
            let stream = plain.$method(statement).await;
            drop(turn);
            stream.map(|stream| TenantStream::of(stream, None, None))
        } else {
            let underway = Arc::new($bound.inner.under_way().await?);
            let turn = Arc::clone(&underway);
            let work = |handed: Handed| async move {
                handed.rows_of(&underway, statement).await;
                drop(underway);
            };
            // Other statements wait until the last row was read or the stream is gone, however many rows
            // it has.
            TenantStream::from_task(work).await.map(|stream| stream.holding(turn))
        }
    }};
}

/// Scopes a statement and sends it; once more if the server has outlived its form, or ended a deadlock
/// with it.
macro_rules! send {
    ($bound:ident, $statement:ident, $method:ident, $outside:literal, $deliver:ident) => {{
        let plans = &$bound.binding.handles.plans;
        let scoped = $bound.binding.scoped($statement, $outside).await?;
        let spare = $bound.binding.spare(&scoped, $outside);
        let (formed, epoch) = plans.form(scoped);
        match ($deliver!($bound, $method, formed), spare) {
            (Err(error), Some(spare)) if replan::is_outlived(&error) => {
                plans.outlived(epoch);
                let again = async { $deliver!($bound, $method, plans.form(spare).0) };
                Box::pin(again).await
            }
            (Err(error), Some(spare)) if retry::is_deadlock(&error) => {
                // Nothing of it was done, and whoever was waited for in a circle has gone on: a
                // migration that drops a table takes locks that a statement takes the other way round.
                let again = async { $deliver!($bound, $method, plans.form(spare).0) };
                Box::pin(again).await
            }
            (Err(error), None) if replan::is_outlived(&error) => {
                // The transaction is lost; the next one has the statement prepared anew.
                plans.outlived(epoch);
                Err(error)
            }
            (sent, _) => sent,
        }
        .map_err(|error| $bound.binding.handles.watch.explain(error))
    }};
}

//! Work that is dropped before it ends, as a request is whose client has gone.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a function that proves something panics where it is not so"
)]

use std::{future::poll_fn, pin::pin, task::Poll};

use sea_orm::{EntityTrait, Set, TransactionTrait};

use super::{
    TestBackend,
    world::{SetUp, World, customer},
};

/// Goes on with work for so many polls at most, and drops it then; what came of it if it ended before.
pub(crate) async fn cut_after<T>(polls: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

/// A transaction that is not let begin to the end is none: what is written after it on the same
/// connection is committed. The set-up has `database.max_connections = 1`.
pub async fn a_begin_that_is_cut_off_leaves_no_transaction(backend: TestBackend, set_up: SetUp) {
    let world = World::create(backend, set_up).await;
    let acme = world.connection(&world.acme).await;
    let again = world.again(super::world::base()).await;
    let seen = again.connection(&world.acme).await.unwrap();
    for polls in 1..12 {
        cut_after(polls, acme.begin()).await;
        let new = customer::ActiveModel {
            email: Set(format!("{polls}@example.com")),
            name: Set("after a cut".to_owned()),
            ..Default::default()
        };
        let id = customer::Entity::insert(new).exec(&acme).await.unwrap().last_insert_id;
        let found = customer::Entity::find_by_id(id).one(&seen).await.unwrap();
        assert!(found.is_some(), "what was written after {polls} polls is not committed");
    }
}

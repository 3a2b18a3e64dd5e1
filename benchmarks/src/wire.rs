//! The counter for clients that are other programs.
#![expect(clippy::print_stdout, reason = "it answers on its standard output")]

use std::io;

use tenancy_core::testing::wire::Wire;

pub(crate) async fn answer(url: &str) {
    let wire = Wire::before(url).await;
    println!("{}", wire.url());
    // Reading waits, so it is done where waiting is allowed.
    tokio::task::spawn_blocking(move || {
        for line in io::stdin().lines() {
            line.unwrap();
            println!("{} {}", wire.round_trips(), wire.statements());
        }
    })
    .await
    .unwrap();
}

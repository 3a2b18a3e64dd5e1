//! Serves the application, at the address that `LISTEN` names.

use std::{env, error::Error};

use tokio::{net::TcpListener, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tenancy = notes_app::open().await?;
    if !tenancy.is_initialised() {
        return Err("the database has no tables yet; run `tenancy migrate up` first".into());
    }
    let router = notes_app::web::router(tenancy);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let told_to_stop = async {
        // Without the signal there is nothing to wait for, and the server stops at once.
        let _ = signal::ctrl_c().await;
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(told_to_stop)
        .await?;
    Ok(())
}

//! Listening, telling where, and stopping without cutting anybody off.

use std::{
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};

use axum::Router;
use tokio::{net::TcpListener, signal, sync::oneshot, time};

use crate::{demo::Beginning, failure::Failure, web::App};

/// How long requests may take to end after the shop was told to stop.
const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|source| Failure::Listen { address, source })
}

/// Says where the sites are, and how to get into them, for a person and for tests.
pub(crate) fn announce(
    listener: &TcpListener,
    app: &App,
    beginning: &Beginning,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(Failure::Serve)?;
    let mut text = format!("{}, listening on {address}\n\n", app.setting);
    let shops = beginning.shops.iter();
    let shops = shops.map(|shop| (shop.name.as_str(), app.sites.url(shop.domain.as_str())));
    let own = [("Open a shop", app.sites.central()), ("Console", app.sites.console())];
    for (name, url) in own.into_iter().chain(shops) {
        text.push_str(&format!("  {name:16}  {url}\n"));
    }
    if let Some((accounts, password)) = &beginning.accounts {
        text.push_str(&format!("\nNew accounts, with the password {password}\n\n"));
        for account in accounts {
            text.push_str(&format!("  {account}\n"));
        }
    }
    text.push_str("\nCtrl+C stops it.\n");
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Serve)
}

/// Serves until told to stop, and then until the requests in flight have ended.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> Result<(), Failure> {
    let (stop, stopped) = oneshot::channel();
    let stopping = async move {
        told_to_stop().await;
        // The receiver waits as long as the server runs.
        let _ = stop.send(());
    };
    let server = axum::serve(listener, router).with_graceful_shutdown(stopping);
    let grace_is_over = async move {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served.map_err(Failure::Serve),
        () = grace_is_over => Ok(()),
    }
}

/// Waits for Ctrl+C or a request of the system to stop.
async fn told_to_stop() {
    let interrupt = async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}

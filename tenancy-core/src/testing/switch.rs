//! An address that leads to one server and later to another, as one does whose owner changes what
//! stands behind it.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a switch that cannot be made fails the test"
)]

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// An address, for as long as the runtime lives.
#[derive(Debug)]
pub struct Switch {
    url: String,
    place: Arc<Mutex<String>>,
    cut: watch::Sender<u64>,
}

/// The host and port of an address.
fn place(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap();
    let authority = rest.split('/').next().unwrap();
    authority.rsplit('@').next().unwrap().to_owned()
}

impl Switch {
    /// An address that leads to the server of another one.
    pub async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = place(url);
        let here = url.replacen(&server, &format!("127.0.0.1:{port}"), 1);
        let place = Arc::new(Mutex::new(server));
        let (cut, cuts) = watch::channel(0);
        let leads = Arc::clone(&place);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let to = leads.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let mut cuts = cuts.clone();
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut server) = TcpStream::connect(&to).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Self { url: here, place, cut }
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Leads connections to the server of another address from now on, and cuts those off that are
    /// there.
    pub fn lead_to(&self, url: &str) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place(url);
        self.cut.send_modify(|cuts| *cuts += 1);
    }
}

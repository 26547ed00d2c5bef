//! [`PageServer`].

use std::{collections::BTreeSet, future::Future, net::SocketAddr, sync::Arc};

use atlas_migrations_journal::store::Store;
use axum::http::HeaderName;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use atlas_migrations_board::Reader;

use super::{
    connections::{Limits, serve},
    decide::Decider,
    error::PageError,
    gate::{Gate, GateAccess, TokenGate},
    routes::router,
    site::Site,
    views::Views,
};
use crate::{
    present::{Only, Presented, Presenter, follow},
    settings::{Access, Settings},
};

/// A server of the page, which listens.
#[derive(Debug)]
pub struct PageServer {
    listener: TcpListener,
    address: SocketAddr,
    reader: Reader,
    presenter: Presenter,
    presented: watch::Sender<Presented>,
    site: Site,
    settings: Settings,
}

impl PageServer {
    /// Reads the journal, and listens.
    ///
    /// # Errors
    /// The journal cannot be read, the address cannot be listened on, or other computers could read the page without a
    /// token.
    pub async fn bind(store: Arc<dyn Store>, settings: Settings) -> Result<Self, PageError> {
        let address = settings.listen;
        let access = match &settings.access {
            Access::ThisComputer if !address.ip().is_loopback() => {
                return Err(PageError::NotLoopback(address));
            }
            Access::ThisComputer => GateAccess::Open,
            Access::Tokens(tokens) => GateAccess::Tokens(TokenGate::new(tokens.clone())),
            Access::ProxyHeader(name) => GateAccess::ProxyHeader(
                name.parse::<HeaderName>().map_err(|_| PageError::Header(name.clone()))?,
            ),
        };
        let has_names = match &settings.access {
            Access::ThisComputer => false,
            Access::Tokens(tokens) => tokens.iter().any(|token| token.name().is_some()),
            Access::ProxyHeader(_) => true,
        };
        if settings.decisions.is_some() && !has_names {
            return Err(PageError::NoNames);
        }
        let decider = settings.decisions.clone();
        let decider = decider.map(|how| Arc::new(Decider::new(Arc::clone(&store), how)));
        let mut reader = Reader::new(store, settings.read_timeout);
        let only = settings.migrations.clone();
        let mut presenter = Presenter {
            zone: settings.zone.clone(),
            plan: settings.plan.clone(),
            only: only.map(|migrations| Only { migrations, streams: BTreeSet::new() }),
            decides: decider.is_some(),
        };
        let first = presenter.present(reader.read().await.map_err(PageError::Journal)?);
        let listen_error = |error| PageError::Listen(address, error);
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let (sender, shown) = watch::channel(first);
        let hosts = settings.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        let site = Site {
            views: Arc::new(Views::new(shown.clone())),
            presented: shown,
            gate: Arc::new(Gate { access, hosts, decides: decider.is_some() }),
            decider,
            streams: Arc::new(Semaphore::new(settings.max_streams)),
            heartbeat: settings.heartbeat,
            counts: Arc::default(),
        };
        Ok(Self { listener, address, reader, presenter, presented: sender, site, settings })
    }

    /// Returns the address, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves the page until `stop` is done. A journal that cannot be read for a while does not end it.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let limits = Limits {
            connections: self.settings.max_connections,
            write_timeout: self.settings.write_timeout,
        };
        let (every, decider) = (self.settings.refresh, self.site.decider.clone());
        tokio::select! {
            () = stop => {}
            () = follow(self.reader, self.presenter, every, self.presented) => {}
            () = serve(self.listener, router(self.site), limits) => {}
        }
        if let Some(decider) = decider {
            decider.finish().await;
        }
    }
}

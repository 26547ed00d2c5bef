//! The clients that are compared: plain `reqwest`, and the facade.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use atlas_migrations::{Client, Credentials, GroupId, LiveMigrationId, RetryPolicy};
use reqwest::header::HeaderValue;
use serde::Deserialize;

/// A service and a migration to read from it.
pub struct Service {
    pub base_url: String,
    pub token: String,
    pub group: GroupId,
    pub migration: LiveMigrationId,
}

/// A handwritten type of the response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByHand {
    #[serde(rename = "_id")]
    id: Option<String>,
    lag_time_seconds: Option<i64>,
    migration_hosts: Option<Vec<String>>,
    ready_for_cutover: Option<bool>,
    status: Option<String>,
}

/// A client that repeats one call.
#[derive(Clone)]
pub enum Caller {
    Plain(Arc<Plain>),
    Facade(Arc<Facade>),
}

pub struct Plain {
    http: reqwest::Client,
    request_id: Option<HeaderValue>,
    base_url: String,
    token: String,
    group: String,
    migration: String,
}

pub struct Facade {
    client: Client,
    group: GroupId,
    migration: LiveMigrationId,
}

impl Caller {
    /// Creates a handwritten client. With `like_facade` it has the headers and timeouts of the facade.
    pub fn plain(service: &Service, like_facade: bool) -> Result<Self, Box<dyn Error>> {
        // A process has one provider. This fails if it is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder();
        if service.base_url.starts_with("http://") {
            http = http.no_proxy();
        }
        if like_facade {
            http = http
                .user_agent("atlas-migrations/0.1.0 (linux;x86_64)")
                .read_timeout(Duration::from_secs(30))
                .timeout(Duration::from_mins(1));
        }
        Ok(Self::Plain(Arc::new(Plain {
            http: http.build()?,
            request_id: like_facade.then_some(HeaderValue::from_static("4b1d4b1d4b1d4b1d")),
            base_url: service.base_url.clone(),
            token: service.token.clone(),
            group: service.group.to_string(),
            migration: service.migration.to_string(),
        })))
    }

    pub fn facade(service: &Service, credentials: Credentials) -> Result<Self, Box<dyn Error>> {
        let builder = Client::builder().base_url(&service.base_url).credentials(credentials);
        Ok(Self::Facade(Arc::new(Facade {
            client: builder.retry(RetryPolicy::never()).build()?,
            group: service.group,
            migration: service.migration,
        })))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Plain(_) => "reqwest",
            Self::Facade(_) => "atlas-migrations",
        }
    }

    /// Makes one call. Returns whether the response is a migration.
    pub async fn call(&self) -> bool {
        match self {
            Self::Plain(plain) => plain.call().await.is_ok_and(|job| job.is_whole()),
            Self::Facade(facade) => {
                let job = facade.client.live_migration(facade.group, facade.migration).await;
                job.is_ok_and(|job| job.id.is_some() && job.status.is_some())
            }
        }
    }
}

impl Plain {
    async fn call(&self) -> reqwest::Result<ByHand> {
        let Self { http, request_id, base_url, token, group, migration } = self;
        let url = format!("{base_url}/api/atlas/v2/groups/{group}/liveMigrations/{migration}");
        let mut request = http
            .get(url)
            .header("accept", "application/vnd.atlas.2023-01-01+json")
            .bearer_auth(token);
        if let Some(id) = request_id {
            request = request.header("x-request-id", id);
        }
        request.send().await?.error_for_status()?.json().await
    }
}

impl ByHand {
    fn is_whole(&self) -> bool {
        let fields = (&self.lag_time_seconds, &self.migration_hosts, &self.ready_for_cutover);
        std::hint::black_box(fields);
        self.id.is_some() && self.status.is_some()
    }
}

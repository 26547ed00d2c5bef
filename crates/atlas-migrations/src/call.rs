//! [`Call`]: a call of one operation.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use atlas_client_core::{Error, ObjectId, Operation, RawResponse, Response, Transport};
use serde::Serialize;

type ResponseFuture<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Error>> + Send + 'a>>;

/// A call of one operation. Awaiting it sends the request and returns the value of the response.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use atlas_migrations::{Client, GroupId, LiveMigration, LiveMigrationId};
/// # let simulator = atlas_simulator::Simulator::builder().start().await?;
/// # let token = simulator.scenario().bearer_token().ok_or("no token")?;
/// # let client = Client::builder().base_url(simulator.base_url()).bearer_token(token).build()?;
/// # let group: GroupId = "32b6e34b3d91647abb20e7b8".parse()?;
/// # let id: LiveMigrationId = "6296fb4c7c7aa997cf94e9a8".parse()?;
/// let job = client.live_migration(group, id).await?;
/// assert_eq!(job.id, Some(id));
///
/// // With the metadata of the response headers:
/// let response = client.live_migration(group, id).send().await?;
/// let left = response.metadata().rate_limit().map(|limit| limit.remaining);
/// assert!(left.is_some());
///
/// // The response as received, in an envelope:
/// let raw = client.live_migration(group, id).raw().envelope(true).pretty(true).send().await?;
/// let envelope = raw.envelope::<LiveMigration>()?;
/// assert_eq!(envelope.status, 200);
/// assert_eq!(envelope.content.id, Some(id));
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent until this is awaited"]
pub struct Call<'a, T> {
    response: ResponseFuture<'a, T>,
    raw: RawCall<'a>,
}

impl<'a, T> Call<'a, T> {
    pub(crate) fn new(
        raw: RawCall<'a>,
        response: impl Future<Output = Result<Response<T>, Error>> + Send + 'a,
    ) -> Self {
        Self { response: Box::pin(response), raw }
    }

    /// Sends the request and returns the value with the metadata of the response headers.
    ///
    /// # Errors
    ///
    /// Those of the operation.
    pub async fn send(self) -> Result<Response<T>, Error> {
        self.response.await
    }

    /// Returns the same call with the response as received.
    pub fn raw(self) -> RawCall<'a> {
        self.raw
    }
}

impl<'a, T> IntoFuture for Call<'a, T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<'a, T>;

    fn into_future(self) -> CallFuture<'a, T> {
        CallFuture(self.response)
    }
}

impl<T> fmt::Debug for Call<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.raw).finish()
    }
}

/// The future of a [`Call`].
#[must_use = "nothing is sent until this is awaited"]
pub struct CallFuture<'a, T>(ResponseFuture<'a, T>);

impl<T> Future for CallFuture<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(|response| response.map(Response::into_value))
    }
}

impl<T> fmt::Debug for CallFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture").finish_non_exhaustive()
    }
}

/// A call that returns the response as received: status, headers and body. It can ask for an envelope or for
/// formatted JSON.
#[must_use = "nothing is sent until `send` is called"]
pub struct RawCall<'a> {
    transport: &'a Transport,
    operation: &'static Operation,
    path: [Option<(&'static str, ObjectId)>; 2],
    body: Option<Arc<dyn Body>>,
    envelope: bool,
    pretty: bool,
}

/// The body of a request, encoded when it is sent.
trait Body: Send + Sync {
    fn encode(&self) -> serde_json::Result<Vec<u8>>;
}

impl<T: Serialize + Send + Sync> Body for T {
    fn encode(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

impl<'a> RawCall<'a> {
    pub(crate) fn new(transport: &'a Transport, operation: &'static Operation) -> Self {
        Self { transport, operation, path: [None; 2], body: None, envelope: false, pretty: false }
    }

    /// Sets a path parameter. No operation has more than two.
    pub(crate) fn with(mut self, name: &'static str, id: &ObjectId) -> Self {
        if let Some(free) = self.path.iter_mut().find(|place| place.is_none()) {
            *free = Some((name, *id));
        }
        self
    }

    pub(crate) fn with_body<T: Serialize + Send + Sync + 'static>(mut self, body: &Arc<T>) -> Self {
        self.body = Some(Arc::clone(body) as Arc<dyn Body>);
        self
    }

    /// Sets whether the service wraps the response and its status into an object, which
    /// [`RawResponse::envelope`] reads.
    pub fn envelope(mut self, envelope: bool) -> Self {
        self.envelope = envelope;
        self
    }

    /// Sets whether the service formats the JSON for reading. Not every operation supports this.
    pub fn pretty(mut self, pretty: bool) -> Self {
        self.pretty = pretty;
        self
    }

    /// Sends the request.
    ///
    /// # Errors
    ///
    /// No complete response was received, or the operation does not support a parameter. A response with an error
    /// status is not an error here; see [`RawResponse::error_for_status`].
    pub async fn send(self) -> Result<RawResponse, Error> {
        let ids: Vec<_> =
            self.path.iter().flatten().map(|(name, id)| (*name, id.to_string())).collect();
        let path: Vec<_> = ids.iter().map(|(name, id)| (*name, id.as_str())).collect();
        let query: Vec<_> = [("envelope", self.envelope), ("pretty", self.pretty)]
            .into_iter()
            .filter_map(|(name, wanted)| wanted.then_some((name, "true")))
            .collect();
        let body = self.body.as_ref().map(|body| body.encode()).transpose();
        let body = body.map_err(Error::request)?;
        self.transport.call_raw(self.operation, &path, &query, body).await
    }
}

impl fmt::Debug for RawCall<'_> {
    /// Leaves out the body, which may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawCall")
            .field("operation", &self.operation.id)
            .field("path", &self.path)
            .field("envelope", &self.envelope)
            .field("pretty", &self.pretty)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::client::Client;

    #[test]
    #[cfg(all(target_pointer_width = "64", target_os = "linux"))]
    fn a_call_fits_into_an_allocation_that_is_reused() {
        /// The size of the largest allocation that glibc keeps for its thread. A larger one takes a search for free
        /// memory in each call.
        const LARGEST: usize = 1032;
        let client = Client::builder().bearer_token("token").base_url("http://localhost");
        let client = client.build().unwrap();
        let (group, id) = ("0".repeat(24).parse().unwrap(), "1".repeat(24).parse().unwrap());
        let size = size_of_val(&*client.live_migration(group, id).response);
        assert!(size <= LARGEST, "{size} bytes");
    }
}

//! [`RawCall`]: the same call, with the answer as it was received.

use atlas_client_core::{Error, Operation, RawResponse};

use crate::{Client, ObjectId};

/// A call that returns the answer as it was received: status, headers and body, whatever they are.
///
/// Only here can the service be asked for another shape of answer.
#[derive(Debug)]
#[must_use = "nothing is sent until `send` is called"]
pub struct RawCall<'a> {
    client: &'a Client,
    operation: &'static Operation,
    path: Vec<(&'static str, ObjectId)>,
    envelope: bool,
    pretty: bool,
}

impl<'a> RawCall<'a> {
    pub(crate) fn new(
        client: &'a Client,
        operation: &'static Operation,
        path: Vec<(&'static str, ObjectId)>,
    ) -> Self {
        Self { client, operation, path, envelope: false, pretty: false }
    }

    /// Whether the service wraps its answer, with the status, into an object:
    /// [`RawResponse::envelope`] reads it.
    pub fn envelope(mut self, envelope: bool) -> Self {
        self.envelope = envelope;
        self
    }

    /// Whether the service lays out its answer for reading.
    pub fn pretty(mut self, pretty: bool) -> Self {
        self.pretty = pretty;
        self
    }

    /// Sends the request.
    ///
    /// # Errors
    ///
    /// There was no whole answer. An answer that reports an error is none here; see
    /// [`RawResponse::error_for_status`].
    pub async fn send(self) -> Result<RawResponse, Error> {
        let path: Vec<_> = self.path.iter().map(|(name, id)| (*name, id.to_string())).collect();
        let path: Vec<_> = path.iter().map(|(name, id)| (*name, id.as_str())).collect();
        let query: Vec<_> = [("envelope", self.envelope), ("pretty", self.pretty)]
            .into_iter()
            .filter_map(|(name, wanted)| wanted.then_some((name, "true")))
            .collect();
        self.client.transport().call_raw(self.operation, &path, &query).await
    }
}

//! Where a generated client and this crate meet.
//!
//! A generated method can return neither an [`Error`] nor the status of a body that it failed to
//! decode. So what the transport saw waits in a task-local until [`call`] takes it.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use pin_project_lite::pin_project;
use progenitor_client::ResponseValue;
use reqwest::{Request, ResponseBuilderExt as _};
use serde::de::DeserializeOwned;
use tokio::task::futures::TaskLocalFuture;

use crate::error::{Error, decode};
use crate::operation::Operation;
use crate::response::{Metadata, RawResponse, Response};
use crate::transport::{Received, Transport};

/// An operation of which nothing is known.
static UNKNOWN: Operation = Operation {
    id: "unknown",
    method: "",
    path: "",
    parameters: &[],
    accept: "application/json",
    content_type: None,
    statuses: &[],
    roles: &[],
    deprecated: false,
    sunset: None,
    streaming: false,
    empty_is_null: false,
    repeatable: false,
};

/// What the transport saw of a call, once it saw something.
type Seen = RefCell<Option<Result<RawResponse, Error>>>;

tokio::task_local! {
    static SEEN: Seen;
}

/// Calls a method of a generated client, and returns what it came to in this crate's terms: the
/// value with the answer's metadata, or the whole [`Error`].
///
/// ```
/// # use progenitor_client::{Error, ResponseValue};
/// # async fn generated_method() -> Result<ResponseValue<bool>, Error> {
/// #     Ok(ResponseValue::new(true, Default::default(), Default::default()))
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), atlas_client_core::Error> {
/// let response = atlas_client_core::call(generated_method()).await?;
/// assert_eq!(response.metadata().status(), 200);
/// assert!(response.into_value());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Everything that a call can end in but success.
pub fn call<T, F>(method: F) -> impl Future<Output = Result<Response<T>, Error>> + use<T, F>
where
    T: DeserializeOwned,
    F: Future<Output = Result<ResponseValue<T>, progenitor_client::Error>>,
{
    Called { method: SEEN.scope(RefCell::default(), method) }
}

pin_project! {
    /// A method that is called. No `async fn`: the future of a whole call is large, and would stand
    /// in one twice.
    struct Called<F> {
        #[pin]
        method: TaskLocalFuture<Seen, F>,
    }
}

impl<T, F> Future for Called<F>
where
    T: DeserializeOwned,
    F: Future<Output = Result<ResponseValue<T>, progenitor_client::Error>>,
{
    type Output = Result<Response<T>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut method = self.project().method;
        let returned = ready!(method.as_mut().poll(context));
        let seen = method.take_value().and_then(RefCell::into_inner);
        Poll::Ready(outcome(returned, seen))
    }
}

/// What a call came to, of what its method returned and what the transport saw.
fn outcome<T: DeserializeOwned>(
    returned: Result<ResponseValue<T>, progenitor_client::Error>,
    seen: Option<Result<RawResponse, Error>>,
) -> Result<Response<T>, Error> {
    match (returned, seen) {
        (_, Some(Err(error))) => Err(error),
        (Ok(value), Some(Ok(answer))) => {
            Ok(Response::new(value.into_inner(), Metadata::of(answer)))
        }
        (Ok(value), None) => {
            // What was called sends its requests in another way. The table knows nothing of it.
            let (status, headers) = (value.status(), value.headers().clone());
            let answer = RawResponse::new(&UNKNOWN, status, headers);
            Ok(Response::new(value.into_inner(), Metadata::of(answer)))
        }
        (Err(error), Some(Ok(answer))) => Err(match answer.error_for_status() {
            Err(error) => error,
            Ok(answer) => match decode::<T>(answer.body()) {
                Err(problem) => Error::from_decode(problem, answer),
                Ok(_) => Error::from_generated(error).with_answer(answer),
            },
        }),
        (Err(error), None) => Err(Error::from_generated(error)),
    }
}

impl Operation {
    /// Sets the headers that the operation's version asks for.
    pub fn prepare(&self, request: &mut Request) {
        let has_body = request.body().is_some();
        let headers = request.headers_mut();
        let content_type = self.content_type.filter(|_| has_body);
        let mut set = |name: HeaderName, value: &'static str| {
            // Not `from_static`, which panics on a character that no header may have.
            if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from_static(value.as_bytes()))
            {
                headers.insert(name, value);
            }
        };
        set(ACCEPT, self.accept);
        if let Some(content_type) = content_type {
            set(CONTENT_TYPE, content_type);
        }
    }
}

/// What the message of a failed request travels in, from [`Transport::exec`] to [`failure`].
#[derive(Clone)]
struct Failure(String);

impl Transport {
    /// For a generated client's `exec` hook: sends a request and reads its answer.
    ///
    /// # Errors
    ///
    /// None that reqwest can make: those of the transport are for [`call`], or else for [`failure`].
    pub async fn exec(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> reqwest::Result<reqwest::Response> {
        let url = request.url().clone();
        let in_call = SEEN.try_with(|_| ()).is_ok();
        let mut response = http::Response::builder().url(url);
        let (status, body) = match self.execute(operation, request, operation.streaming).await {
            Ok(Received::Stream(response)) => return Ok(response),
            Ok(Received::Whole(answer)) => {
                let (status, body) = (answer.status(), answer.body().clone());
                if in_call {
                    see(Ok(answer));
                } else if let Some(headers) = response.headers_mut() {
                    headers.clone_from(answer.headers());
                }
                (status, body)
            }
            Err(error) => {
                response = response.extension(Failure(error.to_string()));
                see(Err(error));
                // Any that is no success will do: nobody gets to see it.
                (StatusCode::BAD_GATEWAY, Bytes::new())
            }
        };
        let mut response = response.body(body).unwrap_or_default();
        *response.status_mut() = status;
        Ok(response.into())
    }
}

fn see(outcome: Result<RawResponse, Error>) {
    // Outside of `call` there is nobody to tell.
    let _ = SEEN.try_with(|seen| seen.replace(Some(outcome)));
}

/// For a generated client's `post` hook: the message of a request that had no whole answer.
pub fn failure(result: &reqwest::Result<reqwest::Response>) -> Option<String> {
    let failure: &Failure = result.as_ref().ok()?.extensions().get()?;
    Some(failure.0.clone())
}

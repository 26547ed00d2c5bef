//! Where a generated client and this crate meet.
//!
//! A generated method can return neither an [`Error`] nor the status of a body that it failed to
//! decode. So what the transport saw waits in a task-local until [`call`] takes it.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use progenitor_client::{ByteStream, ResponseValue};
use reqwest::Request;
use serde::de::DeserializeOwned;
use tokio::task::futures::TaskLocalFuture;

use crate::error::{Error, decode};
use crate::operation::Operation;
use crate::raw_response::RawResponse;
use crate::response::{Metadata, Response};
use crate::transport::{Reply, RequestTemplate, Transport};

/// What a generated method returns.
type Generated<T> = Result<ResponseValue<T>, progenitor_client::Error>;

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
type Seen = RefCell<Option<Result<Box<RawResponse>, Error>>>;

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
    seen: Option<Result<Box<RawResponse>, Error>>,
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
            Ok(Response::new(value.into_inner(), Metadata::of(Box::new(answer))))
        }
        (Err(error), Some(Ok(answer))) => Err(match answer.error_for_status() {
            Err(error) => error,
            Ok(answer) => match decode::<T>(answer.body()) {
                Err(problem) => Error::from_decode(problem, answer),
                Ok(_) => Error::misread(error).with_response(answer),
            },
        }),
        (Err(error), None) => Err(Error::from_generated(error)),
    }
}

/// For generated methods. What the service answers is read as far as they promise; the whole of it is for
/// [`call`]. None is an `async fn`, whose future would hold the request to its end.
impl Transport {
    /// Calls an operation that returns a value.
    ///
    /// # Errors
    ///
    /// There was no whole answer, it reports an error, or it is no such value.
    pub fn value<T: DeserializeOwned>(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> impl Future<Output = Generated<T>> + Send {
        let request = self.template(operation, request);
        async move {
            let answer = self.whole(request).await?;
            answer.check_decoded_size().map_err(failed)?;
            match serde_json::from_slice(answer.body()) {
                Ok(value) => Ok(with_metadata(value, answer)),
                Err(error) => {
                    let body = answer.body().clone();
                    see(Ok(answer));
                    Err(progenitor_client::Error::InvalidResponsePayload(body, error))
                }
            }
        }
    }

    /// Calls an operation that returns nothing.
    ///
    /// # Errors
    ///
    /// There was no whole answer, or it reports an error.
    pub fn nothing(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> impl Future<Output = Generated<()>> + Send {
        let request = self.template(operation, request);
        async move { Ok(with_metadata((), self.whole(request).await?)) }
    }

    /// Calls an operation that returns bytes, one after the other.
    ///
    /// # Errors
    ///
    /// There was no answer, or it reports an error.
    pub fn stream(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> impl Future<Output = Generated<ByteStream>> + Send {
        let request = self.template(operation, request);
        async move {
            match self.execute(request, true).await {
                Ok(Reply::Stream(response)) => Ok(ResponseValue::stream(*response)),
                // What is no success is read.
                Ok(Reply::Whole(answer)) => Err(unexpected(answer)),
                Err(error) => Err(failed(error)),
            }
        }
    }

    /// The answer of a success.
    async fn whole(
        &self,
        request: Box<RequestTemplate>,
    ) -> Result<Box<RawResponse>, progenitor_client::Error> {
        match self.execute(request, false).await {
            Ok(Reply::Whole(answer)) if answer.status().is_success() => Ok(answer),
            Ok(Reply::Whole(answer)) => Err(unexpected(answer)),
            // Not asked for.
            Ok(Reply::Stream(response)) => {
                Err(progenitor_client::Error::UnexpectedResponse(*response))
            }
            Err(error) => Err(failed(error)),
        }
    }
}

/// A generated method's value. In [`call`] the metadata go another way.
fn with_metadata<T>(value: T, answer: Box<RawResponse>) -> ResponseValue<T> {
    let status = answer.status();
    let headers = see(Ok(answer)).and_then(Result::ok).map(|answer| answer.headers);
    ResponseValue::new(value, status, headers.unwrap_or_default())
}

fn unexpected(answer: Box<RawResponse>) -> progenitor_client::Error {
    let mut response = http::Response::new(answer.body().clone());
    *response.status_mut() = answer.status();
    response.headers_mut().clone_from(answer.headers());
    see(Ok(answer));
    progenitor_client::Error::UnexpectedResponse(response.into())
}

fn failed(error: Error) -> progenitor_client::Error {
    let error = see(Err(error)).and_then(Result::err);
    // In `call` nobody gets to see the message.
    progenitor_client::Error::Custom(error.map(|error| error.to_string()).unwrap_or_default())
}

/// Leaves what came of a request to [`call`], or gives it back where that is not on the way.
fn see(outcome: Result<Box<RawResponse>, Error>) -> Option<Result<Box<RawResponse>, Error>> {
    let mut outcome = Some(outcome);
    let _ = SEEN.try_with(|seen| *seen.borrow_mut() = outcome.take());
    outcome
}

//! [`Transport`]: sends every call.
//!
//! A call has one or more attempts, as the [`RetryPolicy`](crate::RetryPolicy) says. An attempt has one
//! exchange if the credential is at hand, and a few if it is not.

mod attempt;
mod attempt_timer;
mod body;
mod builder;
mod call_context;
mod exchange;
mod execute;
mod handle;
#[cfg(feature = "limiter")]
mod limiter;
mod observe;
mod reply;
mod request_headers;
mod request_template;
mod send_gate;
mod tls;

pub use self::builder::TransportBuilder;
pub use self::handle::Transport;
pub(crate) use self::reply::Reply;
pub(crate) use self::request_template::RequestTemplate;

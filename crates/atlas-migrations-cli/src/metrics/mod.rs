//! Serves metrics for Prometheus while a command runs, and for a while after its end.

mod endpoint;
mod server;
mod source;

pub use self::endpoint::{linger, start};
pub use self::source::MetricsSource;

//! Guides: each explains one subject with examples that compile and run as tests.
//!
//! | Guide | Read it to |
//! |---|---|
//! | [`errors`] | handle errors, and know which fault leads to which error |
//! | [`retries_and_timeouts`] | set how often, how long and when calls are retried |
//! | [`credentials`] | choose and load credentials, also those of the official Atlas CLI |
//! | [`proxies_and_certificates`] | go through a proxy, trust a certificate, or bring an HTTP client |
//! | [`tracing`] | see each call in logs and traces |
//! | [`metrics`] | count calls, attempts and latencies |
//! | [`testing`] | test a program without an account and without waiting |
//! | [`other_operations`] | call any other operation of Atlas |

#[allow(unused_imports, reason = "the guides link to them")]
use crate::{
    BuildError, Client, Clock, Credentials, Error, ManualClock, Metadata, RetryPolicy, Secret,
    Settings, Transport, TransportBuilder, WatchError, WatchOptions,
};

#[doc = include_str!("errors.md")]
#[doc = include_str!("../failures.md")]
pub mod errors {}

#[doc = include_str!("retries_and_timeouts.md")]
pub mod retries_and_timeouts {}

#[doc = include_str!("credentials.md")]
pub mod credentials {}

#[doc = include_str!("proxies_and_certificates.md")]
pub mod proxies_and_certificates {}

#[doc = include_str!("tracing.md")]
pub mod tracing {}

#[doc = include_str!("metrics.md")]
pub mod metrics {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("other_operations.md")]
pub mod other_operations {}

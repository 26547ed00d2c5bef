//! The options of commands that serve metrics.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;

use super::duration;

/// Two scrapes at the default interval of Prometheus.
const DEFAULT_LINGER: Duration = Duration::from_mins(2);

/// How to serve metrics.
#[derive(Args)]
pub struct MetricsOptions {
    /// Serve Prometheus metrics at /metrics, on a local port, such as 9464, or on an address. On an address that
    /// other machines reach, anyone can read IDs, names and states (no secrets)
    #[arg(long, value_name = "PORT|ADDR", value_parser = metrics_address)]
    pub metrics: Option<SocketAddr>,
    /// Keep serving metrics for this long after the end, so that a scrape sees it; 0s for not at all. Default: 2m.
    /// A signal ends it early; the exit code does not change
    #[arg(long, value_name = "DURATION", requires = "metrics", value_parser = duration::parse)]
    pub linger: Option<Duration>,
}

impl MetricsOptions {
    /// Returns how long metrics are served after the end.
    pub fn linger(&self) -> Duration {
        self.linger.unwrap_or(DEFAULT_LINGER)
    }
}

fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse()
        .map_err(|_| "expected a port, such as 9464, or an address, such as 127.0.0.1:9464".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_served_on_loopback_by_default() {
        for local in ["9464", ":9464", "localhost:9464", "127.0.0.1:9464"] {
            assert_eq!(metrics_address(local).unwrap().to_string(), "127.0.0.1:9464", "{local}");
        }
        assert_eq!(metrics_address("0.0.0.0:1").unwrap().to_string(), "0.0.0.0:1");
        assert_eq!(metrics_address("[::1]:1").unwrap().to_string(), "[::1]:1");
        for wrong in ["", "example.com:1", "70000", "::1"] {
            assert!(metrics_address(wrong).is_err(), "{wrong}");
        }
    }
}

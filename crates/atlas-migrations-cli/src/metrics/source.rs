//! [`MetricsSource`]: what a scrape shows.

/// Makes what a scrape shows.
pub trait MetricsSource: Clone + Send + Sync + 'static {
    /// Returns the metrics at this moment, in the text format of Prometheus.
    fn text(&self) -> impl Future<Output = String> + Send;
}

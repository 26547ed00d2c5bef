//! [`Family`]: what one metric is.

/// The type of a metric.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MetricType {
    /// A value that goes up and down.
    Gauge,
    /// A value that only grows while the program runs.
    Counter,
    /// Counts of observations in buckets.
    Histogram,
}

impl MetricType {
    /// Returns the word of the text format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// A command that exports metrics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exporter {
    /// `watch`, and `cutover --when-ready`.
    Watch,
    /// `run`.
    Run,
    /// `serve`.
    Serve,
}

impl Exporter {
    /// Returns the name of the command.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Run => "run",
            Self::Serve => "serve",
        }
    }
}

/// What one metric is. Its series differ in the values of their labels.
#[derive(Debug)]
pub struct Family {
    /// The name.
    pub name: &'static str,
    /// The type.
    pub metric_type: MetricType,
    /// The unit of the values, in words.
    pub unit: &'static str,
    /// The names of the labels.
    pub labels: &'static [&'static str],
    /// What a value means, in one sentence without a period.
    pub help: &'static str,
    /// Who exports it.
    pub exporters: &'static [Exporter],
}

//! What a chart shows.

use jiff::tz::TimeZone;

/// The range of widths that a chart can have, in pixels.
const WIDTHS: (f64, f64) = (320.0, 4_000.0);

/// A chart of the lags of migrations. Times are in milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct Chart {
    pub(crate) title: String,
    pub(crate) subtitle: Option<String>,
    pub(crate) zone: TimeZone,
    pub(crate) width: f64,
    pub(crate) as_of: Option<i64>,
    pub(crate) max_lag: Option<u64>,
    pub(crate) is_sparse: bool,
    pub(crate) series: Vec<Series>,
}

impl Chart {
    /// Creates a chart without series, 1,080 pixels wide. Its times are those of the zone.
    pub fn new(title: impl Into<String>, zone: TimeZone) -> Self {
        Self {
            title: title.into(),
            subtitle: None,
            zone,
            width: 1_080.0,
            as_of: None,
            max_lag: None,
            is_sparse: false,
            series: Vec::new(),
        }
    }

    /// Sets a line below the title, which says more about what is shown.
    #[must_use]
    pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.subtitle = Some(subtitle.into());
        self
    }

    /// Sets the width in pixels, from 320 to 4,000. It decides how many plots are side by side: text is not scaled.
    #[must_use]
    pub fn width(mut self, width: f64) -> Self {
        self.width = if width.is_finite() { width.clamp(WIDTHS.0, WIDTHS.1) } else { self.width };
        self
    }

    /// Sets the time that the chart shows the state of, if the migrations go on.
    #[must_use]
    pub fn as_of(mut self, at_ms: i64) -> Self {
        self.as_of = Some(at_ms);
        self
    }

    /// Sets the largest lag, in seconds, at which migrations are cut over. It is a line in the plot.
    #[must_use]
    pub fn max_lag(mut self, seconds: u64) -> Self {
        self.max_lag = Some(seconds);
        self
    }

    /// Says that lags are known at a few times only: each one gets a dot, and the chart says what the lines between them
    /// are.
    #[must_use]
    pub fn sparse(mut self) -> Self {
        self.is_sparse = true;
        self
    }

    /// Adds a migration.
    #[must_use]
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }
}

/// The curve of one migration.
#[derive(Clone, Debug)]
pub struct Series {
    pub(crate) name: String,
    pub(crate) tone: Tone,
    pub(crate) glyph: char,
    pub(crate) state: String,
    pub(crate) points: Vec<Point>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) outages: Vec<Outage>,
    pub(crate) deadline: Option<i64>,
}

impl Series {
    /// Creates a curve without points. The state is a few words, such as `failed 22:41`.
    pub fn new(name: impl Into<String>, tone: Tone, state: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tone,
            glyph: tone.glyph(),
            state: state.into(),
            points: Vec::new(),
            marks: Vec::new(),
            outages: Vec::new(),
            deadline: None,
        }
    }

    /// Sets the sign before the name, if it is not that of the tone.
    #[must_use]
    pub fn glyph(mut self, glyph: char) -> Self {
        self.glyph = glyph;
        self
    }

    /// Adds a lag.
    #[must_use]
    pub fn point(mut self, point: Point) -> Self {
        self.points.push(point);
        self
    }

    /// Adds lags.
    #[must_use]
    pub fn points(mut self, points: impl IntoIterator<Item = Point>) -> Self {
        self.points.extend(points);
        self
    }

    /// Adds an event.
    #[must_use]
    pub fn mark(mut self, mark: Mark) -> Self {
        self.marks.push(mark);
        self
    }

    /// Adds a time in which polls failed.
    #[must_use]
    pub fn outage(mut self, outage: Outage) -> Self {
        self.outages.push(outage);
        self
    }

    /// Sets the time by which the migration must be cut over.
    #[must_use]
    pub fn deadline(mut self, at_ms: i64) -> Self {
        self.deadline = Some(at_ms);
        self
    }
}

/// A lag at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Point {
    /// When it was seen, in milliseconds since 1970.
    pub at_ms: i64,
    /// The lag in seconds; `None` if there was none.
    pub lag: Option<u64>,
}

impl Point {
    /// Creates a point with a lag in seconds.
    pub fn new(at_ms: i64, lag: u64) -> Self {
        Self { at_ms, lag: Some(lag) }
    }

    /// Creates a point at which the service reported no lag: the line ends there.
    pub fn gap(at_ms: i64) -> Self {
        Self { at_ms, lag: None }
    }
}

/// An event on a curve.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// When it happened, in milliseconds since 1970.
    pub at_ms: i64,
    /// What happened.
    pub kind: MarkKind,
    /// More about it, for the tooltip.
    pub detail: Option<String>,
}

impl Mark {
    /// Creates an event.
    pub fn new(at_ms: i64, kind: MarkKind) -> Self {
        Self { at_ms, kind, detail: None }
    }

    /// Sets what the tooltip says instead of the name of the kind.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// What happened, from the most to the least important for a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MarkKind {
    /// Atlas reports that the migration failed.
    Failed,
    /// Atlas reports that the migration expired.
    Expired,
    /// It is not known whether a request took effect.
    Unclear,
    /// The migration is complete.
    Complete,
    /// The cutover request was sent.
    CutoverSent,
    /// The migration is ready for its cutover.
    Ready,
    /// The create request was sent.
    Created,
    /// A person or a hook stopped it for a while.
    Held,
    /// A person approved.
    Approved,
    /// Any other event; its detail says which.
    Other,
}

impl MarkKind {
    /// Returns the name that the chart shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Unclear => "unclear",
            Self::Complete => "complete",
            Self::CutoverSent => "cutover sent",
            Self::Ready => "ready",
            Self::Created => "created",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Other => "other event",
        }
    }
}

/// A time in which polls failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outage {
    /// The first failed poll, in milliseconds since 1970.
    pub from_ms: i64,
    /// The first response after it; `None` if there was none yet.
    pub to_ms: Option<i64>,
}

impl Outage {
    /// Creates an outage; `to_ms` is `None` if it goes on.
    pub fn new(from_ms: i64, to_ms: Option<i64>) -> Self {
        Self { from_ms, to_ms }
    }
}

/// Who acts next, from the most to the least urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tone {
    /// It failed, expired or is unclear: a person must repair something.
    Broken,
    /// A person must decide or look.
    Yours,
    /// It goes on by itself.
    Moving,
    /// It has not begun.
    Idle,
    /// It is complete.
    Done,
}

impl Tone {
    /// Returns the sign that stands for the tone without color.
    pub fn glyph(self) -> char {
        match self {
            Self::Broken => '✗',
            Self::Yours => '!',
            Self::Moving => '▸',
            Self::Idle => '·',
            Self::Done => '✓',
        }
    }

    /// Returns the letter of the tone in the names of style classes.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Broken => 'b',
            Self::Yours => 'y',
            Self::Moving => 'm',
            Self::Idle => 'i',
            Self::Done => 'd',
        }
    }

    /// Returns whether a person must act.
    pub fn needs_person(self) -> bool {
        self <= Self::Yours
    }
}

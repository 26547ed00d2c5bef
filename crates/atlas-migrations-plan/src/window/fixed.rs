//! [`FixedWindow`]: a window that opens once.

use jiff::{SignedDuration, Timestamp};

/// A window between two instants: `from` is inside, `to` is not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FixedWindow {
    /// The first instant inside.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The time before the end in which no cutover starts.
    pub margin: SignedDuration,
}

impl FixedWindow {
    /// Creates a window. None if no cutover can start in it: `from` plus the margin is not before `to`.
    pub fn new(from: Timestamp, to: Timestamp, margin: SignedDuration) -> Option<Self> {
        (to.duration_since(from) > margin.max(SignedDuration::ZERO)).then_some(Self {
            from,
            to,
            margin,
        })
    }

    /// Returns whether an instant is inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Returns whether a cutover may start.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.contains(at) && self.to.duration_since(at) > self.margin
    }

    /// Returns the first instant, from the given one on, at which a cutover may start.
    pub fn next_opening(&self, from: Timestamp) -> Option<Timestamp> {
        if from <= self.from { Some(self.from) } else { self.is_open(from).then_some(from) }
    }

    /// Returns the end of the window. None outside.
    pub fn closes_at(&self, at: Timestamp) -> Option<Timestamp> {
        self.contains(at).then_some(self.to)
    }
}

//! [`RecordedCurve`]: the curve of a migration for a chart, as it was recorded, and the times of its last attempt.

use atlas_migrations_chart::{Mark, MarkKind, Outage, Point, Series};
use atlas_migrations_journal::{
    event::{EndResult, Event, EventRecord, Observed, Operation},
    overview::event_text,
};

/// The times of the last attempt, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptTimes {
    /// When its creation was recorded, before the request was sent.
    pub created: Option<i64>,
    /// When it was seen ready.
    pub ready: Option<i64>,
    /// When its cutover was recorded, before the request was sent.
    pub cutover: Option<i64>,
    /// When it was seen ended.
    pub ended: Option<i64>,
}

/// The curve of a migration for a chart, as it was recorded.
#[derive(Clone, Debug, Default)]
pub struct RecordedCurve {
    points: Vec<Point>,
    marks: Vec<Mark>,
    outages: Vec<Outage>,
    /// The times of the last attempt.
    pub times: AttemptTimes,
}

impl RecordedCurve {
    /// Reads the events of all attempts.
    pub fn of(records: &[EventRecord]) -> Self {
        let mut curve = Self::default();
        for record in records {
            curve.add(record);
        }
        curve
    }

    /// Adds the curve to a series.
    pub fn draw(self, series: Series) -> Series {
        let series = series.points(self.points);
        let series = self.marks.into_iter().fold(series, Series::mark);
        self.outages.into_iter().fold(series, Series::outage)
    }

    fn add(&mut self, record: &EventRecord) {
        let at_ms = record.at_ms;
        match &record.event {
            Event::Intent(intent) if intent.op == Operation::Create => {
                self.times.created = Some(at_ms);
                self.mark(MarkKind::Created, at_ms, record);
            }
            Event::Intent(intent) if intent.op == Operation::Cutover => {
                self.times.cutover = Some(at_ms);
                self.mark(MarkKind::CutoverSent, at_ms, record);
            }
            Event::Adopted(_) => self.mark(MarkKind::Other, at_ms, record),
            Event::Unclear(_) => self.mark(MarkKind::Unclear, at_ms, record),
            Event::Held(_) => self.mark(MarkKind::Held, at_ms, record),
            Event::Approved(_) => self.mark(MarkKind::Approved, at_ms, record),
            Event::Observed(observed) => self.observed(observed, record),
            Event::PollsFailing(polls) => self.outages.push(Outage::new(polls.since_ms, None)),
            Event::PollsBack(_) => self.end_outage(at_ms),
            Event::Retry(_) => {
                self.points.push(Point::gap(at_ms));
                self.times = AttemptTimes::default();
            }
            // What Atlas showed says better when it ended.
            Event::Ended(ended) if self.times.ended.is_none() => {
                self.times.ended = Some(at_ms);
                let kind = match ended.result {
                    EndResult::Complete => MarkKind::Complete,
                    EndResult::Failed => MarkKind::Failed,
                    EndResult::Expired => MarkKind::Expired,
                    _ => MarkKind::Other,
                };
                self.mark(kind, at_ms, record);
            }
            _ => {}
        }
    }

    fn observed(&mut self, observed: &Observed, record: &EventRecord) {
        let at_ms = observed.polled_ms;
        self.end_outage(at_ms);
        let (status, is_ready) = (observed.status.as_str(), observed.ready == Some(true));
        match (observed.lag_seconds, status) {
            (Some(lag), _) => self.points.push(Point::new(at_ms, lag)),
            // Atlas reports no lag while it cuts over; what was last seen is no longer true.
            (None, _) if self.times.ready.is_some() => self.points.push(Point::gap(at_ms)),
            _ => {}
        }
        let end = match status {
            "COMPLETE" => Some(MarkKind::Complete),
            "FAILED" => Some(MarkKind::Failed),
            "EXPIRED" => Some(MarkKind::Expired),
            _ => None,
        };
        match end {
            Some(kind) if self.times.ended.is_none() => {
                self.times.ended = Some(at_ms);
                self.mark(kind, at_ms, record);
            }
            None if is_ready && self.times.ready.is_none() => {
                self.times.ready = Some(at_ms);
                self.mark(MarkKind::Ready, at_ms, record);
            }
            _ => {}
        }
    }

    fn end_outage(&mut self, at_ms: i64) {
        if let Some(outage) = self.outages.last_mut().filter(|outage| outage.to_ms.is_none()) {
            outage.to_ms = Some(at_ms);
        }
    }

    fn mark(&mut self, kind: MarkKind, at_ms: i64, record: &EventRecord) {
        self.marks.push(Mark::new(at_ms, kind).detail(event_text(record)));
    }
}

//! Made-up migrations of a weekend.

use atlas_migrations_chart::{Chart, Mark, MarkKind, Outage, Point, Series, Tone};
use jiff::tz::TimeZone;

const NAMES: [&str; 10] = [
    "customers",
    "shipping",
    "payments",
    "orders",
    "inventory",
    "invoices",
    "catalog",
    "eu-customer-preferences-and-consents",
    "search",
    "audit",
];
/// Friday 27 November 2026, 18:00 in Berlin.
const START: i64 = 1_795_798_800_000;
const MINUTE: i64 = 60_000;
const NOW: i64 = START + 29 * 60 * MINUTE + 12 * MINUTE;

/// Returns a chart of so many migrations in all states.
pub fn chart(count: usize, width: f64, zone: TimeZone) -> Chart {
    let needy = (0..count).filter(|index| series(*index).1).count();
    let title = format!("weekend-48: {needy} of {count} need you");
    let chart = Chart::new(title, zone).width(width).as_of(NOW).max_lag(10);
    (0..count).fold(chart, |chart, index| chart.series(series(index).0))
}

fn series(index: usize) -> (Series, bool) {
    let number = i64::try_from(index).unwrap_or_default();
    let name = match index / NAMES.len() {
        0 => NAMES[index % NAMES.len()].to_owned(),
        round => format!("{}-{round}", NAMES[index % NAMES.len()]),
    };
    let created = START + (20 + number * 11 % 90) * MINUTE;
    let peak = 3_600 * (2 + number * 7 % 23);
    let ready = created + (20 * 60 + number * 137 % 500) * MINUTE;
    let (tone, glyph, state, end) = match index % 10 {
        0 => (Tone::Moving, '▸', "6 h 45 min behind, replicating", NOW),
        1 => (Tone::Broken, '✗', "failed 22:41", NOW - 31 * MINUTE),
        2 => (Tone::Yours, '!', "not seen since 23:00", NOW - 12 * MINUTE),
        3 => (Tone::Yours, '!', "ready, needs 1 more approval", NOW),
        4 => (Tone::Moving, '◷', "ready, window opens Sun 02:00", NOW),
        5 => (Tone::Done, '✓', "complete 22:58", NOW - 14 * MINUTE),
        7 => (Tone::Idle, '·', "planned", 0),
        _ => (Tone::Moving, '▸', "17 min behind, replicating", NOW),
    };
    let is_fast = matches!(index % 10, 3..=5);
    let falls_until = if is_fast { ready } else { ready + 9 * 60 * MINUTE };
    let lag = |at: i64| {
        let climb = (at - created).min(4 * 60 * MINUTE) * peak / (4 * 60 * MINUTE);
        let left = (falls_until - at).max(0) * peak / (falls_until - created - 240 * MINUTE);
        let noise = (at / MINUTE * 7919 % 5).unsigned_abs();
        u64::try_from(climb.min(left)).unwrap_or_default().max(noise)
    };
    let mut series = Series::new(name, tone, state).glyph(glyph);
    if index % 10 == 7 {
        return (series, false);
    }
    let out = START + (15 * 60 + number * 41 % 300) * MINUTE;
    let outage = (index % 4 == 3).then(|| Outage::new(out, Some(out + 90 * MINUTE)));
    let end = end.max(created + MINUTE);
    let mut at = created;
    while at <= end {
        if outage.is_none_or(|outage| at < outage.from_ms || at >= out + 90 * MINUTE) {
            series = series.point(Point::new(at, lag(at)));
        }
        at += 3 * MINUTE;
    }
    series = series.mark(Mark::new(created, MarkKind::Created));
    series = match outage {
        Some(outage) => series.outage(outage),
        None => series,
    };
    if is_fast {
        series = series.mark(Mark::new(ready, MarkKind::Ready));
    }
    series = match index % 10 {
        1 => series.mark(Mark::new(end, MarkKind::Failed)),
        2 => series.outage(Outage::new(end, None)),
        3 | 4 => series.deadline(ready + 120 * 60 * MINUTE),
        5 => series
            .mark(Mark::new(end - 8 * MINUTE, MarkKind::CutoverSent))
            .mark(Mark::new(end, MarkKind::Complete)),
        _ => series,
    };
    (series, tone.needs_person())
}

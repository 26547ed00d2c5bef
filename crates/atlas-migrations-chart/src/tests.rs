//! Tests of whole charts.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::draw::drawn;
use crate::{Chart, Mark, MarkKind, Outage, Point, Series, Tone};

#[path = "../examples/charts/sample.rs"]
mod sample;

const COUNTS: [usize; 9] = [0, 1, 2, 4, 6, 7, 30, 100, 300];
const WIDTHS: [f64; 4] = [358.0, 720.0, 1_080.0, 1_400.0];

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn assert_no_overprint(chart: &Chart) {
    let (canvas, height) = drawn(chart);
    for (index, one) in canvas.taken.iter().enumerate() {
        assert!(one.left >= 0.0 && one.right <= chart.width, "{one:?} of {}", chart.width);
        assert!(one.top >= 0.0 && one.bottom <= height, "{one:?} of {height}");
        for other in &canvas.taken[..index] {
            assert!(!one.overlaps(other), "{one:?} {other:?}\n{}", canvas.body);
        }
    }
}

#[test]
fn no_text_is_on_another_or_outside() {
    for count in COUNTS {
        for width in WIDTHS {
            assert_no_overprint(&sample::chart(count, width, berlin()));
        }
    }
}

#[test]
fn names_and_states_are_on_the_chart() {
    for (count, width) in [(1, 1_080.0), (6, 1_080.0), (6, 358.0), (30, 1_080.0)] {
        let svg = sample::chart(count, width, berlin()).to_svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<_> = document
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
            .filter_map(|node| node.text())
            .collect();
        let has = |wanted: &str| texts.iter().any(|text| text.contains(wanted));
        let mut wanted =
            vec!["▸ customers", "6 h 45 min behind, replicating", "1 h", "CET (UTC+01:00)"];
        if count > 1 {
            wanted.extend(["✗ shipping", "failed 22:41", "cut over by Thu 3 Dec 21:44"]);
        }
        if count == 6 {
            wanted.extend(["ready", "complete", "cutover sent", "no response from Atlas"]);
        }
        for wanted in wanted {
            assert!(has(wanted), "{wanted} of {count}: {texts:#?}");
        }
    }
}

#[test]
fn the_events_of_one_migration_are_named_above_its_plot() {
    let hour = 3_600_000;
    let series = Series::new("orders", Tone::Done, "complete")
        .points((0..20).map(|at| Point::new(at * hour, 100)))
        .outage(Outage::new(4 * hour, Some(5 * hour)))
        .deadline(19 * hour)
        .mark(Mark::new(0, MarkKind::Created))
        .mark(Mark::new(10 * hour, MarkKind::Ready))
        .mark(Mark::new(10 * hour, MarkKind::Approved))
        .mark(Mark::new(11 * hour, MarkKind::CutoverSent))
        .mark(Mark::new(12 * hour, MarkKind::Complete));
    let chart = Chart::new("orders", TimeZone::UTC).series(series);
    let svg = chart.to_svg();
    for name in [
        "created 00:00",
        "no response 04:00–05:00",
        "ready 10:00",
        "approved 10:00",
        "cutover sent 11:00",
        "complete 12:00",
        "cut over by Thu 1 Jan 19:00",
    ] {
        assert!(svg.contains(&format!(">{name}</text>")), "{name}: {svg}");
    }
    assert_no_overprint(&chart);
}

#[test]
fn more_than_six_migrations_get_a_plot_each_with_the_most_urgent_first() {
    let first = |svg: &str, wanted: &[&str]| {
        let found: Vec<_> = wanted.iter().map(|name| svg.find(name).unwrap()).collect();
        assert!(found.is_sorted(), "{found:?}");
    };
    let curves = |count| {
        let svg = sample::chart(count, 1_080.0, berlin()).to_svg();
        svg.matches("class=\"line s").count()
            - svg.matches("class=\"line s0\" stroke-dasharray=\"none\"").count()
    };
    let svg = sample::chart(7, 1_080.0, berlin()).to_svg();
    first(&svg, &["✗ shipping", "! payments", "! orders", "▸ customers", "✓ invoices"]);
    assert!(svg.contains("most urgent first") && !svg.contains("stroke-dasharray=\"9 3\""));
    assert!(curves(100) >= 90);
    let svg = sample::chart(300, 1_080.0, berlin()).to_svg();
    assert!(
        svg.contains("200 more without a plot") && svg.contains("✓ invoices-29: complete 22:58")
    );
}

#[test]
fn a_chart_is_small_and_always_the_same() {
    for (count, most) in [(1, 15_000), (6, 50_000), (30, 100_000), (100, 300_000), (300, 350_000)] {
        let svg = sample::chart(count, 1_080.0, berlin()).to_svg();
        assert!(svg.len() < most, "{} of {count}", svg.len());
        assert_eq!(svg, sample::chart(count, 1_080.0, berlin()).to_svg());
    }
}

#[test]
fn the_curve_is_dotted_where_polls_failed_and_ends_where_there_is_no_lag() {
    let points =
        [Point::new(0, 9), Point::new(1_000, 8), Point::new(5_000, 7), Point::new(6_000, 6)];
    let chart = |outage: Option<Outage>, gap: bool| {
        let mut series = Series::new("a", Tone::Moving, "").points(points);
        series.outages.extend(outage);
        series.points.extend(gap.then(|| Point::gap(1_500)));
        Chart::new("", TimeZone::UTC).series(series).to_svg()
    };
    let lines = |svg: &str| {
        (svg.matches("<polyline class=\"line s0\"").count(), svg.matches("line join").count())
    };
    assert_eq!(lines(&chart(None, false)), (1, 0));
    assert_eq!(lines(&chart(Some(Outage::new(2_000, Some(4_000))), false)), (2, 1));
    assert_eq!(lines(&chart(None, true)), (2, 0));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("</text><script>alert(1)</script>".to_owned()),
        Just("]]>&lt;\"' onload=x \u{202e}\u{0}\u{ffff}".to_owned()),
        "[W@🦀漢]{0,300}",
    ]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), 0..2_000_000_000_000_i64, Just(i64::MIN), Just(i64::MAX)]
}

fn any_series() -> impl Strategy<Value = Series> {
    let tones = [Tone::Broken, Tone::Yours, Tone::Moving, Tone::Idle, Tone::Done];
    let kinds =
        [MarkKind::Failed, MarkKind::Ready, MarkKind::Complete, MarkKind::Unclear, MarkKind::Other];
    let point = (time(), any::<Option<u64>>()).prop_map(|(at_ms, lag)| Point { at_ms, lag });
    let mark = (time(), prop::sample::select(kinds.to_vec()), text())
        .prop_map(|(at, kind, detail)| Mark::new(at, kind).detail(detail));
    let outage = (time(), prop::option::of(time())).prop_map(|(from, to)| Outage::new(from, to));
    let lists = (
        prop::collection::vec(point, 0..9),
        prop::collection::vec(mark, 0..9),
        prop::collection::vec(outage, 0..4),
    );
    (
        text(),
        prop::sample::select(tones.to_vec()),
        text(),
        any::<char>(),
        lists,
        prop::option::of(time()),
    )
        .prop_map(|(name, tone, state, glyph, (points, marks, outages), deadline)| {
            let mut series = Series::new(name, tone, state).glyph(glyph).points(points);
            (series.marks, series.outages, series.deadline) = (marks, outages, deadline);
            series
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_time_and_lag_gives_valid_xml_without_markup_from_outside(
        series in prop::collection::vec(any_series(), 0..9),
        title in text(),
        width in any::<f64>(),
    ) {
        let chart = Chart::new(title.clone(), TimeZone::UTC).subtitle(title).width(width);
        let chart = series.into_iter().fold(chart, Chart::series);
        for svg in [chart.to_svg(), chart.to_inline_svg()] {
            let document = roxmltree::Document::parse(&svg).unwrap();
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                let name = node.tag_name().name();
                prop_assert!(name != "script", "{svg}");
                for attribute in node.attributes() {
                    prop_assert!(!attribute.name().starts_with("on"), "{svg}");
                    prop_assert!(!attribute.value().contains("NaN") && !attribute.value().contains("inf"), "{svg}");
                }
            }
            let is_clean = !svg.contains(['\u{202e}', '\u{0}', '\u{ffff}']);
            prop_assert!(is_clean);
        }
        assert_no_overprint(&chart);
    }
}

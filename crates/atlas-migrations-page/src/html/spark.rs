//! The small curve of a row.

use maud::{Markup, html};

use super::parts::class;
use atlas_migrations_board::{Kind, Migration};

/// The size of the drawing, in pixels.
const WIDTH: u32 = 88;
const HEIGHT: u32 = 30;
/// The room around the line, for the mark at its end.
const EDGE: u32 = 4;

/// Returns the small curve of a migration, if lags of the last hours were recorded. Words in the row say the same.
pub fn spark(one: &Migration) -> Markup {
    let place = |(x, y): &(u16, u16)| {
        let on = |share: u16, size: u32| EDGE + u32::from(share) * (size - 2 * EDGE) / 1000;
        (on(*x, WIDTH), on(*y, HEIGHT))
    };
    let points: Vec<_> = one.spark.points.iter().map(place).collect();
    let Some((x, y)) = points.last().copied() else { return html! {} };
    let line: Vec<_> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    html! {
        svg.spark.(class(one.tone())) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } aria-hidden="true" {
            @if line.len() > 1 { polyline points=(line.join(" ")) {} }
            @if matches!(one.kind, Kind::Failed | Kind::Expired) {
                path d={ "M" (x - 3) " " (y - 3) "l6 6m0-6l-6 6" } {}
            } @else {
                circle cx=(x) cy=(y) r="3" {}
            }
        }
    }
}

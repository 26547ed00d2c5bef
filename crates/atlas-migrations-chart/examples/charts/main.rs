//! Prints a chart of made-up migrations: `charts COUNT [WIDTH]`.

mod sample;

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(6);
    let width = arguments.next().and_then(|width| width.parse().ok()).unwrap_or(1_080.0);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(1));
    std::io::stdout().write_all(sample::chart(count, width, zone).to_svg().as_bytes())
}

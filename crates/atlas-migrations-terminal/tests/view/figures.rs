//! What a frame costs. `cargo test --package atlas-migrations-terminal figures -- --ignored --nocapture` prints it.

use std::time::Instant;

use atlas_migrations_terminal::{View, render};

use crate::{
    sample::Sample,
    screen::{RUN, THEME},
};

#[test]
#[ignore = "it measures"]
fn a_redraw_of_1000_migrations() {
    let sample = Sample::new(1000);
    let median = |mut work: Box<dyn FnMut() + '_>| {
        let mut times: Vec<_> = (0..21)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed()
            })
            .collect();
        times.sort();
        times[10]
    };
    let board = median(Box::new(|| drop(sample.make_board())));
    println!("1,000 migrations: the board of them {board:?}");
    for (columns, lines) in [(80, 24), (200, 50)] {
        let mut view = View::new(RUN);
        view.resize(columns, lines);
        let before = render(&sample.scene(), &view, THEME, columns, lines);
        let frame = median(Box::new(|| {
            let frame = render(&sample.scene(), &view, THEME, columns, lines);
            assert!(before.diff(&frame).is_empty());
        }));
        println!("1,000 migrations: one frame of {columns} x {lines} {frame:?}");
    }
}

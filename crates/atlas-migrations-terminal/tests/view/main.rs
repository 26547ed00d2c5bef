//! The view as a terminal shows it.

mod figures;
mod keys;
mod pictures;
mod sample;
mod screen;
mod texts;

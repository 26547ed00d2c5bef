//! Prints results as tables, or in the form that the user chose: JSON, YAML, IDs, or what a filter makes of it.

mod choice;
mod destination;
mod event_writer;
mod form;
mod ids;
pub mod jq;
pub mod json_path;
mod render;
mod yaml;

pub use self::choice::{apply, format_for_errors};
pub use self::destination::Destination;
pub use self::event_writer::EventWriter;
pub use self::form::has_filter;
pub use self::render::{body, data, render, show};

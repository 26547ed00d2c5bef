//! What is inside the page beside its text.

pub const STYLE: &str = include_str!("style.css");
pub const SCRIPT: &str = include_str!("live.js");

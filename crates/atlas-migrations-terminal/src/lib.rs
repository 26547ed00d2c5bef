#![doc = include_str!("../README.md")]

mod abilities;
mod arrangement;
mod canvas;
mod details;
mod frame;
mod header;
mod help;
mod history;
mod key;
mod looks;
mod panel;
mod query;
mod rows;
mod scene;
mod summary;
mod table;
mod text;
mod theme;
mod view;

pub use self::{
    abilities::Abilities,
    frame::render,
    key::Key,
    looks::{Estimate, Looks},
    scene::Scene,
    summary::{Summary, summary},
    theme::{Colors, Theme},
    view::{Action, View},
};

/// The smallest terminal that the view fits in: columns and lines.
pub const SMALLEST: (u16, u16) = (40, 10);

#![doc = include_str!("../README.md")]

mod html;
mod present;
mod reader;
mod server;
mod settings;
mod view;

pub use self::{
    server::{PageError, PageServer},
    settings::{Access, Settings, Token},
    view::{Status, StatusMigration, StatusPlan},
};

#![doc = include_str!("../README.md")]

mod html;
mod present;
mod server;
mod settings;

pub use self::{
    server::{PageError, PageServer},
    settings::{Access, Decisions, Settings, Token},
};

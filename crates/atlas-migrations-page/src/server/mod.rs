//! The HTTP server.

mod connections;
mod decide;
mod delta;
mod error;
mod events;
mod fragments;
mod gate;
mod guard;
mod page_response;
mod page_server;
mod routes;
mod site;
mod user;
mod views;
mod write_limit;
mod wrong_tokens;

pub use self::{error::PageError, page_server::PageServer};

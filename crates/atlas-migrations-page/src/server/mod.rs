//! The HTTP server.

mod connections;
mod error;
mod events;
mod guard;
mod page_server;
mod routes;
mod site;
mod write_limit;

pub use self::{error::PageError, page_server::PageServer};

//! The HTTP server.

mod connections;
mod decide;
mod error;
mod events;
mod gate;
mod guard;
mod page_response;
mod page_server;
mod routes;
mod site;
mod user;
mod write_limit;

pub use self::{error::PageError, page_server::PageServer};

//! [`User`]: who reads, and [`Peer`]: from where.

use std::net::SocketAddr;

/// Who reads, and what vouches for the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub vouched_by: &'static str,
}

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

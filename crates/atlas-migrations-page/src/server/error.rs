//! [`PageError`].

use std::{error::Error, fmt, io, net::SocketAddr};

/// Why the server cannot start. Nothing was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageError {
    /// Other computers could read the page without a token.
    NotLoopback(SocketAddr),
    /// Readers shall decide, and nothing says who they are.
    NoNames,
    /// The name of the proxy's header is not one.
    Header(String),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// The journal cannot be read.
    Journal(String),
}

impl fmt::Display for PageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => write!(
                formatter,
                "other computers could read the page at {address}, so it needs a token, or a proxy that authenticates"
            ),
            Self::NoNames => formatter.write_str(
                "who decides is written down, so readers can decide only with tokens that have names, or behind a proxy that \
                 names them",
            ),
            Self::Header(name) => {
                write!(formatter, "`{}` is not the name of a header", name.escape_default())
            }
            Self::Listen(address, _) => write!(formatter, "cannot listen on {address}"),
            Self::Journal(problem) => write!(formatter, "the journal cannot be read: {problem}"),
        }
    }
}

impl Error for PageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Listen(_, error) => Some(error),
            _ => None,
        }
    }
}

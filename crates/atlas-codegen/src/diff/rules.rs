//! What breaks a client.
//!
//! The client is one that takes the fragment at its word, and the service is as the document says. A
//! difference is breaking where what the client does or expects may fail:
//!
//! - A request breaks where the document takes less than the fragment: a value that may be sent is
//!   refused, or one that may be left out is wanted.
//! - A response breaks where the document may send more than the fragment: another type or form, null,
//!   or nothing where there was always something.
//! - What is taken away is breaking in both: what is sent is refused, and what is read is gone. That is so
//!   of an operation, a parameter, a property, a success status, a media type, a header, a role, a
//!   credential and a server.
//! - A client has to bear properties, enum values, error statuses, headers and media types that it does not
//!   know, and it does not check how long or how large what it reads is. None of these breaks a response.
//! - A success status more is breaking, since its body is another. An error status less is not.
//! - A `default` breaks a request, in which leaving it out has come to mean something else.
//! - A version that has got an end, or an earlier one, is breaking.
//! - What does not travel, such as a read-only property in a request, breaks nothing. Examples, ids of
//!   operations and deprecations without an end are for people.

/// Which way a schema's values travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Travel {
    Request,
    Response,
    /// A read-only value in a request, or a write-only one in a response.
    Never,
}

impl Travel {
    /// Which way the values of a property travel, where either side may keep it to one way.
    pub fn through(self, read_only: bool, write_only: bool) -> Self {
        match self {
            Self::Request if read_only => Self::Never,
            Self::Response if write_only => Self::Never,
            _ => self,
        }
    }
}

/// What the document allows, held against what the fragment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allows {
    Less,
    More,
    Else,
}

/// Whether a difference breaks a client that reads by it, such as one of type.
pub fn breaks(travel: Travel, allows: Allows) -> bool {
    match travel {
        Travel::Request => allows != Allows::More,
        Travel::Response => allows != Allows::Less,
        Travel::Never => false,
    }
}

/// Whether a difference breaks a client that bears it in what it reads, such as one of an enum's values.
pub fn breaks_requests(travel: Travel, allows: Allows) -> bool {
    travel == Travel::Request && breaks(travel, allows)
}

/// What a keyword's coming, going or changing allows. It restricts while it is there.
pub fn restriction<T>(fragment: Option<T>, document: Option<T>) -> Allows {
    match (fragment, document) {
        (None, Some(_)) => Allows::Less,
        (Some(_), None) => Allows::More,
        _ => Allows::Else,
    }
}

/// What another type or format allows. Some are wider than others.
pub fn width(fragment: Option<&str>, document: Option<&str>) -> Allows {
    const WIDER: &[(&str, &str)] =
        &[("integer", "number"), ("int32", "int64"), ("float", "double")];
    match (fragment, document) {
        (Some(old), Some(new)) if WIDER.contains(&(old, new)) => Allows::More,
        (Some(old), Some(new)) if WIDER.contains(&(new, old)) => Allows::Less,
        _ => restriction(fragment, document),
    }
}

/// What another limit allows.
pub fn limit(keyword: &str, fragment: Option<f64>, document: Option<f64>) -> Allows {
    match (fragment, document) {
        (Some(old), Some(new)) if keyword.starts_with("min") => more_if(new < old),
        (Some(old), Some(new)) if keyword.starts_with("max") => more_if(new > old),
        _ => restriction(fragment, document),
    }
}

/// What allows more, or else less.
pub fn more_if(more: bool) -> Allows {
    if more { Allows::More } else { Allows::Less }
}

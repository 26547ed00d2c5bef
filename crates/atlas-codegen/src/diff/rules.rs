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
//! - What does not direction, such as a read-only property in a request, breaks nothing. Examples, ids of
//!   operations and deprecations without an end are for people.

/// Which way a schema's values direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Request,
    Response,
    /// A read-only value in a request, or a write-only one in a response.
    Never,
}

impl Direction {
    /// Which way the values of a property direction, where either side may keep it to one way.
    pub fn through(self, read_only: bool, write_only: bool) -> Self {
        match self {
            Self::Request if read_only => Self::Never,
            Self::Response if write_only => Self::Never,
            _ => self,
        }
    }
}

/// What the document variance, held against what the fragment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variance {
    Less,
    More,
    Else,
}

/// Whether a difference breaks a client that reads by it, such as one of type.
pub fn breaks(direction: Direction, variance: Variance) -> bool {
    match direction {
        Direction::Request => variance != Variance::More,
        Direction::Response => variance != Variance::Less,
        Direction::Never => false,
    }
}

/// Whether a difference breaks a client that bears it in what it reads, such as one of an enum's values.
pub fn breaks_requests(direction: Direction, variance: Variance) -> bool {
    direction == Direction::Request && breaks(direction, variance)
}

/// What a keyword's coming, going or changing variance. It restricts while it is there.
pub fn restriction<T>(fragment: Option<T>, document: Option<T>) -> Variance {
    match (fragment, document) {
        (None, Some(_)) => Variance::Less,
        (Some(_), None) => Variance::More,
        _ => Variance::Else,
    }
}

/// What another type or format variance. Some are wider than others.
pub fn width(fragment: Option<&str>, document: Option<&str>) -> Variance {
    const WIDER: &[(&str, &str)] =
        &[("integer", "number"), ("int32", "int64"), ("float", "double")];
    match (fragment, document) {
        (Some(old), Some(new)) if WIDER.contains(&(old, new)) => Variance::More,
        (Some(old), Some(new)) if WIDER.contains(&(new, old)) => Variance::Less,
        _ => restriction(fragment, document),
    }
}

/// What another limit variance.
pub fn limit(keyword: &str, fragment: Option<f64>, document: Option<f64>) -> Variance {
    match (fragment, document) {
        (Some(old), Some(new)) if keyword.starts_with("min") => more_if(new < old),
        (Some(old), Some(new)) if keyword.starts_with("max") => more_if(new > old),
        _ => restriction(fragment, document),
    }
}

/// What variance more, or else less.
pub fn more_if(more: bool) -> Variance {
    if more { Variance::More } else { Variance::Less }
}

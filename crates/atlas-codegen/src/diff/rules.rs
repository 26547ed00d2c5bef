//! Which differences break a client.
//!
//! The client relies on the fragment, and the service behaves as the document says. A difference is breaking if
//! something that the client does or expects may fail:
//!
//! - A request breaks if the document accepts less than the fragment: a value is refused, or an optional one required.
//! - A response breaks if the document may send more than the fragment: another type or format, null, or nothing
//!   where the fragment has always something.
//! - Removing something breaks both: an operation, a parameter, a property, a success status, a media type, a header,
//!   a role, a credential or a server.
//! - A client must accept unknown properties, enum values, error statuses, headers and media types, and does not check
//!   limits of what it reads. None of these breaks a response.
//! - A new success status breaks, because its body may differ. Removing an error status does not.
//! - Another `default` breaks a request, because an absent value changes its meaning.
//! - A new or earlier sunset of a version breaks.
//! - Values that are not sent, such as read-only properties in requests, break nothing. Neither do examples, operation
//!   ids and deprecations without a sunset.

/// The direction in which the values of a schema are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Request,
    Response,
    /// A read-only value in a request, or a write-only one in a response.
    Never,
}

impl Direction {
    /// Returns the direction of a property, which may be read-only or write-only.
    pub fn through(self, read_only: bool, write_only: bool) -> Self {
        match self {
            Self::Request if read_only => Self::Never,
            Self::Response if write_only => Self::Never,
            _ => self,
        }
    }
}

/// What the document allows, compared with the fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variance {
    Less,
    More,
    Else,
}

/// Returns whether a difference breaks that concerns readers, such as one of type.
pub fn breaks(direction: Direction, variance: Variance) -> bool {
    match direction {
        Direction::Request => variance != Variance::More,
        Direction::Response => variance != Variance::Less,
        Direction::Never => false,
    }
}

/// Returns whether a difference breaks that readers accept, such as one of the values of an enum.
pub fn breaks_requests(direction: Direction, variance: Variance) -> bool {
    direction == Direction::Request && breaks(direction, variance)
}

/// Returns what adding, removing or changing a restricting keyword allows.
pub fn restriction<T>(fragment: Option<T>, document: Option<T>) -> Variance {
    match (fragment, document) {
        (None, Some(_)) => Variance::Less,
        (Some(_), None) => Variance::More,
        _ => Variance::Else,
    }
}

/// Returns what another type or format allows.
pub fn width(fragment: Option<&str>, document: Option<&str>) -> Variance {
    const WIDER: &[(&str, &str)] =
        &[("integer", "number"), ("int32", "int64"), ("float", "double")];
    match (fragment, document) {
        (Some(old), Some(new)) if WIDER.contains(&(old, new)) => Variance::More,
        (Some(old), Some(new)) if WIDER.contains(&(new, old)) => Variance::Less,
        _ => restriction(fragment, document),
    }
}

/// Returns what another limit allows.
pub fn limit(keyword: &str, fragment: Option<f64>, document: Option<f64>) -> Variance {
    match (fragment, document) {
        (Some(old), Some(new)) if keyword.starts_with("min") => more_if(new < old),
        (Some(old), Some(new)) if keyword.starts_with("max") => more_if(new > old),
        _ => restriction(fragment, document),
    }
}

/// More or less.
pub fn more_if(more: bool) -> Variance {
    if more { Variance::More } else { Variance::Less }
}

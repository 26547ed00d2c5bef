//! [`Given`]: a value that a mapping can have or leave to the defaults.

/// A value that a mapping can have or leave to the defaults.
#[derive(Clone, Debug, Default)]
pub(super) enum Given<T> {
    /// The key is missing.
    #[default]
    Absent,
    /// The key is there and its value is wrong, which was reported.
    Invalid,
    /// The value.
    Value(T),
}

impl<T> Given<T> {
    /// Reads the value of a key, if it is there.
    pub(super) fn read<C>(at: Option<C>, read: impl FnOnce(&C) -> Option<T>) -> Self {
        match at.map(|at| read(&at)) {
            None => Self::Absent,
            Some(None) => Self::Invalid,
            Some(Some(value)) => Self::Value(value),
        }
    }

    /// Returns this one, or the other if this one is absent.
    pub(super) fn or(self, other: Self) -> Self {
        if matches!(self, Self::Absent) { other } else { self }
    }

    /// Returns the value. Calls the function if it is absent.
    pub(super) fn require(self, missing: impl FnOnce()) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Invalid => None,
            Self::Absent => {
                missing();
                None
            }
        }
    }

    /// Returns the value, or the given one if it is absent. None if it is wrong.
    pub(super) fn or_default(self, default: T) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Invalid => None,
            Self::Absent => Some(default),
        }
    }
}

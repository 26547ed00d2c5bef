//! [`Abilities`]: what the command can do besides showing.

/// What the command can do besides showing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Whether a person can approve and hold through the journal.
    pub can_decide: bool,
    /// Whether keys reach the view.
    pub has_keys: bool,
}

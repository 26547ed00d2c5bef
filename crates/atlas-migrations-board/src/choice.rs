//! [`Choice`]: what a person can decide about a migration or a plan now.

use atlas_migrations_journal::{
    event::{Action, Operation, StreamKind},
    state::{Phase, StreamState},
};

/// What a person can decide about a migration or a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Approve the cutover.
    Approve,
    /// Approve the start that drops all data of the destination.
    ApproveStart,
    /// Withdraw the approvals of the cutover.
    Withdraw,
    /// Withdraw the approvals of the start that drops all data of the destination.
    WithdrawStart,
    /// Stop whatever changes it, until it is released.
    Hold,
    /// End a hold, or the veto of a hook.
    Release,
}

impl Choice {
    /// All choices.
    pub const ALL: [Self; 6] = [
        Self::Approve,
        Self::ApproveStart,
        Self::Withdraw,
        Self::WithdrawStart,
        Self::Hold,
        Self::Release,
    ];

    /// Returns the word for it in paths.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::ApproveStart => "approve-start",
            Self::Withdraw => "withdraw",
            Self::WithdrawStart => "withdraw-start",
            Self::Hold => "hold",
            Self::Release => "release",
        }
    }

    /// Returns the choice of a word in a path.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }

    /// Returns what it does, as an imperative.
    pub fn imperative(self) -> &'static str {
        match self {
            Self::Approve => "Approve the cutover",
            Self::ApproveStart => "Approve the start that drops data",
            Self::Withdraw => "Withdraw the approvals",
            Self::WithdrawStart => "Withdraw the approvals of the start",
            Self::Hold => "Hold",
            Self::Release => "Release",
        }
    }

    /// Returns the action that it approves, or withdraws the approvals of.
    pub fn action(self) -> Option<Action> {
        match self {
            Self::Approve | Self::Withdraw => Some(Action::Cutover),
            Self::ApproveStart | Self::WithdrawStart => Some(Action::CreateWithDrop),
            Self::Hold | Self::Release => None,
        }
    }
}

/// Returns what a person can decide now.
pub fn choices(state: &StreamState, now_ms: i64) -> Vec<Choice> {
    let hold =
        if state.held.is_some() || state.veto.is_some() { Choice::Release } else { Choice::Hold };
    if state.kind == StreamKind::Plan {
        return vec![hold];
    }
    let is_over = state.ended.is_some()
        || matches!(state.phase(), Phase::Complete | Phase::Failed | Phase::Expired);
    if is_over || state.slot(&Operation::Cutover).is_some() {
        return Vec::new();
    }
    let is_started = state.migration_id.is_some() || state.slot(&Operation::Create).is_some();
    let mut choices = Vec::new();
    for (approve, withdraw) in
        [(Choice::ApproveStart, Choice::WithdrawStart), (Choice::Approve, Choice::Withdraw)]
    {
        let Some(action) = approve
            .action()
            .filter(|action| !(state.forgone || is_started && *action == Action::CreateWithDrop))
        else {
            continue;
        };
        if state.valid_approvals(&action, now_ms).len() < state.needed_approvals(&action) {
            choices.push(approve);
        }
        if state.approvals.values().any(|approval| approval.action == action) {
            choices.push(withdraw);
        }
    }
    choices.push(hold);
    choices
}

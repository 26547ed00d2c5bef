//! How to find out whether a call took effect that ended without saying so.

use crate::Operation;
use crate::generated::operations;

/// What to look at before an operation is called again: for an error whose
/// [`may_have_taken_effect`](crate::Error::may_have_taken_effect) is true.
pub(crate) fn how(operation: &'static Operation) -> Option<&'static str> {
    let knows = |known: &Operation| operation.id == known.id;
    let text = if knows(&operations::CREATE_GROUP_LIVE_MIGRATION) {
        "do not create it a second time before you know: look in the Atlas UI whether the destination cluster \
         has a live migration, as Atlas has no call that lists them"
    } else if knows(&operations::CUTOVER_GROUP_LIVE_MIGRATION) {
        "do not send the cutover again before you know: describe or watch the migration, which stops being ready \
         for cutover once it is cut over"
    } else if knows(&operations::CREATE_ORG_LIVE_MIGRATION_LINK_TOKEN) {
        "do not create another link-token before you know: look in the Atlas UI whether the organization has one; \
         its text cannot be shown again, so delete it and then create a new one"
    } else if knows(&operations::DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS) {
        "list the available projects to see whether the organization is still linked"
    } else if knows(&operations::VALIDATE_GROUP_LIVE_MIGRATIONS) {
        "a validation changes neither cluster: at worst it runs without its ID being known, and a new one does no \
         harm"
    } else {
        return None;
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_changes_something_says_how_to_find_out() {
        for operation in operations::ALL {
            assert_eq!(how(operation).is_some(), !operation.is_safe(), "{operation}");
        }
    }
}

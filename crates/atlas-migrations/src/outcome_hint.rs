//! Hints for calls whose effect is unknown.

use atlas_client_core::Operation;

use crate::generated::operations;

/// Returns how to find out whether an operation took effect, for an error whose
/// [`may_have_taken_effect`](crate::Error::may_have_taken_effect) is true.
pub(crate) fn outcome_hint(operation: &'static Operation) -> Option<&'static str> {
    let is = |known: &Operation| operation.id == known.id;
    let text = if is(&operations::CREATE_GROUP_LIVE_MIGRATION) {
        "do not create it a second time before you know: look in the Atlas UI whether the destination cluster \
         has a live migration, as Atlas has no call that lists them"
    } else if is(&operations::CUTOVER_GROUP_LIVE_MIGRATION) {
        "do not send the cutover again before you know: describe or watch the migration, which stops being ready \
         for cutover once it is cut over"
    } else if is(&operations::CREATE_ORG_LIVE_MIGRATION_LINK_TOKEN) {
        "do not create another link-token before you know: look in the Atlas UI whether the organization has one; \
         its text cannot be shown again, so delete it and then create a new one"
    } else if is(&operations::DELETE_ORG_LIVE_MIGRATION_LINK_TOKENS) {
        "list the available projects to see whether the organization is still linked"
    } else if is(&operations::VALIDATE_GROUP_LIVE_MIGRATIONS) {
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
    fn every_operation_with_an_effect_has_a_hint() {
        for operation in operations::ALL {
            assert_eq!(outcome_hint(operation).is_some(), !operation.is_safe(), "{operation}");
        }
    }
}

//! [`Validation`].

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::generated::types::LiveImportValidation;
use crate::{GroupId, SourceProjectId, ValidationId, ValidationStatus};

/// What became of the rehearsal of a live migration.
///
/// The service may leave out any part, and `null` reads as absent here. What has neither an id nor a status
/// is not a validation: it does not decode. As JSON it is as the service writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LiveImportValidation", into = "LiveImportValidation")]
#[non_exhaustive]
pub struct Validation {
    /// The validation's id.
    pub id: Option<ValidationId>,
    /// How far it has come. A status that this version does not know is kept.
    pub status: Option<ValidationStatus>,
    /// Why it failed, where it did.
    pub error_message: Option<String>,
    /// The destination's project.
    pub group: Option<GroupId>,
    /// The source's project in Cloud Manager or Ops Manager.
    pub source_project: Option<SourceProjectId>,
    /// What else the service said, as it said it.
    pub unknown_fields: Map<String, Value>,
}

impl Validation {
    /// Whether the validation has come to its end, good or bad. False for a status that this version does
    /// not know.
    pub fn is_over(&self) -> bool {
        matches!(self.status, Some(ValidationStatus::Success | ValidationStatus::Failed))
    }
}

impl TryFrom<LiveImportValidation> for Validation {
    type Error = &'static str;

    fn try_from(wire: LiveImportValidation) -> Result<Self, Self::Error> {
        let (id, status) = (wire.id.map(ValidationId::from_object_id), wire.status.flatten());
        if id.is_none() && status.as_ref().is_none_or(|status| status.as_str().is_empty()) {
            return Err("there is neither an `_id` nor a `status`");
        }
        Ok(Self {
            id,
            status,
            error_message: wire.error_message.flatten(),
            group: wire.group_id.map(GroupId::from_object_id),
            source_project: wire.source_group_id.map(SourceProjectId::from_object_id),
            unknown_fields: wire.extra,
        })
    }
}

impl From<Validation> for LiveImportValidation {
    fn from(validation: Validation) -> Self {
        Self {
            id: validation.id.map(|id| *id.object_id()),
            status: validation.status.map(Some),
            error_message: validation.error_message.map(Some),
            group_id: validation.group.map(|id| *id.object_id()),
            source_group_id: validation.source_project.map(|id| *id.object_id()),
            extra: validation.unknown_fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_service_leaves_out_or_invents_survives() {
        for wire in [
            json!({"_id": "507f1f77bcf86cd799439011"}),
            json!({"status": "QUEUED", "stage": 1}),
            json!({
                "_id": "507f1f77bcf86cd799439011", "status": "FAILED", "errorMessage": "no",
                "groupId": "32b6e34b3d91647abb20e7b8", "sourceGroupId": "5f0a1b2c3d4e5f6071829304",
            }),
        ] {
            let validation: Validation = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(serde_json::to_value(&validation).unwrap(), wire);
        }
        for unidentified in [json!({}), json!({"_id": null, "status": null, "errorMessage": "no"})]
        {
            assert!(serde_json::from_value::<Validation>(unidentified).is_err());
        }
        let over = |status: &str| {
            Validation { status: Some(status.into()), ..Validation::default() }.is_over()
        };
        assert_eq!(
            ["PENDING", "SUCCESS", "FAILED", "QUEUED"].map(over),
            [false, true, true, false]
        );
    }
}

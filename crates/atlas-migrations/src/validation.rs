//! [`Validation`]: the state of a validation.

use serde_json::{Map, Value};

use crate::generated::types::LiveImportValidation;
use crate::ids::{GroupId, SourceProjectId, ValidationId};
use crate::status::ValidationStatus;
use crate::wire::json_of_wire;

/// The state of a validation: the check of a migration request by the service, without starting a migration.
///
/// The service may leave out any field, and `null` reads as absent. A response with neither an ID nor a status
/// is a decode error. The JSON form is that of the service.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Validation {
    /// The ID of the validation.
    pub id: Option<ValidationId>,
    /// The status. A status that this version does not know is kept.
    pub status: Option<ValidationStatus>,
    /// Why the validation failed.
    pub error_message: Option<String>,
    /// The project of the destination.
    pub group: Option<GroupId>,
    /// The project of the source in Cloud Manager or Ops Manager.
    pub source_project: Option<SourceProjectId>,
    /// Fields of the response that this version does not know.
    pub unknown_fields: Map<String, Value>,
}

impl Validation {
    /// Returns whether the validation has ended, with or without success. False for a status that this
    /// version does not know.
    pub fn is_terminal(&self) -> bool {
        matches!(self.status, Some(ValidationStatus::Success | ValidationStatus::Failed))
    }

    pub(crate) fn from_wire(wire: LiveImportValidation) -> Result<Self, &'static str> {
        let (id, status) = (wire.id.map(ValidationId::from_object_id), wire.status.flatten());
        if id.is_none() && status.as_ref().is_none_or(|status| status.as_str().is_empty()) {
            return Err("there is neither an `_id` nor a `status`");
        }
        Ok(Self {
            id,
            status: status.as_ref().map(ValidationStatus::from_wire),
            error_message: wire.error_message.flatten(),
            group: wire.group_id.map(GroupId::from_object_id),
            source_project: wire.source_group_id.map(SourceProjectId::from_object_id),
            unknown_fields: wire.extra,
        })
    }

    /// Returns all fields but the unknown ones.
    fn to_wire(&self) -> LiveImportValidation {
        LiveImportValidation {
            id: self.id.map(ValidationId::object_id),
            status: self.status.as_ref().map(|status| Some(status.to_wire())),
            error_message: self.error_message.clone().map(Some),
            group_id: self.group.map(GroupId::object_id),
            source_group_id: self.source_project.map(SourceProjectId::object_id),
            extra: Map::new(),
        }
    }
}

json_of_wire!(Validation as LiveImportValidation, Self::from_wire);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_and_unknown_fields_survive_a_round_trip() {
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
        let is_terminal = |status: &str| {
            Validation { status: Some(status.into()), ..Validation::default() }.is_terminal()
        };
        assert_eq!(
            ["PENDING", "SUCCESS", "FAILED", "QUEUED"].map(is_terminal),
            [false, true, true, false]
        );
    }
}

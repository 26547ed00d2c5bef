//! The statuses of live migrations and validations.

use crate::generated::types;

atlas_client_core::open_enum! {
    /// The status of a live migration.
    pub enum LiveMigrationStatus {
        /// Scheduled, not yet started.
        New = "NEW",
        /// Preparing connections, replicating, or stopping replication after the cutover.
        Working = "WORKING",
        /// Ended without success.
        Failed = "FAILED",
        /// Cut over and complete.
        Complete = "COMPLETE",
        /// Was ready for cutover for 120 hours and was not cut over.
        Expired = "EXPIRED",
    }
}

atlas_client_core::open_enum! {
    /// The status of a validation.
    pub enum ValidationStatus {
        /// In progress.
        Pending = "PENDING",
        /// Found no problem.
        Success = "SUCCESS",
        /// Found a problem. The error message describes it.
        Failed = "FAILED",
    }
}

/// Converts between a generated enum and one of this crate.
macro_rules! same_values {
    ($($name:ident = $wire:ident;)+) => {$(
        impl $name {
            pub(crate) fn from_wire(status: &types::$wire) -> Self {
                status.as_str().into()
            }

            pub(crate) fn to_wire(&self) -> types::$wire {
                self.as_str().into()
            }
        }
    )+};
}

same_values! {
    LiveMigrationStatus = LiveMigrationStatus;
    ValidationStatus = LiveImportValidationStatus;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_values_are_those_of_the_generated_enums() {
        let generated = types::LiveMigrationStatus::KNOWN_VALUES;
        assert_eq!(LiveMigrationStatus::KNOWN_VALUES, generated);
        let generated = types::LiveImportValidationStatus::KNOWN_VALUES;
        assert_eq!(ValidationStatus::KNOWN_VALUES, generated);
    }
}

//! The results of what clients request.

use serde::{Deserialize, Serialize};

/// The result of a validation: it is `PENDING` for a while and then `SUCCESS`, or `FAILED` if a name
/// in the request is on one of these lists. The first list with such a name gives the reason.
///
/// All of it is invented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValidationRules {
    /// How long a validation is `PENDING`, in simulated seconds.
    pub pending_seconds: u64,
    /// The migration hosts that cannot be reached.
    pub unreachable_hosts: Vec<String>,
    /// The names of the source clusters that the migration host cannot reach.
    pub unreachable_source_clusters: Vec<String>,
    /// The names of the destination clusters that the migration host cannot reach.
    pub unreachable_destination_clusters: Vec<String>,
}

impl Default for ValidationRules {
    fn default() -> Self {
        let one = |name: &str| vec![name.to_owned()];
        Self {
            pending_seconds: 30,
            unreachable_hosts: one("unreachable.example.com"),
            unreachable_source_clusters: one("unreachable-source"),
            unreachable_destination_clusters: one("unreachable-destination"),
        }
    }
}

/// The statuses of successful responses for which documentation and observation differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SuccessStatuses {
    /// A new link token: 201, as in every recording, or 200, as documented.
    pub link_token: u16,
    /// A new validation: 200, as documented, or 201, as in the documentation of version 1.0.
    pub validate: u16,
    /// A cutover: 202 with `{}`, as documented and as recorded for other operations, or 200 with a
    /// body like a validation's, as in the documentation of version 1.0.
    pub cutover: u16,
}

impl Default for SuccessStatuses {
    fn default() -> Self {
        Self { link_token: 201, validate: 200, cutover: 202 }
    }
}

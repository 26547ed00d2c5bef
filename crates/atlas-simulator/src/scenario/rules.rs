//! What becomes of what clients begin.

use serde::{Deserialize, Serialize};

/// What becomes of a validation: it is `PENDING` for a while and then `SUCCESS`, or `FAILED` where
/// a name in it is on one of these lists, of which the first that has one gives the reason.
///
/// All of it is invented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValidationRules {
    /// How long a validation is `PENDING`, in seconds of simulated time.
    pub pending_seconds: u64,
    /// The migration hosts that do not answer.
    pub unreachable_hosts: Vec<String>,
    /// The names of the source clusters that the migration host does not reach.
    pub unreachable_source_clusters: Vec<String>,
    /// The names of the destination clusters that the migration host does not reach.
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

/// With which status successes are answered where documentation and observation differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SuccessStatuses {
    /// A new link token: 201, as in every recording, or 200, as documented.
    pub link_token: u16,
    /// A new validation: 200, as documented, or 201, as in the documentation of version 1.0.
    pub validate: u16,
    /// A cutover: 202 with `{}`, as documented and as recorded of other operations, or 200 with a
    /// body like a validation's, as in the documentation of version 1.0.
    pub cutover: u16,
}

impl Default for SuccessStatuses {
    fn default() -> Self {
        Self { link_token: 201, validate: 200, cutover: 202 }
    }
}

//! The contents of the simulated Atlas: plain data, its validation, and the clock.

mod clock;
mod cluster;
mod credentials;
mod digest;
mod error;
mod fault;
mod fault_rule;
mod json_error;
mod limits;
mod model;
mod object_id;
mod operation_id;
mod project;
mod rules;
mod source;
mod validate;

pub(crate) use clock::RunningClock;
pub use clock::{Clock, ClockError};
pub use cluster::Cluster;
pub use credentials::{Access, ApiKey, BearerToken, Role, ServiceAccount};
pub use digest::{DigestAlgorithm, DigestOptions, Rspauth};
pub use error::ScenarioError;
pub use fault::Fault;
pub(crate) use fault::{fault_header, fault_status_and_type};
pub use fault_rule::{Condition, FaultRule, Times};
pub(crate) use fault_rule::{MAX_FAULT_RULES, TooManyFaultRules};
pub(crate) use json_error::{JsonError, parse_json};
pub use limits::{RateLimit, RateLimits, RequestLimit};
pub use model::Scenario;
pub(crate) use object_id::is_object_id;
pub(crate) use operation_id::OperationId;
pub use project::{LiveMigration, Project, Timeline, Validation};
pub use rules::{SuccessStatuses, ValidationRules};
pub use source::{Deployment, SourceProject};

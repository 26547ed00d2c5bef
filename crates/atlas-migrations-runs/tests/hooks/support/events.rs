//! Events for tests.

use atlas_migrations_journal::{
    Hash,
    event::{
        Adopted, DeadlineNear, EndResult, Ended, Event, Observed, PlanStarted, Planned,
        PollsFailing, Released,
    },
};
use serde_json::json;

use super::clock::START_MS;

pub const GROUP: &str = "5f0a1b2c3d4e5f6071829304";
pub const MIGRATION: &str = "6f0a1b2c3d4e5f6071829304";

pub fn plan_started() -> Event {
    PlanStarted::new("plan.yaml".to_owned(), Hash::of(&json!("plan")), json!({})).into()
}

pub fn planned(name: &str, approvers: u32) -> Event {
    let hash = Hash::of(&json!("request"));
    let mut planned =
        Planned::new(name.parse().unwrap(), hash.clone(), hash, json!({"destination": name}));
    planned.group_id = Some(GROUP.parse().unwrap());
    planned.approvers = approvers;
    planned.into()
}

pub fn adopted(id: &str, approvers: u32) -> Event {
    let mut adopted =
        Adopted::new(GROUP.parse().unwrap(), id.parse().unwrap(), "WORKING".to_owned());
    adopted.approvers = approvers;
    adopted.into()
}

pub fn ready() -> Event {
    let mut observed = Observed::new("WORKING".to_owned(), START_MS);
    observed.ready = Some(true);
    observed.lag_seconds = Some(2);
    observed.into()
}

pub fn deadline_near(hours_left: u32) -> Event {
    DeadlineNear::new(hours_left, START_MS + i64::from(hours_left) * 3_600_000).into()
}

pub fn polls_failing() -> Event {
    PollsFailing::new(START_MS, "timeout".to_owned(), 5).into()
}

pub fn released() -> Event {
    Released::new().into()
}

pub fn ended(result: EndResult) -> Event {
    Ended::new(result).into()
}

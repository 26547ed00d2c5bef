//! What a list of migrations shows: one summary per migration, their order, and what each event says.

mod event_text;
mod summary;
mod urgency;

pub use self::{event_text::event_text, summary::MigrationSummary, urgency::Urgency};

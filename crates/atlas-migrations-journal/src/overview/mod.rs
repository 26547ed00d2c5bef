//! What a list of migrations shows: one summary per migration, their order, and what each event says.

mod event_text;
mod repeated_looks;
mod summary;
mod urgency;

pub use self::{
    event_text::event_text, repeated_looks::without_repeated_looks, summary::MigrationSummary,
    urgency::Urgency,
};

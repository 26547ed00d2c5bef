//! What a person does with the journal from a second shell.

mod completion;
mod copies;
mod decisions;
mod names;
mod postgres;
mod race;
mod resolve;
mod show;
mod support;

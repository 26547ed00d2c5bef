//! The HTML of the page. All texts are escaped by the templates.

mod assets;
mod decision;
mod layout;
mod log;
mod migration;
mod overview;
mod parts;
mod plan;
mod spark;
mod table;

pub use self::{
    decision::{Answer, Question, answer, question},
    layout::{Head, fragment, page},
    migration::migration,
    overview::overview,
    plan::plan,
};

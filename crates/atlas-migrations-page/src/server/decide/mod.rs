//! Decisions that readers make on the page.
//!
//! A page with a form is opened by GET and changes nothing. The form has a secret that is good once, for one reader, one
//! stream and one choice. The POST of the form makes the decision by the same functions as the command, and leads to a page
//! with the result. A form that is sent twice decides once and shows the same result.

mod decider;
mod forms;
mod posted;
mod rate;
mod routes;

pub use self::decider::Decider;
pub use self::routes::routes;

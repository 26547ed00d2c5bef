//! The schemas of request bodies.

mod check;
mod schema;

pub(super) use schema::Schema;

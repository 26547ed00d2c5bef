//! What both databases share: the SQL texts and everything that is decided around them.

mod append;
mod check;
mod core;
mod delivery;
mod driver;
mod lease;
mod options;
mod read;
mod rows;
mod schema;
mod sql_store;
mod tables;

pub(crate) use self::{
    core::Core,
    driver::{Access, Driver, Leases, Row, Tx, Value, in_time, transaction},
    schema::{STEPS, SchemaState, Step, state_of},
};
pub use self::{
    options::{AppendObserver, Options, Probe, RetryPolicy},
    sql_store::SqlStore,
};

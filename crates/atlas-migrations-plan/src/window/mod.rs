//! Windows: the times at which a cutover may start. Pure functions of a given instant.

mod any;
mod fixed;
mod union;
mod weekly;

pub use self::{
    any::Window,
    fixed::FixedWindow,
    union::{closes_at, is_open, next_opening},
    weekly::{InvalidWindow, TimeOfDay, WeeklyWindow},
};

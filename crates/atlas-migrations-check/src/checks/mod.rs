//! The checks. Each looks at facts that were read before, and changes nothing.

mod access;
mod destination;
mod hooks;
mod journal;
mod passwords;
mod similar;
mod sizes;
mod source;
mod validation;
mod versions;
mod windows;

pub(crate) use self::{
    access::access,
    destination::{cluster, destination},
    hooks::hooks,
    journal::{JournalFacts, journal},
    passwords::{Passwords, passwords},
    source::{deployment, link, source},
    validation::validate,
    versions::versions,
    windows::windows,
};

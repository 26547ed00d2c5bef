//! Reads plan files: from nodes with places to a plan, or to all that is wrong.

mod across;
mod cursor;
mod endpoints;
mod given;
mod hooks;
mod journal;
mod migrations;
mod near;
mod plan_file;
mod policy;
mod secrets;
mod sharding;
mod values;
mod windows;

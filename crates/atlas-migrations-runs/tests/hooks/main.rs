//! Hooks with real programs, a real HTTP server and a real journal.

#![cfg(test)]

mod before_cutover;
mod canary;
mod delivery;
mod exec;
mod support;
mod webhook;

//! Tests of plan files.

mod example;

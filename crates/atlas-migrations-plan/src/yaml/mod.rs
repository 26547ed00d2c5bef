//! YAML with the place of each value. JSON is YAML.

mod node;
mod parse;

pub(crate) use self::{
    node::{Entry, Node, ScalarKind, Value},
    parse::{join, parse, shown},
};

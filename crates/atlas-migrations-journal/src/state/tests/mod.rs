//! Tests of the state: what it admits, what events add up to, and the phase that follows.

mod admit;
mod fold;
mod phase;
mod stream;

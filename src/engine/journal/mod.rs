//! The journal that pipelines write while they run, and how it reaches the store.
//!
//! A pipeline whose caller waits for no result writes a few numbers at each start and end. Later,
//! many executions at a time, [`Replay`] turns them into the calls on
//! [`State`](crate::engine::recorder::State) that direct calls make, in the same order. No rule
//! exists twice: the same runs give the same history either way.

mod replay;

pub use replay::{Raised, Replay};

/// The writer's number of a running execution or stage. It may be reused after the end was written.
pub type Number = u32;

/// The id of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id<'a> {
    /// One that a caller gave.
    Given(&'a str),
    /// `execution-` and this number.
    Sequence(u64),
}

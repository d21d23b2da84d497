//! What pipelines write down while they run, and how it reaches the store.
//!
//! A pipeline whose callers wait for no answer writes a few numbers at each start and each end.
//! Later, many executions at a time, [`Replay`] makes of them the same calls on
//! [`State`](crate::engine::recorder::State) that a direct call makes, in the same order. There is
//! no second copy of any rule: the same runs give the same history either way.

mod replay;

pub use replay::{Raised, Replay};

/// What the writer calls an execution or a stage for as long as it runs. It may use the number
/// again once it wrote the end.
pub type Number = u32;

/// The id of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id<'a> {
    /// One that a caller chose.
    Given(&'a str),
    /// `execution-` and this number.
    Sequence(u64),
}

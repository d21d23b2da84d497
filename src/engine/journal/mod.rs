//! What pipelines write down while they run, and how it reaches the store.
//!
//! A pipeline whose callers wait for no answer writes a few numbers at each start and each end.
//! Later, many executions at a time, [`Replay`] makes of them the same calls on
//! [`State`](crate::engine::recorder::State) that a direct call makes, in the same order. There is
//! no second copy of any rule: the same runs give the same history either way.

mod replay;

pub use replay::{Raised, Replay};

use crate::engine::history::{LabelId, LabelValue};
use crate::engine::recorder::{PipelineEnd, PipelineStart, StageEnd, StageStart};

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

/// One thing that happened.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// An execution started.
    StartPipeline {
        /// The number of the execution in the journal, until it ends.
        number: Number,
        /// Given by the caller, or made when it is needed.
        id: Id<'a>,
        /// When, and what was said of it.
        start: PipelineStart,
    },
    /// A stage started.
    StartStage {
        /// The number of this run of the stage, until it ends.
        number: Number,
        /// The execution that it belongs to.
        execution: Number,
        /// The stage of that execution that it runs inside of.
        parent: Option<Number>,
        /// When, and what was said of it.
        start: StageStart,
    },
    /// A stage ended.
    EndStage {
        /// The number it was started under.
        number: Number,
        /// When, and what came of it.
        end: StageEnd,
    },
    /// An execution ended.
    EndPipeline {
        /// The number it was started under.
        number: Number,
        /// When, and what came of it.
        end: PipelineEnd,
    },
    /// An execution or a stage of it that runs was given a label of the caller's.
    Label {
        /// The number of the execution or stage.
        of: Number,
        /// The label's name.
        name: LabelId,
        /// The label's value.
        value: LabelValue,
    },
    /// An execution will not end: another of its id started.
    Abandon {
        /// The number it was started under.
        number: Number,
    },
}

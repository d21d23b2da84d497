//! The journal's records as numbers, and their replay.

use super::labels::value_of;
use super::layout::{
    bounds, end, record, record_label, stage_context, start_pipeline, start_stage, thread_usage,
    JOURNAL_RECORDS, RECORD_KIND, RECORD_LEN,
};
use crate::engine::history::{LabelId, StageId};
use crate::engine::journal::{Id, Raised, Record, Replay};
use crate::engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, StageEnd, StageStart, State, ThreadUsage,
};
use std::collections::VecDeque;

type Row = [f64; RECORD_LEN];

const NOT_READ: f64 = f64::NAN;
/// No parent, or no sequence.
const NONE: f64 = -1.0;
const LABELS_APART: f64 = 65536.0;

/// What stands before a record and belongs to it.
#[derive(Default)]
struct Prefix {
    expected_output_size: f64,
    complexity: LabelId,
    configuration: LabelId,
    usage: Option<ThreadUsage>,
}

/// The replay of one collector's journal.
#[derive(Debug, Default)]
pub struct JournalReplay {
    pub replay: Replay,
    /// Ids that callers gave to executions, in the order of the records that start them.
    pub ids: VecDeque<String>,
    touched: Vec<StageId>,
}

impl JournalReplay {
    /// Replays the records from `from` on, up to the end or to one that raises alerts. Returns
    /// the record after the last one, and what was raised. The execution that ends last is
    /// analysed into `outcome`.
    pub fn run(
        &mut self,
        state: &mut State,
        journal: &[f64],
        from: usize,
        to: usize,
        outcome: &mut PipelineOutcome,
    ) -> (usize, Option<Raised>) {
        let (rows, _) = journal.as_chunks::<RECORD_LEN>();
        let rows = rows.get(from..to.min(JOURNAL_RECORDS)).unwrap_or_default();
        let last = rows.iter().rposition(ends_pipeline).map(|at| from + at);
        let mut prefix = Prefix::default();
        for (at, row) in (from..).zip(rows) {
            let given = if is_given(row) {
                self.ids.pop_front()
            } else {
                None
            };
            let Some(record) = record_of(row, &mut prefix, given.as_deref()) else {
                continue;
            };
            let analysed = (Some(at) == last).then_some(&mut *outcome);
            let raised = self.replay.apply(state, &record, analysed);
            if raised.is_some() {
                return (at + 1, raised);
            }
        }
        (to, None)
    }

    /// Publishes the bounds of the stages that completed since it was asked last.
    pub fn publish(&mut self, state: &State, journal: &mut [f64]) {
        self.replay.take_touched(&mut self.touched);
        for stage in self.touched.drain(..) {
            publish_bounds(state, stage, journal);
        }
    }
}

/// Writes what a stage may show without being evaluated at once.
pub fn publish_bounds(state: &State, stage: StageId, journal: &mut [f64]) {
    let at = JOURNAL_RECORDS * RECORD_LEN + stage as usize * bounds::LEN;
    let (Some(known), Some(room)) = (state.stage(stage), journal.get_mut(at..at + bounds::LEN))
    else {
        return;
    };
    let quiet = known.quiet_bounds(&state.config);
    room[bounds::DURATION] = quiet.duration_ms;
    room[bounds::MEMORY] = quiet.memory_bytes;
}

fn is_kind(row: &Row, kind: usize) -> bool {
    row[RECORD_KIND] == kind as f64
}

fn ends_pipeline(row: &Row) -> bool {
    is_kind(row, record::PIPELINE_SUCCEEDED) || is_kind(row, record::PIPELINE_FAILED)
}

/// Whether the record starts an execution whose id the caller gave.
fn is_given(row: &Row) -> bool {
    is_kind(row, record::START_PIPELINE) && row[start_pipeline::SEQUENCE] == NONE
}

/// What a row says; `None` for one that only stands before another.
fn record_of<'a>(row: &Row, prefix: &mut Prefix, given: Option<&'a str>) -> Option<Record<'a>> {
    match row[RECORD_KIND] as usize {
        record::START_PIPELINE => Some(start_of_pipeline(row, given)),
        record::START_STAGE => Some(start_of_stage(row, std::mem::take(prefix))),
        record::STAGE_SUCCEEDED => Some(end_of_stage(row, true, std::mem::take(prefix))),
        record::STAGE_FAILED => Some(end_of_stage(row, false, std::mem::take(prefix))),
        record::PIPELINE_SUCCEEDED => Some(end_of_pipeline(row, true)),
        record::PIPELINE_FAILED => Some(end_of_pipeline(row, false)),
        record::STAGE_CONTEXT => {
            prefix.expected_output_size = row[stage_context::EXPECTED_OUTPUT_SIZE];
            prefix.complexity = row[stage_context::COMPLEXITY] as u32;
            prefix.configuration = row[stage_context::CONFIGURATION] as u32;
            None
        }
        record::THREAD_USAGE => {
            prefix.usage = Some(ThreadUsage {
                cpu_ms: row[thread_usage::CPU],
                io_operations: row[thread_usage::IO],
            });
            None
        }
        record::LABEL => Some(Record::Label {
            of: row[record_label::NUMBER] as u32,
            name: row[record_label::NAME] as u32,
            value: value_of(row[record_label::VALUE_KIND], row[record_label::VALUE]),
        }),
        record::ABANDON => Some(Record::Abandon {
            number: row[end::NUMBER] as u32,
        }),
        _ => None,
    }
}

fn start_of_pipeline<'a>(row: &Row, given: Option<&'a str>) -> Record<'a> {
    let labels = row[start_pipeline::LABELS];
    let environment = (labels / LABELS_APART).trunc();
    Record::StartPipeline {
        number: row[start_pipeline::NUMBER] as u32,
        id: given.map_or(
            Id::Sequence(row[start_pipeline::SEQUENCE] as u64),
            Id::Given,
        ),
        start: PipelineStart {
            at: At {
                now_ms: row[start_pipeline::TIME],
                wall_ms: row[start_pipeline::WALL],
            },
            heap: row[start_pipeline::HEAP],
            action_count: row[start_pipeline::ACTION_COUNT],
            verbosity: (labels - environment * LABELS_APART) as u32,
            environment: environment as u32,
        },
    }
}

fn start_of_stage<'a>(row: &Row, prefix: Prefix) -> Record<'a> {
    let parent = row[start_stage::PARENT];
    Record::StartStage {
        number: row[start_stage::NUMBER] as u32,
        execution: row[start_stage::EXECUTION] as u32,
        parent: (parent != NONE).then_some(parent as u32),
        start: StageStart {
            parent: None,
            at: At {
                now_ms: row[start_stage::TIME],
                wall_ms: NOT_READ,
            },
            heap: row[start_stage::HEAP],
            stage: row[start_stage::STAGE] as u32,
            input_size: row[start_stage::INPUT_SIZE],
            expected_output_size: prefix.expected_output_size,
            complexity: prefix.complexity,
            configuration: prefix.configuration,
            usage: prefix.usage,
        },
    }
}

fn end_at(row: &Row) -> At {
    At {
        now_ms: row[end::TIME],
        wall_ms: row[end::WALL],
    }
}

fn end_of_stage<'a>(row: &Row, success: bool, prefix: Prefix) -> Record<'a> {
    Record::EndStage {
        number: row[end::NUMBER] as u32,
        end: StageEnd {
            at: end_at(row),
            heap: row[end::HEAP],
            success,
            output_size: row[end::OUTPUT_SIZE],
            items: row[end::ITEMS],
            errors: row[end::ERRORS],
            warnings: 0.0,
            retries: 0.0,
            bytes: NOT_READ,
            usage: prefix.usage,
        },
    }
}

fn end_of_pipeline<'a>(row: &Row, success: bool) -> Record<'a> {
    Record::EndPipeline {
        number: row[end::NUMBER] as u32,
        end: PipelineEnd {
            at: end_at(row),
            heap: row[end::HEAP],
            success,
            items: row[end::ITEMS],
            output_size: row[end::OUTPUT_SIZE],
            errors: row[end::ERRORS],
        },
    }
}

//! The journal's records as numbers, and their replay.

use super::labels::value_of;
use super::layout::{
    bounds, end, record, record_label, stage_context, start_pipeline, start_stage, thread_usage,
    JOURNAL_RECORDS, RECORD_KIND, RECORD_LEN,
};
use crate::engine::history::{LabelId, StageId};
use crate::engine::journal::{Id, Raised, Replay};
use crate::engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, StageEnd, StageStart, State, ThreadUsage,
};
use std::collections::VecDeque;

type Row = [f64; RECORD_LEN];

const NOT_READ: f64 = f64::NAN;
/// Means no parent, or no sequence.
const NONE: f64 = -1.0;
const LABELS_APART: u32 = 65_536;

/// Rows that precede a record and belong to it.
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
            let analysed = (Some(at) == last).then_some(&mut *outcome);
            let raised = self.carry_out(state, row, &mut prefix, analysed);
            if raised.is_some() {
                return (at + 1, raised);
            }
        }
        (to, None)
    }

    /// Executes a row. One that belongs to the next is noted in `prefix`.
    #[inline]
    fn carry_out(
        &mut self,
        state: &mut State,
        row: &Row,
        prefix: &mut Prefix,
        outcome: Option<&mut PipelineOutcome>,
    ) -> Option<Raised> {
        let replay = &mut self.replay;
        match whole(row[RECORD_KIND]) as usize {
            record::START_PIPELINE => self.start_pipeline(state, row),
            record::START_STAGE => {
                let (number, execution) = (
                    whole(row[start_stage::NUMBER]),
                    whole(row[start_stage::EXECUTION]),
                );
                let parent = row[start_stage::PARENT];
                let parent = (parent != NONE).then(|| whole(parent));
                let start = start_of_stage(row, std::mem::take(prefix));
                replay.start_stage(state, number, execution, parent, &start);
            }
            kind @ (record::STAGE_SUCCEEDED | record::STAGE_FAILED) => {
                let success = kind == record::STAGE_SUCCEEDED;
                let end = end_of_stage(row, success, std::mem::take(prefix));
                return replay.end_stage(state, whole(row[end::NUMBER]), &end);
            }
            kind @ (record::PIPELINE_SUCCEEDED | record::PIPELINE_FAILED) => {
                let end = end_of_pipeline(row, kind == record::PIPELINE_SUCCEEDED);
                return replay.end_pipeline(state, whole(row[end::NUMBER]), &end, outcome);
            }
            record::STAGE_CONTEXT => {
                prefix.expected_output_size = row[stage_context::EXPECTED_OUTPUT_SIZE];
                prefix.complexity = whole(row[stage_context::COMPLEXITY]);
                prefix.configuration = whole(row[stage_context::CONFIGURATION]);
            }
            record::THREAD_USAGE => {
                prefix.usage = Some(ThreadUsage {
                    cpu_ms: row[thread_usage::CPU],
                    io_operations: row[thread_usage::IO],
                });
            }
            record::LABEL => {
                let value = value_of(row[record_label::VALUE_KIND], row[record_label::VALUE]);
                let (of, name) = (row[record_label::NUMBER], row[record_label::NAME]);
                replay.label(state, whole(of), whole(name), value);
            }
            record::ABANDON => replay.abandon(state, whole(row[end::NUMBER])),
            _ => {}
        }
        None
    }

    fn start_pipeline(&mut self, state: &mut State, row: &Row) {
        let sequence = row[start_pipeline::SEQUENCE];
        let given = if sequence == NONE {
            self.ids.pop_front()
        } else {
            None
        };
        let id = match &given {
            Some(id) => Id::Given(id),
            None => Id::Sequence(sequence as u64),
        };
        let number = whole(row[start_pipeline::NUMBER]);
        let start = start_of_pipeline(row);
        self.replay.start_pipeline(state, number, id, &start);
    }

    /// Publishes the bounds of the stages that completed since the last call.
    pub fn publish(&mut self, state: &State, journal: &mut [f64]) {
        self.replay.take_touched(&mut self.touched);
        for stage in self.touched.drain(..) {
            publish_bounds(state, stage, journal);
        }
    }
}

/// Writes the figures up to which a stage need not be evaluated at once.
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

/// A whole number below 2^32 as the facade writes it; 0 if negative or NaN. A cast would also
/// handle larger ones, with several more instructions.
fn whole(value: f64) -> u32 {
    const TO_WHOLE: f64 = (1_u64 << 52) as f64;
    let from_zero = if value > 0.0 { value } else { 0.0 };
    (from_zero + TO_WHOLE).to_bits() as u32
}

fn start_of_pipeline(row: &Row) -> PipelineStart {
    let labels = whole(row[start_pipeline::LABELS]);
    PipelineStart {
        at: At {
            now_ms: row[start_pipeline::TIME],
            wall_ms: row[start_pipeline::WALL],
        },
        heap: row[start_pipeline::HEAP],
        action_count: row[start_pipeline::ACTION_COUNT],
        verbosity: labels % LABELS_APART,
        environment: labels / LABELS_APART,
    }
}

fn start_of_stage(row: &Row, prefix: Prefix) -> StageStart {
    StageStart {
        parent: None,
        at: At {
            now_ms: row[start_stage::TIME],
            wall_ms: NOT_READ,
        },
        heap: row[start_stage::HEAP],
        stage: whole(row[start_stage::STAGE]),
        input_size: row[start_stage::INPUT_SIZE],
        expected_output_size: prefix.expected_output_size,
        complexity: prefix.complexity,
        configuration: prefix.configuration,
        usage: prefix.usage,
    }
}

fn end_at(row: &Row) -> At {
    At {
        now_ms: row[end::TIME],
        wall_ms: row[end::WALL],
    }
}

fn end_of_stage(row: &Row, success: bool, prefix: Prefix) -> StageEnd {
    StageEnd {
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
    }
}

fn end_of_pipeline(row: &Row, success: bool) -> PipelineEnd {
    PipelineEnd {
        at: end_at(row),
        heap: row[end::HEAP],
        success,
        items: row[end::ITEMS],
        output_size: row[end::OUTPUT_SIZE],
        errors: row[end::ERRORS],
    }
}

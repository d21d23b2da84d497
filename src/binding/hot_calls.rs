//! The functions that every run calls, as operations on the slab.

use super::encode::{
    alert_into, outcome_len, push_analysis, push_execution, span_into, Rows, Within,
};
use super::hot::{thread_usage, Hot, HotFunction, Slab};
use super::layout::{slab, Status, ALERTS_AT, PIPELINE_AT, SHARED_WITHIN_MS, SPAN_AT};
use crate::engine::alerting::alert::Alert;
use crate::engine::history::{ExecutionRecord, SpanRecord, StageId};
use crate::engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, StageEnd, StageStart, State, ThreadUsage,
};
use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use std::rc::Rc;

/// Fills `target` with the functions.
pub fn export(hot: &Rc<Hot>, env: Env, target: &Object<'_>) -> Result<()> {
    hot.add::<StartPipeline>(env, target, c"startPipeline")?;
    hot.add::<StartStage>(env, target, c"startStage")?;
    hot.add::<Tick>(env, target, c"tick")?;
    hot.add::<CompleteStage>(env, target, c"completeStage")?;
    hot.add::<CompleteLateStage>(env, target, c"completeLateStage")?;
    hot.add::<CompletePipeline>(env, target, c"completePipeline")?;
    hot.add::<Usage>(env, target, c"usage")?;
    hot.add::<ReplayJournal>(env, target, c"replay")
}

fn at(numbers: &Slab) -> At {
    At {
        now_ms: numbers[slab::NOW],
        wall_ms: numbers[slab::WALL],
    }
}

fn usage(numbers: &Slab) -> Option<ThreadUsage> {
    (numbers[slab::CAPTURE_USAGE] != 0.0)
        .then(thread_usage)
        .flatten()
}

fn locked(hot: &Hot, work: impl FnOnce(&mut State) -> Status) -> Status {
    match hot.recorder.lock() {
        Some(mut state) => work(&mut state),
        None => Status::Faulted,
    }
}

fn alerts_into(alerts: &[Alert], stage: StageId, wall_ms: f64, numbers: &mut Slab) {
    numbers[slab::ALERTS] = alerts.len() as f64;
    let mut room = Within(&mut numbers[ALERTS_AT..PIPELINE_AT]);
    for value in alerts {
        alert_into(value, stage, wall_ms, room.row());
    }
}

pub struct StartPipeline;
impl HotFunction for StartPipeline {
    const TAKES_ID: bool = true;
    fn body(hot: &Hot, numbers: &mut Slab, id: &str) -> Status {
        let start = PipelineStart {
            at: at(numbers),
            heap: numbers[slab::HEAP],
            action_count: numbers[slab::ACTION_COUNT],
            verbosity: numbers[slab::VERBOSITY] as u32,
            environment: numbers[slab::ENVIRONMENT] as u32,
        };
        locked(hot, |state| {
            let (slot, start_ms) = state.start_pipeline(id, &start);
            numbers[slab::SLOT] = f64::from(slot);
            numbers[slab::START] = start_ms;
            Hot::evict(state, &mut hot.replay.borrow_mut(), numbers);
            Status::Done
        })
    }
}

pub struct StartStage;
impl HotFunction for StartStage {
    fn body(hot: &Hot, numbers: &mut Slab, _: &str) -> Status {
        // Before the clock, so that this reading is not timed.
        let usage = usage(numbers);
        let mut at = at(numbers);
        if !numbers[slab::HEAP_AT].is_nan() {
            at.now_ms = hot.clock.now().as_millis();
            if at.now_ms - numbers[slab::HEAP_AT] > SHARED_WITHIN_MS {
                return Status::Stale;
            }
        }
        let start = StageStart {
            usage,
            at,
            heap: numbers[slab::HEAP],
            stage: numbers[slab::STAGE] as u32,
            parent: (numbers[slab::PARENT] >= 0.0).then_some(numbers[slab::PARENT] as u32),
            input_size: numbers[slab::INPUT_SIZE],
            expected_output_size: numbers[slab::EXPECTED_OUTPUT_SIZE],
            complexity: numbers[slab::COMPLEXITY] as u32,
            configuration: numbers[slab::CONFIGURATION] as u32,
        };
        locked(hot, |state| {
            let Some((span, start_ms)) = state.start_stage(numbers[slab::SLOT] as u32, &start)
            else {
                return Status::Unknown;
            };
            numbers[slab::SPAN] = f64::from(span);
            numbers[slab::START] = start_ms;
            Status::Done
        })
    }
}

pub struct Tick;
impl HotFunction for Tick {
    fn body(hot: &Hot, numbers: &mut Slab, _: &str) -> Status {
        numbers[slab::NOW] = hot.clock.now().as_millis();
        Status::Done
    }
}

fn stage_end(numbers: &Slab) -> StageEnd {
    StageEnd {
        usage: usage(numbers),
        at: at(numbers),
        heap: numbers[slab::HEAP],
        success: numbers[slab::SUCCESS] != 0.0,
        output_size: numbers[slab::OUTPUT_SIZE],
        items: numbers[slab::ITEMS],
        errors: numbers[slab::ERRORS],
        warnings: numbers[slab::WARNINGS],
        retries: numbers[slab::RETRIES],
        bytes: numbers[slab::BYTES],
    }
}

/// Writes a completed stage and its alerts. Its memory is always a number, as in the caller's
/// object.
fn completed_into(record: SpanRecord, alerts: &[Alert], numbers: &mut Slab) {
    let (stage, wall_ms) = (record.stage, record.wall_ms);
    let given = SpanRecord {
        heap_read: true,
        ..record
    };
    span_into(&given, Within(&mut numbers[SPAN_AT..ALERTS_AT]).row());
    alerts_into(alerts, stage, wall_ms, numbers);
}

/// Completes a stage after its execution, given that one's id. It started at `START`, with the heap
/// of `HEAP_AT`.
pub struct CompleteLateStage;
impl HotFunction for CompleteLateStage {
    const TAKES_ID: bool = true;
    fn body(hot: &Hot, numbers: &mut Slab, id: &str) -> Status {
        let end = StageEnd {
            usage: None,
            ..stage_end(numbers)
        };
        let start = StageStart {
            parent: None,
            at: At {
                now_ms: numbers[slab::START],
                wall_ms: f64::NAN,
            },
            heap: numbers[slab::HEAP_AT],
            stage: numbers[slab::STAGE] as u32,
            input_size: numbers[slab::INPUT_SIZE],
            expected_output_size: numbers[slab::EXPECTED_OUTPUT_SIZE],
            complexity: numbers[slab::COMPLEXITY] as u32,
            configuration: numbers[slab::CONFIGURATION] as u32,
            usage: None,
        };
        locked(hot, |state| {
            let record = state.complete_late_stage(id, &start, &end);
            hot.publish(state, record.stage);
            completed_into(record, state.raised(), numbers);
            Status::Done
        })
    }
}

pub struct CompleteStage;
impl HotFunction for CompleteStage {
    fn body(hot: &Hot, numbers: &mut Slab, _: &str) -> Status {
        let end = stage_end(numbers);
        locked(hot, |state| {
            let (slot, span) = (numbers[slab::SLOT] as u32, numbers[slab::SPAN] as u32);
            let Some(record) = state.complete_stage(slot, span, &end) else {
                return Status::Unknown;
            };
            hot.publish(state, record.stage);
            completed_into(record, state.raised(), numbers);
            Status::Done
        })
    }
}

pub struct CompletePipeline;
impl HotFunction for CompletePipeline {
    fn body(hot: &Hot, numbers: &mut Slab, _: &str) -> Status {
        let end = PipelineEnd {
            at: at(numbers),
            heap: numbers[slab::HEAP],
            success: numbers[slab::SUCCESS] != 0.0,
            items: numbers[slab::ITEMS],
            output_size: numbers[slab::OUTPUT_SIZE],
            errors: numbers[slab::ERRORS],
        };
        let mut outcome = hot.outcome.borrow_mut();
        locked(hot, |state| {
            if !state.complete_pipeline(numbers[slab::SLOT] as u32, &end, &mut outcome) {
                return Status::Unknown;
            }
            hot.publish(state, state.pipeline_total());
            let record = state.history.executions.record(outcome.execution);
            alerts_into(
                state.raised(),
                state.pipeline_total(),
                record.wall_ms,
                numbers,
            );
            hot.weigh(state);
            numbers[slab::CLEANUP_DUE] = f64::from(u8::from(outcome.cleanup_due));
            let len = outcome_len(&outcome);
            if let Some(room) = numbers.get_mut(PIPELINE_AT..PIPELINE_AT + len) {
                outcome_into(&record, &outcome, &mut Within(room));
                return Status::Done;
            }
            let mut encoded = hot.encoded.borrow_mut();
            encoded.clear();
            outcome_into(&record, &outcome, &mut *encoded);
            Status::Large
        })
    }
}

pub struct Usage;
impl HotFunction for Usage {
    fn body(_: &Hot, numbers: &mut Slab, _: &str) -> Status {
        let used = thread_usage();
        numbers[slab::CPU] = used.map_or(f64::NAN, |used| used.cpu_ms);
        numbers[slab::IO] = used.map_or(f64::NAN, |used| used.io_operations);
        Status::Done
    }
}

pub struct ReplayJournal;
impl HotFunction for ReplayJournal {
    fn body(hot: &Hot, numbers: &mut Slab, _: &str) -> Status {
        let mut outcome = hot.outcome.borrow_mut();
        let mut replay = hot.replay.borrow_mut();
        let (from, to) = (
            numbers[slab::RECORD] as usize,
            numbers[slab::RECORDS] as usize,
        );
        locked(hot, |state| {
            state.anchor();
            hot.with_journal(|journal| {
                let (next, raised) = replay.run(state, journal, from, to, &mut outcome);
                numbers[slab::RECORD] = next as f64;
                numbers[slab::CLEANUP_DUE] = f64::from(u8::from(outcome.cleanup_due));
                hot.weigh(state);
                Hot::evict(state, &mut replay, numbers);
                let Some(raised) = raised else {
                    replay.publish(state, journal);
                    return Status::Done;
                };
                numbers[slab::RAISED_STAGE] = f64::from(raised.stage);
                alerts_into(state.raised(), raised.stage, raised.wall_ms, numbers);
                *hot.raised_in.borrow_mut() = raised.execution_id;
                Status::Raised
            })
            .unwrap_or(Status::Unknown)
        })
    }
}

fn outcome_into(record: &ExecutionRecord, outcome: &PipelineOutcome, room: &mut impl Rows) {
    let given = ExecutionRecord {
        heap_read: true,
        ..*record
    };
    push_execution(&given, true, &[], outcome, room);
    push_analysis(outcome, room);
}

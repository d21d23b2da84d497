use super::*;
use crate::engine::analysis::breakdown::BreakdownRow;
use crate::engine::history::AgedList;

fn at(now_ms: f64) -> At {
    At {
        now_ms,
        wall_ms: 1_000_000.0 + now_ms,
    }
}

fn start(state: &mut State, id: &str, now_ms: f64) -> SlotId {
    state.start_pipeline(id, &PipelineStart::at(at(now_ms))).0
}

/// Starts a stage inside of a span.
fn start_stage(
    state: &mut State,
    slot: SlotId,
    stage: StageId,
    parent: Option<u32>,
    from: f64,
) -> u32 {
    let start = StageStart {
        parent,
        heap: 100.0,
        ..StageStart::new(stage, at(from))
    };
    state.start_stage(slot, &start).unwrap().0
}

/// Completes a stage; `None` if it does not run.
fn end_stage(state: &mut State, slot: SlotId, span: u32, to: f64) -> Option<SpanRecord> {
    let end = StageEnd {
        heap: 300.0,
        ..StageEnd::succeeded(at(to))
    };
    state.complete_stage(slot, span, &end)
}

fn stage(state: &mut State, slot: SlotId, stage: StageId, from: f64, to: f64) -> SpanRecord {
    let span = start_stage(state, slot, stage, None, from);
    end_stage(state, slot, span, to).unwrap()
}

fn complete(state: &mut State, slot: SlotId, now_ms: f64) -> PipelineOutcome {
    let mut outcome = PipelineOutcome::default();
    let end = PipelineEnd::succeeded(at(now_ms));
    assert!(state.complete_pipeline(slot, &end, &mut outcome));
    outcome
}

fn recorder() -> (Recorder, StageId, StageId) {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    let (a, b) = {
        let mut state = recorder.lock().unwrap();
        (state.intern_stage("a"), state.intern_stage("b"))
    };
    (recorder, a, b)
}

#[test]
fn a_run_is_recorded_with_what_follows_from_it() {
    let (recorder, a, b) = recorder();
    let mut state = recorder.lock().unwrap();
    let slot = start(&mut state, "run", 10.0);
    let first = stage(&mut state, slot, a, 10.0, 40.0);
    assert_eq!((first.duration_ms, first.memory_delta), (30.0, 200.0));
    stage(&mut state, slot, b, 40.0, 50.0);
    let outcome = complete(&mut state, slot, 60.0);
    assert_eq!(
        outcome
            .breakdown
            .iter()
            .map(|r| r.percentage)
            .collect::<Vec<_>>(),
        [75.0, 25.0]
    );
    assert_eq!(
        outcome.path.iter().map(|s| s.impact).collect::<Vec<_>>(),
        [0.6, 0.2]
    );
    assert_eq!(
        state
            .history
            .executions
            .record(outcome.execution)
            .duration_ms,
        50.0
    );
    assert_eq!(
        state.aggregate_stage(a).map(|s| s.average_duration_ms),
        Some(30.0)
    );
    let pipeline = state.summarize_pipeline().unwrap();
    assert_eq!(pipeline.average_duration_ms, 50.0);
}

#[test]
fn where_stages_overlap_the_path_is_the_chain_that_bounds_the_end() {
    let (recorder, a, b) = recorder();
    let mut state = recorder.lock().unwrap();
    let slot = start(&mut state, "run", 0.0);
    stage(&mut state, slot, a, 0.0, 10.0);
    stage(&mut state, slot, a, 10.0, 50.0);
    stage(&mut state, slot, b, 12.0, 20.0);
    stage(&mut state, slot, b, 50.0, 60.0);
    let outcome = complete(&mut state, slot, 60.0);
    let starts: Vec<_> = outcome.path.iter().map(|step| step.start_ms).collect();
    assert_eq!(starts, [0.0, 10.0, 50.0]);
}

#[test]
fn a_stage_completes_once() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    let slot = start(&mut state, "run", 0.0);
    stage(&mut state, slot, a, 0.0, 1.0);
    for (slot, span) in [(slot, 0), (slot, 7), (slot + 1, 0)] {
        assert!(end_stage(&mut state, slot, span, 2.0).is_none());
    }
    assert_eq!(state.history.stored(), (1, 1));
}

#[test]
fn an_execution_that_never_completes_is_abandoned_past_the_retention_period() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    state.config.retention_period_ms = 1000.0;
    let slot = start(&mut state, "stuck", 0.0);
    stage(&mut state, slot, a, 0.0, 1.0);
    let mut abandoned = Vec::new();
    state.cleanup(1_000.0, &mut abandoned);
    assert!(abandoned.is_empty());
    state.cleanup(1_002.0, &mut abandoned);
    assert_eq!(
        (abandoned, state.counters.abandoned_executions),
        (vec![slot], 1)
    );
    assert_eq!(state.history.stored(), (0, 0));
}

#[test]
fn counts_that_cannot_be_counts_read_as_zero_and_are_counted() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    let slot = start(&mut state, "run", 0.0);
    let start = StageStart {
        input_size: f64::NAN,
        expected_output_size: -1.0,
        ..StageStart::new(a, at(0.0))
    };
    let (span, _) = state.start_stage(slot, &start).unwrap();
    let end = StageEnd {
        items: f64::INFINITY,
        heap: 50.0,
        ..StageEnd::succeeded(at(1.0))
    };
    let record = state.complete_stage(slot, span, &end).unwrap();
    assert_eq!(
        (record.input_size, record.items, record.memory_delta),
        (0.0, 0.0, 0.0)
    );
    assert_eq!(state.counters.invalid_numbers, 3);
}

#[test]
fn the_whole_pipeline_has_thresholds_and_a_baseline_of_its_own() {
    let (recorder, ..) = recorder();
    let mut state = recorder.lock().unwrap();
    let total = state.pipeline_total();
    let threshold = crate::engine::alerting::threshold::Threshold {
        max_duration_ms: 5.0,
        ..Default::default()
    };
    state.set_threshold(total, Some(threshold));
    let slot = start(&mut state, "slow", 0.0);
    complete(&mut state, slot, 6.0);
    assert_eq!(state.raised().len(), 1);
    let raised: Vec<_> = state.alerts.since(0.0).collect();
    assert_eq!(
        (raised[0].stage, raised[0].execution_id.as_deref()),
        (total, Some("slow"))
    );
    assert_eq!(state.normals(), [total]);
}

#[test]
fn a_panic_while_the_store_changes_closes_it() {
    let (recorder, ..) = recorder();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = recorder.lock().unwrap();
        panic!("half way");
    }));
    assert!(caught.is_err());
    assert!(recorder.is_faulted());
    assert!(recorder.lock().is_none());
}

fn parents(state: &State, outcome: &PipelineOutcome) -> Vec<Option<u32>> {
    let spans = state.history.spans_of(outcome.execution);
    spans
        .map(|span| span.parent.map(|parent| parent.span))
        .collect()
}

#[test]
fn what_each_span_ran_inside_of_is_read_back_however_they_interleave() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    for seed in 0_u32..200 {
        let mut word = seed.wrapping_mul(2_654_435_761) | 1;
        let mut below = |bound: u32| {
            word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (word >> 16) % bound
        };
        let slot = start(&mut state, "run", 0.0);
        let (mut open, mut given) = (Vec::new(), Vec::new());
        for step in 1..=40 {
            let now = f64::from(step);
            if open.len() > 2 && below(3) == 0 {
                let span = open.swap_remove(below(open.len() as u32) as usize);
                end_stage(&mut state, slot, span, now).unwrap();
            } else {
                let around = open.len().checked_sub(1).filter(|_| below(5) > 0);
                let parent = around.map(|last| open[below(last as u32 + 1) as usize]);
                open.push(start_stage(&mut state, slot, a, parent, now));
                given.push(parent);
            }
        }
        // Some never complete.
        for span in open.into_iter().skip(2) {
            end_stage(&mut state, slot, span, 41.0).unwrap();
        }
        let outcome = complete(&mut state, slot, 42.0);
        assert_eq!(parents(&state, &outcome), given, "seed {seed}");
    }
}

#[test]
fn a_stage_inside_of_one_that_has_ended_is_inside_of_the_innermost_that_has_not() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    let slot = start(&mut state, "run", 0.0);
    let outer = start_stage(&mut state, slot, a, None, 0.0);
    let inner = start_stage(&mut state, slot, a, Some(outer), 1.0);
    end_stage(&mut state, slot, inner, 2.0).unwrap();
    start_stage(&mut state, slot, a, Some(inner), 3.0);
    end_stage(&mut state, slot, outer, 4.0).unwrap();
    start_stage(&mut state, slot, a, Some(inner), 5.0);
    start_stage(&mut state, slot, a, Some(99), 5.0);
    let outcome = complete(&mut state, slot, 6.0);
    let expected = [None, Some(outer), Some(outer), None, None];
    assert_eq!(parents(&state, &outcome), expected);
}

#[test]
fn shares_are_of_what_stages_took_themselves() {
    let (recorder, a, b) = recorder();
    let mut state = recorder.lock().unwrap();
    let slot = start(&mut state, "run", 0.0);
    let outer = start_stage(&mut state, slot, a, None, 0.0);
    let inner = start_stage(&mut state, slot, b, Some(outer), 10.0);
    end_stage(&mut state, slot, inner, 90.0).unwrap();
    end_stage(&mut state, slot, outer, 100.0).unwrap();
    let rows = |rows: &[BreakdownRow]| -> Vec<_> {
        let figures =
            |row: &BreakdownRow| (row.stage, row.duration_ms, row.self_ms, row.percentage);
        rows.iter().map(figures).collect()
    };
    let outcome = complete(&mut state, slot, 100.0);
    let expected = [(b, 80.0, 80.0, 80.0), (a, 100.0, 20.0, 20.0)];
    assert_eq!(rows(&outcome.breakdown), expected);
    assert_eq!(rows(&state.recent_bottlenecks().0), expected);
    let slot = start(&mut state, "next", 100.0);
    stage(&mut state, slot, a, 100.0, 200.0);
    complete(&mut state, slot, 200.0);
    let of_both = [(a, 200.0, 120.0, 60.0), (b, 80.0, 80.0, 40.0)];
    let (recent, _, executions) = state.recent_bottlenecks();
    assert_eq!((rows(&recent), executions), (of_both.to_vec(), 2));
}

#[test]
fn an_execution_that_runs_is_abandoned_once_it_is_older_than_the_retention_period() {
    let (recorder, ..) = recorder();
    let mut state = recorder.lock().unwrap();
    state.config.retention_period_ms = 10.0;
    let slots = [0.0, 5.0].map(|now_ms| start(&mut state, "run", now_ms));
    let mut abandoned = Vec::new();
    for (now_ms, is_due, gone) in [(10.0, false, 0), (10.5, true, 1), (15.0, false, 1)] {
        assert_eq!(state.cleanup_due(now_ms), is_due, "{now_ms}");
        state.cleanup(now_ms, &mut abandoned);
        assert_eq!(abandoned, slots[..gone], "{now_ms}");
    }
}

#[test]
fn one_execution_too_many_abandons_the_oldest_whose_slot_is_free_for_the_next() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    state.config.max_active_executions = 2;
    let [first, second, third] = ["1", "2", "3"].map(|id| start(&mut state, id, 0.0));
    assert_eq!(state.take_evicted(), [first]);
    assert!(![second, third].contains(&first));
    assert_eq!(state.counters.abandoned_executions, 1);
    complete(&mut state, second, 1.0);
    let fourth = start(&mut state, "4", 1.0);
    assert!(state.take_evicted().is_empty());
    start(&mut state, "5", 1.0);
    assert_eq!(state.take_evicted(), [third]);
    stage(&mut state, fourth, a, 1.0, 2.0);
    let outcome = complete(&mut state, fourth, 3.0);
    assert_eq!(state.history.executions.id(outcome.execution), "4");
}

#[test]
fn stages_past_the_most_spans_take_one_row_and_no_span() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    state.name_overflow_stage();
    state.config.max_stages_per_execution = 2;
    state.config.max_history_size = 3;
    let slot = start(&mut state, "run", 0.0);
    for nth in 0..1_000 {
        let from = f64::from(nth);
        stage(&mut state, slot, a, from, from + 1.0);
    }
    assert!(state.history.stored().0 <= 5);
    let outcome = complete(&mut state, slot, 1_000.0);
    let overflow = state.overflow_stage();
    let rows: Vec<_> = outcome
        .breakdown
        .iter()
        .map(|row| (row.stage, row.count, row.duration_ms))
        .collect();
    assert_eq!(rows, [(a, 2, 2.0), (overflow, 998, 998.0)]);
    assert_eq!(
        state.history.executions.overflow(outcome.execution).count,
        998
    );
    assert_eq!(
        state.stage(a).unwrap().normal.as_ref().unwrap().count,
        1_000.0
    );
    assert!(state.history.remove_completed("run"));
    assert!(state.history.remove_pipeline());
    assert_eq!(
        state.history.executions.overflow(outcome.execution).count,
        0
    );
}

#[test]
fn a_stage_past_the_most_spans_completes_once() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    state.config.max_stages_per_execution = 0;
    let slot = start(&mut state, "run", 0.0);
    let span = start_stage(&mut state, slot, a, None, 0.0);
    assert!(end_stage(&mut state, slot, span, 1.0).is_some());
    assert!(end_stage(&mut state, slot, span, 1.0).is_none());
}

#[test]
fn a_late_stage_counts_in_its_own_history_alone() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    let slot = start(&mut state, "run", 0.0);
    start_stage(&mut state, slot, a, None, 0.0);
    let execution = complete(&mut state, slot, 1.0).execution;
    let begun = StageStart::new(a, at(0.0));
    let end = StageEnd::succeeded(at(40.0));
    let record = state.complete_late_stage("run", &begun, &end);
    assert!(record.late && !record.heap_read && record.duration_ms == 40.0);
    let span = state.history.series(a).unwrap().iter().next().unwrap();
    assert!(state.history.span(span).late);
    assert_eq!(state.history.execution_id_of(span).as_deref(), Some("run"));
    assert_eq!(state.history.execution_of(span), None);
    let spans: Vec<_> = state.history.spans_of(execution).collect();
    assert_eq!((spans.len(), spans[0].completed), (1, false));
    assert_eq!(state.stage(a).unwrap().normal.as_ref().unwrap().count, 1.0);
}

#[test]
fn a_lower_history_size_holds_for_stages_that_run_no_more_once_it_is_cleaned_up() {
    let (recorder, a, b) = recorder();
    let mut state = recorder.lock().unwrap();
    for nth in 0..20 {
        let slot = start(&mut state, &nth.to_string(), 0.0);
        stage(&mut state, slot, a, 0.0, 1.0);
        stage(&mut state, slot, b, 0.0, 1.0);
        complete(&mut state, slot, 1.0);
    }
    state.config.max_history_size = 5;
    state.cleanup(0.0, &mut Vec::new());
    let stored = |stage| state.history.series(stage).map(AgedList::len);
    assert_eq!((stored(a), stored(b)), (Some(5), Some(5)));
    assert_eq!(state.history.completed().len(), 5);
    assert_eq!(state.history.stored(), (10, 5));
}

#[test]
fn a_disposed_store_holds_what_is_stored_and_little_more() {
    let (recorder, a, _) = recorder();
    let mut state = recorder.lock().unwrap();
    for nth in 0..5_000 {
        let slot = start(&mut state, &nth.to_string(), 0.0);
        stage(&mut state, slot, a, 0.0, 1.0);
        complete(&mut state, slot, 1.0);
    }
    start(&mut state, "running", 1.0);
    state.config.max_history_size = 0;
    state.cleanup(0.0, &mut Vec::new());
    let before = state.bytes();
    state.dispose();
    assert!(state.bytes() < before / 20, "{} of {before}", state.bytes());
    assert_eq!(state.counters.abandoned_executions, 0);
    assert_eq!(state.running().count(), 0);
}

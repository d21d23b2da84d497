//! Texts for other tools agree with committed files; `UPDATE_GOLDEN=1` writes them anew.
#![expect(
    clippy::unwrap_used,
    reason = "what does not come to be is a failed test"
)]

use pipeline_performance_metrics::engine::alerting::threshold::Threshold;
use pipeline_performance_metrics::engine::export::{chrome_trace, exposed, render, Format};
use pipeline_performance_metrics::engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, Recorder, StageEnd, StageStart, State,
};
use pipeline_performance_metrics::engine::time::MonotonicClock;
use std::path::Path;

const WALL: f64 = 1_767_614_400_000.0;

fn at(now_ms: f64) -> At {
    At {
        now_ms,
        wall_ms: WALL + now_ms,
    }
}

fn stage_start(stage: u32, now_ms: f64, parent: Option<u32>) -> StageStart {
    StageStart {
        parent,
        at: at(now_ms),
        heap: 1e6 + now_ms,
        stage,
        input_size: 64.0,
        expected_output_size: 0.0,
        complexity: 0,
        configuration: 0,
        usage: None,
    }
}

fn stage_end(now_ms: f64, success: bool) -> StageEnd {
    StageEnd {
        at: at(now_ms),
        heap: 1e6 + now_ms,
        success,
        output_size: 0.0,
        items: 3.0,
        errors: if success { 0.0 } else { 1.0 },
        warnings: 0.0,
        retries: 0.0,
        bytes: f64::NAN,
        usage: None,
    }
}

/// Two executions: stages inside of a stage, and stages side by side that overlap.
fn seasoned(state: &mut State) {
    let outer = state.intern_stage("outer");
    let inner = state.intern_stage("inner \"quoted\" \\ \n</script>");
    state.set_threshold(
        outer,
        Some(Threshold {
            max_duration_ms: 3.0,
            ..Threshold::default()
        }),
    );
    let mut outcome = PipelineOutcome::default();
    for (run, id) in ["first", "second"].into_iter().enumerate() {
        let from = 100.0 + run as f64 * 50.0;
        let start = PipelineStart {
            at: at(from),
            heap: 1e6,
            action_count: 0.0,
            verbosity: 0,
            environment: 0,
        };
        let (slot, _) = state.start_pipeline(id, &start);
        let start = |state: &mut State, stage, now, parent| {
            let start = stage_start(stage, from + now, parent);
            state.start_stage(slot, &start).unwrap().0
        };
        let a = start(state, outer, 1.0, None);
        let b = start(state, inner, 2.0, Some(a));
        let c = start(state, inner, 3.5, None);
        for (span, now, success) in [(b, 3.0, true), (a, 6.0, true), (c, 8.0, run == 0)] {
            let end = stage_end(from + now, success);
            state.complete_stage(slot, span, &end).unwrap();
        }
        let end = PipelineEnd {
            at: at(from + 12.0),
            heap: 1e6,
            success: run == 0,
            items: 9.0,
            output_size: 0.0,
            errors: run as f64,
        };
        assert!(state.complete_pipeline(slot, &end, &mut outcome));
    }
}

fn check(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export");
    let file = folder.join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&file).unwrap(), "{name}");
}

fn with_seasoned(look: impl FnOnce(&mut State)) {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    let mut state = recorder.lock().unwrap();
    seasoned(&mut state);
    look(&mut state);
}

#[test]
fn an_exposition_is_the_committed_text() {
    with_seasoned(|state| {
        let figures = exposed(state, vec![("late_stages".into(), 2.0)]);
        check(
            "metrics.openmetrics",
            &render(&figures, Format::OpenMetrics),
        );
        check("metrics.prometheus", &render(&figures, Format::Prometheus));
    });
}

#[test]
fn a_trace_is_the_committed_text() {
    with_seasoned(|state| check("trace.json", &chrome_trace(state, 10).unwrap()));
}

#[test]
fn a_trace_has_the_newest_executions_alone() {
    with_seasoned(|state| {
        let text = chrome_trace(state, 1).unwrap();
        assert!(text.contains("\"second\"") && !text.contains("\"first\""));
    });
}

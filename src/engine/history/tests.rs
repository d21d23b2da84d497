use super::*;

/// Wall clock at every start and end, however the monotonic clock goes.
const WALL: f64 = 1e12;

fn execution(start_ms: f64) -> ExecutionRecord {
    ExecutionRecord {
        start_ms,
        duration_ms: 1.0,
        start_wall_ms: WALL,
        wall_ms: WALL,
        success: true,
        ..ExecutionRecord::default()
    }
}

fn span(stage: StageId, start_ms: f64) -> SpanRecord {
    SpanRecord {
        wall_ms: WALL,
        completed: true,
        ..SpanRecord::started(stage, start_ms, 0.0)
    }
}

fn run(history: &mut History, id: &str, stages: &[StageId], start_ms: f64, limit: usize) {
    let reference = history.open_execution(id, execution(start_ms));
    let spans: Vec<_> = stages
        .iter()
        .map(|&s| history.record_span(reference, &span(s, start_ms), limit))
        .collect();
    history.close_execution(reference, spans.into_iter(), limit);
}

#[test]
fn a_record_goes_when_its_last_list_lets_go() {
    let mut history = History::default();
    run(&mut history, "a", &[0, 1], 1.0, 10);
    assert_eq!(history.kept(), (2, 1));
    assert!(history.remove_series(0));
    assert_eq!(history.kept(), (2, 1));
    assert!(history.remove_completed("a"));
    assert!(history.remove_pipeline());
    assert_eq!(
        history.kept(),
        (1, 1),
        "stage 1 still lists its span, which names the execution"
    );
    assert_eq!(
        history
            .series(1)
            .and_then(|l| l.iter().next())
            .and_then(|s| history.execution_id_of(s)),
        Some("a")
    );
    assert!(history.remove_series(1));
    assert_eq!(history.kept(), (0, 0));
}

#[test]
fn a_thousand_runs_leave_only_what_the_limit_allows() {
    let mut history = History::default();
    for i in 0..1000 {
        run(
            &mut history,
            &format!("run-{i}"),
            &[0, 1, 0],
            f64::from(i),
            10,
        );
    }
    assert_eq!(history.completed().len(), 10);
    assert_eq!(history.series(0).map(AgedList::len), Some(10));
    assert_eq!(
        history.kept(),
        (30, 10),
        "the spans of ten whole executions"
    );
    assert_eq!(history.completed_by_id("run-989"), None);
    assert!(history.completed_by_id("run-990").is_some());
}

#[test]
fn retention_by_age_reaches_every_list_and_goes_by_the_monotonic_clock() {
    let mut history = History::default();
    run(&mut history, "old", &[0], 100.0, 10);
    run(&mut history, "young", &[0], 200.0, 10);
    history.evict_older(150.0);
    assert_eq!(history.completed().len(), 1);
    assert_eq!(history.pipeline().map(AgedList::len), Some(1));
    assert_eq!(history.kept(), (1, 1));
}

#[test]
fn an_id_used_again_keeps_its_place_and_shows_the_latest_run() {
    let mut history = History::default();
    run(&mut history, "a", &[0], 1.0, 10);
    run(&mut history, "b", &[0], 2.0, 10);
    run(&mut history, "a", &[0, 0], 3.0, 10);
    let ids: Vec<_> = history
        .completed()
        .iter()
        .map(|e| history.execution_id(e))
        .collect();
    assert_eq!(ids, ["a", "b"]);
    let latest = history.completed_by_id("a").unwrap();
    assert_eq!(history.spans_of(latest).count(), 2);
    assert_eq!(history.pipeline().map(AgedList::len), Some(3));
}

#[test]
fn an_abandoned_execution_leaves_what_its_stages_recorded() {
    let mut history = History::default();
    let reference = history.open_execution("lost", execution(0.0));
    let recorded = history.record_span(reference, &span(0, 1.0), 10);
    let unfinished = history.keep_unfinished(reference, &span(1, 1.0));
    history.abandon_execution(reference, [recorded, unfinished].into_iter());
    assert_eq!(history.kept(), (1, 1));
    assert_eq!(history.execution_id_of(recorded), Some("lost"));
}

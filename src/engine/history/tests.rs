use super::*;
use crate::engine::bounded_text::LONGEST;

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

fn keep(
    history: &mut History,
    execution: ExecutionRef,
    span: &SpanRecord,
    limit: usize,
) -> SpanRef {
    let start = Nanos::from_millis(span.start_ms).unwrap();
    let interval = Interval::new(start, start);
    history.record_span(execution, span.stage, interval, || *span, limit)
}

fn run(history: &mut History, id: &str, stages: &[StageId], start_ms: f64, limit: usize) {
    let reference = history.open_execution(id, execution(start_ms));
    let spans: Vec<_> = stages
        .iter()
        .map(|&s| keep(history, reference, &span(s, start_ms), limit))
        .collect();
    history.end_execution(reference, &execution(start_ms));
    history.close_execution(reference, spans.into_iter(), limit);
}

fn ids(history: &History) -> Vec<String> {
    let completed = history.completed().iter();
    completed.map(|e| history.executions.id(e).into()).collect()
}

#[test]
fn the_records_of_a_stage_are_others_once_any_of_them_changed() {
    let mut history = History::default();
    assert_eq!(history.series_version(0), None);
    let mut known = Vec::new();
    let mut is_new = |history: &History| {
        let version = history.series_version(0);
        let is_new = !known.contains(&version);
        known.push(version);
        is_new
    };
    run(&mut history, "a", &[0, 1], 1.0, 10);
    assert!(is_new(&history));
    run(&mut history, "b", &[1], 2.0, 10);
    assert!(!is_new(&history), "of another stage");
    run(&mut history, "c", &[0], 3.0, 1);
    assert!(is_new(&history), "the oldest made room");
    history.evict_older(10.0);
    assert!(is_new(&history));
    history.remove_series(0);
    run(&mut history, "a", &[0], 1.0, 10);
    assert!(is_new(&history), "as many as before");
    history.empty_series(0);
    run(&mut history, "a", &[0], 1.0, 10);
    assert!(is_new(&history), "again as many");
    let execution = history.open_execution("d", execution(20.0));
    let spans = [keep(&mut history, execution, &span(0, 20.0), 10)];
    assert!(is_new(&history));
    let label = CustomLabel::new(Labelled::Execution, 1, LabelValue::Text(2));
    history.store_labels(execution, [label].into());
    history.close_execution(execution, spans.into_iter(), 10);
    assert!(is_new(&history), "labelled at the end");
}

#[test]
fn a_figure_is_read_as_it_was_recorded_whether_packed_or_at_full_width() {
    let mut history = History::default();
    for (number, items) in [3.0, 0.1, 1e18].into_iter().enumerate() {
        let success = number != 1;
        let reference = history.open_execution(&number.to_string(), execution(1.0));
        let recorded = SpanRecord {
            duration_ms: 2.5,
            items,
            ..span(0, 1.0)
        };
        let [start, end] = [1.0, 3.5].map(|ms| Nanos::from_millis(ms).unwrap());
        let stage = history.record_span(reference, 0, Interval::new(start, end), || recorded, 10);
        let ended = ExecutionRecord {
            items,
            success,
            ..execution(1.0)
        };
        history.end_execution(reference, &ended);
        history.close_execution(reference, [stage].into_iter(), 10);
        let read = (
            history.executions.items(reference),
            history.executions.success(reference),
        );
        assert_eq!(read, (items, success));
        let read = (
            history.span_duration_ms(stage),
            history.span_ended_ms(stage),
        );
        assert_eq!(read, (2.5, 3.5));
    }
}

#[test]
fn a_record_is_evicted_with_the_last_list_that_holds_it() {
    let mut history = History::default();
    run(&mut history, "a", &[0, 1], 1.0, 10);
    assert_eq!(history.stored(), (2, 1));
    assert!(history.remove_series(0));
    assert_eq!(history.stored(), (2, 1));
    assert!(history.remove_completed("a"));
    assert!(history.remove_pipeline());
    assert_eq!(
        history.stored(),
        (1, 1),
        "stage 1 still lists its span, which names the execution"
    );
    assert_eq!(
        history
            .series(1)
            .and_then(|l| l.iter().next())
            .and_then(|s| history.execution_id_of(s))
            .as_deref(),
        Some("a")
    );
    assert!(history.remove_series(1));
    assert_eq!(history.stored(), (0, 0));
}

#[test]
fn a_thousand_runs_leave_only_as_many_as_are_allowed() {
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
        history.stored(),
        (30, 10),
        "the spans of ten whole executions"
    );
    assert_eq!(history.executions.by_id("run-989"), None);
    assert!(history.executions.by_id("run-990").is_some());
}

#[test]
fn retention_by_age_reaches_every_list_and_goes_by_the_monotonic_clock() {
    let mut history = History::default();
    run(&mut history, "old", &[0], 100.0, 10);
    run(&mut history, "young", &[0], 200.0, 10);
    history.evict_older(150.0);
    assert_eq!(history.completed().len(), 1);
    assert_eq!(history.pipeline().map(AgedList::len), Some(1));
    assert_eq!(history.stored(), (1, 1));
}

#[test]
fn an_id_used_again_keeps_its_place_and_shows_the_latest_run() {
    let mut history = History::default();
    run(&mut history, "a", &[0], 1.0, 10);
    run(&mut history, "b", &[0], 2.0, 10);
    run(&mut history, "a", &[0, 0], 3.0, 10);
    assert_eq!(ids(&history), ["a", "b"]);
    let latest = history.executions.by_id("a").unwrap();
    assert_eq!(history.spans_of(latest).count(), 2);
    assert_eq!(history.pipeline().map(AgedList::len), Some(3));
}

#[test]
fn an_abandoned_execution_leaves_what_its_stages_recorded() {
    let mut history = History::default();
    let reference = history.open_execution("lost", execution(0.0));
    let recorded = keep(&mut history, reference, &span(0, 1.0), 10);
    let unfinished = history.store_unfinished(reference, Nanos(1_000_000), || span(1, 1.0));
    history.abandon_execution(reference, [recorded, unfinished].into_iter());
    assert_eq!(history.stored(), (1, 1));
    assert_eq!(history.execution_id_of(recorded).as_deref(), Some("lost"));
}

fn own_run(history: &mut History, number: u32, limit: usize) {
    let record = execution(f64::from(number));
    let reference = history.open_own_execution(u64::from(number), record);
    history.end_execution(reference, &record);
    history.close_execution(reference, std::iter::empty(), limit);
}

/// Whether each of these numbers is found by its id.
fn found(history: &mut History, numbers: impl Iterator<Item = u32>) -> Vec<bool> {
    numbers
        .map(|number| {
            let id = format!("{OWN_PREFIX}{number}");
            let found = history.executions.by_id(&id);
            found.is_some_and(|execution| history.executions.id(execution) == id)
        })
        .collect()
}

#[test]
fn ids_of_our_own_are_found_while_they_are_stored_whenever_one_asks() {
    for asked_after in [None, Some(3), Some(12), Some(29)] {
        let mut history = History::default();
        for number in 0..30 {
            own_run(&mut history, number, 10);
            if number % 4 == 0 {
                let id = format!("given-{number}");
                run(&mut history, &id, &[0], f64::from(number), 10);
            }
            if asked_after == Some(number) {
                assert_eq!(found(&mut history, number..=number), [true]);
            }
        }
        let stored = ids(&history);
        assert_eq!(stored.len(), 10);
        for number in 0..30 {
            let id = format!("{OWN_PREFIX}{number}");
            assert_eq!(found(&mut history, number..=number), [stored.contains(&id)]);
        }
        assert!(history.executions.by_id("given-28").is_some());
        assert_eq!(history.executions.by_id("given-0"), None);
    }
}

#[test]
fn a_given_id_that_is_one_of_our_own_takes_its_place() {
    let mut history = History::default();
    (0..3).for_each(|number| own_run(&mut history, number, 10));
    run(&mut history, "execution-1", &[0], 9.0, 10);
    own_run(&mut history, 4, 10);
    assert_eq!(
        ids(&history),
        ["execution-0", "execution-1", "execution-2", "execution-4"]
    );
    assert_eq!(found(&mut history, 0..5), [true, true, true, false, true]);
    let replaced = history.executions.by_id("execution-1").unwrap();
    assert_eq!(history.spans_of(replaced).count(), 1);
}

#[test]
fn an_id_is_taken_for_one_of_our_own_only_as_we_write_it() {
    let mut history = History::default();
    (0..2).for_each(|number| own_run(&mut history, number, 100));
    let reference = history.open_own_execution(u64::MAX, execution(2.0));
    history.close_execution(reference, std::iter::empty(), 100);
    let others = [
        "execution-",
        "execution-00",
        "execution-01",
        "execution-+1",
        "execution- 1",
        "execution-1.0",
        "execution-18446744073709551616",
    ];
    for id in others {
        run(&mut history, id, &[0], 3.0, 100);
    }
    assert_eq!(history.completed().len(), 3 + others.len());
    for id in others.into_iter().chain(["execution-18446744073709551615"]) {
        let found = history.executions.by_id(id).unwrap();
        assert_eq!(history.executions.id(found), id);
    }
}

#[test]
fn ids_of_our_own_go_one_by_one_and_by_age() {
    let mut history = History::default();
    (0..6).for_each(|number| own_run(&mut history, number, 10));
    assert!(history.remove_completed("execution-3"));
    assert!(!history.remove_completed("execution-3"));
    (6..9).for_each(|number| own_run(&mut history, number, 10));
    history.evict_older(5.5);
    let expected: Vec<bool> = (0..9).map(|number| number >= 5).collect();
    assert_eq!(found(&mut history, 0..9), expected);
}

#[test]
fn a_long_id_is_stored_within_its_bound_and_found_by_all_of_it() {
    let mut history = History::default();
    let ids = ["a", "b"].map(|end| format!("{}{end}", "x".repeat(1_000_000)));
    for id in &ids {
        run(&mut history, id, &[0], 1.0, 10);
    }
    let [a, b] = ids
        .each_ref()
        .map(|id| history.executions.by_id(id).unwrap());
    assert_ne!(a, b);
    assert!(history.executions.id(a).len() <= LONGEST);
    history.record_alone(&ids[0], &span(3, 1.0), 10);
    let alone = history.series(3).unwrap().iter().next().unwrap();
    assert_eq!(
        history.execution_id_of(alone).unwrap(),
        history.executions.id(a)
    );
    assert!(history.remove_completed(&ids[0]));
    assert_eq!(history.executions.by_id(&ids[0]), None);
}

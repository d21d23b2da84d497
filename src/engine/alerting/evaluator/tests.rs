use super::*;
use crate::engine::alerting::workload_class::ContextKey;

const QUIET: Completion = Completion {
    duration_ms: 10.0,
    memory_delta: 0.0,
    items: 1.0,
    errors: 0.0,
    context: ContextKey::NONE,
};

fn taking(duration_ms: f64) -> Completion {
    Completion {
        duration_ms,
        ..QUIET
    }
}

fn growing(memory_delta: f64) -> Completion {
    Completion {
        memory_delta,
        ..QUIET
    }
}

fn failing(errors: f64, items: f64) -> Completion {
    Completion {
        items,
        errors,
        ..QUIET
    }
}

fn of_size(input_size: f64, duration_ms: f64) -> Completion {
    Completion {
        context: ContextKey::of(1, input_size),
        ..taking(duration_ms)
    }
}

fn judged(
    stage: &mut Stage,
    completion: &Completion,
    whole_ms: f64,
    config: &Config,
) -> Vec<Alert> {
    let mut raised = Vec::new();
    stage.judge(
        completion,
        Reading::default(),
        whole_ms,
        config,
        &mut raised,
    );
    raised
}

fn alerts(stage: &mut Stage, completion: &Completion) -> Vec<Alert> {
    judged(stage, completion, f64::NAN, &Config::default())
}

fn learn(stage: &mut Stage, completion: &Completion) -> Firsts {
    stage.learn(completion, 0.0, &Config::default())
}

fn kinds(stage: &mut Stage, completion: &Completion) -> Vec<AlertKind> {
    let raised = alerts(stage, completion);
    raised.iter().map(|alert| alert.kind).collect()
}

fn with_thresholds() -> Stage {
    let threshold = Threshold {
        max_duration_ms: 100.0,
        max_memory: 1000.0,
        ..Threshold::default()
    };
    Stage {
        threshold: Some(threshold),
        ..Stage::default()
    }
}

fn warm_stage(typical_ms: f64) -> Stage {
    let mut stage = Stage::default();
    for _ in 0..100 {
        learn(&mut stage, &taking(typical_ms));
    }
    stage
}

#[test]
fn only_growth_of_the_heap_raises_an_alert() {
    let raised = |memory_delta| kinds(&mut with_thresholds(), &growing(memory_delta));
    assert_eq!(raised(-5000.0), []);
    assert_eq!(raised(5000.0), [AlertKind::MemoryExceeded]);
}

#[test]
fn a_threshold_that_is_met_is_not_exceeded() {
    assert_eq!(kinds(&mut with_thresholds(), &taking(100.0)), []);
}

#[test]
fn one_error_without_items_is_a_high_rate() {
    let raised = |errors, items| kinds(&mut Stage::default(), &failing(errors, items));
    assert_eq!(raised(1.0, 0.0), [AlertKind::HighErrorRate]);
    assert_eq!(raised(1.0, 20.0), []);
}

#[test]
fn learning_makes_a_baseline_and_keeps_the_thresholds() {
    let mut stage = with_thresholds();
    let firsts = Firsts {
        normal: true,
        threshold: false,
    };
    assert_eq!(learn(&mut stage, &growing(-30.0)), firsts);
    let learned = stage.threshold.unwrap();
    assert_eq!(
        (
            learned.max_duration_ms,
            learned.baseline_duration_ms,
            learned.baseline_memory
        ),
        (100.0, 10.0, 30.0)
    );
    for _ in 0..60 {
        learn(&mut stage, &QUIET);
    }
    assert_eq!(
        kinds(&mut stage, &taking(40.0)),
        [AlertKind::BaselineExceeded]
    );
}

fn bounds(stage: &Stage) -> QuietBounds {
    stage.quiet_bounds(&Config::default())
}

#[test]
fn a_stage_that_can_exceed_nothing_is_quiet_at_any_duration_and_growth() {
    let unbounded = QuietBounds {
        duration_ms: f64::INFINITY,
        memory_bytes: f64::INFINITY,
    };
    assert_eq!(bounds(&Stage::default()), unbounded);
    let mut cold = Stage::default();
    learn(&mut cold, &QUIET);
    assert_eq!(bounds(&cold), unbounded);
}

#[test]
fn the_quiet_bounds_are_the_thresholds_where_nothing_is_learned() {
    let quiet = bounds(&with_thresholds());
    assert_eq!((quiet.duration_ms, quiet.memory_bytes), (100.0, 1000.0));
}

#[test]
fn a_duration_within_the_quiet_bounds_raises_no_alert() {
    let mut stage = with_thresholds();
    for run in 0..300 {
        learn(
            &mut stage,
            &taking(10.0 + f64::from(run * 7919 % 101) * 0.01),
        );
    }
    for share in [0.0, 0.5, 1.0] {
        let quiet = bounds(&stage).duration_ms;
        assert!((15.0..30.0).contains(&quiet), "{quiet}");
        assert_eq!(kinds(&mut stage, &taking(quiet * share)), []);
    }
}

#[test]
fn the_shortest_duration_that_is_alerted_is_not_within_the_quiet_bounds() {
    let mut stage = warm_stage(0.01);
    let shortest = Config::default().min_alert_duration_ms;
    assert_eq!(bounds(&stage).duration_ms, shortest.next_down());
    assert_eq!(kinds(&mut stage, &taking(shortest.next_down())), []);
    let raised = kinds(&mut stage, &taking(shortest));
    assert_eq!(raised, [AlertKind::BaselineExceeded]);
}

#[test]
fn the_quiet_bounds_hold_in_every_context_that_is_warm_and_in_those_that_are_not() {
    let mut stage = Stage::default();
    for run in 0..400 {
        let size = if run % 2 == 0 { 10.0 } else { 10_000.0 };
        learn(
            &mut stage,
            &of_size(size, size * (1.0 + f64::from(run % 7) * 0.01)),
        );
    }
    for size in [10.0, 10_000.0, 77.0] {
        let quiet = bounds(&stage).duration_ms;
        assert!((15.0..60.0).contains(&quiet), "{quiet}");
        assert_eq!(kinds(&mut stage, &of_size(size, quiet)), []);
    }
}

#[test]
fn a_run_with_a_context_of_its_own_ends_what_was_raised_of_the_whole_stage() {
    let config = Config {
        alert_resolved: true,
        ..Config::default()
    };
    let mut stage = Stage::default();
    for _ in 0..100 {
        learn(&mut stage, &of_size(10.0, 10.0));
    }
    let of_ten = |stage: &mut Stage, ms| judged(stage, &of_size(10.0, ms), f64::NAN, &config);
    assert_eq!(of_ten(&mut stage, 1e6).len(), 1);
    // From a second size on the first has a context of its own.
    learn(&mut stage, &of_size(1_000.0, 1_000.0));
    let raised = of_ten(&mut stage, 10.0);
    assert!(
        raised.len() == 1 && raised[0].resolution.is_some(),
        "{raised:?}"
    );
}

#[test]
fn no_completion_is_quiet_while_an_alert_is_ongoing() {
    let mut stage = with_thresholds();
    for (duration_ms, is_quiet) in [(1.0, true), (100.1, false), (1.0, true)] {
        alerts(&mut stage, &taking(duration_ms));
        assert_eq!(bounds(&stage) != QuietBounds::NONE, is_quiet);
    }
}

#[test]
fn a_stage_that_stays_slow_is_an_error_from_the_third_run_on_and_one_run_between_starts_anew() {
    let mut stage = warm_stage(10.0);
    let severities = [30.0, 30.0, 10.0, 30.0, 30.0, 30.0, 30.0].map(|duration_ms| {
        alerts(&mut stage, &taking(duration_ms))
            .first()
            .map(|a| a.severity)
    });
    let (low, high) = (Some(Severity::Warning), Some(Severity::Error));
    assert_eq!(severities, [low, low, None, low, low, high, high]);
}

#[test]
fn a_run_shorter_than_the_shortest_that_is_alerted_exceeds_no_baseline() {
    let config = Config::default();
    let unlimited = Config {
        min_alert_duration_ms: 0.0,
        ..config.clone()
    };
    let count = |ms, config| judged(&mut warm_stage(0.1), &taking(ms), f64::NAN, config).len();
    assert_eq!((count(0.99, &config), count(1.0, &config)), (0, 1));
    assert_eq!(count(0.99, &unlimited), 1);
}

#[test]
fn an_excess_is_an_error_only_where_it_is_a_twentieth_of_the_whole() {
    let config = Config::default();
    let severity = |whole_ms| {
        let raised = judged(&mut warm_stage(10.0), &taking(60.0), whole_ms, &config);
        raised.first().map(|alert| alert.severity)
    };
    let (low, high) = (Some(Severity::Warning), Some(Severity::Error));
    assert_eq!([1000.0, 1001.0, f64::NAN].map(severity), [high, low, high]);
}

#[test]
fn a_lasting_slowdown_raises_four_alerts_and_then_one_of_its_new_level() {
    let (config, mut stage) = (Config::default(), warm_stage(10.0));
    let mut kinds = Vec::new();
    for _ in 0..500 {
        kinds.extend(
            judged(&mut stage, &taking(30.0), 100.0, &config)
                .iter()
                .map(|a| a.kind),
        );
    }
    let (run, level) = (AlertKind::BaselineExceeded, AlertKind::LevelShift);
    assert_eq!(kinds, [run, run, run, run, level]);
}

#[test]
fn a_new_level_says_from_where_to_where_and_is_an_error_where_it_matters() {
    let config = Config::default();
    let shift_of = |typical_ms: f64, whole_ms| {
        let mut stage = warm_stage(typical_ms);
        (0..100)
            .flat_map(|_| judged(&mut stage, &taking(3.0 * typical_ms), whole_ms, &config))
            .find(|alert| alert.kind == AlertKind::LevelShift)
    };
    let alert = shift_of(10.0, 100.0).unwrap();
    assert_eq!(alert.actual, 30.0);
    assert!((alert.threshold - 20.0).abs() < 0.01, "{alert:?}");
    assert_eq!(alert.severity, Severity::Error);
    let minor = shift_of(10.0, 1000.0).unwrap();
    assert_eq!(minor.severity, Severity::Warning);
    assert_eq!(
        shift_of(0.1, 1000.0),
        None,
        "too short, and no part of the whole"
    );
    assert!(shift_of(0.1, 1.0).is_some(), "a fifth of the whole");
}

#[test]
fn a_stage_whose_sizes_grow_has_no_new_level() {
    let (mut stage, mut raised) = (Stage::default(), Vec::new());
    for run in 0..600 {
        let size = if run < 300 { 10.0 } else { 100.0 };
        raised.extend(kinds(&mut stage, &of_size(size, size)));
    }
    assert!(!raised.contains(&AlertKind::LevelShift), "{raised:?}");
}

#[test]
fn no_completion_is_quiet_when_a_new_level_is_about_to_be_taken_over() {
    let mut stage = Stage::default();
    for run in 0..100 {
        learn(
            &mut stage,
            &taking(10.0 + f64::from(run * 7919 % 101) * 0.2),
        );
    }
    for _ in 0..60 {
        let quiet = bounds(&stage).duration_ms;
        let raised = alerts(&mut stage, &taking(45.0));
        assert!(raised.is_empty() || quiet < 45.0, "{quiet}: {raised:?}");
    }
}

use super::*;
use crate::engine::analysis::planted::noise;

fn runs(count: usize, level: f64) -> Vec<f64> {
    (0..count)
        .map(|run| level * (1.0 + noise(run) / 5.0))
        .collect()
}

/// Stages of one process.
fn of_one(stages: &[(&[f64], &[f64])], criteria: Criteria) -> Vec<Comparison> {
    let sides: Vec<Sides<'_>> = stages
        .iter()
        .map(|(before, after)| Sides {
            origin: Origin::SameProcess,
            runs: [vec![*before], vec![*after]],
        })
        .collect();
    compare(&sides, criteria)
}

fn verdict_of(before: &[f64], after: &[f64]) -> Verdict {
    of_one(&[(before, after)], Criteria::default())[0].verdict
}

/// One stage, a list of runs a process.
fn of_processes(before: &[Vec<f64>], after: &[Vec<f64>]) -> Comparison {
    let sides = Sides {
        origin: Origin::Processes,
        runs: [before, after].map(|side| side.iter().map(Vec::as_slice).collect()),
    };
    compare(&[sides], Criteria::default())[0]
}

#[test]
fn each_verdict_is_given_where_it_is_due() {
    let before = runs(100, 10.0);
    assert_eq!(verdict_of(&before, &runs(80, 12.0)), Verdict::Slower);
    assert_eq!(verdict_of(&before, &runs(80, 8.0)), Verdict::Faster);
    assert_eq!(
        verdict_of(&before, &runs(80, 10.0)),
        Verdict::NoDifferenceFound
    );
    assert_eq!(verdict_of(&before, &runs(1, 99.0)), Verdict::TooFewRuns);
    assert_eq!(verdict_of(&before, &[]), Verdict::TooFewRuns);
}

#[test]
fn a_change_comes_with_its_size_and_interval() {
    let (before, after) = (runs(100, 10.0), runs(100, 12.0));
    let found = of_one(&[(&before, &after)], Criteria::default())[0];
    let change = found.shift.unwrap();
    assert_eq!(found.sides.map(|side| side.runs), [100, 100]);
    let relative = change.relative.unwrap();
    assert!((relative.change - 0.2).abs() < 0.02 && found.p_value < 1e-10);
    assert!(relative.low < 0.2 && 0.2 < relative.high);
    assert!(change.low_ms < change.shift_ms && change.shift_ms < change.high_ms);
    assert!(change.chance_slower > 0.85);
}

#[test]
fn runs_are_too_few_when_no_outcome_could_convince() {
    // Five of each without overlap have p = 2 / 252, six 2 / 924: enough for one stage ...
    let of = |count| (runs(count, 10.0), runs(count, 99.0));
    let (five, six) = (of(5), of(6));
    assert_eq!(verdict_of(&five.0, &five.1), Verdict::Slower);
    // ... but not for ten.
    let ten: Vec<(&[f64], &[f64])> = vec![(&five.0, &five.1); 10];
    let ten = of_one(&ten, Criteria::default());
    assert!(ten.iter().all(|stage| stage.verdict == Verdict::TooFewRuns));
    let four: Vec<(&[f64], &[f64])> = vec![(&six.0, &six.1); 4];
    let four = of_one(&four, Criteria::default());
    assert!(four.iter().all(|stage| stage.verdict == Verdict::Slower));
}

#[test]
fn few_runs_apart_convince_although_some_are_tied() {
    let (before, after) = (
        [10.0, 10.0, 10.0, 11.0, 11.0],
        [12.0, 12.0, 12.0, 13.0, 13.0],
    );
    let found = of_one(&[(&before, &after)], Criteria::default())[0];
    assert_eq!(found.verdict, Verdict::Slower);
    assert!((found.p_value - 2.0 / 252.0).abs() < 1e-12);
}

#[test]
fn a_sure_but_tiny_change_is_no_difference() {
    let (before, after) = (runs(1000, 10.0), runs(1000, 10.15));
    let found = of_one(&[(&before, &after)], Criteria::default())[0];
    assert!(found.p_value < 0.01);
    assert_eq!(found.verdict, Verdict::NoDifferenceFound);
    let strict = Criteria {
        least_change: 0.0,
        ..Criteria::default()
    };
    assert_eq!(
        of_one(&[(&before, &after)], strict)[0].verdict,
        Verdict::Slower
    );
}

#[test]
fn durations_that_are_not_finite_and_zeros_do_no_harm() {
    let broken = [f64::NAN; 50];
    assert_eq!(verdict_of(&broken, &broken), Verdict::TooFewRuns);
    let found = of_one(&[(&[0.0; 50], &[0.0; 50])], Criteria::default())[0];
    assert_eq!(found.verdict, Verdict::NoDifferenceFound);
    assert_eq!(found.shift.unwrap().relative.unwrap().change, 0.0);
    let grown = of_one(&[(&[0.0; 50], &[5.0; 50])], Criteria::default())[0];
    assert_eq!(grown.verdict, Verdict::Slower);
    assert_eq!(grown.shift.unwrap().relative, None);
    let from_nothing = of_one(&[(&[5e-324; 50], &[5.0; 50])], Criteria::default())[0];
    assert_eq!(from_nothing.shift.unwrap().relative, None);
}

/// Readings of runs that take `level`, by a clock with whole milliseconds.
fn read_coarsely(count: usize, level: f64) -> Vec<f64> {
    let reading = |run: usize| (level * (0.9 + 0.2 * noise(run)) + noise(run + 500)).floor();
    (0..count).map(reading).collect()
}

#[test]
fn runs_that_a_coarse_clock_reads_as_zero_hide_no_slowdown() {
    let judged =
        |before, after| of_processes(&[read_coarsely(300, before)], &[read_coarsely(300, after)]);
    for level in [0.2, 0.4, 0.7, 1.3] {
        let found = judged(level, 10.0 * level);
        assert_eq!(found.verdict, Verdict::Slower, "{level}: {found:?}");
        assert_eq!(judged(10.0 * level, level).verdict, Verdict::Faster);
        let same = judged(level, 1.05 * level);
        assert_eq!(same.verdict, Verdict::NoDifferenceFound);
        assert!(same.explainable.unwrap() < 10.0, "{same:?}");
    }
}

#[test]
fn zeros_are_shown_as_zeros() {
    let found = of_processes(&[read_coarsely(300, 0.2)], &[read_coarsely(300, 4.0)]);
    let shift = found.shift.unwrap();
    assert_eq!((shift.before_ms, shift.relative), (0.0, None));
    assert!(shift.low_ms > 0.0 && shift.high_ms < 100.0, "{shift:?}");
    let processes = |level| [1, 2, 3].map(|part| read_coarsely(100 * part, level));
    let found = of_processes(&processes(0.2), &processes(4.0));
    assert_eq!(found.verdict, Verdict::Slower);
    assert_eq!(found.shift.unwrap().before_ms, 0.0);
}

#[test]
fn a_change_relative_or_in_ms_is_that_of_the_two_times_beside_it() {
    // A mixture whose typical pair differs by something else than its medians do.
    let before: Vec<f64> = (0..100)
        .map(|run| if run % 2 == 0 { 5.0 } else { 24.0 })
        .collect();
    let after: Vec<f64> = (0..100)
        .map(|run| if run % 5 == 0 { 24.0 } else { 4.0 })
        .collect();
    let found = of_one(&[(&before, &after)], Criteria::default())[0];
    let change = found.shift.unwrap();
    let relative = change.relative.unwrap();
    assert_eq!(change.shift_ms, change.after_ms - change.before_ms);
    assert_eq!(relative.change, change.shift_ms / change.before_ms);
    assert!(relative.low >= -1.0 && relative.low <= relative.change);
    assert!(change.low_ms <= change.shift_ms && change.shift_ms <= change.high_ms);
}

#[test]
fn one_process_a_side_needs_a_change_that_processes_do_not_explain() {
    let judged = |level| of_processes(&[runs(300, 10.0)], &[runs(300, level)]);
    let little = judged(10.8);
    assert_eq!(little.verdict, Verdict::NoDifferenceFound);
    assert!(little.explainable.unwrap() >= 0.1);
    assert_eq!(judged(13.0).verdict, Verdict::Slower);
    assert_eq!(judged(7.5).verdict, Verdict::Faster);
    assert_eq!(
        of_one(&[(&runs(300, 10.0), &runs(300, 10.8))], Criteria::default())[0].verdict,
        Verdict::Slower
    );
}

#[test]
fn a_process_that_drifts_explains_more() {
    let drifting = |level: f64| -> Vec<f64> {
        let factor = |run: usize| 1.0 + 0.3 * (run as f64 / 30.0).sin();
        let runs = runs(300, level).into_iter().enumerate();
        runs.map(|(run, duration)| duration * factor(run)).collect()
    };
    let found = of_processes(&[drifting(10.0)], &[drifting(13.0)]);
    assert!(found.explainable.unwrap() > 0.3, "{found:?}");
    assert_eq!(found.verdict, Verdict::NoDifferenceFound);
}

#[test]
fn few_runs_of_a_process_beside_another_say_nothing() {
    let found = of_processes(&[runs(60, 10.0)], &[runs(9, 50.0)]);
    assert_eq!(found.verdict, Verdict::TooFewRuns);
}

#[test]
fn several_processes_count_once_each() {
    let processes = |levels: &[f64]| -> Vec<Vec<f64>> {
        levels.iter().map(|&level| runs(300, level)).collect()
    };
    let base = processes(&[10.0, 10.4, 9.8, 10.9, 10.2]);
    let same = of_processes(&base, &processes(&[10.3, 9.9, 10.8, 10.1, 10.5]));
    assert_eq!(same.verdict, Verdict::NoDifferenceFound);
    assert_eq!((same.sides[0].processes, same.explainable), (5, None));
    let slower = of_processes(&base, &processes(&[11.6, 11.9, 11.5, 12.1, 11.7]));
    assert_eq!(slower.verdict, Verdict::Slower);
    // Two per side suffice where they hardly differ.
    let two = of_processes(&processes(&[10.0, 10.1]), &processes(&[20.0, 20.3]));
    assert_eq!(two.verdict, Verdict::Slower);
    let apart = of_processes(&processes(&[10.0, 14.0]), &processes(&[12.0, 19.0]));
    assert_eq!(apart.verdict, Verdict::NoDifferenceFound);
    // A machine that was busy for the time of one process spoils only that one.
    let mut spoilt = base.clone();
    spoilt.push(runs(300, 17.0));
    let slow = processes(&[11.6, 11.9, 11.5, 12.1, 11.7]);
    assert_eq!(of_processes(&spoilt, &slow).verdict, Verdict::Slower);
    // One against several is as uncertain as one of those.
    let one = of_processes(&base, &processes(&[11.0]));
    assert_eq!(one.verdict, Verdict::NoDifferenceFound);
    let far = of_processes(&base, &processes(&[20.0]));
    assert_eq!(far.verdict, Verdict::Slower);
}

#[test]
fn warm_up_is_left_out_and_counted() {
    let warming = |level: f64| {
        let mut all = runs(50, 4.0 * level);
        all.extend(runs(250, level));
        all
    };
    let found = of_processes(&[warming(10.0)], &[runs(300, 10.0)]);
    let counts = found.sides.map(|side| (side.runs, side.warm_up));
    assert_eq!(counts, [(300, 55), (300, 0)]);
    assert_eq!(found.verdict, Verdict::NoDifferenceFound);
}

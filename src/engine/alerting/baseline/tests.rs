use super::*;

fn warm(durations: impl IntoIterator<Item = f64>) -> Baseline {
    let mut baseline = Baseline::new();
    durations
        .into_iter()
        .for_each(|duration| record(&mut baseline, duration));
    baseline
}

fn record(baseline: &mut Baseline, duration_ms: f64) {
    shift_at(baseline, 0, duration_ms);
}

fn shift_at(baseline: &mut Baseline, number: u32, duration_ms: f64) -> Option<LevelShift> {
    let place = Place {
        number,
        wall_ms: f64::from(number) * 1000.0,
    };
    baseline.record(Run { duration_ms, place }, 2.0)
}

#[test]
fn takes_the_bytes_stated() {
    assert_eq!(size_of::<Baseline>(), 376);
}

#[test]
fn is_warm_after_twenty_runs_and_silent_before() {
    let mut baseline = Baseline::new();
    for run in 0..WARM_AFTER {
        assert!(!baseline.is_warm(), "run {run}");
        assert!(!baseline.exceeds(1e9, 2.0));
        record(&mut baseline, 10.0);
    }
    assert!(baseline.is_warm());
    assert!(baseline.exceeds(1e9, 2.0));
}

#[test]
fn before_warm_up_the_median_is_that_of_the_runs_so_far() {
    assert_eq!(Baseline::new().typical(), 0.0);
    assert_eq!(warm([3.0]).typical(), 3.0);
    assert_eq!(warm([3.0, 1.0, 2.0, 100.0]).typical(), 2.5);
}

#[test]
fn a_constant_duration_is_met_exactly_and_twice_it_is_not_beyond_a_factor_of_two() {
    let baseline = warm([10.1; 500]);
    assert_eq!(baseline.typical(), 10.1);
    assert!(baseline.spread() < 0.002);
    assert!(!baseline.exceeds(20.2, 2.0));
    assert!(baseline.exceeds(20.3, 2.0));
}

#[test]
fn outliers_move_the_median_no_further_than_other_slow_runs() {
    let cycle = |slow: f64| {
        (0..600).map(move |run| {
            if run % 10 == 9 {
                slow
            } else {
                10.0 + f64::from(run % 9) * 0.1
            }
        })
    };
    let mild = warm(cycle(11.0));
    let wild = warm(cycle(1e6));
    assert_eq!(mild.typical(), wild.typical());
    assert!((wild.typical() - 10.4).abs() < 0.3, "{}", wild.typical());
}

#[test]
fn a_lasting_shift_is_adopted_within_one_window_in_both_directions() {
    for level in [100.0, 1.0] {
        let mut baseline = warm((0..300).map(|run| 10.0 + f64::from(run % 7) * 0.1));
        (0..WINDOW).for_each(|run| record(&mut baseline, level * (1.0 + run as f64 / 1000.0)));
        assert!(
            (baseline.typical() / level - 1.0).abs() < 0.05,
            "{}",
            baseline.typical()
        );
    }
}

#[test]
fn a_burst_shorter_than_the_window_is_not_adopted() {
    let mut baseline = warm((0..300).map(|run| 10.0 + f64::from(run % 7) * 0.1));
    (0..15).for_each(|_| record(&mut baseline, 100.0));
    assert!(baseline.typical() < 10.7, "{}", baseline.typical());
}

#[test]
fn a_slow_mode_that_keeps_coming_back_is_no_alarm() {
    let mut baseline = Baseline::new();
    let mut late_alarms = 0;
    for run in 0..5000_u32 {
        let duration = if run % 13 == 5 {
            80.0
        } else {
            10.0 + f64::from(run % 7) * 0.1
        };
        late_alarms += u32::from(run >= 1000 && baseline.exceeds(duration, 2.0));
        record(&mut baseline, duration);
    }
    assert!(late_alarms <= 8, "{late_alarms} alarms in 4,000 runs");
    assert!(baseline.exceeds(200.0, 2.0));
}

#[test]
fn alarms_are_exactly_the_durations_beyond_the_alarm_level() {
    let baseline = warm((0..400).map(|run| 5.0 + f64::from(run * 7919 % 101) * 0.07));
    for factor in [1.1, 2.0, 5.0] {
        let level = baseline.alarm_level(factor);
        assert!(!baseline.exceeds(level * (1.0 - 1e-12), factor));
        assert!(baseline.exceeds(level * (1.0 + 1e-12), factor));
    }
}

#[test]
fn numbers_that_are_no_durations_change_nothing() {
    let mut baseline = warm([10.0; 50]);
    let before = format!("{baseline:?}");
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        record(&mut baseline, bad);
        assert!(!baseline.exceeds(bad, 2.0));
    }
    assert_eq!(format!("{baseline:?}"), before);
    assert!(!baseline.exceeds(1.0, f64::NAN));
}

#[test]
fn a_stage_faster_than_the_clock_raises_no_alarm() {
    let baseline = warm([0.0; 100]);
    assert!(!baseline.exceeds(5.0, 2.0));
    assert!(baseline.typical() <= 1e-6);
}

/// Runs near 10 ms, the number of the first of which is `from`.
fn even(from: u32, to: u32, times: f64) -> impl Iterator<Item = (u32, f64)> {
    (from..to).map(move |run| (run, times * (10.0 + f64::from(run % 7) * 0.1)))
}

fn shifts(runs: impl Iterator<Item = (u32, f64)>) -> Vec<(u32, LevelShift)> {
    let mut baseline = Baseline::new();
    runs.filter_map(|(run, ms)| shift_at(&mut baseline, run, ms).map(|shift| (run, shift)))
        .collect()
}

#[test]
fn a_level_of_three_times_the_old_is_taken_over_once_and_says_since_when() {
    let found = shifts(even(0, 300, 1.0).chain(even(300, 900, 3.0)));
    let [(run, shift)] = found.as_slice() else {
        panic!("one shift, not {found:?}");
    };
    assert!((323..330).contains(run), "{run}");
    assert_eq!(shift.since_ms, 300_000.0);
    assert_eq!(shift.runs_ago, run - 300);
    assert!((shift.from_ms / 10.3 - 1.0).abs() < 0.02, "{shift:?}");
    assert!((shift.to_ms / 30.9 - 1.0).abs() < 0.02, "{shift:?}");
}

#[test]
fn a_level_of_less_than_the_factor_is_no_shift_but_two_in_turn_that_make_it_are() {
    let up = |times| even(0, 300, 1.0).chain(even(300, 2000, times));
    assert_eq!(shifts(up(1.6)), []);
    assert_eq!(shifts(up(1.6).chain(even(2000, 3000, 2.3))).len(), 1);
}

#[test]
fn a_level_that_creeps_up_is_a_shift_however_slow() {
    for over in [200, 2000, 20_000] {
        let creeping = even(0, 2 * over + 1000, 1.0).map(|(run, ms)| {
            let done = f64::from(run.saturating_sub(500)) / f64::from(over);
            (run, ms * (1.0 + 2.0 * done.min(1.0)))
        });
        assert!(!shifts(creeping).is_empty(), "over {over} runs");
    }
}

#[test]
fn a_faster_level_is_taken_over_without_an_alert_and_the_old_one_is_then_a_shift() {
    let faster = || even(0, 300, 1.0).chain(even(300, 600, 0.3));
    assert_eq!(shifts(faster()), []);
    assert_eq!(shifts(faster().chain(even(600, 700, 1.0))).len(), 1);
}

#[test]
fn once_bursts_are_known_they_are_no_shift() {
    let bursts = (0..8000).map(|run| {
        let times = if run % 200 >= 160 { 3.0 } else { 1.0 };
        (run, times * (10.0 + f64::from(run % 7) * 0.1))
    });
    let found = shifts(bursts);
    assert!(found.iter().all(|(run, _)| *run < 800), "{found:?}");
}

#[test]
fn where_the_clock_is_coarse_a_tick_more_is_no_level() {
    let often =
        |one_in: u32| move |run: u32| (run, f64::from(u8::from(run.is_multiple_of(one_in))));
    let more = (0..300)
        .map(often(3))
        .chain((300..900).map(|run| (run, 1.0 - often(3)(run).1)));
    assert_eq!(shifts(more), []);
    let slower = (0..300)
        .map(often(3))
        .chain((300..900).map(|run| (run, 3.0 + often(3)(run).1)));
    assert_eq!(shifts(slower).len(), 1);
    let at_once = (0..600).map(|run| (run, if run < 300 { 1.0 } else { 6.0 }));
    let at: Vec<u32> = shifts(at_once).iter().map(|(run, _)| *run).collect();
    assert!(matches!(at[..], [323..=330]), "{at:?}");
}

#[test]
fn one_run_far_out_or_of_the_level_before_is_no_tick_of_the_clock() {
    let far_out = |run: u32| if run == 5 { 500.0 } else { 10.0 };
    assert!(warm((0..60).map(far_out)).exceeds(30.0, 2.0));
    assert_eq!(tick(&[[10.0; 18].as_slice(), &[500.0; 2]].concat()), 10.0);
    for (before, after) in [(10.0, 30.0), (30.0, 10.0)] {
        let moved = warm((0..400).map(|run| if run < 300 { before } else { after }));
        assert!(moved.exceeds(2.1 * after, 2.0), "{before} to {after}");
    }
}

#[test]
fn where_the_clock_is_coarse_a_tick_more_is_no_alarm() {
    let baseline = warm((0..100).map(|run| f64::from(1 + u32::from(run % 3 == 0))));
    assert!(!baseline.exceeds(3.0, 2.0));
    assert!(baseline.exceeds(30.0, 2.0));
}

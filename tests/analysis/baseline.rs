//! What a baseline promises on noisy stages; the rates on stages with autocorrelation, modes and coarse
//! clocks stand in `alert_rates`.

use crate::generator::{Draw, Generator};
use pipeline_performance_metrics::engine::alerting::baseline::{Baseline, Run, WARM_AFTER, WINDOW};
use pipeline_performance_metrics::engine::alerting::level_shift::Place;

fn record(baseline: &mut Baseline, duration_ms: f64) {
    let place = Place {
        number: 0,
        wall_ms: 0.0,
    };
    baseline.record(Run { duration_ms, place }, 2.0);
}

/// Alarms per 10,000 warm runs of `stages` stages of `runs` runs each, and how many a bare
/// factor of 2 over the true median would have raised.
fn alarms_in_10_000(seed: u64, stages: usize, runs: usize, draw: Draw) -> (f64, f64) {
    let mut random = Generator::new(seed);
    let (mut warm, mut alarms, mut bare) = (0_u32, 0_u32, 0_u32);
    for _ in 0..stages {
        let mut baseline = Baseline::new();
        for _ in 0..runs {
            let duration = 10.0 * draw(&mut random);
            warm += u32::from(baseline.is_warm());
            alarms += u32::from(baseline.exceeds(duration, 2.0));
            bare += u32::from(baseline.is_warm() && duration > 20.0);
            record(&mut baseline, duration);
        }
    }
    (
        1e4 * f64::from(alarms) / f64::from(warm),
        1e4 * f64::from(bare) / f64::from(warm),
    )
}

#[test]
fn stationary_log_normal_runs_raise_at_most_one_alarm_in_10_000() {
    let (alarms, bare) = alarms_in_10_000(1, 50, 20_000, |random| random.log_normal(0.25));
    println!("false alarms in 10,000: {alarms:.2}, by a factor of 2 alone {bare:.1}");
    assert!((24.0..32.0).contains(&bare));
    assert!(alarms <= 1.0);
}

#[test]
fn the_first_hundred_runs_raise_no_more_alarms_than_later_ones() {
    let (alarms, _) = alarms_in_10_000(2, 10_000, 100, |random| random.log_normal(0.25));
    println!("false alarms in 10,000 of the first 100 runs: {alarms:.2}");
    assert!(alarms <= 1.0);
}

#[test]
fn noise_of_any_size_raises_at_most_one_alarm_in_10_000() {
    let samplers: [(&str, Draw); 4] = [
        ("sigma 0.1", |random| random.log_normal(0.1)),
        ("sigma 0.5", |random| random.log_normal(0.5)),
        ("sigma 1", |random| random.log_normal(1.0)),
        ("uniform", |random| 0.1 + random.uniform()),
    ];
    for (name, draw) in samplers {
        let (alarms, _) = alarms_in_10_000(3, 20, 20_000, draw);
        println!("false alarms in 10,000, {name}: {alarms:.2}");
        assert!(alarms <= 1.0, "{name}: {alarms}");
    }
}

#[test]
fn the_median_is_not_dragged_by_one_outlier_in_ten() {
    let mut worst = 0.0_f64;
    for seed in 0..100 {
        let mut random = Generator::new(seed);
        let mut baseline = Baseline::new();
        for _ in 0..1000 {
            let outlier = if random.below(10) == 0 { 1000.0 } else { 1.0 };
            record(&mut baseline, 10.0 * outlier * random.log_normal(0.1));
        }
        worst = worst.max((baseline.typical() / 10.0 - 1.0).abs());
    }
    println!(
        "median off by {:.1} % at worst with 10 % outliers of 1,000 x",
        worst * 100.0
    );
    assert!(worst < 0.08);
}

#[test]
fn a_lasting_shift_is_followed_within_a_window_if_large_and_two_hundred_runs_if_small() {
    for (shift, runs, bar) in [
        (2.0, WINDOW + 1, 95),
        (1.5, 2 * WINDOW, 95),
        (1.2, 200, 95),
        (0.5, WINDOW + 1, 95),
    ] {
        let followed = (0..100).filter(|seed| {
            let mut random = Generator::new(*seed);
            let mut baseline = Baseline::new();
            (0..1000).for_each(|_| record(&mut baseline, 10.0 * random.log_normal(0.1)));
            (0..runs).for_each(|_| record(&mut baseline, 10.0 * shift * random.log_normal(0.1)));
            (baseline.typical() / (10.0 * shift) - 1.0).abs() < 0.08
        });
        let followed = followed.count();
        println!("shift of {shift} followed within {runs} runs in {followed} of 100");
        assert!(followed >= bar);
    }
}

#[test]
fn a_run_of_three_times_the_median_is_noticed_as_soon_as_the_baseline_is_warm() {
    let noticed = (0..100).filter(|seed| {
        let mut random = Generator::new(*seed);
        let mut baseline = Baseline::new();
        (0..WARM_AFTER).for_each(|_| record(&mut baseline, 10.0 * random.log_normal(0.1)));
        baseline.exceeds(30.0, 2.0)
    });
    let noticed = noticed.count();
    println!("3 x noticed by a fresh baseline in {noticed} of 100");
    assert!(noticed >= 90);
}

//! What the analysis promises on series as they are: with autocorrelation, modes, kinds by turns, warm-up
//! and coarse clocks. `examples/analysis_rates.rs` prints the same rates as one table.

use crate::generator::Generator;
use crate::series_shapes::{growing, shape, step, walk_with_noise, Make, STATIONARY, WARM_UPS};
use pipeline_performance_metrics::engine::analysis::anomaly::anomalies;
use pipeline_performance_metrics::engine::analysis::change_point::{change_points, levels};
use pipeline_performance_metrics::engine::analysis::findings::SeriesFindings;
use pipeline_performance_metrics::engine::analysis::forecast::{forecast, Model, CONFIDENCE};
use pipeline_performance_metrics::engine::analysis::recent_trend::Direction;
use pipeline_performance_metrics::engine::analysis::trend::trend;
use pipeline_performance_metrics::engine::analysis::warm_up::warm_up;

const SEEDS: u64 = 200;
const RUNS: usize = 1_000;

/// Series of a shape in which something is found, in per cent.
fn per_cent(name: &str, found: impl Fn(&[f64]) -> bool) -> f64 {
    let shape = shape(name);
    let found = (0..SEEDS).filter(|&seed| found(&shape.series(seed, RUNS)));
    100.0 * found.count() as f64 / SEEDS as f64
}

fn has_trend(series: &[f64]) -> bool {
    trend(series).is_some_and(|trend| trend.direction != Direction::Stable)
}

#[test]
fn stationary_series_hold_hardly_any_change_whatever_their_autocorrelation() {
    for shape in STATIONARY {
        let most = match shape.name {
            "AR(1) .3" | "AR(1) .5" | "queue .2" | "queue .5" => 3.0,
            "AR(1) .7" | "queue .7" => 5.0,
            "bursts, 1 run in 6" | "bursts, 1 run in 2" => 15.0,
            _ => 1.0,
        };
        let found = per_cent(shape.name, |series| !change_points(series).is_empty());
        println!("change invented in {found} % of {}", shape.name);
        assert!(found <= most, "{}", shape.name);
    }
}

#[test]
fn few_runs_hold_hardly_any_change_whatever_their_autocorrelation_and_a_clear_one_is_found() {
    for (name, most) in [
        ("log-normal cv .3", 1.0),
        ("AR(1) .5", 5.0),
        ("AR(1) .7", 8.0),
        ("queue .7", 8.0),
    ] {
        for runs in [16, 20, 24, 30, 31] {
            let changed = (0..SEEDS)
                .filter(|&seed| !change_points(&shape(name).series(seed, runs)).is_empty());
            let found = 100.0 * changed.count() as f64 / SEEDS as f64;
            println!("change invented in {found} % of {runs} runs, {name}");
            assert!(found <= most);
        }
    }
    for runs in [16, 20, 24, 30, 31] {
        let found = (0..SEEDS).filter(|&seed| {
            let noise = shape("log-normal cv .1").series(seed, runs);
            let changes = change_points(&step(noise, runs / 2, 1.5));
            changes.iter().any(|at| at.index.abs_diff(runs / 2) <= 3)
        });
        let found = 100.0 * found.count() as f64 / SEEDS as f64;
        println!("+ 50 % halfway of {runs} runs: found in {found} %");
        assert!(found >= 80.0);
    }
}

#[test]
fn few_readings_of_a_coarse_clock_hold_hardly_any_warm_up_or_anomaly() {
    for runs in [60, 100, 150] {
        let series = |seed| shape("clock of 1 ms").series(seed, runs);
        let warm_ups = (0..SEEDS).filter(|&seed| warm_up(&series(seed)).is_some());
        let far = (0..SEEDS).filter(|&seed| !anomalies(&series(seed), &[]).is_empty());
        let found = (warm_ups.count(), far.count());
        println!("{runs} runs: warm-ups and anomalies in {found:?} of {SEEDS}");
        assert!(found.0 <= 4 && found.1 <= 2);
    }
}

#[test]
fn stationary_series_hold_hardly_any_trend_or_warm_up_whatever_their_autocorrelation() {
    for shape in STATIONARY {
        let trends = per_cent(shape.name, has_trend);
        let warm_ups = per_cent(shape.name, |series| warm_up(series).is_some());
        println!(
            "trend in {trends} %, warm-up in {warm_ups} % of {}",
            shape.name
        );
        assert!(trends <= 3.0 && warm_ups <= 1.5, "{}", shape.name);
    }
}

#[test]
fn kinds_by_turns_or_at_random_are_no_finding() {
    for name in ["kinds by turns", "kinds at random"] {
        let far = per_cent(name, |series| {
            !anomalies(series, &levels(series).starts).is_empty()
        });
        let rising = per_cent(name, |series| {
            let found = forecast(series, CONFIDENCE);
            found.is_some_and(|found| found.model() == Model::LinearTrend)
        });
        println!("{name}: anomalies in {far} %, a rising forecast in {rising} %");
        assert!(far <= 3.0 && rising <= 3.0);
    }
}

#[test]
fn a_step_is_found_behind_memory_and_nothing_beside_it() {
    for (name, after, least) in [
        ("log-normal cv .1", 30, 95.0),
        ("AR(1) .3", 60, 95.0),
        ("AR(1) .5", 60, 85.0),
    ] {
        for before in [100, 500, 970] {
            let (mut found, mut beside) = (0, 0);
            for seed in 0..SEEDS {
                let noise = shape(name).series(seed, before + after);
                let changes = change_points(&step(noise, before, 1.2));
                let near = changes.iter().filter(|at| at.index.abs_diff(before) <= 20);
                found += usize::from(near.clone().count() > 0);
                beside += changes.len() - near.count().min(1);
            }
            let found = 100.0 * found as f64 / SEEDS as f64;
            println!("+ 20 % after {before}, {name}: found in {found} %, {beside} beside it");
            assert!(found >= least && beside * 10 <= SEEDS as usize);
        }
    }
}

#[test]
fn an_80_percent_forecast_holds_and_is_about_as_narrow_as_the_true_one() {
    let autoregressive: Make = |random, runs| {
        let mut state = random.normal();
        let mut next = || {
            state = 0.7 * state + 0.51_f64.sqrt() * random.normal();
            100.0 + 5.0 * state
        };
        (0..runs).map(|_| next()).collect()
    };
    let independent: Make =
        |random, runs| (0..runs).map(|_| 100.0 + 5.0 * random.normal()).collect();
    let models: [(&str, Make, f64); 4] = [
        ("independent", independent, 5.0),
        ("AR(1) .7", autoregressive, 5.0 * 0.51_f64.sqrt()),
        ("random walk with noise", walk_with_noise, 5.26),
        ("growing", growing, 5.0),
    ];
    for (name, make, sigma) in models {
        let (mut held, mut width) = (0, 0.0);
        for seed in 0..2 * SEEDS {
            let series = make(&mut Generator::new(seed), 401);
            let said = forecast(&series[..400], CONFIDENCE).unwrap().predict(1);
            held += u32::from((said.low_ms..=said.high_ms).contains(&series[400]));
            width += said.high_ms - said.low_ms;
        }
        let trials = 2.0 * SEEDS as f64;
        let (held, width) = (f64::from(held) / trials, width / trials / (2.563 * sigma));
        println!("{name}: {held} held, {width} times as wide as the true model's");
        assert!((0.75..=0.88).contains(&held) && width <= 1.5, "{name}");
    }
}

#[test]
fn warm_up_is_recognised_and_neither_change_nor_trend() {
    for shape in WARM_UPS {
        let (mut known, mut changed, mut trending) = (0, 0, 0);
        for seed in 0..SEEDS {
            let series = shape.series(seed, 600);
            let found = SeriesFindings::new(true);
            known += u32::from(found.warm_up(&series).is_some());
            changed += u32::from(!found.changes(&series).is_empty());
            let trend = found.trend(&series);
            trending += u32::from(trend.is_some_and(|trend| trend.direction != Direction::Stable));
        }
        println!(
            "{}: known in {known} of {SEEDS}, changes in {changed}, trends in {trending}",
            shape.name
        );
        assert!(known >= 190 && changed <= 10 && trending <= 6);
    }
}

#[test]
fn percentages_are_those_of_the_levels_beside_them_and_never_below_minus_100() {
    let calm = [
        "log-normal cv .1",
        "log-normal cv .3",
        "AR(1) .5",
        "AR(1) .7",
        "queue .2",
        "GC spikes 3 %",
        "two modes 90/10",
        "clock of 1 ms",
        "kinds by turns",
    ];
    let mean = |runs: &[f64]| runs.iter().sum::<f64>() / runs.len() as f64;
    let (mut shapes, mut agree) = (0, 0);
    for shape in calm.map(shape) {
        for times in [0.02, 0.5, 2.0, 6.0_f64] {
            for seed in 0..9 {
                let mut series = shape.series(seed, RUNS);
                for (run, ms) in series.iter_mut().enumerate() {
                    *ms *= times.powf(run as f64 / RUNS as f64);
                }
                let said = trend(&series).unwrap().change.unwrap();
                let plain = mean(&series[750..]) / mean(&series[..250]) - 1.0;
                shapes += 1;
                agree +=
                    u32::from(said >= -1.0 && (2.0 / 3.0..4.0 / 3.0).contains(&(said / plain)));
                for change in change_points(&series) {
                    let shown = change.after_ms / change.before_ms - 1.0;
                    assert!((change.change - shown).abs() < 1e-9 && change.change_low >= -1.0);
                }
            }
        }
    }
    println!("percentages within a third of the plain ones: {agree} of {shapes}");
    assert!(agree * 100 >= shapes * 98);
}

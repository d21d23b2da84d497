//! How often alerts of baselines and levels are false, and how soon they come where they are due.
#![allow(
    dead_code,
    reason = "each crate that includes this file takes some of the rates"
)]

use crate::generator::Generator;
use crate::series_shapes::{log_normal, step, Shape};
use pipeline_performance_metrics::engine::alerting::alert::AlertKind;
use pipeline_performance_metrics::engine::alerting::completion::Completion;
use pipeline_performance_metrics::engine::alerting::evaluator::Stage;
use pipeline_performance_metrics::engine::alerting::workload_class::ContextKey;
use pipeline_performance_metrics::engine::config::Config;
use pipeline_performance_metrics::engine::time::Reading;

/// Series a false rate is measured on, and runs of each.
const SERIES: u64 = 60;
const RUNS: usize = 10_000;

/// Runs before a false alert counts.
const WARM_UP: usize = 200;

/// Runs before a slowdown.
const BEFORE: usize = 500;

/// The coefficients of variation of a slowdown of three, and within how many runs it is alerted.
pub const LASTING: [(f64, usize); 3] = [(0.1, 5), (0.3, 30), (0.6, 60)];

/// A stage whose alerts are counted.
struct Alerted {
    stage: Stage,
    config: Config,
}

impl Alerted {
    fn new() -> Self {
        Self {
            stage: Stage::default(),
            config: Config::default(),
        }
    }

    /// Alerts of one run: against the baseline, and of a level.
    fn run(&mut self, duration_ms: f64) -> [u32; 2] {
        let completion = Completion {
            duration_ms,
            memory_delta: 0.0,
            items: 1.0,
            errors: 0.0,
            context: ContextKey::NONE,
        };
        let mut raised = Vec::new();
        self.stage.judge(
            &completion,
            Reading::default(),
            f64::NAN,
            &self.config,
            &mut raised,
        );
        [AlertKind::BaselineExceeded, AlertKind::LevelShift]
            .map(|kind| raised.iter().filter(|alert| alert.kind == kind).count() as u32)
    }
}

/// Alerts in 10,000 runs of a shape, after the first 200: against the baseline, and of a level.
pub fn false_alerts(shape: &Shape) -> [f64; 2] {
    let mut alerts = [0; 2];
    for seed in 0..SERIES {
        let mut stage = Alerted::new();
        for (run, &duration) in shape.series(seed, RUNS + WARM_UP).iter().enumerate() {
            let raised = stage.run(duration);
            if run >= WARM_UP {
                alerts = [alerts[0] + raised[0], alerts[1] + raised[1]];
            }
        }
    }
    alerts.map(|count| f64::from(count) / SERIES as f64)
}

/// Share of the series with a lasting slowdown of `times` that are alerted within so many runs,
/// and of those whose new level is alerted once within 200.
pub fn alerted(cv: f64, times: f64, within: usize) -> [f64; 2] {
    const SEEDS: u64 = 200;
    let mut found = [0_u32; 2];
    for seed in 0..SEEDS {
        let before = log_normal(&mut Generator::new(seed), BEFORE + 200, cv);
        let mut stage = Alerted::new();
        let (mut first, mut levels) = (None, 0);
        for (run, duration) in step(before, BEFORE, times).into_iter().enumerate() {
            let [runs, level] = stage.run(duration);
            if run >= BEFORE && runs + level > 0 {
                first.get_or_insert(run - BEFORE + 1);
            }
            levels += level;
        }
        found[0] += u32::from(first.is_some_and(|run| run <= within));
        found[1] += u32::from(levels == 1);
    }
    found.map(|count| f64::from(count) / SEEDS as f64)
}

#[cfg(test)]
mod tests {
    use super::{alerted, false_alerts, LASTING};
    use crate::series_shapes::{Shape, STATIONARY, WARM_UPS};

    /// What a false rate may be.
    fn bar(shape: &Shape) -> f64 {
        if shape.name.starts_with("bursts") {
            20.0
        } else {
            2.0
        }
    }

    #[test]
    fn a_stationary_stage_raises_at_most_two_alerts_in_10_000_runs_and_twenty_in_bursts() {
        for shape in STATIONARY.iter().chain(&WARM_UPS) {
            let [runs, levels] = false_alerts(shape);
            println!(
                "false alerts in 10,000, {}: {runs:.2} against the baseline, {levels:.2} of a level",
                shape.name
            );
            assert!(runs + levels <= bar(shape), "{}", shape.name);
        }
    }

    #[test]
    fn a_lasting_slowdown_of_three_is_alerted_however_noisy_and_its_level_once() {
        for ((cv, within), least) in LASTING.into_iter().zip([1.0, 0.99, 0.95]) {
            let [soon, once] = alerted(cv, 3.0, within);
            println!(
                "3 x at cv {cv}: alerted within {within} runs in {soon:.3}, level once {once:.3}"
            );
            assert!(soon >= least, "cv {cv}: {soon}");
            assert!(once >= least, "cv {cv}: {once}");
        }
    }
}

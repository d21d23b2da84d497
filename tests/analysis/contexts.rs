//! What judging runs by their context promises on stages that meet many sizes.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::alerting::alert::{Alert, AlertKind};
use pipeline_performance_metrics::engine::alerting::completion::Completion;
use pipeline_performance_metrics::engine::alerting::evaluator::Stage;
use pipeline_performance_metrics::engine::alerting::workload_class::ContextKey;
use pipeline_performance_metrics::engine::config::Config;
use pipeline_performance_metrics::engine::time::Reading;

/// A stage that takes 1 ms for each unit of its input, times noise.
struct World {
    stage: Stage,
    config: Config,
    random: Generator,
    sigma: f64,
    /// Alerts of a new level so far.
    shifts: u32,
}

/// Stages that a rate is measured on.
const TRIALS: u64 = 200;

impl World {
    fn new(seed: u64, sigma: f64) -> Self {
        Self {
            stage: Stage::default(),
            config: Config::default(),
            random: Generator::new(seed),
            sigma,
            shifts: 0,
        }
    }

    /// Runs once on an input of `size`, `slower` times as long as usual; the baseline alert.
    fn run(&mut self, size: f64, slower: f64) -> Option<Alert> {
        let duration_ms = size * slower * self.random.log_normal(self.sigma);
        let completion = Completion {
            duration_ms,
            memory_delta: 0.0,
            items: 1.0,
            errors: 0.0,
            context: ContextKey::of(1, size),
        };
        let mut raised = Vec::new();
        self.stage.judge(
            &completion,
            Reading::default(),
            f64::NAN,
            &self.config,
            &mut raised,
        );
        let is_shift = |alert: &&Alert| alert.kind == AlertKind::LevelShift;
        self.shifts += raised.iter().filter(is_shift).count() as u32;
        raised
            .into_iter()
            .find(|alert| alert.kind == AlertKind::BaselineExceeded)
    }

    fn warm_context_of(&self, size: f64) -> bool {
        let normal = self.stage.normal.iter();
        let mut known = normal.flat_map(|normal| normal.contexts.known());
        known.any(|context| context.key == ContextKey::of(1, size) && context.baseline.is_warm())
    }
}

/// How a workload takes its next size.
type Sizes = fn(&mut Generator) -> f64;

/// Sizes over three decades.
const WORKLOADS: [(&str, Sizes); 3] = [
    ("four sizes", |random| {
        [10.0, 100.0, 1000.0, 10_000.0][random.below(4)]
    }),
    ("any size", |random| 10.0 * 1000_f64.powf(random.uniform())),
    ("one large among 50 small", |random| {
        if random.below(50) == 0 {
            10_000.0
        } else {
            10.0
        }
    }),
];

#[test]
fn runs_of_known_sizes_raise_at_most_one_alert_in_10_000_however_large() {
    for (name, sizes) in WORKLOADS {
        let (mut known, mut alerts) = (0_u32, 0_u32);
        for seed in 0..20 {
            let mut world = World::new(seed, 0.25);
            for _ in 0..20_000 {
                let size = sizes(&mut world.random);
                let is_known = world.warm_context_of(size);
                let alert = world.run(size, 1.0);
                known += u32::from(is_known);
                alerts += u32::from(is_known && alert.is_some());
            }
        }
        let rate = 1e4 * f64::from(alerts) / f64::from(known);
        println!("false alerts in 10,000 runs of known sizes, {name}: {rate:.2}");
        assert!(known > 300_000, "{name}: {known} runs of known sizes");
        assert!(rate <= 1.0, "{name}: {rate}");
    }
}

#[test]
fn a_large_run_of_a_known_size_raises_none() {
    let mut raised = 0;
    for seed in 0..100 {
        let mut world = World::new(seed, 0.1);
        for run in 0..2000 {
            world.run(if run % 50 == 0 { 10_000.0 } else { 10.0 }, 1.0);
        }
        raised += usize::from(world.run(10_000.0, 1.0).is_some());
    }
    println!("a known run of 1,000 times the usual size raised an alert in {raised} of 100");
    assert_eq!(raised, 0);
}

#[test]
fn a_slowdown_of_three_in_one_class_of_sizes_is_caught_within_five_of_its_runs() {
    for ((name, sizes), of_class) in WORKLOADS.into_iter().zip([100.0, 100.0, 10.0]) {
        let class = ContextKey::of(1, of_class);
        let mut caught_after = [0; 5];
        for seed in 0..100 {
            let mut world = World::new(seed, 0.1);
            let mut slow_runs = 0;
            for run in 0.. {
                let size = sizes(&mut world.random);
                let is_slow = run >= 2000 && ContextKey::of(1, size) == class;
                let alert = world.run(size, if is_slow { 3.0 } else { 1.0 });
                if is_slow && alert.is_some_and(|alert| alert.context == Some(class)) {
                    caught_after[slow_runs] += 1;
                    break;
                }
                slow_runs += usize::from(is_slow);
                if slow_runs == caught_after.len() {
                    break;
                }
            }
        }
        let caught: u32 = caught_after.iter().sum();
        println!("a class 3 times as slow, {name}: caught in {caught} of 100, {caught_after:?}");
        assert!(caught >= 95, "{name}: {caught}");
    }
}

#[test]
fn stationary_runs_raise_no_more_alerts_because_their_sizes_differ() {
    let (mut runs, mut alerts) = (0_u32, 0_u32);
    for seed in 0..50 {
        let mut world = World::new(seed, 0.0);
        let mut noise = Generator::new(1000 + seed);
        for _ in 0..20_000 {
            // The duration has nothing to do with the size.
            let size = (noise.below(12) as f64).exp2();
            let duration = noise.log_normal(0.25);
            runs += 1;
            alerts += u32::from(world.run(size, 10.0 * duration / size).is_some());
        }
    }
    let rate = 1e4 * f64::from(alerts) / f64::from(runs);
    println!("false alerts in 10,000 runs, 12 sizes that do not matter: {rate:.2}");
    assert!(rate <= 1.0);
}

/// Sizes that scatter over some classes about `level`.
fn about(random: &mut Generator, level: f64) -> f64 {
    level * random.log_normal(0.4)
}

#[test]
fn larger_inputs_than_ever_raise_no_alert_where_the_stage_is_as_fast_for_its_work() {
    let (mut first, mut later) = (0, 0);
    for seed in 0..TRIALS {
        let mut world = World::new(seed, 0.1);
        for _ in 0..1_000 {
            let size = about(&mut world.random, 100.0);
            world.run(size, 1.0);
        }
        for run in 0..200 {
            let size = about(&mut world.random, 400.0);
            let alerts = u32::from(world.run(size, 1.0).is_some());
            if run < 20 {
                first += alerts;
            } else {
                later += alerts;
            }
        }
    }
    println!("inputs four times as large: {first} alerts in the first 20 runs, {later} in 180 more, of {TRIALS} stages");
    assert!(first + later <= 4, "{first} {later}");
}

#[test]
fn a_slowdown_of_four_for_the_work_is_a_shift_though_the_inputs_are_smaller() {
    let mut shifts = 0;
    for seed in 0..TRIALS {
        let mut world = World::new(seed, 0.1);
        for _ in 0..1_000 {
            let size = about(&mut world.random, 400.0);
            world.run(size, 1.0);
        }
        world.shifts = 0;
        for _ in 0..400 {
            let size = about(&mut world.random, 60.0);
            world.run(size, 4.0);
        }
        shifts += u32::from(world.shifts > 0);
    }
    println!("four times as slow on inputs seven times smaller: a shift in {shifts} of {TRIALS}");
    assert!(shifts >= 190, "{shifts}");
}

#[test]
fn sizes_that_shift_alone_are_no_new_level() {
    let mut shifts = 0;
    for seed in 0..TRIALS {
        let mut world = World::new(seed, 0.2);
        for level in [100.0, 400.0, 50.0, 2_000.0] {
            for _ in 0..500 {
                let size = about(&mut world.random, level);
                world.run(size, 1.0);
            }
        }
        shifts += world.shifts;
    }
    println!("new levels where only the sizes shift: {shifts} in {TRIALS} stages");
    assert!(shifts <= 4, "{shifts}");
}

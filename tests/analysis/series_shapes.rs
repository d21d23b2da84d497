//! Series of durations as a Node process makes them, with nothing to find in them and with
//! something: what every rate of the analysis is measured on.
#![allow(
    dead_code,
    reason = "each crate that includes this file takes some of the shapes"
)]

use crate::generator::Generator;

/// Durations in ms of so many runs, around 10 ms.
pub type Make = fn(&mut Generator, usize) -> Vec<f64>;

/// A kind of series.
#[derive(Clone, Copy)]
pub struct Shape {
    /// What a table calls it.
    pub name: &'static str,
    /// Its runs.
    pub make: Make,
}

impl Shape {
    const fn new(name: &'static str, make: Make) -> Self {
        Self { name, make }
    }

    /// The series of a seed.
    pub fn series(&self, seed: u64, runs: usize) -> Vec<f64> {
        (self.make)(&mut Generator::new(seed), runs)
    }
}

/// Typical duration in ms.
const LEVEL: f64 = 10.0;

/// Runs that an autocorrelated process takes before its first is looked at.
const BURN_IN: usize = 500;

/// Series without change, trend or warm-up.
pub const STATIONARY: [Shape; 21] = [
    Shape::new("log-normal cv .1", |random, runs| {
        log_normal(random, runs, 0.1)
    }),
    Shape::new("log-normal cv .3", |random, runs| {
        log_normal(random, runs, 0.3)
    }),
    Shape::new("log-normal cv .6", |random, runs| {
        log_normal(random, runs, 0.6)
    }),
    Shape::new("AR(1) .3", |random, runs| autoregressive(random, runs, 0.3)),
    Shape::new("AR(1) .5", |random, runs| autoregressive(random, runs, 0.5)),
    Shape::new("AR(1) .7", |random, runs| autoregressive(random, runs, 0.7)),
    Shape::new("bursts, 1 run in 6", |random, runs| {
        bursts(random, runs, 0.02, 0.1)
    }),
    Shape::new("bursts, 1 run in 2", |random, runs| {
        bursts(random, runs, 0.1, 0.1)
    }),
    Shape::new("queue .2", |random, runs| queue(random, runs, 0.2)),
    Shape::new("queue .5", |random, runs| queue(random, runs, 0.5)),
    Shape::new("queue .7", |random, runs| queue(random, runs, 0.7)),
    Shape::new("Pareto 2.5", |random, runs| {
        of(runs, || LEVEL * (1.0 - random.uniform()).powf(-1.0 / 2.5))
    }),
    Shape::new("GC spikes 1 %", |random, runs| spikes(random, runs, 0.01)),
    Shape::new("GC spikes 3 %", |random, runs| spikes(random, runs, 0.03)),
    Shape::new("two modes 90/10", |random, runs| {
        two_modes(random, runs, 0.1)
    }),
    Shape::new("two modes 80/20", |random, runs| {
        two_modes(random, runs, 0.2)
    }),
    Shape::new("clock of 1 µs", |random, runs| clock(random, runs, 0.001)),
    Shape::new("clock of 0.1 ms", |random, runs| clock(random, runs, 0.1)),
    Shape::new("clock of 1 ms", |random, runs| clock(random, runs, 1.0)),
    Shape::new("kinds by turns", by_turns),
    Shape::new("kinds at random", at_random),
];

/// Series whose first runs are slower: 2 to 4 times, over 15 to 150 runs.
pub const WARM_UPS: [Shape; 3] = [
    Shape::new("warm-up, decaying", |random, runs| {
        warm_up(random, runs, |done| (-3.0 * done).exp())
    }),
    Shape::new("warm-up, steady ramp", |random, runs| {
        warm_up(random, runs, |done| (1.0 - done).max(0.0))
    }),
    Shape::new("warm-up, two steps", |random, runs| {
        warm_up(random, runs, |done| {
            if done < 0.3 {
                1.0
            } else if done < 1.0 {
                0.4
            } else {
                0.0
            }
        })
    }),
];

/// A shape by its name.
#[expect(
    clippy::panic,
    reason = "a name that is not there is a fault of its test"
)]
pub fn shape(name: &str) -> Shape {
    let found = STATIONARY
        .iter()
        .chain(&WARM_UPS)
        .find(|shape| shape.name == name);
    *found.unwrap_or_else(|| panic!("no shape {name}"))
}

fn of(runs: usize, next: impl FnMut() -> f64) -> Vec<f64> {
    std::iter::repeat_with(next).take(runs).collect()
}

/// Sigma of the logarithms at a coefficient of variation.
pub fn sigma_of(cv: f64) -> f64 {
    (1.0 + cv * cv).ln().sqrt()
}

/// Independent runs with a coefficient of variation.
pub fn log_normal(random: &mut Generator, runs: usize, cv: f64) -> Vec<f64> {
    of(runs, || LEVEL * random.log_normal(sigma_of(cv)))
}

/// Log-normal runs, each of which takes over `phi` of the departure of the one before; noise of
/// 10 % in all.
pub fn autoregressive(random: &mut Generator, runs: usize, phi: f64) -> Vec<f64> {
    let mut state = random.normal();
    of(runs, || {
        state = phi * state + (1.0 - phi * phi).sqrt() * random.normal();
        LEVEL * (0.1 * state).exp()
    })
}

/// Hits, and misses three times as long, by turns of random length: after a hit a miss follows
/// with one probability, after a miss a hit with the other.
pub fn bursts(random: &mut Generator, runs: usize, begin: f64, end: f64) -> Vec<f64> {
    let mut missing = random.uniform() < begin / (begin + end);
    of(runs, || {
        missing = random.uniform() < if missing { 1.0 - end } else { begin };
        LEVEL * if missing { 3.0 } else { 1.0 } * random.log_normal(0.1)
    })
}

/// Executions that wait for each other on one event loop: arrivals at random, service of
/// log-normal length, waiting by Lindley's recursion (1952).
pub fn queue(random: &mut Generator, runs: usize, load: f64) -> Vec<f64> {
    let mut waiting = 0.0_f64;
    let mut next = || {
        let service = random.log_normal(0.5);
        let took = waiting + service;
        let mean_service = 0.125_f64.exp();
        let until_next = -(1.0 - random.uniform()).ln() * mean_service / load;
        waiting = (took - until_next).max(0.0);
        LEVEL * took
    };
    for _ in 0..BURN_IN {
        next();
    }
    of(runs, next)
}

/// Noise of 10 %, and in a share of the runs a pause of 5 to 20 ms.
pub fn spikes(random: &mut Generator, runs: usize, share: f64) -> Vec<f64> {
    of(runs, || {
        let pause = if random.uniform() < share {
            5.0 + 15.0 * random.uniform()
        } else {
            0.0
        };
        LEVEL * random.log_normal(0.1) + pause
    })
}

/// Independent hits, and a share of misses four times as long.
pub fn two_modes(random: &mut Generator, runs: usize, share: f64) -> Vec<f64> {
    of(runs, || {
        let mode = if random.uniform() < share { 4.0 } else { 1.0 };
        LEVEL * mode * random.log_normal(0.1)
    })
}

/// Runs of 2.5 ms with noise of 30 %, read from a clock of this resolution.
pub fn clock(random: &mut Generator, runs: usize, resolution_ms: f64) -> Vec<f64> {
    let mut now = 0.0;
    of(runs, || {
        let start = now + random.uniform();
        now = start + 2.5 * random.log_normal(0.3);
        let read = |time: f64| (time / resolution_ms).floor() * resolution_ms;
        read(now) - read(start)
    })
}

/// Levels of 2 to 10 kinds of runs, the greatest up to ten times the least.
fn levels_of_kinds(random: &mut Generator) -> Vec<f64> {
    let kinds = 2 + random.below(9);
    let ratio = 1.5 + 8.5 * random.uniform();
    (0..kinds)
        .map(|kind| {
            let share = if kind < 2 {
                kind as f64
            } else {
                random.uniform()
            };
            LEVEL * ratio.powf(share)
        })
        .collect()
}

/// 2 to 10 kinds of runs in a fixed order, noise of 10 %.
pub fn by_turns(random: &mut Generator, runs: usize) -> Vec<f64> {
    let levels = levels_of_kinds(random);
    let kinds = levels.iter().cycle().take(runs);
    kinds.map(|level| level * random.log_normal(0.1)).collect()
}

/// 2 to 10 kinds of runs in no order, noise of 10 %.
pub fn at_random(random: &mut Generator, runs: usize) -> Vec<f64> {
    let levels = levels_of_kinds(random);
    of(runs, || {
        levels[random.below(levels.len())] * random.log_normal(0.1)
    })
}

/// How many runs a [`WARM_UPS`] series takes to warm up, by its seed.
pub fn warm_up_runs(seed: u64) -> usize {
    15 + Generator::new(seed).below(136)
}

/// Noise of 10 %, and at first 2 to 4 times as long; `excess` is the share of that left when so
/// much of the warm-up is done (1 is its end).
fn warm_up(random: &mut Generator, runs: usize, excess: fn(f64) -> f64) -> Vec<f64> {
    // The first number decides, so that `warm_up_runs` can be checked.
    let over = (15 + random.below(136)) as f64;
    let times = 2.0 + 2.0 * random.uniform();
    (0..runs)
        .map(|run| {
            let slower = 1.0 + (times - 1.0) * excess(run as f64 / over);
            LEVEL * slower * random.log_normal(0.1)
        })
        .collect()
}

/// A series of which the runs from `at` on take `times` as long.
pub fn step(mut series: Vec<f64>, at: usize, times: f64) -> Vec<f64> {
    for duration in series.iter_mut().skip(at) {
        *duration *= times;
    }
    series
}

/// Sizes of the inputs, `factor` times as large from `at` on, and durations in proportion to them
/// that take `times` as long an item from there.
pub fn shifted_sizes(
    random: &mut Generator,
    runs: usize,
    at: usize,
    times: f64,
    factor: f64,
) -> (Vec<f64>, Vec<f64>) {
    let sizes: Vec<f64> = (0..runs)
        .map(|run| 100.0 * random.log_normal(0.3) * if run < at { 1.0 } else { factor })
        .collect();
    let durations = sizes.iter().enumerate().map(|(run, size)| {
        0.1 * size * if run < at { 1.0 } else { times } * random.log_normal(0.1)
    });
    let durations = durations.collect();
    (sizes, durations)
}

/// A level that walks, and noise about it: the steps a tenth of the noise.
pub fn walk_with_noise(random: &mut Generator, runs: usize) -> Vec<f64> {
    let mut level = 100.0;
    of(runs, || {
        level += 0.5 * random.normal();
        level + 5.0 * random.normal()
    })
}

/// A level that rises steadily, and noise about it.
pub fn growing(random: &mut Generator, runs: usize) -> Vec<f64> {
    (0..runs)
        .map(|run| 100.0 + 0.1 * run as f64 + 5.0 * random.normal())
        .collect()
}

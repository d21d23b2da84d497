//! How long the slowest runs of a stage take: a level that a run exceeds by chance less than once
//! in 10,000, whatever the distribution.
//!
//! The duration that one run in 50 exceeds is followed by stochastic approximation (Robbins and
//! Monro, 1951; for quantiles, Tierney, 1983). What lies beyond it is taken for a Pareto tail, whose
//! index is the mean logarithm of the excess (Hill, 1975), and extrapolated to the rate wanted
//! (Weissman, 1978). Of the distributions of durations few have heavier tails, so that the level
//! errs upwards. A second mode, a pause for garbage collection or a miss of a cache, is part of the
//! tail once it has been seen.

use crate::engine::figures::{larger, smaller};

/// Share of the runs beyond [`Tail::threshold_ms`].
const SHARE: f64 = 0.02;

/// Rate at which runs may exceed the level. A tenth of what is wanted, because an index known
/// from 20 excesses is off by a quarter, and what is too low counts for more than what is too high.
const WANTED_RATE: f64 = 1e-5;

/// Excesses that the index is the mean of, and those it counts as known before the first.
const MOST_EXCESSES: f64 = 20.0;
const FIRST_EXCESSES: f64 = 3.0;

/// Runs that the threshold remembers.
const THRESHOLD_RUNS: f64 = 500.0;

/// Of a normal distribution: standard deviations to the threshold, and the mean excess beyond it.
const NORMAL_THRESHOLD: f64 = 2.054;
const NORMAL_EXCESS: f64 = 0.37;

/// One run counts as at most this many times the level: an outlier alone is not a tail.
const MOST_TIMES_LEVEL: f64 = 2.5;

/// Among the first runs the longest counts as at most this many times the next: the first of a process
/// is often far out.
const FIRST_TIMES_NEXT: f64 = 2.0;

/// After this many runs, the level is at most this many times the longest recent one.
const BOUNDED_AFTER: f64 = 500.0;
const MOST_TIMES_LONGEST: f64 = 2.5;

/// Decay of the longest per run: half of it is left after some 3,500.
const LONGEST_LEFT: f64 = 1.0 - 1.0 / 5000.0;

/// The upper tail of one stage's durations. No allocation.
#[derive(Clone, Debug)]
pub struct Tail {
    /// Duration in ms that one run in 50 exceeds.
    threshold_ms: f64,
    /// Mean logarithm of how many times longer those take.
    index: f64,
    /// Level for each ms of the threshold; follows from the index.
    reach: f64,
    /// Longest recent run, in ms.
    longest_ms: f64,
    /// Runs known.
    runs: f64,
    /// Excesses known, at most [`MOST_EXCESSES`].
    excesses: f64,
}

impl Tail {
    /// A tail before the first run.
    pub(super) const fn new() -> Self {
        Self {
            threshold_ms: 0.0,
            index: 0.0,
            reach: 1.0,
            longest_ms: 0.0,
            runs: 0.0,
            excesses: 0.0,
        }
    }

    /// Starts anew from a few runs around `median_ms`, the standard deviation of whose logarithms
    /// is `sigma`.
    pub fn learn(&mut self, median_ms: f64, sigma: f64, runs: &[f64]) {
        let (mut next_ms, mut longest_ms) = (median_ms * (NORMAL_THRESHOLD * sigma).exp(), 0.0);
        for &ms in runs {
            next_ms = larger(next_ms, smaller(ms, longest_ms));
            longest_ms = larger(longest_ms, ms);
        }
        longest_ms = smaller(longest_ms, FIRST_TIMES_NEXT * next_ms);
        *self = Self {
            threshold_ms: larger(longest_ms, next_ms),
            index: NORMAL_EXCESS * sigma,
            reach: 1.0,
            longest_ms,
            runs: runs.len() as f64,
            excesses: FIRST_EXCESSES,
        };
        self.extrapolate();
    }

    /// Duration in ms that a run exceeds by chance less than once in 10,000.
    pub fn level(&self) -> f64 {
        let far = self.threshold_ms * self.reach;
        if self.runs > BOUNDED_AFTER {
            smaller(far, MOST_TIMES_LONGEST * self.longest_ms)
        } else {
            far
        }
    }

    /// Learns from one run. A few ns; a power for one run in 50.
    #[inline(always)]
    pub fn record(&mut self, duration_ms: f64) {
        let duration_ms = smaller(duration_ms, MOST_TIMES_LEVEL * self.level());
        self.runs += 1.0;
        self.longest_ms = larger(duration_ms, self.longest_ms * LONGEST_LEFT);
        // The density at the threshold is SHARE / index on a logarithmic scale: the step that
        // learns fastest is its inverse, divided by the runs known.
        let step = larger(self.index, 1e-3)
            * if self.runs < THRESHOLD_RUNS {
                1.0 / (SHARE * self.runs)
            } else {
                1.0 / (SHARE * THRESHOLD_RUNS)
            };
        if duration_ms <= self.threshold_ms {
            self.threshold_ms *= 1.0 - smaller(SHARE * step, 0.5);
            return;
        }
        self.record_excess(duration_ms, step);
    }

    #[cold]
    fn record_excess(&mut self, duration_ms: f64, step: f64) {
        let excess = (duration_ms / self.threshold_ms).ln();
        let full = ((1.0 - SHARE) * step).min(1.0);
        let up = full.min(excess);
        // Where durations hardly differ the threshold has crept below most of them, and does not
        // leap above: they are excesses by the part of a step that they move it.
        let weight = up / full;
        // Runs that stayed below show that the expected excesses would have been small.
        let expected = FIRST_EXCESSES + SHARE * self.runs;
        self.excesses = (self.excesses + weight).max(expected).min(MOST_EXCESSES);
        self.index += weight * (excess - self.index) / self.excesses;
        self.threshold_ms *= 1.0 + up;
        self.extrapolate();
    }

    fn extrapolate(&mut self) {
        self.reach = (SHARE / WANTED_RATE).powf(self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(runs: &[f64]) -> Tail {
        let mut tail = Tail::new();
        tail.learn(10.0, 0.1, &[10.0; 20]);
        for &run in runs {
            tail.record(run);
        }
        tail
    }

    #[test]
    fn the_level_of_even_runs_lies_close_above_them() {
        let level = known(&[10.0; 500]).level();
        assert!((12.0..20.0).contains(&level), "{level}");
    }

    #[test]
    fn one_outlier_raises_the_level_no_further_whether_it_is_large_or_enormous() {
        let level = |outlier: f64| {
            let mut runs = [10.0; 200];
            runs[150] = outlier;
            known(&runs).level()
        };
        assert_eq!(level(1e3), level(1e9));
        assert!(level(1e9) < 80.0, "{}", level(1e9));
    }

    #[test]
    fn one_of_the_first_runs_far_out_is_no_tail() {
        for place in [0, 7, 19] {
            let mut first = [10.0; 20];
            first[place] = 500.0;
            let mut tail = Tail::new();
            tail.learn(10.0, 0.1, &first);
            assert!(tail.level() < 40.0, "{}", tail.level());
        }
        let mut tail = Tail::new();
        tail.learn(10.0, 0.1, &[[10.0; 9], [80.0; 9]].concat());
        assert!(tail.level() >= 80.0, "{}", tail.level());
    }

    #[test]
    fn a_mode_that_keeps_coming_back_lies_within_the_level() {
        let runs: Vec<f64> = (0..1000)
            .map(|run| if run % 40 == 7 { 80.0 } else { 10.0 })
            .collect();
        let level = known(&runs).level();
        assert!((80.0..250.0).contains(&level), "{level}");
    }

    #[test]
    fn so_does_one_of_1_run_in_100_above_even_runs() {
        for jitter in [0.0, 1e-4] {
            let runs: Vec<f64> = (0..2000)
                .map(|run| {
                    let even = 10.0 + jitter * f64::from(run * 7919 % 101);
                    if run % 100 == 7 {
                        30.0
                    } else {
                        even
                    }
                })
                .collect();
            let level = known(&runs).level();
            assert!((30.0..80.0).contains(&level), "{jitter}: {level}");
        }
    }

    #[test]
    fn a_mode_that_stays_away_is_forgotten() {
        let mut tail = known(&[10.0, 80.0].repeat(200));
        (0..20_000).for_each(|_| tail.record(10.0));
        assert!(tail.level() < 30.0, "{}", tail.level());
    }
}

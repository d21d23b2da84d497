//! Finds where a series may be split: seeded binary segmentation on ranks.
//!
//! Intervals of every length and place (Kovács, Bühlmann, Li and Munk, "Seeded binary
//! segmentation", 2023) are each split where a t-test of the ranks (Conover and Iman, 1981)
//! separates the two sides best. Ranks make the test free of the distribution of the
//! durations: a spike of 10 or 10,000 times the normal is one rank among the others.

use crate::engine::stats::order::sort_by;
use std::f64::consts::FRAC_1_SQRT_2;

use super::super::ranks::mid_ranks;
use crate::engine::stats::distribution::student_t_sf;

/// Fewest runs on a side: fewer are a burst.
pub(super) const MIN_SIDE: usize = 8;

/// Shortest interval worth a look of its own in a longer series: even a perfect split of fewer
/// could not pass the correction for where one may look.
const MIN_INTERVAL: usize = 20;

/// Places looked at in an interval: a change that shows in a longer one only does not need its
/// exact place for that.
const PLACES: usize = 1024;

/// Places per block that is checked at once for any better than the best so far.
const BLOCK: usize = 16;

/// A share of the best below which rounding cannot lift anything above it.
const JUST_BELOW: f64 = 1.0 - 1e-12;

/// Each layer of intervals is this much shorter than the one before, as the authors advise.
const DECAY: f64 = FRAC_1_SQRT_2;

/// Strength (a squared z) below which a split cannot be significant in any series of ten
/// independent runs or more, and need not be remembered.
const NEGLIGIBLE: f64 = 10.0;

/// Independent places to split that one independent run adds, in all intervals that hold it: found
/// by simulation so that a series without change has one found with the probability stated.
const LOOKS_PER_RUN: f64 = 0.5;

/// A split of the runs `low..high` at `at`, the first run of the right side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub low: usize,
    pub high: usize,
    pub at: usize,
    /// Share of the variance of the ranks that lies between the sides, in [0, 1).
    pub explained: f64,
    /// About the squared z of the test: comparable between intervals of different length.
    pub strength: f64,
}

/// Prefix sums of the centred ranks of a series, and of their squares.
pub(super) struct RankSums {
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl RankSums {
    /// Ranks finite values; equal ones share the mean of their ranks. O(n log n).
    pub fn of(values: &[f64]) -> Self {
        let centre = (values.len() as f64 - 1.0) / 2.0;
        let ranks: Vec<f64> = mid_ranks(values)
            .into_iter()
            .map(|rank| rank - centre)
            .collect();
        let running = |step: fn(f64) -> f64| {
            let sum = |sum: &mut f64, rank: &f64| {
                *sum += step(*rank);
                Some(*sum)
            };
            std::iter::once(0.0)
                .chain(ranks.iter().scan(0.0, sum))
                .collect()
        };
        Self {
            sums: running(|rank| rank),
            squares: running(|rank| rank * rank),
        }
    }

    fn len(&self) -> usize {
        self.sums.len() - 1
    }

    /// The split of `low..high` that separates its sides best, among about [`PLACES`] places
    /// and then those around the best of them. O(high - low) up to that many.
    fn best(&self, low: usize, high: usize) -> Option<Split> {
        let (first, last) = (low + MIN_SIDE, high.checked_sub(MIN_SIDE)?);
        let step = 1 + (high - low) / PLACES;
        let negligible = self.negligible(low, high);
        let mut best = self.best_of(low, high, (first, last), step, negligible)?;
        if step > 1 {
            let around = (
                best.saturating_sub(step).max(first),
                (best + step).min(last),
            );
            best = self.best_of(low, high, around, 1, negligible)?;
        }
        Some(self.at(low, high, best))
    }

    /// The best place of every `step`-th from the first to the last given, the first of equals.
    /// Of all places, perhaps `None` where even that would be negligible.
    fn best_of(
        &self,
        low: usize,
        high: usize,
        (first, last): (usize, usize),
        step: usize,
        negligible: f64,
    ) -> Option<usize> {
        let runs = (high - low) as f64;
        let before = self.sums[low];
        let mean = (self.sums[high] - before) / runs;
        let sides = |left: f64, sum: f64| {
            let away = sum - before - left * mean;
            (away * away, left * (runs - left))
        };
        let mut best = (0.0, None);
        let mut look_at = |place: usize| {
            let (away, spread) = sides((place - low) as f64, self.sums[place]);
            let separation = away / spread;
            if separation > best.0 {
                best = (separation, Some(place));
            }
            best.0
        };
        if step > 1 {
            (first..=last).step_by(step).for_each(|place| {
                look_at(place);
            });
            return best.1;
        }
        let mut bound = negligible * JUST_BELOW;
        let (blocks, rest) = self.sums[first..=last].as_chunks::<BLOCK>();
        for (index, block) in blocks.iter().enumerate() {
            let start = first + index * BLOCK;
            let left = (start - low) as f64;
            // Without a division and without a branch: few blocks hold a better place.
            let mut above = [0.0; BLOCK];
            for ((above, &sum), place) in above.iter_mut().zip(block).zip(0_i32..) {
                let (away, spread) = sides(left + f64::from(place), sum);
                *above = away - bound * spread;
            }
            let better: i32 = above.iter().map(|&above| i32::from(above > 0.0)).sum();
            if better > 0 {
                for place in start..start + BLOCK {
                    bound = bound.max(look_at(place) * JUST_BELOW);
                }
            }
        }
        for place in last + 1 - rest.len()..=last {
            look_at(place);
        }
        best.1
    }

    /// The separation, as [`RankSums::best_of`] measures it, of a split of `low..high` that
    /// would just be [`NEGLIGIBLE`].
    fn negligible(&self, low: usize, high: usize) -> f64 {
        let runs = (high - low) as f64;
        let total = self.sums[high] - self.sums[low];
        let all = self.squares[high] - self.squares[low] - total * total / runs;
        let explained = -(-NEGLIGIBLE / weight(runs)).exp_m1();
        explained * all.max(0.0) / runs
    }

    /// How well `at` separates the sides of `low..high`. O(1).
    pub fn at(&self, low: usize, high: usize, at: usize) -> Split {
        let (runs, left) = ((high - low) as f64, (at - low) as f64);
        let total = self.sums[high] - self.sums[low];
        let away = self.sums[at] - self.sums[low] - left * total / runs;
        let between = away * away * runs / (left * (runs - left));
        let all = self.squares[high] - self.squares[low] - total * total / runs;
        // Ranks of this interval alone could not be further apart than without overlap. Ties
        // and what lies outside could make them seem so, and a burst look like certainty.
        let most = 3.0 * left * (runs - left) / (runs * runs - 1.0);
        let explained = if all > 0.0 {
            (between / all).min(most)
        } else {
            0.0
        };
        Split {
            low,
            high,
            at,
            explained,
            strength: strength(explained, runs),
        }
    }

    /// Splits in order of strength, each the best of its interval, without those that are
    /// negligible. O(n log n).
    pub fn candidates(&self) -> Vec<Split> {
        let mut found: Vec<Split> = seeded_intervals(self.len())
            .filter_map(|(low, high)| self.best(low, high))
            .filter(|split| split.strength > NEGLIGIBLE)
            .collect();
        sort_by(&mut found, |a, b| {
            b.strength.total_cmp(&a.strength).then(a.at.cmp(&b.at))
        });
        found
    }
}

/// Squared z of the same p-value as the t-test's of so many independent runs (Wallace, 1959).
fn strength(explained: f64, runs: f64) -> f64 {
    -weight(runs) * (-explained).ln_1p()
}

fn correction(freedom: f64) -> f64 {
    (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0)
}

/// What [`strength`] multiplies the logarithm with.
fn weight(runs: f64) -> f64 {
    let freedom = (runs - 2.0).max(f64::MIN_POSITIVE);
    freedom * correction(freedom).powi(2)
}

impl Split {
    /// P-value of the t-test, corrected (Bonferroni) for a search through `searched` runs. Of
    /// dependent runs, of which `inefficiency` are worth one independent run, it is that of so many fewer
    /// (Bayley and Hammersley, 1946): in an interval of few of those there is none.
    pub fn p_value(&self, searched: usize, inefficiency: f64) -> f64 {
        let freedom = (self.high - self.low) as f64 / inefficiency - 2.0;
        if freedom < 1.0 {
            return 1.0;
        }
        let t = (freedom * self.explained / (1.0 - self.explained)).sqrt();
        let one_test = 2.0 * student_t_sf(t, freedom);
        (one_test * LOOKS_PER_RUN * searched as f64 / inefficiency).min(1.0)
    }
}

/// All runs, then ever shorter intervals, that overlap by half or more.
fn seeded_intervals(runs: usize) -> impl Iterator<Item = (usize, usize)> {
    let layers = (0..).map(move |layer| runs as f64 * DECAY.powi(layer));
    let lengths = layers.take_while(|&length| length >= MIN_INTERVAL as f64);
    let whole = (runs >= 2 * MIN_SIDE).then_some((0, runs));
    whole
        .into_iter()
        .chain(lengths.skip(1).flat_map(move |length| {
            let count = 2.0 * (runs as f64 / length).ceil() - 1.0;
            let shift = (runs as f64 - length) / (count - 1.0);
            (0..count as usize).map(move |index| {
                let low = (index as f64 * shift) as usize;
                (
                    low,
                    ((index as f64 * shift + length).ceil() as usize).min(runs),
                )
            })
        }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sides_of_a_step_differ_most_at_the_step() {
        let values: Vec<f64> = (0..40)
            .map(|run| f64::from(run % 7 + 20 * (run / 23)))
            .collect();
        let best = RankSums::of(&values).candidates()[0];
        assert_eq!((best.low, best.high, best.at), (0, 40, 23));
        assert!(best.p_value(40, 1.0) < 1e-6);
    }

    #[test]
    fn a_step_in_a_long_series_is_split_at_the_step_too() {
        let values: Vec<f64> = (0..20_000)
            .map(|run| f64::from(run % 97 + 50 * (run / 12_345)))
            .collect();
        assert_eq!(RankSums::of(&values).candidates()[0].at, 12_345);
    }

    #[test]
    fn a_split_next_to_the_start_of_a_long_series_is_found() {
        let values: Vec<f64> = (0..20_000)
            .map(|run| f64::from(run % 97 + if run < 9 { 1000 } else { 0 }))
            .collect();
        let ranks = RankSums::of(&values);
        assert_eq!(ranks.best(0, 20_000).map(|split| split.at), Some(9));
    }

    #[test]
    fn the_best_place_is_that_of_looking_at_each() {
        for (size, at) in [(0, 1), (3, 40), (20, 41), (90, 300), (40, 500)] {
            let values: Vec<f64> = (0..600)
                .map(|run| f64::from(run * 7919 % 101 + if run < at { 0 } else { size }))
                .collect();
            let ranks = RankSums::of(&values);
            for (low, high) in [(0, 600), (3, 37), (10, 26), (11, 590), (30, 61)] {
                let all = (low + MIN_SIDE..=high - MIN_SIDE).map(|at| ranks.at(low, high, at));
                let best = all.fold(None, |best: Option<Split>, split| match best {
                    Some(best) if best.explained >= split.explained => Some(best),
                    _ => Some(split),
                });
                let known = best.filter(|split| split.strength > NEGLIGIBLE);
                let found = ranks.best(low, high);
                assert_eq!(found.filter(|split| split.strength > NEGLIGIBLE), known);
            }
        }
    }

    #[test]
    fn the_explained_share_is_that_of_an_analysis_of_variance_of_ranks() {
        // Ranks 1 3 2 | 5 4 6: between = 3 (2 - 3.5)^2 * 2 = 13.5 of 17.5.
        let split = RankSums::of(&[1.0, 3.0, 2.0, 9.0, 5.0, 10.0]).at(0, 6, 3);
        assert!((split.explained - 13.5 / 17.5).abs() < 1e-12);
    }

    #[test]
    fn equal_values_explain_nothing() {
        assert!(RankSums::of(&[3.0; 50]).candidates().is_empty());
    }

    #[test]
    fn intervals_cover_every_run_in_every_length() {
        for runs in [16, 19, 20, 100, 1000] {
            let intervals: Vec<_> = seeded_intervals(runs).collect();
            assert_eq!(intervals[0], (0, runs));
            assert!(intervals
                .iter()
                .all(|&(low, high)| low < high && high <= runs));
            assert!(intervals.last().is_some_and(|&(_, high)| high == runs));
        }
        assert_eq!(seeded_intervals(15).count(), 0);
    }

    #[test]
    fn the_work_grows_little_faster_than_the_runs() {
        let work = |runs| {
            seeded_intervals(runs)
                .map(|(low, high)| high - low)
                .sum::<usize>()
        };
        assert!(work(10_000) < 50 * 10_000, "{}", work(10_000));
    }
}

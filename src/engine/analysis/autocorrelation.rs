//! How much runs depend on previous ones, as one number: the runs that equal one independent run,
//! the *statistical inefficiency* (1 plus twice the sum of the autocorrelations).
//!
//! Runs of one process queue behind each other and meet the same caches: where they depend on
//! each other, a mean of n of them is as uncertain as one of n / f independent runs, f being the
//! long-run variance over the variance (Andrews, 1991). Every test here is scaled by it. It is
//! estimated from an autoregression of an order that the data choose, read at frequency zero
//! (Berk, 1974; den Haan and Levin, 1997).
//!
//! A change of level must not count as autocorrelation, or it would hide itself. So the series is cut into
//! short blocks, each measured about its own median: a change falsifies only the block that
//! contains it, and a block with a supposed change can be left out. The slow part lost by cutting
//! is estimated and added back. Ranks instead of durations, because ranks are what the tests
//! compare.

use super::ranks::mid_ranks;
use crate::engine::figures::clamped;
use crate::engine::stats::quantile::median;

/// Longest block in runs: a level of fewer runs counts as autocorrelation, autocorrelation over more as levels.
const BLOCK: usize = 64;

/// Shortest block: fewer runs show no dependence.
const LEAST_BLOCK: usize = 16;

/// Blocks of a short series, if they are long enough.
const FEWEST_BLOCKS: usize = 6;

/// Blocks that the estimate comes from; of more, some spread evenly.
const MOST_BLOCKS: usize = 48;

/// Highest order of the autoregression in a block of so many runs, one for each of these.
const RUNS_PER_ORDER: usize = 6;

/// How many of its own standard errors the estimate is taken too large: an underestimate invents
/// findings.
const MARGIN: f64 = 1.5;

/// One block in so many may hold changes, and one in any case.
const LEAVE_OUT_OF: usize = 3;

/// Rounds in which the slow part is added back.
const ROUNDS: usize = 6;

/// The autocorrelation of a series, estimated block by block.
pub(super) struct Autocorrelation {
    blocks: Vec<Block>,
    /// A series of a single block, which cannot be left out.
    short: Vec<f64>,
}

/// Sums of products of its ranks at each lag, and how many.
struct Block {
    low: usize,
    high: usize,
    sums: Vec<f64>,
}

impl Autocorrelation {
    /// Of finite logarithms of durations, or what a line leaves of durations. O(n), and O(n log n) up to 3,072 of them.
    pub fn of(logs: &[f64]) -> Self {
        let (bounds, order) = blocks_of(logs.len());
        let is_short = bounds.len() == 1;
        Self {
            blocks: residual_blocks(logs, bounds, order),
            short: if is_short { logs.to_vec() } else { Vec::new() },
        }
    }

    /// Whether it comes from a single block.
    pub fn is_of_few(&self) -> bool {
        !self.short.is_empty()
    }

    /// Runs that are worth one independent run, 1 or more.
    pub fn inefficiency(&self) -> f64 {
        estimate(&self.blocks.iter().collect::<Vec<_>>())
    }

    /// The same where the level is supposed to change at these places: their blocks are left
    /// out. `None` if those are more than a few.
    pub fn without(&self, places: &[usize]) -> Option<f64> {
        let mut rest = self.rest();
        for &place in places {
            rest.leave_out(place);
        }
        rest.inefficiency()
    }

    /// A copy from which places can be left out one by one.
    pub fn rest(&self) -> Rest<'_> {
        Rest {
            whole: self.blocks.iter().collect(),
            blocks: self.blocks.len(),
            estimate: None,
            short: &self.short,
            places: Vec::new(),
        }
    }
}

/// The dependence without some places.
pub(super) struct Rest<'a> {
    whole: Vec<&'a Block>,
    /// Number of blocks before any was left out.
    blocks: usize,
    /// Runs that equal one independent run, by the remaining blocks, once computed.
    estimate: Option<f64>,
    /// The runs of a single block, and the places left out of it.
    short: &'a [f64],
    places: Vec<usize>,
}

impl Rest<'_> {
    /// Leaves out the block whose level is supposed to change at this place.
    pub fn leave_out(&mut self, place: usize) {
        if !self.short.is_empty() {
            self.places.push(place);
            return;
        }
        let before = self.whole.len();
        self.whole
            .retain(|block| !(block.low + 1..block.high).contains(&place));
        if self.whole.len() < before {
            self.estimate = None;
        }
    }

    /// [`Autocorrelation::inefficiency`] of the rest; `None` if more than a few were left out.
    pub fn inefficiency(&mut self) -> Option<f64> {
        if !self.places.is_empty() {
            return Some(between(self.short, &self.places));
        }
        let left_out = self.blocks - self.whole.len();
        if left_out > 1 && left_out * LEAVE_OUT_OF > self.blocks {
            return None;
        }
        // The more are left out, the more likely some of them held autocorrelation and no change.
        let chosen = 2 * left_out.saturating_sub(1);
        let doubt = 1.0 + chosen as f64 / self.whole.len().max(1) as f64;
        let whole = &self.whole;
        let inefficiency = self.estimate.get_or_insert_with(|| estimate(whole));
        Some(doubt * *inefficiency)
    }
}

/// For a few runs whose level is supposed to change at these places: each level is measured about its
/// own median.
fn between(logs: &[f64], places: &[usize]) -> f64 {
    let mut ends = [places, &[logs.len()]].concat();
    ends.sort_unstable();
    ends.dedup();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let bounds = starts.zip(ends.iter().copied()).collect();
    let blocks = residual_blocks(logs, bounds, 1);
    estimate(&blocks.iter().collect::<Vec<_>>())
}

fn estimate(blocks: &[&Block]) -> f64 {
    let runs: usize = blocks.iter().map(|block| block.high - block.low).sum();
    let within = autocovariances(blocks);
    let Some(&variance) = within.first().filter(|variance| **variance > 0.0) else {
        return 1.0;
    };
    let length = runs as f64 / blocks.len() as f64;
    let mut inefficiency = 1.0_f64;
    for _ in 0..ROUNDS {
        // What the mean of a block varies by is missing from every autocovariance in it.
        let missing = slow_part(variance, inefficiency, length);
        let whole: Vec<f64> = within.iter().map(|c| c + missing).collect();
        inefficiency = clamped(at_frequency_zero(&whole, runs as f64), 1.0, 0.75 * length);
    }
    inefficiency * (1.0 + MARGIN * (2.0 * inefficiency / runs as f64).sqrt())
}

/// Variance of the mean of a block, from the variance about it.
fn slow_part(within: f64, inefficiency: f64, length: f64) -> f64 {
    let share = inefficiency / length;
    within * share / (1.0 - share)
}

/// Where the blocks of so many runs begin and end, and the order of the autoregression in them.
fn blocks_of(runs: usize) -> (Vec<(usize, usize)>, usize) {
    let length = (runs / FEWEST_BLOCKS).clamp(LEAST_BLOCK, BLOCK);
    let count = runs / length;
    let sampled = count.min(MOST_BLOCKS);
    let bound = |block: usize| block * runs / count;
    let bounds = (0..sampled)
        .map(|block| block * count / sampled)
        .map(|place| (bound(place), bound(place + 1)));
    (bounds.collect(), (length / RUNS_PER_ORDER).max(1))
}

/// Blocks of the ranks of the runs about the median of their block.
fn residual_blocks(logs: &[f64], bounds: Vec<(usize, usize)>, order: usize) -> Vec<Block> {
    let mut residuals = Vec::new();
    for &(low, high) in &bounds {
        let middle = median(&logs[low..high]).unwrap_or(0.0);
        residuals.extend(logs[low..high].iter().map(|log| log - middle));
    }
    let mut ranks = mid_ranks(&residuals).into_iter();
    let blocks = bounds.into_iter().map(|(low, high)| {
        let block: Vec<f64> = ranks.by_ref().take(high - low).collect();
        let sums = products(block, order);
        Block { low, high, sums }
    });
    blocks.collect()
}

/// Sums of the products of ranks about their mean at the lags 0 to `order`.
fn products(mut ranks: Vec<f64>, order: usize) -> Vec<f64> {
    let mean = ranks.iter().sum::<f64>() / ranks.len() as f64;
    for rank in &mut ranks {
        *rank -= mean;
    }
    let at = |lag| -> f64 {
        let later = ranks.iter().skip(lag);
        ranks.iter().zip(later).map(|(a, b)| a * b).sum()
    };
    (0..=order).map(at).collect()
}

/// Autocovariances over the pairs that lie in one block.
fn autocovariances(blocks: &[&Block]) -> Vec<f64> {
    let lags = blocks.first().map_or(0, |block| block.sums.len());
    (0..lags)
        .map(|lag| {
            let pairs: usize = blocks
                .iter()
                .map(|block| (block.high - block.low).saturating_sub(lag))
                .sum();
            let sums = blocks.iter().filter_map(|block| block.sums.get(lag));
            sums.sum::<f64>() / pairs.max(1) as f64
        })
        .collect()
}

/// The spectrum at zero over the variance, of the autoregression that the criterion of Akaike
/// (1974) chooses; fitted order by order (Durbin, 1960).
fn at_frequency_zero(covariances: &[f64], runs: f64) -> f64 {
    let variance = covariances[0];
    let mut left = variance;
    let mut weights: Vec<f64> = Vec::new();
    let mut best = (0.0, 1.0);
    for order in 1..covariances.len() {
        let known = weights.iter().zip(covariances[1..order].iter().rev());
        let expected: f64 = known.map(|(weight, c)| weight * c).sum();
        let partial = (covariances[order] - expected) / left;
        if partial.is_nan() || partial.abs() >= 1.0 {
            break;
        }
        let mirrored: Vec<f64> = weights.iter().rev().map(|w| partial * w).collect();
        for (weight, mirror) in weights.iter_mut().zip(mirrored) {
            *weight -= mirror;
        }
        weights.push(partial);
        left *= 1.0 - partial * partial;
        let criterion = runs * (left / variance).ln() + 2.0 * order as f64;
        if criterion < best.0 {
            let gain = 1.0 - weights.iter().sum::<f64>();
            best = (criterion, left / variance / (gain * gain));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform numbers, each of which takes over `phi` of the one before.
    fn series(runs: usize, phi: f64) -> Vec<f64> {
        let (mut seed, mut state) = (7_u64, 0.0);
        (0..runs)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                state = phi * state + (seed >> 40) as f64 / f64::from(1 << 24) - 0.5;
                state
            })
            .collect()
    }

    #[test]
    fn independent_runs_are_worth_one_each() {
        for runs in [60, 300, 3_000] {
            let found = Autocorrelation::of(&series(runs, 0.0)).inefficiency();
            assert!((1.0..1.5).contains(&found), "{runs}: {found}");
        }
    }

    #[test]
    fn runs_that_take_over_from_each_other_are_worth_less() {
        for (phi, worth) in [(0.5, 3.0), (0.7, 17.0 / 3.0), (0.85, 37.0 / 3.0)] {
            let found = Autocorrelation::of(&series(3_000, phi)).inefficiency();
            assert!(
                (0.75 * worth..1.5 * worth).contains(&found),
                "{phi}: {found}"
            );
        }
    }

    #[test]
    fn a_change_of_level_is_no_autocorrelation_where_it_is_supposed() {
        let mut changing = series(1_000, 0.0);
        changing[430..].iter_mut().for_each(|value| *value += 5.0);
        let found = Autocorrelation::of(&changing).without(&[430]).unwrap();
        assert!(found < 1.3, "{found}");
    }

    #[test]
    fn equal_and_few_runs_have_no_autocorrelation() {
        assert_eq!(Autocorrelation::of(&[1.0; 100]).inefficiency(), 1.0);
        assert_eq!(Autocorrelation::of(&[1.0, 2.0]).inefficiency(), 1.0);
    }
}

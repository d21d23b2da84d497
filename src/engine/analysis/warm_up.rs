//! The slow first runs of a process, before its code is compiled and its caches are filled.
//!
//! What is left out at the start is what makes the mean of the rest most certain (MSER-5: White,
//! 1997; batches of five, here with their medians, so that no pause decides). It is warm-up only
//! if it was markedly slower than what followed and never came again (Barrett and others, 2017,
//! on why neither may be taken for granted): else it is a change, a burst or nothing.

use super::scale::{logarithms, places_of_durations};
use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::{midmean, spread};

/// Runs per batch.
const BATCH: usize = 5;

/// First runs that are examined.
const EXAMINED: usize = 1_000;

/// Longest warm-up, in runs.
pub const LONGEST: usize = 300;

/// Fewer runs show no steady state.
const FEWEST: usize = 40;

/// How much slower the first runs must be: less is a change like others.
const LEAST_EXCESS: f64 = 1.3;

/// Sigmas of a batch that the first runs must lie above the rest.
const SURE: f64 = 4.0;

/// Sigmas of a batch above which it is not steady yet.
const STEADY: f64 = 1.5;

/// Batches in a row that are steady where the warm-up ends.
const STEADY_BATCHES: usize = 3;

/// Lengths of a decline within which its rest is sought.
const NEAR: usize = 4;

/// Least noise of a batch on the logarithmic scale.
const LEAST_SIGMA: f64 = 0.01;

/// How a process warmed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp {
    /// Runs it took, from the first of the input.
    pub runs: usize,
    /// Mean in ms of the middle half of its first runs.
    pub first_ms: f64,
    /// Mean in ms of the middle half of as many runs after it, 40 at least.
    pub steady_ms: f64,
}

/// The warm-up of a process whose first runs these are, in ms; `None` where none shows. At most
/// 300 runs, and half of those given. Numbers that are no durations count, and decide nothing.
///
/// Cost: O(1), on the first 1,000 runs.
pub fn warm_up(durations_ms: &[f64]) -> Option<WarmUp> {
    let head = &durations_ms[..durations_ms.len().min(EXAMINED)];
    let places = places_of_durations(head);
    if places.len() < FEWEST {
        return None;
    }
    let durations: Vec<f64> = places.iter().map(|&place| head[place]).collect();
    let logs = logarithms(&durations);
    let (batches, _) = logs.as_chunks::<BATCH>();
    let batches: Vec<f64> = batches.iter().filter_map(|batch| median(batch)).collect();
    let cut = truncation(&batches)?;
    let rest = spread(&batches[cut..])?;
    let sigma = rest
        .sigma()
        .max(deviation(&batches[cut..]))
        .max(LEAST_SIGMA);
    // The start of a decline, not its mean: that is what was slower.
    let start = median(&batches[..cut.div_ceil(3)])?;
    if start - rest.median < LEAST_EXCESS.ln().max(SURE * sigma) || comes_again(&batches, cut) {
        return None;
    }
    // Not where the mean is most certain, but where the decline ends: what comes after it may
    // change again.
    let is_steady = |at: &usize| {
        let next = &batches[*at..(at + STEADY_BATCHES).min(batches.len())];
        let mean = next.iter().sum::<f64>() / next.len() as f64;
        mean <= rest.median + STEADY * sigma && batches[*at] <= rest.median + 2.0 * STEADY * sigma
    };
    let most = batches.len().min(2 * LONGEST / BATCH) / 2;
    let cut = end_of_decline(&batches, (1..=most).find(is_steady)?).min(most);
    let (warming, steady) = durations.split_at(cut * BATCH);
    let next = steady.len().min(warming.len().max(FEWEST));
    Some(WarmUp {
        runs: places[cut * BATCH],
        first_ms: midmean(&warming[..warming.len().div_ceil(3)])?,
        steady_ms: midmean(&steady[..next])?,
    })
}

/// Standard deviation: of modes that come and go the median deviation of batches may be 0.
fn deviation(batches: &[f64]) -> f64 {
    let count = batches.len() as f64;
    let mean = batches.iter().sum::<f64>() / count;
    (batches
        .iter()
        .map(|batch| (batch - mean).powi(2))
        .sum::<f64>()
        / count)
        .sqrt()
}

/// Batches to leave out, so that the standard error of the mean of the rest is least; `None`
/// where that is none.
fn truncation(batches: &[f64]) -> Option<usize> {
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut errors = vec![f64::INFINITY; batches.len()];
    let last = batches.last()?;
    for (left, (error, batch)) in (1_u32..).zip(errors.iter_mut().zip(batches).rev()) {
        // From the last batch, so that sums of equal batches lose no digits.
        sum += batch - last;
        squares += (batch - last).powi(2);
        let left = f64::from(left);
        *error = (squares - sum * sum / left) / (left * left);
    }
    let most = batches.len().min(2 * LONGEST / BATCH) / 2;
    let best = (0..=most).min_by(|&a, &b| errors[a].total_cmp(&errors[b]))?;
    (best > 0).then_some(best)
}

/// Where the rest of a decline ends that is about over at `cut`: what is still slower than what
/// comes soon after it is part of it.
fn end_of_decline(batches: &[f64], cut: usize) -> usize {
    let near = &batches[..batches.len().min(NEAR * cut)];
    let mean = |stretch: &[f64]| stretch.iter().sum::<f64>() / stretch.len() as f64;
    let later = truncation(near).filter(|&at| at > cut && at < near.len());
    let is_slower = |at: &usize| mean(&near[cut..*at]) > mean(&near[*at..]);
    later.filter(is_slower).unwrap_or(cut)
}

/// Whether any later stretch of that length is about as slow as the first.
fn comes_again(batches: &[f64], cut: usize) -> bool {
    let mean = |stretch: &[f64]| stretch.iter().sum::<f64>() / stretch.len() as f64;
    let (first, rest) = batches.split_at(cut);
    let half_way = mean(first).midpoint(mean(rest));
    rest.windows(cut).any(|stretch| mean(stretch) > half_way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(run: usize) -> f64 {
        1.0 + ((run * 7919) % 101) as f64 / 500.0
    }

    fn series(runs: usize, level: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..runs).map(|run| level(run) * noise(run)).collect()
    }

    #[test]
    fn slow_first_runs_are_warm_up_and_counted() {
        let found = warm_up(&series(500, |run| if run < 80 { 30.0 } else { 10.0 })).unwrap();
        assert_eq!(found.runs, 80);
        assert!((found.first_ms - 33.0).abs() < 2.0 && (found.steady_ms - 11.0).abs() < 0.5);
        let decaying = series(500, |run| 10.0 + 30.0 * (-(run as f64) / 30.0).exp());
        let found = warm_up(&decaying).unwrap();
        assert!((50..180).contains(&found.runs), "{found:?}");
    }

    #[test]
    fn what_lasts_or_comes_again_or_is_small_is_no_warm_up() {
        assert_eq!(warm_up(&series(500, |_| 10.0)), None);
        let late = series(1_000, |run| if run < 400 { 30.0 } else { 10.0 });
        assert_eq!(warm_up(&late), None);
        let bursts = series(500, |run| if run % 100 < 20 { 30.0 } else { 10.0 });
        assert_eq!(warm_up(&bursts), None);
        let small = series(500, |run| if run < 100 { 12.0 } else { 10.0 });
        assert_eq!(warm_up(&small), None);
        let slower = series(500, |run| if run < 80 { 10.0 } else { 30.0 });
        assert_eq!(warm_up(&slower), None);
    }

    #[test]
    fn few_runs_and_no_numbers_show_none() {
        assert_eq!(warm_up(&[]), None);
        assert_eq!(warm_up(&[f64::NAN; 100]), None);
        assert_eq!(
            warm_up(&series(30, |run| if run < 10 { 30.0 } else { 10.0 })),
            None
        );
        assert_eq!(warm_up(&[10.0; 100]), None);
    }
}

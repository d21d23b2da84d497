//! A sample of many runs with enough of each value, including rare ones.

use super::values::Values;
use crate::engine::stats::order::sort_by;

/// Fewest runs of one value that a sample needs.
const ENOUGH: usize = 30;

/// Values with fewer runs than this are never looked at alone.
const FEWEST: usize = 5;

/// Runs that one attribute may add to a sample.
const MOST_ADDED: usize = 500;

/// The sample, ascending, with more runs of the values of `columns` that it holds too few of.
/// Whether a run is added depends on its values alone, not on its duration, so that runs of one
/// value are like all runs of it.
///
/// Cost: a sort of the runs for each column.
pub(super) fn with_rare_values(mut sample: Vec<usize>, columns: &[Vec<u32>]) -> Vec<usize> {
    let even = sample.clone();
    // The sample has enough of a value that all runs have.
    let varies = |column: &&Vec<u32>| column.windows(2).any(|pair| pair[0] != pair[1]);
    for column in columns.iter().filter(varies) {
        let mut budget = MOST_ADDED;
        let is_known = |&(value, _): &(u32, usize)| value != Values::MISSING;
        let mut by_value: Vec<(u32, usize)> = column.iter().copied().zip(0..).collect();
        by_value.retain(is_known);
        sort_by(&mut by_value, Ord::cmp);
        for same in by_value.chunk_by(|a, b| a.0 == b.0) {
            if same.len() < FEWEST {
                continue;
            }
            let is_sampled = |run: &usize| even.binary_search(run).is_ok();
            let others: Vec<usize> = same
                .iter()
                .map(|&(_, run)| run)
                .filter(|run| !is_sampled(run))
                .collect();
            let missing = ENOUGH
                .saturating_sub(same.len() - others.len())
                .min(others.len())
                .min(budget);
            budget -= missing;
            sample.extend((0..missing).map(|place| others[place * others.len() / missing]));
        }
    }
    sample.sort_unstable();
    sample.dedup();
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_values_are_in_the_sample_and_it_stays_bounded() {
        let rare = |run: usize| u32::from(run % 333 == 7);
        let column: Vec<u32> = (0..10_000).map(rare).collect();
        let sample = with_rare_values((0..1000).map(|place| place * 10).collect(), &[column]);
        let held = sample.iter().filter(|&&run| rare(run) == 1).count();
        assert_eq!(held, 30);
        let each: Vec<u32> = (0..10_000).map(|run| run / 6).collect();
        let sample = with_rare_values((0..1000).map(|place| place * 10).collect(), &[each]);
        assert!(sample.len() <= 1000 + MOST_ADDED);
        assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
    }
}

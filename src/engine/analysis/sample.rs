//! Samples of runs, for methods that would take too long on all.

use crate::engine::hash::{mixed, GOLDEN};

/// At most `most` indices below `count`, ascending and the same every time: one from each of `most`
/// equal stretches, at a place that looks random, so that no pattern in the series (every fifth run
/// slow) is always or never sampled.
pub(super) fn evenly_spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let sampled = count.min(most);
    (0..sampled).map(move |stretch| {
        let (low, high) = (stretch * count / sampled, (stretch + 1) * count / sampled);
        low + mixed(GOLDEN.wrapping_mul(stretch as u64)) as usize % (high - low)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_runs_are_all_in_the_sample() {
        assert_eq!(evenly_spread(5, 10).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(evenly_spread(0, 10).count(), 0);
    }

    #[test]
    fn many_runs_are_sampled_evenly_and_in_order() {
        let sampled: Vec<usize> = evenly_spread(10_001, 2000).collect();
        assert_eq!(sampled.len(), 2000);
        assert!(sampled
            .windows(2)
            .all(|pair| pair[0] < pair[1] && pair[1] - pair[0] < 12));
    }

    #[test]
    fn a_periodic_pattern_keeps_its_share() {
        for period in [2, 5, 7, 10] {
            let met = evenly_spread(10_000, 2000)
                .filter(|run| run % period == 0)
                .count();
            assert!(
                (met * period).abs_diff(2000) < 300,
                "period {period}: {met}"
            );
        }
    }
}

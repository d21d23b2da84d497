//! Exact distribution of the Mann-Whitney U statistic without ties.

/// Values of U counted at most: 16 MiB. Sets of 8 and 260,000 stay within.
const MOST_COUNTS: usize = 1 << 20;

/// Number of ways to interleave two untied sets so that U takes each value from 0 up.
pub(super) struct UCounts {
    counts: Vec<u128>,
    total: u128,
}

impl UCounts {
    /// The counts of every U up to `greatest`, for sets of these sizes; `None` where there are
    /// more than [`MOST_COUNTS`], or more interleavings than 128 bits can say.
    ///
    /// The counts are the coefficients of the Gaussian binomial: one factor
    /// `(1 - q^(m + i)) / (1 - q^i)` for each member of the smaller set, all in whole numbers.
    /// Cost: O(size of the smaller set × `greatest`).
    pub(super) fn up_to(greatest: usize, sizes: (usize, usize)) -> Option<Self> {
        let (small, large) = (sizes.0.min(sizes.1), sizes.0.max(sizes.1));
        if greatest >= MOST_COUNTS {
            return None;
        }
        let total = binomial(large, small)?;
        let mut counts = vec![0_u128; greatest + 1];
        counts[0] = 1;
        for member in 1..=small {
            // The division comes first: so no count falls below zero on the way.
            for u in member..=greatest {
                counts[u] += counts[u - member];
            }
            for u in (large + member..=greatest).rev() {
                counts[u] -= counts[u - large - member];
            }
        }
        Some(Self { counts, total })
    }

    /// Probability that U is at most the greatest value counted.
    pub(super) fn probability(&self) -> f64 {
        self.counts.iter().sum::<u128>() as f64 / self.total as f64
    }
}

/// Ways to choose `small` of `large + small`.
fn binomial(large: usize, small: usize) -> Option<u128> {
    let mut ways = 1_u128;
    for member in 1..=small as u128 {
        ways = ways.checked_mul(large as u128 + member)? / member;
    }
    Some(ways)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U of every interleaving of the two sets, one at a time.
    fn by_enumeration(a: usize, b: usize) -> Vec<u128> {
        let mut counts = vec![0; a * b + 1];
        for mask in 0_u32..1 << (a + b) {
            if mask.count_ones() as usize != b {
                continue;
            }
            let mut zeros = 0;
            let mut u = 0;
            for bit in 0..a + b {
                if mask >> bit & 1 == 0 {
                    zeros += 1;
                } else {
                    u += zeros;
                }
            }
            counts[u] += 1;
        }
        counts
    }

    #[test]
    fn the_counts_are_those_of_enumeration() {
        for (a, b) in [(1, 1), (1, 6), (2, 5), (4, 4), (5, 3), (6, 7)] {
            let exact = UCounts::up_to(a * b, (a, b)).unwrap();
            assert_eq!(exact.counts, by_enumeration(a, b));
            assert_eq!(exact.total, exact.counts.iter().sum());
            assert_eq!(exact.probability(), 1.0);
        }
    }

    #[test]
    fn sizes_beyond_128_bits_or_the_limit_have_no_counts() {
        assert!(UCounts::up_to(10, (8, 50_000)).is_some());
        assert!(UCounts::up_to(10, (100, 100)).is_none());
        assert!(UCounts::up_to(MOST_COUNTS, (2, MOST_COUNTS)).is_none());
    }
}

//! Ranks of a series, insensitive to outliers and heavy tails.

use crate::engine::stats::order::ascending;

/// Rank of each value from 0; equal ones share the mean of their ranks. O(n log n).
pub(super) fn mid_ranks(values: &[f64]) -> Vec<f64> {
    ranks_in(&ascending(values), values)
}

/// [`mid_ranks`] of values whose ascending order is known. Values that are not in it have the
/// rank 0.
pub(super) fn ranks_in(order: &[u32], values: &[f64]) -> Vec<f64> {
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for group in order.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
        let rank = first as f64 + (group.len() as f64 - 1.0) / 2.0;
        for &index in group {
            ranks[index as usize] = rank;
        }
        first += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_the_mean_of_their_ranks() {
        assert_eq!(
            mid_ranks(&[3.0, 1.0, 3.0, 1e9, 3.0]),
            [2.0, 0.0, 2.0, 4.0, 2.0]
        );
        assert!(mid_ranks(&[]).is_empty());
    }
}

//! The order of a series, and how far it is from ascending.

/// Places of the values in ascending order; equal ones in the order they stand in.
///
/// Cost: O(n log n), most of it on integers: the upper half of a double decides all but the
/// nearest neighbours apart.
pub fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u64> = values
        .iter()
        .zip(0..)
        .map(|(&value, place): (_, u32)| (ordered(value) & UPPER) | u64::from(place))
        .collect();
    order.sort_unstable();
    let mut order: Vec<u32> = order.into_iter().map(|key| key as u32).collect();
    let key = |place: u32| ordered(values[place as usize]);
    for near in order.chunk_by_mut(|&a, &b| (key(a) ^ key(b)) & UPPER == 0) {
        if near.windows(2).any(|pair| key(pair[0]) > key(pair[1])) {
            near.sort_by_key(|&place| key(place));
        }
    }
    order
}

const UPPER: u64 = !0 << 32;

/// The bits of a double, rearranged so that integers order them as `total_cmp` does.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    let negative = (bits.cast_signed() >> 63).cast_unsigned();
    bits ^ (negative | 1 << 63)
}

/// Pairs that stand in descending order; equal values are none. `order` is the [`ascending`]
/// one of the values.
///
/// Cost: O(n log n), of which the logarithm is that of a 64th of n: one bit represents each value
/// met, and sums are kept of 64 at a time.
pub fn inversions(order: &[u32]) -> u64 {
    let mut ranks = vec![0_u32; order.len()];
    for (rank, &place) in (0..).zip(order) {
        ranks[place as usize] = rank;
    }
    let mut met = Met::new(order.len());
    let pairs = (0_u64..).zip(ranks);
    pairs.map(|(before, rank)| before - met.meet(rank)).sum()
}

/// Which ranks were met, and how many below any of them.
struct Met {
    words: Vec<u64>,
    /// A Fenwick tree (1994) of the ranks met in each word.
    sums: Vec<u32>,
}

impl Met {
    fn new(ranks: usize) -> Self {
        let words = ranks.div_ceil(64);
        Self {
            words: vec![0; words],
            sums: vec![0; words + 1],
        }
    }

    /// Adds a rank; returns how many were met below it.
    fn meet(&mut self, rank: u32) -> u64 {
        let (word, bit) = (rank as usize / 64, 1_u64 << (rank % 64));
        let mut below = (self.words[word] & (bit - 1)).count_ones();
        let mut sum = word;
        while sum > 0 {
            below += self.sums[sum];
            sum &= sum - 1;
        }
        self.words[word] |= bit;
        let mut sum = word + 1;
        while let Some(count) = self.sums.get_mut(sum) {
            *count += 1;
            sum += sum & sum.wrapping_neg();
        }
        u64::from(below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_a_sort_down_to_the_last_bit() {
        let mut values: Vec<f64> = (0..500)
            .map(|i| 1.0 + f64::from(i * 7919 % 13) * f64::EPSILON)
            .chain((0..500).map(|i| f64::from(i * 31 % 101) - 50.0))
            .collect();
        values.extend([-0.0, 0.0, -f64::MAX, 5e-324, -5e-324, f64::INFINITY]);
        let mut expected: Vec<u32> = (0..values.len() as u32).collect();
        expected.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
        assert_eq!(ascending(&values), expected);
    }

    #[test]
    fn inversions_are_the_pairs_that_fall() {
        for count in [0, 1, 2, 63, 64, 65, 200, 500] {
            let values: Vec<f64> = (0..count).map(|i| f64::from(i * 37 % 101)).collect();
            let falling = |(i, earlier): (usize, &f64)| {
                let later = values[i + 1..].iter();
                later.filter(|later| *later < earlier).count() as u64
            };
            let expected: u64 = values.iter().enumerate().map(falling).sum();
            assert_eq!(inversions(&ascending(&values)), expected);
        }
    }
}

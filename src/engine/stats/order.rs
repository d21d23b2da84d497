//! The order of a series, how far it is from ascending, and sorting that is compiled once.
//!
//! `slice::sort_by` is compiled for each type and each order, some 8 KB of machine code each time.
//! Here places are sorted, for items of any type.

use std::cmp::Ordering;

/// Places of the values in ascending order; equal ones in the order they stand in.
///
/// Cost: O(n), but for the nearest neighbours: the upper half of a double distinguishes all
/// others.
pub fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u64> = values
        .iter()
        .zip(0..)
        .map(|(&value, place): (_, u32)| (ordered(value) & UPPER) | u64::from(place))
        .collect();
    sort_by_upper(&mut order);
    let mut order: Vec<u32> = order.into_iter().map(|key| key as u32).collect();
    let key = |place: u32| ordered(values[place as usize]);
    for near in order.chunk_by_mut(|&a, &b| (key(a) ^ key(b)) & UPPER == 0) {
        if near.windows(2).any(|pair| key(pair[0]) > key(pair[1])) {
            sort_places(near, &|a, b| key(a).cmp(&key(b)));
        }
    }
    order
}

const UPPER: u64 = !0 << 32;

/// Bits of a digit, from the least of the upper half on.
const DIGIT: u32 = 11;
const DIGITS: [u32; 3] = [32, 32 + DIGIT, 32 + 2 * DIGIT];

/// Keys from which on counting digits is faster than comparing.
const MANY: usize = 512;

/// Sorts by the upper half of each key alone, from the least of its digits to the greatest; keys
/// equal there stay in order, or ascend.
fn sort_by_upper(keys: &mut Vec<u64>) {
    if keys.len() < MANY {
        return keys.sort_unstable();
    }
    let mut sorted = vec![0; keys.len()];
    for shift in DIGITS {
        let digit = |key: u64| (key >> shift) as usize % (1 << DIGIT);
        let mut places = vec![0_u32; 1 << DIGIT];
        for &key in keys.iter() {
            places[digit(key)] += 1;
        }
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        for &key in keys.iter() {
            let place = &mut places[digit(key)];
            sorted[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(keys, &mut sorted);
    }
}

/// Items up to which moving each one to its place is faster than anything else.
const SHORT: usize = 20;

/// Sorts as `slice::sort_by` does: equal items keep their order.
///
/// Cost: O(n log n), nothing allocated for up to `SHORT` items, else 4 bytes per item.
pub fn sort_by<T>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    if items.len() > SHORT {
        let mut places: Vec<u32> = (0..items.len() as u32).collect();
        sort_places(&mut places, &|a, b| {
            order(&items[a as usize], &items[b as usize])
        });
        return arrange(items, places);
    }
    for place in 1..items.len() {
        let mut at = place;
        while at > 0 && order(&items[at], &items[at - 1]).is_lt() {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Sorts by a double, as `total_cmp` orders it: equal items keep their order.
///
/// Cost: O(n log n), most of it on integers, and 20 bytes per item.
pub fn sort_by_value<T>(items: &mut [T], value: impl FnMut(&T) -> f64) {
    let values: Vec<f64> = items.iter().map(value).collect();
    arrange(items, ascending(&values));
}

/// Sorts doubles as `total_cmp` orders them.
///
/// Cost: as that of [`ascending`], and 16 bytes per value.
pub fn sort_values(values: &mut [f64]) {
    let mut keys: Vec<u64> = values.iter().copied().map(ordered).collect();
    sort_by_upper(&mut keys);
    for near in keys.chunk_by_mut(|a, b| (a ^ b) & UPPER == 0) {
        near.sort_unstable();
    }
    for (value, key) in values.iter_mut().zip(keys) {
        let negative = (!key.cast_signed() >> 63).cast_unsigned();
        *value = f64::from_bits(key ^ (negative | 1 << 63));
    }
}

/// Places that are equal by `order` stand as they ascend.
fn sort_places(places: &mut [u32], order: &dyn Fn(u32, u32) -> Ordering) {
    places.sort_unstable_by(|&a, &b| order(a, b).then(a.cmp(&b)));
}

/// Moves to each place the item that stands in the place given for it.
fn arrange<T>(items: &mut [T], mut places: Vec<u32>) {
    for start in 0..places.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut places[at], at as u32) as usize;
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// The bits of a double, rearranged so that integers order them as `total_cmp` does.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    let negative = (bits.cast_signed() >> 63).cast_unsigned();
    bits ^ (negative | 1 << 63)
}

/// Pairs that stand in descending order; equal values are none. `order` is the [`ascending`] order
/// of the values.
///
/// Cost: O(n log n), of which the logarithm is that of a 64th of n: one bit represents each value
/// met, and there are sums of 64 at a time.
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
        let bits = |values: &[f64]| -> Vec<u64> { values.iter().map(|v| v.to_bits()).collect() };
        let in_order: Vec<f64> = expected
            .iter()
            .map(|&place| values[place as usize])
            .collect();
        sort_values(&mut values);
        assert_eq!(bits(&values), bits(&in_order));
    }

    #[test]
    fn a_sort_keeps_the_order_of_equal_items_as_that_of_the_standard_library_does() {
        for count in [0, 1, 2, SHORT, SHORT + 1, 2 * MANY] {
            let items: Vec<(f64, usize)> = (0..count)
                .map(|i| (f64::from((i * 7919 % 13) as u32) - 6.0, i))
                .collect();
            let mut expected = items.clone();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut by_order, mut by_value) = (items.clone(), items);
            sort_by(&mut by_order, |a, b| a.0.total_cmp(&b.0));
            sort_by_value(&mut by_value, |item| item.0);
            let mut sorted: Vec<f64> = expected.iter().rev().map(|item| item.0).collect();
            sort_values(&mut sorted);
            assert!(sorted
                .iter()
                .zip(&expected)
                .all(|(a, b)| a.to_bits() == b.0.to_bits()));
            assert_eq!(by_order, expected);
            assert_eq!(by_value, expected);
        }
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

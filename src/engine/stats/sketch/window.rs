//! Counts of the occupied range of buckets, at two bytes a bucket while they are small.

use std::iter::repeat_n;

/// Buckets added below the range at a time, so that a falling minimum moves the rest rarely.
const ROOM_BELOW: i32 = 16;

/// The counts of consecutive buckets, the last of them occupied, never more than `limit` of
/// them. Whatever lies below a full window is counted in its lowest bucket: which bucket that is
/// depends on the highest alone, and so not on the order of recording or merging.
#[derive(Debug, Clone)]
pub(super) struct Window {
    first: i32,
    counts: Counts,
    limit: i32,
}

impl Window {
    /// An empty window that will hold at most `limit` buckets, one at least.
    pub(super) fn new(limit: u16) -> Self {
        Self {
            first: 0,
            counts: Counts::default(),
            limit: i32::from(limit.max(1)),
        }
    }

    /// Counts `count` samples in bucket `index`, or in the lowest of a full window that lies
    /// above it.
    #[inline]
    pub(super) fn add(&mut self, index: i32, count: u64) {
        let slot = index.wrapping_sub(self.first).cast_unsigned() as usize;
        if slot < self.counts.len() {
            self.counts.add(slot, count);
        } else {
            self.add_outside(index, count);
        }
    }

    #[cold]
    fn add_outside(&mut self, index: i32, count: u64) {
        if self.counts.len() == 0 {
            self.first = index;
        }
        if index >= self.end() {
            self.raise_end(index + 1);
        }
        let index = index.max(self.floor());
        if index < self.first {
            let first = (index - ROOM_BELOW).max(self.floor());
            self.counts.grow_front((self.first - first) as usize);
            self.first = first;
        }
        self.counts.add((index - self.first) as usize, count);
    }

    /// Lowest bucket the window may reach down to: samples of any below are counted in it.
    fn floor(&self) -> i32 {
        self.end() - self.limit
    }

    /// One above the highest bucket.
    #[expect(
        clippy::cast_possible_wrap,
        reason = "never longer than the limit of 16 bits"
    )]
    fn end(&self) -> i32 {
        self.first + self.counts.len() as i32
    }

    /// Moves the end of the range up, folding what falls below the new floor into it.
    fn raise_end(&mut self, end: i32) {
        let floor = end - self.limit;
        let below = usize::try_from(floor - self.first).unwrap_or(0);
        if below == 0 {
            self.counts.grow_to((end - self.first) as usize);
            return;
        }
        let folded = self.counts.remove_front(below);
        self.first = floor;
        self.counts.grow_to(self.limit as usize);
        self.counts.add(0, folded);
    }

    /// The occupied buckets in ascending order, with their counts.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> + '_ {
        (self.first..self.end())
            .map(|index| (index, self.counts.at((index - self.first) as usize)))
            .filter(|(_, count)| *count > 0)
    }

    /// Bytes held for counts.
    pub(super) fn heap_bytes(&self) -> usize {
        self.counts.heap_bytes()
    }
}

/// Equal when they count the same, regardless of spare room below.
impl PartialEq for Window {
    fn eq(&self, other: &Self) -> bool {
        self.limit == other.limit && self.iter().eq(other.iter())
    }
}

/// Counts split at 16 bits: the upper parts exist only once a count has needed one, which in a
/// window of minutes none does.
#[derive(Debug, Clone, Default)]
struct Counts {
    lower: Vec<u16>,
    /// Empty, or as long as `lower`.
    upper: Vec<u64>,
}

impl Counts {
    #[inline]
    fn len(&self) -> usize {
        self.lower.len()
    }

    fn at(&self, slot: usize) -> u64 {
        let upper = self.upper.get(slot).copied().unwrap_or(0);
        (upper << u16::BITS) + u64::from(self.lower[slot])
    }

    /// `slot` must be below the length.
    #[inline]
    fn add(&mut self, slot: usize, count: u64) {
        let sum = u64::from(self.lower[slot]) + count;
        self.lower[slot] = sum as u16;
        if sum > u64::from(u16::MAX) {
            self.carry(slot, sum >> u16::BITS);
        }
    }

    #[cold]
    fn carry(&mut self, slot: usize, carried: u64) {
        if self.upper.is_empty() {
            self.upper.resize(self.lower.len(), 0);
        }
        self.upper[slot] += carried;
    }

    fn grow_to(&mut self, len: usize) {
        self.lower.resize(len, 0);
        if !self.upper.is_empty() {
            self.upper.resize(len, 0);
        }
    }

    fn grow_front(&mut self, slots: usize) {
        self.lower.splice(..0, repeat_n(0, slots));
        if !self.upper.is_empty() {
            self.upper.splice(..0, repeat_n(0, slots));
        }
    }

    /// Drops the first `slots` counts, or all if there are fewer, and returns their sum.
    fn remove_front(&mut self, slots: usize) -> u64 {
        let slots = slots.min(self.len());
        let sum = (0..slots).map(|slot| self.at(slot)).sum();
        self.lower.drain(..slots);
        self.upper.drain(..slots.min(self.upper.len()));
        sum
    }

    fn heap_bytes(&self) -> usize {
        self.lower.capacity() * size_of::<u16>() + self.upper.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(limit: u16, samples: &[(i32, u64)]) -> Window {
        let mut window = Window::new(limit);
        for &(index, count) in samples {
            window.add(index, count);
        }
        window
    }

    fn counts(window: &Window) -> Vec<(i32, u64)> {
        window.iter().collect()
    }

    #[test]
    fn buckets_come_out_ascending_however_they_went_in() {
        let window = window(100, &[(5, 1), (-3, 2), (40, 1), (5, 1), (0, 7)]);
        assert_eq!(counts(&window), [(-3, 2), (0, 7), (5, 2), (40, 1)]);
    }

    #[test]
    fn a_full_window_folds_its_lowest_buckets_into_one() {
        let mut window = window(4, &[(1, 1), (2, 1), (3, 1), (4, 1)]);
        window.add(6, 1);
        assert_eq!(counts(&window), [(3, 3), (4, 1), (6, 1)]);
        window.add(-1_000, 5);
        assert_eq!(counts(&window), [(3, 8), (4, 1), (6, 1)]);
    }

    #[test]
    fn a_leap_beyond_the_window_folds_everything() {
        let mut window = window(4, &[(1, 1), (2, 1)]);
        window.add(1_000_000, 1);
        assert_eq!(counts(&window), [(999_997, 2), (1_000_000, 1)]);
    }

    #[test]
    fn counts_beyond_16_bits_survive_growth_and_folding() {
        let mut window = window(8, &[(3, 65_535), (3, 1), (4, 1 << 40)]);
        assert_eq!(counts(&window), [(3, 65_536), (4, 1 << 40)]);
        window.add(-2, 70_000);
        window.add(5, 1);
        assert_eq!(
            counts(&window),
            [(-2, 70_000), (3, 65_536), (4, 1 << 40), (5, 1)]
        );
        window.add(11, 1);
        assert_eq!(counts(&window), [(4, (1 << 40) + 135_536), (5, 1), (11, 1)]);
    }
}

//! One execution id for each of the highest buckets.

/// Buckets that keep an exemplar: at α = 1 % they reach from the greatest sample down to a third
/// of it where all between are occupied, which covers everything above the 90th percentile of
/// a duration's usual spread. 16 bytes each.
const KEPT: usize = 48;

/// The greatest id seen in each of the [`KEPT`] highest occupied buckets, in ascending order of
/// bucket. Both rules depend on what was recorded alone, not on its order, so that merging
/// equals recording the union.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Exemplars {
    entries: Vec<(i32, u64)>,
}

impl Exemplars {
    /// Offers the id of a sample in this bucket.
    #[inline]
    pub(super) fn record(&mut self, bucket: i32, id: u64) {
        let lowest = self.entries.first().map_or(bucket, |entry| entry.0);
        if bucket < lowest && self.entries.len() == KEPT {
            return;
        }
        // Most samples fall where the buckets are occupied without a gap: no search there.
        let guess = bucket.wrapping_sub(lowest).cast_unsigned() as usize;
        match self.entries.get_mut(guess) {
            Some(entry) if entry.0 == bucket => entry.1 = id.max(entry.1),
            _ => self.keep(bucket, id),
        }
    }

    fn keep(&mut self, bucket: i32, id: u64) {
        match self.place_of(bucket) {
            Ok(place) => {
                let kept = &mut self.entries[place].1;
                *kept = id.max(*kept);
            }
            Err(place) if self.entries.len() < KEPT => self.entries.insert(place, (bucket, id)),
            Err(place) => {
                // The lowest makes room; what lies below the new one moves down into it.
                self.entries[..place].rotate_left(1);
                self.entries[place - 1] = (bucket, id);
            }
        }
    }

    fn place_of(&self, bucket: i32) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&bucket, |entry| entry.0)
    }

    /// The id kept for this bucket, if it is among the highest.
    pub(super) fn of(&self, bucket: i32) -> Option<u64> {
        let place = self.place_of(bucket).ok()?;
        Some(self.entries[place].1)
    }

    /// Forgets the buckets below `floor`: their samples are counted elsewhere.
    pub(super) fn forget_below(&mut self, floor: i32) {
        self.entries.retain(|entry| entry.0 >= floor);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        self.entries.iter().copied()
    }

    /// Bytes held for ids.
    pub(super) fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<(i32, u64)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_keeps_its_greatest_id() {
        let mut exemplars = Exemplars::default();
        for (bucket, id) in [(3, 10), (7, 12), (3, 11), (7, 4)] {
            exemplars.record(bucket, id);
        }
        assert_eq!(exemplars.of(3), Some(11));
        assert_eq!(exemplars.of(7), Some(12));
        assert_eq!(exemplars.of(5), None);
    }

    #[test]
    fn only_the_highest_buckets_are_kept_in_whatever_order_they_come() {
        let kept = i32::try_from(KEPT).unwrap();
        let count = 3 * kept;
        let mut rising = Exemplars::default();
        let mut falling = Exemplars::default();
        let mut mixed = Exemplars::default();
        for bucket in 0..count {
            rising.record(bucket, 5);
            falling.record(count - 1 - bucket, 5);
            mixed.record(bucket * 7 % count, 5);
        }
        assert!(rising.iter().map(|entry| entry.0).eq(count - kept..count));
        assert_eq!(falling, rising);
        assert_eq!(mixed, rising);
    }

    #[test]
    fn buckets_below_a_floor_are_forgotten() {
        let mut exemplars = Exemplars::default();
        exemplars.record(1, 10);
        exemplars.record(2, 20);
        exemplars.forget_below(2);
        assert_eq!((exemplars.of(1), exemplars.of(2)), (None, Some(20)));
    }
}

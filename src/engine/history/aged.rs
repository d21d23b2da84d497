//! A list of references, oldest first, bounded by count and by age.

use super::queue::Queue;

/// References in order of insertion, each with the time from which its age counts.
#[derive(Clone, Debug)]
pub struct AgedList {
    refs: Queue,
    /// Whether times never fell from one reference to the next. Entries put in by callers can
    /// break it; eviction by age then looks at every entry.
    ascending: bool,
    newest_ms: f64,
    pushed: u64,
}

impl Default for AgedList {
    fn default() -> Self {
        Self {
            refs: Queue::default(),
            ascending: true,
            newest_ms: f64::NEG_INFINITY,
            pushed: 0,
        }
    }
}

impl AgedList {
    /// Appends a reference.
    #[inline]
    pub fn push(&mut self, reference: u32, at_ms: f64) {
        self.ascending &= at_ms >= self.newest_ms;
        self.newest_ms = at_ms;
        self.pushed += 1;
        self.refs.push_back(reference);
    }

    /// Replaces `old` by `new`; false if `old` is not in the list.
    pub fn replace(&mut self, old: u32, new: u32, at_ms: f64) -> bool {
        let Some(place) = self.iter().position(|r| r == old) else {
            return false;
        };
        self.refs.set(place, new);
        self.ascending &= place + 1 == self.refs.len() && at_ms >= self.newest_ms;
        self.newest_ms = self.newest_ms.max(at_ms);
        true
    }

    /// Removes one reference at any position.
    pub fn remove(&mut self, reference: u32) -> bool {
        let before = self.len();
        self.refs.retain(|r| r != reference);
        self.len() < before
    }

    /// Removes the oldest.
    #[inline]
    pub fn pop_oldest(&mut self) -> Option<u32> {
        self.refs.pop_front()
    }

    /// Removes the oldest while there are more than `limit`.
    #[inline]
    pub fn pop_beyond(&mut self, limit: usize) -> Option<u32> {
        if self.refs.len() > limit {
            self.refs.pop_front()
        } else {
            None
        }
    }

    /// Moves every reference older than `cutoff_ms` to `gone`, and returns the time of
    /// the oldest that stays (infinity if none does).
    ///
    /// Cost: the number removed, or all if times are out of order.
    pub fn evict_older(
        &mut self,
        cutoff_ms: f64,
        at_of: impl Fn(u32) -> f64,
        gone: &mut Vec<u32>,
    ) -> f64 {
        if self.ascending {
            while !self.is_empty() {
                let front = self.refs.get(0);
                let at = at_of(front);
                if at >= cutoff_ms {
                    return at;
                }
                gone.push(front);
                self.refs.pop_front();
            }
            return f64::INFINITY;
        }
        let (mut oldest, mut previous, mut ascending) = (f64::INFINITY, f64::NEG_INFINITY, true);
        self.refs.retain(|r| {
            let at = at_of(r);
            if at < cutoff_ms {
                gone.push(r);
                return false;
            }
            oldest = oldest.min(at);
            ascending &= at >= previous;
            previous = at;
            true
        });
        self.ascending = ascending;
        oldest
    }

    /// Empties the list into `gone`.
    pub fn clear(&mut self, gone: &mut Vec<u32>) {
        gone.extend(self.iter());
        *self = Self::default();
    }

    /// References ever appended since the list was last emptied.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Whether times never fell from one reference to the next.
    pub fn is_ascending(&self) -> bool {
        self.ascending
    }

    /// Number of references.
    #[inline]
    pub fn len(&self) -> usize {
        self.refs.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.refs.len() == 0
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        self.refs.iter_from(0)
    }

    /// Those whose time, as `at_of` says, is `since` or later, oldest first.
    ///
    /// Cost: some ten calls of `at_of`, or one for each reference where times are out of order.
    pub fn since<'a>(
        &'a self,
        since: f64,
        at_of: impl Fn(u32) -> f64 + 'a,
    ) -> impl DoubleEndedIterator<Item = u32> + 'a {
        let all = since == f64::NEG_INFINITY;
        let first = if !all && self.ascending {
            self.refs.partition_point(|r| at_of(r) < since)
        } else {
            0
        };
        let sorted_out = all || self.ascending;
        let wanted = move |r: &u32| sorted_out || at_of(*r) >= since;
        self.refs.range(first..self.refs.len()).filter(wanted)
    }

    /// The last `count`, oldest of them first.
    pub fn last(
        &self,
        count: usize,
    ) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        self.refs.iter_from(self.len().saturating_sub(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [f64; 4] = [10.0, 20.0, 15.0, 30.0];

    fn filled(order: &[u32]) -> AgedList {
        let mut list = AgedList::default();
        for &r in order {
            list.push(r, TIMES[r as usize]);
        }
        list
    }

    #[test]
    fn eviction_by_age_keeps_what_is_exactly_at_the_cutoff() {
        let mut list = filled(&[0, 1, 3]);
        let mut gone = Vec::new();
        assert_eq!(
            list.evict_older(20.0, |r| TIMES[r as usize], &mut gone),
            20.0
        );
        assert_eq!(
            (gone, list.iter().collect::<Vec<_>>()),
            (vec![0], vec![1, 3])
        );
    }

    #[test]
    fn an_old_entry_put_in_late_is_found_behind_younger_ones() {
        let mut list = filled(&[1, 2, 3]);
        let mut gone = Vec::new();
        assert_eq!(
            list.evict_older(18.0, |r| TIMES[r as usize], &mut gone),
            20.0
        );
        assert_eq!(
            (gone, list.iter().collect::<Vec<_>>()),
            (vec![2], vec![1, 3])
        );
    }

    #[test]
    fn an_older_entry_after_one_that_took_the_newest_place_is_out_of_order() {
        let mut list = filled(&[0]);
        assert!(list.replace(0, 3, TIMES[3]));
        list.push(2, TIMES[2]);
        let young: Vec<u32> = list.since(20.0, |r| TIMES[r as usize]).collect();
        assert_eq!(young, vec![3]);
    }

    #[test]
    fn the_young_are_found_in_order_and_out_of_order() {
        let since = |order: &[u32], since| -> Vec<u32> {
            let list = filled(order);
            list.since(since, |r| TIMES[r as usize]).collect()
        };
        for order in [[0, 2, 1, 3], [0, 1, 2, 3], [3, 2, 1, 0]] {
            let expected = |wanted: &[u32]| -> Vec<u32> {
                order.into_iter().filter(|r| wanted.contains(r)).collect()
            };
            assert_eq!(since(&order, f64::NEG_INFINITY), order);
            assert_eq!(since(&order, 15.0), expected(&[2, 1, 3]));
            assert_eq!(since(&order, 16.0), expected(&[1, 3]));
            assert_eq!(since(&order, 31.0), expected(&[]));
        }
    }

    #[test]
    fn beyond_the_most_entries_the_oldest_is_evicted() {
        let mut list = filled(&[0, 1, 3]);
        assert_eq!((list.pop_beyond(2), list.pop_beyond(2)), (Some(0), None));
        assert_eq!(list.last(1).collect::<Vec<_>>(), [3]);
    }
}

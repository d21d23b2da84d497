//! A queue of references in pages: two bytes each where neighbours lie near each other.

use std::collections::VecDeque;
use std::ops::Range;

const PAGE_BITS: u32 = 8;
const PAGE: usize = 1 << PAGE_BITS;
/// How far below the first reference of a page a later one may lie.
const BELOW: u32 = 1 << 15;

#[derive(Clone, Debug, Default)]
enum Refs {
    #[default]
    None,
    /// Relative to the page's base.
    Near(Box<[u16; PAGE]>),
    /// For a page with a reference out of that range.
    Far(Box<[u32; PAGE]>),
}

#[derive(Clone, Debug, Default)]
struct Page {
    base: u32,
    refs: Refs,
}

impl Page {
    /// Empties it and makes room for references near `first`.
    fn open(&mut self, first: u32) {
        self.base = first.wrapping_sub(BELOW);
        if !matches!(self.refs, Refs::Near(_)) {
            self.refs = Refs::Near(Box::new([0; PAGE]));
        }
    }

    #[inline]
    fn get(&self, place: usize) -> u32 {
        match &self.refs {
            Refs::Near(near) => self.base.wrapping_add(u32::from(near[place])),
            Refs::Far(far) => far[place],
            Refs::None => 0,
        }
    }

    #[inline]
    fn set(&mut self, place: usize, reference: u32) {
        if let Refs::Near(near) = &mut self.refs {
            if let Ok(above) = u16::try_from(reference.wrapping_sub(self.base)) {
                near[place] = above;
                return;
            }
        }
        self.set_far(place, reference);
    }

    #[cold]
    fn set_far(&mut self, place: usize, reference: u32) {
        if !matches!(self.refs, Refs::Far(_)) {
            let far = std::array::from_fn(|place| self.get(place));
            self.refs = Refs::Far(Box::new(far));
        }
        if let Refs::Far(far) = &mut self.refs {
            far[place] = reference;
        }
    }
}

/// References, oldest first. The end pages are stored separately: adding and removing touch the
/// pages between only once a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    front: Page,
    /// What is left of the front page.
    start: usize,
    end: usize,
    /// What is filled of the back page.
    filled: usize,
    back: Page,
    /// Whole pages.
    middle: VecDeque<Page>,
    /// A page that was emptied at the front, for the back.
    spare: Page,
}

impl Queue {
    #[inline]
    pub fn len(&self) -> usize {
        self.end - self.start + (self.middle.len() << PAGE_BITS) + self.filled
    }

    /// The reference at `place`, which must be one in the queue.
    #[inline]
    pub fn get(&self, place: usize) -> u32 {
        let in_front = self.end - self.start;
        if place < in_front {
            return self.front.get(self.start + place);
        }
        let place = place - in_front;
        let page = self.middle.get(place >> PAGE_BITS);
        page.unwrap_or(&self.back).get(place & (PAGE - 1))
    }

    pub fn set(&mut self, place: usize, reference: u32) {
        let in_front = self.end - self.start;
        if place < in_front {
            return self.front.set(self.start + place, reference);
        }
        let place = place - in_front;
        let page = self.middle.get_mut(place >> PAGE_BITS);
        page.unwrap_or(&mut self.back)
            .set(place & (PAGE - 1), reference);
    }

    /// Cost: no allocation unless the queue never held as many.
    #[inline]
    pub fn push_back(&mut self, reference: u32) {
        if self.filled & (PAGE - 1) == 0 {
            self.open_back(reference);
        }
        self.back.set(self.filled, reference);
        self.filled += 1;
    }

    #[cold]
    fn open_back(&mut self, first: u32) {
        if self.filled == PAGE {
            let next = std::mem::take(&mut self.spare);
            self.middle
                .push_back(std::mem::replace(&mut self.back, next));
            self.filled = 0;
        }
        self.back.open(first);
    }

    #[inline]
    pub fn pop_front(&mut self) -> Option<u32> {
        if self.start == self.end && !self.refill_front() {
            return None;
        }
        let reference = self.front.get(self.start);
        self.start += 1;
        Some(reference)
    }

    /// Makes the next page the front one; false if there is none.
    #[cold]
    fn refill_front(&mut self) -> bool {
        self.start = 0;
        if let Some(next) = self.middle.pop_front() {
            self.spare = std::mem::replace(&mut self.front, next);
            self.end = PAGE;
        } else {
            std::mem::swap(&mut self.front, &mut self.back);
            self.end = std::mem::take(&mut self.filled);
        }
        self.end > 0
    }

    /// Retains the references for which `keep` returns true, in order.
    pub fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        let all = std::mem::take(self);
        for reference in all.iter_from(0) {
            if keep(reference) {
                self.push_back(reference);
            }
        }
    }

    /// Oldest first, from the one at `first` on.
    pub fn iter_from(
        &self,
        first: usize,
    ) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        self.range(first..self.len())
    }

    /// Those at `places`, which must be in the queue, oldest first.
    pub fn range(
        &self,
        places: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        places.map(|place| self.get(place))
    }

    /// The first place whose reference is not `is_before`, by binary search: all earlier ones must
    /// be, and no later one.
    pub fn partition_point(&self, is_before: impl Fn(u32) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if is_before(self.get(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(queue: &Queue) -> Vec<u32> {
        queue.iter_from(0).collect()
    }

    /// References of every kind: consecutive ones, and occasional distant ones.
    fn reference(round: u32, i: u32) -> u32 {
        match (round * 31 + i) % 501 {
            17 => u32::MAX - i,
            400 => i,
            _ => round * 1000 + i * 4,
        }
    }

    #[test]
    fn a_queue_holds_what_a_standard_one_holds() {
        let (mut queue, mut model) = (Queue::default(), VecDeque::new());
        for round in 0..60_u32 {
            for i in 0..(round * 337) % 1301 {
                queue.push_back(reference(round, i));
                model.push_back(reference(round, i));
            }
            for _ in 0..(round * 353) % 1307 {
                assert_eq!(queue.pop_front(), model.pop_front());
            }
            if round % 7 == 3 {
                queue.retain(|r| r % 3 != 0);
                model.retain(|r| r % 3 != 0);
            }
            for place in (0..model.len()).step_by(97) {
                queue.set(place, round * 70_000);
                model[place] = round * 70_000;
            }
            assert_eq!(queue.len(), model.len());
            assert_eq!(all(&queue), model.iter().copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn neighbours_stay_near_and_strangers_far() {
        let mut queue = Queue::default();
        for i in 0..PAGE as u32 {
            queue.push_back(1_000_000 - i * 100);
        }
        assert!(matches!(queue.back.refs, Refs::Near(_)));
        queue.push_back(7);
        assert!(matches!(queue.back.refs, Refs::Near(_)));
        queue.push_back(70_000);
        assert!(matches!(queue.back.refs, Refs::Far(_)));
        assert_eq!(all(&queue)[PAGE - 1..], [974_500, 7, 70_000]);
    }

    #[test]
    fn a_queue_of_constant_length_needs_no_further_page() {
        for length in [10, 600] {
            let mut queue = Queue::default();
            for i in 0..length {
                queue.push_back(i);
            }
            for i in length..10_000 {
                queue.push_back(i);
                queue.pop_front();
                assert!(queue.middle.len() <= 2);
            }
            assert_eq!(all(&queue), (10_000 - length..10_000).collect::<Vec<_>>());
        }
    }
}

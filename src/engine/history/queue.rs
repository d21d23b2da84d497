//! A queue of references in pages: four bytes each, whatever was taken out before.

use std::collections::VecDeque;

const PAGE_BITS: u32 = 7;
const PAGE: usize = 1 << PAGE_BITS;

/// References, oldest first. A page that is emptied at the front is filled again at the back.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    pages: VecDeque<Box<[u32; PAGE]>>,
    /// Where in the first page the oldest stands.
    start: usize,
    len: usize,
}

impl Queue {
    pub fn len(&self) -> usize {
        self.len
    }

    /// The reference at `place`, which must be one in the queue.
    pub fn get(&self, place: usize) -> u32 {
        let place = self.start + place;
        self.pages[place >> PAGE_BITS][place & (PAGE - 1)]
    }

    pub fn set(&mut self, place: usize, reference: u32) {
        let place = self.start + place;
        self.pages[place >> PAGE_BITS][place & (PAGE - 1)] = reference;
    }

    /// Cost: no allocation unless the queue never held as many.
    pub fn push_back(&mut self, reference: u32) {
        if self.start + self.len == self.pages.len() << PAGE_BITS {
            self.pages.push_back(Box::new([0; PAGE]));
        }
        self.len += 1;
        self.set(self.len - 1, reference);
    }

    pub fn pop_front(&mut self) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        let reference = self.get(0);
        self.len -= 1;
        self.start += 1;
        if self.start == PAGE {
            self.start = 0;
            self.pages.rotate_left(1);
        }
        Some(reference)
    }

    /// Keeps the references that `keep` says yes to, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        let mut kept = 0;
        for place in 0..self.len {
            let reference = self.get(place);
            if keep(reference) {
                self.set(kept, reference);
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// Oldest first, from the one at `first` on.
    pub fn iter_from(
        &self,
        first: usize,
    ) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        (first..self.len).map(|place| self.get(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(queue: &Queue) -> Vec<u32> {
        queue.iter_from(0).collect()
    }

    #[test]
    fn a_queue_holds_what_a_standard_one_holds() {
        let (mut queue, mut model) = (Queue::default(), VecDeque::new());
        for round in 0..40_u32 {
            for i in 0..(round * 37) % 301 {
                queue.push_back(round * 1000 + i);
                model.push_back(round * 1000 + i);
            }
            for _ in 0..(round * 53) % 307 {
                assert_eq!(queue.pop_front(), model.pop_front());
            }
            if round % 7 == 3 {
                queue.retain(|r| r % 3 != 0);
                model.retain(|r| r % 3 != 0);
            }
            assert_eq!(all(&queue), model.iter().copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_queue_of_constant_length_allocates_no_further_page() {
        let mut queue = Queue::default();
        for i in 0..300 {
            queue.push_back(i);
        }
        let pages = queue.pages.len();
        for i in 300..10_000 {
            queue.push_back(i);
            queue.pop_front();
        }
        assert!(queue.pages.len() <= pages + 1);
        assert_eq!(all(&queue), (9_700..10_000).collect::<Vec<_>>());
    }
}

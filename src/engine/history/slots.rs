//! Slots in pages: growing moves nothing and wastes at most one page.

use std::ops::{Index, IndexMut};

/// A value that remembers, while it is unused, which free one comes after it.
pub(super) trait Slot: Copy + Default {
    fn vacate(&mut self, next_free: u32);
    fn next_free(&self) -> u32;
}

/// Values of one size addressed by a small index; the last freed slot is reused first.
#[derive(Debug)]
pub(super) struct Slots<T> {
    pages: Vec<Box<[T; PAGE]>>,
    free: u32,
    len: usize,
}

const PAGE_BITS: u32 = 7;
const PAGE: usize = 1 << PAGE_BITS;
const NO_SLOT: u32 = u32::MAX;

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            free: NO_SLOT,
            len: 0,
        }
    }
}

impl<T: Slot> Slots<T> {
    /// Cost: no allocation unless every slot is taken.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        if self.free == NO_SLOT {
            self.add_page();
        }
        let index = self.free;
        let slot = &mut self[index];
        let next_free = slot.next_free();
        *slot = value;
        self.free = next_free;
        self.len += 1;
        index
    }

    #[cold]
    fn add_page(&mut self) {
        let first = (self.pages.len() * PAGE) as u32;
        let mut page = Box::new([T::default(); PAGE]);
        for (next, slot) in (first + 1..).zip(page.iter_mut()) {
            slot.vacate(next);
        }
        page[PAGE - 1].vacate(NO_SLOT);
        self.pages.push(page);
        self.free = first;
    }

    /// Frees a slot in use.
    #[inline]
    pub fn remove(&mut self, index: u32) {
        self.remove_if(index, |_| true);
    }

    /// Changes a slot in use, and frees it if `change` returns true.
    #[inline]
    pub fn remove_if(&mut self, index: u32, change: impl FnOnce(&mut T) -> bool) {
        let next_free = self.free;
        let slot = &mut self[index];
        if change(slot) {
            slot.vacate(next_free);
            self.free = index;
            self.len -= 1;
        }
    }

    /// Frees pages behind the last slot in use. Indices stay valid.
    pub fn shrink(&mut self) {
        let mut is_free = vec![false; self.pages.len() * PAGE];
        let mut free = self.free;
        while free != NO_SLOT {
            is_free[free as usize] = true;
            free = self[free].next_free();
        }
        let used = is_free.iter().rposition(|free| !free);
        self.pages.truncate(used.map_or(0, |last| last / PAGE + 1));
        self.pages.shrink_to_fit();
        self.free = NO_SLOT;
        for index in (0..self.pages.len() * PAGE).rev() {
            if is_free[index] {
                let next_free = self.free;
                self[index as u32].vacate(next_free);
                self.free = index as u32;
            }
        }
    }

    /// Bytes of all pages.
    pub fn bytes(&self) -> usize {
        self.pages.len() * PAGE * size_of::<T>()
    }

    /// Slots in use.
    pub fn len(&self) -> usize {
        self.len
    }
}

impl<T> Index<u32> for Slots<T> {
    type Output = T;
    fn index(&self, index: u32) -> &T {
        &self.pages[(index >> PAGE_BITS) as usize][index as usize & (PAGE - 1)]
    }
}

impl<T> IndexMut<u32> for Slots<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.pages[(index >> PAGE_BITS) as usize][index as usize & (PAGE - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Slot for u32 {
        fn vacate(&mut self, next_free: u32) {
            *self = next_free;
        }
        fn next_free(&self) -> u32 {
            *self
        }
    }

    #[test]
    fn slots_keep_their_values_over_many_pages_and_are_used_again() {
        let mut slots = Slots::default();
        let count = 3 * PAGE as u32 + 1;
        for value in 0..count {
            assert_eq!(slots.insert(value + 7), value);
        }
        slots.remove(5);
        slots.remove(PAGE as u32);
        assert_eq!(slots.len(), count as usize - 2);
        assert_eq!(slots.insert(1), PAGE as u32);
        assert_eq!(slots.insert(2), 5);
        assert_eq!(slots.insert(3), count);
        assert_eq!((slots[5], slots[6], slots[count - 1]), (2, 13, count + 6));
    }

    #[test]
    fn shrinking_gives_back_the_pages_behind_the_last_slot_in_use() {
        let mut slots = Slots::default();
        for value in 0..4 * PAGE as u32 {
            slots.insert(value);
        }
        for index in (0..4 * PAGE as u32).filter(|index| ![2, 5].contains(index)) {
            slots.remove(index);
        }
        slots.shrink();
        assert_eq!(slots.bytes(), PAGE * size_of::<u32>());
        assert_eq!((slots.len(), slots[2], slots[5]), (2, 2, 5));
        let again: Vec<u32> = (0..4).map(|value| slots.insert(value)).collect();
        assert_eq!(again, [0, 1, 3, 4]);
    }
}

//! Reused slots: after warm-up, storing a value allocates nothing.

use std::ops::{Index, IndexMut};

/// Values addressed by a small index that stays valid until the value is taken out.
#[derive(Debug)]
pub struct Pool<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Pool<T> {
    /// Stores a value and returns its index.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(index) = self.free.pop() {
            self.slots[index as usize] = Some(value);
            index
        } else {
            self.slots.push(Some(value));
            (self.slots.len() - 1) as u32
        }
    }

    /// Takes a value out; `None` if nothing is there.
    pub fn remove(&mut self, index: u32) -> Option<T> {
        let value = self.slots.get_mut(index as usize)?.take();
        if value.is_some() {
            self.free.push(index);
        }
        value
    }

    /// The value at `index`, if there is one.
    pub fn get(&self, index: u32) -> Option<&T> {
        self.slots.get(index as usize)?.as_ref()
    }

    /// The value at `index`, if there is one.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.slots.get_mut(index as usize)?.as_mut()
    }

    /// Frees memory behind the last value. Indices stay valid.
    pub fn shrink(&mut self) {
        let used = self.slots.iter().rposition(Option::is_some);
        self.slots.truncate(used.map_or(0, |last| last + 1));
        let len = self.slots.len();
        self.free.retain(|&index| (index as usize) < len);
        self.slots.shrink_to_fit();
        self.free.shrink_to_fit();
    }

    /// Bytes that values take, stored or not.
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Option<T>>()
    }

    /// Values stored.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Indices in use, ascending.
    pub fn indices(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.is_some())
            .map(|(i, _)| i as u32)
    }
}

#[expect(
    clippy::expect_used,
    reason = "an index handed out and not yet removed is valid"
)]
impl<T> Index<u32> for Pool<T> {
    type Output = T;
    fn index(&self, index: u32) -> &T {
        self.get(index).expect("index of a stored value")
    }
}

#[expect(
    clippy::expect_used,
    reason = "an index handed out and not yet removed is valid"
)]
impl<T> IndexMut<u32> for Pool<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        self.get_mut(index).expect("index of a stored value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_slot_is_used_again() {
        let mut pool = Pool::default();
        let first = pool.insert('a');
        let second = pool.insert('b');
        assert_eq!(pool.remove(first), Some('a'));
        assert_eq!(pool.remove(first), None);
        assert_eq!(pool.insert('c'), first);
        assert_eq!((pool[first], pool[second], pool.len()), ('c', 'b', 2));
        assert_eq!(pool.indices().collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn shrinking_gives_back_what_lies_behind_the_last_value() {
        let mut pool = Pool::default();
        for value in 0..100 {
            pool.insert(value);
        }
        for index in (1..100).filter(|index| *index != 3) {
            pool.remove(index);
        }
        let before = pool.bytes();
        pool.shrink();
        assert!(pool.bytes() <= before / 20);
        assert_eq!((pool.len(), pool[0], pool[3]), (2, 0, 3));
        let mut taken = [pool.insert(7), pool.insert(8), pool.insert(9)];
        taken.sort_unstable();
        assert_eq!(taken, [1, 2, 4]);
    }
}

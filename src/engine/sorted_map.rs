//! A map as a sorted vector: a tenth of the machine code of a `BTreeMap`, which is compiled for
//! each type.

/// Values by key, in key order.
///
/// Cost: O(log n) to find a value; O(n) to add one or to take it out, a move of memory.
#[derive(Clone, Debug)]
pub struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Ord, V> SortedMap<K, V> {
    fn place(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(&key))
    }

    /// The value of a key.
    pub fn get(&self, key: K) -> Option<&V> {
        Some(&self.0.get(self.place(key).ok()?)?.1)
    }

    /// The value of a key; inserts the default if it has none.
    pub fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let place = self.place(key).unwrap_or_else(|place| {
            self.0.insert(place, (key, V::default()));
            place
        });
        &mut self.0[place].1
    }

    /// Sets the value of a key.
    pub fn put(&mut self, key: K, value: V) {
        match self.place(key) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (key, value)),
        }
    }

    /// Removes and returns the value of a key.
    pub fn take(&mut self, key: K) -> Option<V> {
        let place = self.place(key).ok()?;
        Some(self.0.remove(place).1)
    }

    /// Drops all but the wanted ones.
    pub fn retain(&mut self, is_wanted: impl Fn(K) -> bool) {
        self.0.retain(|(key, _)| is_wanted(*key));
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_keys_and_stand_in_the_order_of_these() {
        let mut map = SortedMap::default();
        for key in [5, 1, 3] {
            map.put(key, key * 10);
        }
        *map.entry(1) += 1;
        *map.entry(2) += 2;
        map.put(3, 7);
        assert_eq!(map.take(5), Some(50));
        assert_eq!((map.take(5), map.get(2)), (None, Some(&2)));
        assert_eq!(map.iter().collect::<Vec<_>>(), [(1, &11), (2, &2), (3, &7)]);
        map.retain(|key| key != 2);
        assert_eq!(map.get(2), None);
    }
}

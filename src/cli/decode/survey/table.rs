//! Tables with a bound.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// So many entries, and how often there was no room for another.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    entries: BTreeMap<K, V>,
    most: usize,
    refused: u64,
}

impl<K: Ord, V: Default> Table<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self { entries: BTreeMap::new(), most, refused: 0 }
    }

    /// The entry of a key; none where it is new and the table full.
    pub(super) fn entry(&mut self, key: K) -> Option<&mut V> {
        let full = self.entries.len() >= self.most;
        match self.entries.entry(key) {
            Entry::Occupied(entry) => Some(entry.into_mut()),
            Entry::Vacant(_) if full => {
                self.refused += 1;
                None
            }
            Entry::Vacant(entry) => Some(entry.insert(V::default())),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.entries.remove(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.keys()
    }

    /// How often there was no room.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_what_is_new_is_counted() {
        let mut table = Table::<u8, u8>::new(2);
        for key in [1, 2, 3, 1, 4, 2] {
            if let Some(count) = table.entry(key) {
                *count += 1;
            }
        }
        assert_eq!(table.iter().collect::<Vec<_>>(), [(&1, &2), (&2, &2)]);
        assert_eq!((table.refused(), table.most()), (2, 2));
    }
}

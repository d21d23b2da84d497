//! Remembers of the newest executions which spans of other libraries they ran inside, and which
//! were sent.

use super::ids::{Key, SpanContext};
use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Most executions remembered: as many as end between two looks, and room for links; a new level is
/// reported within a hundred runs of its first.
const MOST: usize = 20_000;

/// Notes about the newest 20,000 executions.
#[derive(Debug)]
pub struct Newest<K, V> {
    known: HashMap<K, V>,
    order: VecDeque<K>,
}

/// Surrounding spans of executions, by execution id.
pub type Parents = Newest<Box<str>, SpanContext>;

/// Executions that one exporter sent, so that none is sent twice and no link leads to one that was
/// not.
pub type SentExecutions = Newest<Key, ()>;

impl<K, V> Default for Newest<K, V> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, V> Newest<K, V> {
    /// Notes something about an execution; false if there was a note before.
    pub fn insert(&mut self, key: K, value: V) -> bool {
        let is_new = self.known.insert(key.clone(), value).is_none();
        if is_new {
            self.order.push_back(key);
        }
        if self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        is_new
    }

    /// The note about an execution.
    pub fn of<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.known.get(key)
    }
}

impl Parents {
    /// Notes the surrounding span of an execution; also `None`, since an id may be used again.
    pub fn set(&mut self, execution: &str, parent: Option<SpanContext>) {
        match parent {
            Some(parent) => self.insert(execution.into(), parent),
            None => self.known.remove(execution).is_some(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(id: &str) -> SpanContext {
        SpanContext {
            trace_id: id.into(),
            span_id: id.into(),
        }
    }

    #[test]
    fn the_newest_are_known_and_an_id_that_comes_again_has_what_it_ran_in_last() {
        let mut parents = Parents::default();
        for run in 0..MOST + 1_000 {
            parents.set(&run.to_string(), Some(parent("a")));
        }
        assert_eq!(parents.of("999"), None);
        assert_eq!(parents.of("1000"), Some(&parent("a")));
        parents.set("1000", Some(parent("b")));
        assert_eq!(parents.of("1000"), Some(&parent("b")));
        parents.set("1000", None);
        assert_eq!(parents.of("1000"), None);
        for _ in 0..3 * MOST {
            parents.set("again", Some(parent("c")));
            parents.set("again", None);
        }
        assert!(parents.order.len() <= MOST && parents.known.len() <= MOST);
    }
}

//! Executions whose traces were sent.

use super::ids::Key;
use std::collections::{HashSet, VecDeque};

/// Executions that are remembered: a new level is reported within a hundred runs of its first.
const MOST: usize = 20_000;

/// The newest 20,000 executions that one exporter sent, so that none is sent twice and no link
/// leads to one that was not.
#[derive(Debug, Default)]
pub struct SentExecutions {
    known: HashSet<Key>,
    order: VecDeque<Key>,
}

impl SentExecutions {
    /// Notes that an execution is sent; false if it was before.
    pub fn insert(&mut self, key: Key) -> bool {
        let is_new = self.known.insert(key);
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

    /// Whether an execution was sent.
    pub fn contains(&self, key: Key) -> bool {
        self.known.contains(&key)
    }
}

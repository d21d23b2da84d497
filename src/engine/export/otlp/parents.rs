//! Spans of other libraries that executions ran inside of.

use std::collections::{HashMap, VecDeque};

/// Executions whose parents are known: as many as end between two looks, and room for links.
const MOST: usize = 20_000;

/// A span of another library, or of another process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanContext {
    /// 32 hexadecimal digits.
    pub trace_id: Box<str>,
    /// 16 hexadecimal digits.
    pub span_id: Box<str>,
}

/// What executions ran inside of, by their ids: of the newest 20,000.
#[derive(Debug, Default)]
pub struct Parents {
    by_execution: HashMap<Box<str>, SpanContext>,
    order: VecDeque<Box<str>>,
}

impl Parents {
    /// Notes what an execution runs inside of; `None` for nothing, since an id may come again.
    pub fn set(&mut self, execution: &str, parent: Option<SpanContext>) {
        let Some(parent) = parent else {
            self.by_execution.remove(execution);
            return;
        };
        if self.by_execution.insert(execution.into(), parent).is_none() {
            self.order.push_back(execution.into());
        }
        if self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.by_execution.remove(&oldest);
            }
        }
    }

    /// What an execution ran inside of, where that is known.
    pub fn of(&self, execution: &str) -> Option<&SpanContext> {
        self.by_execution.get(execution)
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
        assert!(parents.order.len() <= MOST && parents.by_execution.len() <= MOST);
    }
}

//! The ended executions, as completed ones and as the pipeline history.
//!
//! Both are the same list, stored once, until an id is used again or a caller changes one of them.

use super::aged::AgedList;
use super::ExecutionRef;

#[derive(Debug, Default)]
pub(super) struct Ended {
    completed: AgedList,
    /// Whether the pipeline history is the list of the completed ones.
    is_one: bool,
    /// A separate pipeline history.
    pipeline: Option<AgedList>,
}

impl Ended {
    pub fn completed(&self) -> &AgedList {
        &self.completed
    }

    pub fn pipeline(&self) -> Option<&AgedList> {
        if self.is_one {
            Some(&self.completed)
        } else {
            self.pipeline.as_ref()
        }
    }

    /// Whether both are one list.
    pub fn is_one(&self) -> bool {
        self.is_one
    }

    /// Lists an execution in both at once; false, and not listed, if they are two lists.
    pub fn push_to_one(&mut self, execution: ExecutionRef, at_ms: f64) -> bool {
        self.is_one |= self.pipeline.is_none() && self.completed.is_empty();
        if self.is_one {
            self.completed.push(execution, at_ms);
        }
        self.is_one
    }

    /// Removes the oldest from both while there are more than `limit`; only if they are one list.
    pub fn pop_one_beyond(&mut self, limit: usize) -> Option<ExecutionRef> {
        self.completed.pop_beyond(limit)
    }

    /// Removes the oldest from a separate pipeline history while there are more than `limit`.
    pub fn pop_pipeline_beyond(&mut self, limit: usize) -> Option<ExecutionRef> {
        self.pipeline.as_mut()?.pop_beyond(limit)
    }

    fn separate(&mut self) {
        if self.is_one {
            self.is_one = false;
            self.pipeline = Some(self.completed.clone());
        }
    }

    /// The completed ones, to be changed without the pipeline history.
    pub fn completed_mut(&mut self) -> &mut AgedList {
        self.separate();
        &mut self.completed
    }

    /// The pipeline history, made (empty) if there is none, to be changed without the completed.
    pub fn pipeline_mut(&mut self) -> &mut AgedList {
        self.separate();
        self.pipeline.get_or_insert_default()
    }

    /// Removes the pipeline history, if there is one.
    pub fn take_pipeline(&mut self) -> Option<AgedList> {
        self.separate();
        self.pipeline.take()
    }

    /// Moves executions older than `cutoff_ms` to `gone`: first the completed ones, then those of a
    /// separate pipeline history. Returns the number of the former, and the time of the oldest that
    /// stays.
    pub fn evict_older(
        &mut self,
        cutoff_ms: f64,
        at_of: impl Fn(u32) -> f64,
        gone: &mut Vec<u32>,
    ) -> (usize, f64) {
        let mut oldest = self.completed.evict_older(cutoff_ms, &at_of, gone);
        let completed_gone = gone.len();
        if let Some(list) = &mut self.pipeline {
            oldest = oldest.min(list.evict_older(cutoff_ms, &at_of, gone));
        }
        (completed_gone, oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(list: Option<&AgedList>) -> Vec<u32> {
        list.into_iter().flat_map(AgedList::iter).collect()
    }

    #[test]
    fn what_is_changed_in_one_list_stays_in_the_other() {
        let mut ended = Ended::default();
        assert!(ended.pipeline().is_none());
        assert!(ended.push_to_one(1, 10.0) && ended.push_to_one(2, 20.0));
        assert_eq!(refs(ended.pipeline()), [1, 2]);
        assert!(ended.completed_mut().remove(1));
        assert_eq!(refs(Some(ended.completed())), [2]);
        assert_eq!(refs(ended.pipeline()), [1, 2]);
        assert!(!ended.push_to_one(3, 30.0), "they are two lists now");
        ended.pipeline_mut().push(3, 30.0);
        assert_eq!(refs(ended.take_pipeline().as_ref()), [1, 2, 3]);
        assert_eq!(refs(Some(ended.completed())), [2]);
    }
}

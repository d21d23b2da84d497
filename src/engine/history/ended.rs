//! The executions that ended, as the completed ones and as the pipeline history.
//!
//! Both are the same list until an id is used again or a caller changes one of them manually;
//! until then it is kept once.

use super::aged::AgedList;
use super::ExecutionRef;

#[derive(Debug)]
enum Pipeline {
    Absent,
    AsCompleted,
    Own(AgedList),
}

#[derive(Debug)]
pub(super) struct Ended {
    completed: AgedList,
    pipeline: Pipeline,
}

impl Default for Ended {
    fn default() -> Self {
        Self {
            completed: AgedList::default(),
            pipeline: Pipeline::Absent,
        }
    }
}

impl Ended {
    pub fn completed(&self) -> &AgedList {
        &self.completed
    }

    pub fn pipeline(&self) -> Option<&AgedList> {
        match &self.pipeline {
            Pipeline::Absent => None,
            Pipeline::AsCompleted => Some(&self.completed),
            Pipeline::Own(list) => Some(list),
        }
    }

    /// Whether both are one list.
    pub fn is_one(&self) -> bool {
        matches!(self.pipeline, Pipeline::AsCompleted)
    }

    /// Lists an execution in both at once; false, and not listed, if they are two lists.
    pub fn push_to_one(&mut self, execution: ExecutionRef, at_ms: f64) -> bool {
        if matches!(self.pipeline, Pipeline::Absent) && self.completed.is_empty() {
            self.pipeline = Pipeline::AsCompleted;
        }
        let is_one = self.is_one();
        if is_one {
            self.completed.push(execution, at_ms);
        }
        is_one
    }

    /// Takes the oldest out of both while there are more than `limit`; only where they are one.
    pub fn pop_one_beyond(&mut self, limit: usize) -> Option<ExecutionRef> {
        self.completed.pop_beyond(limit)
    }

    /// Takes the oldest out of a pipeline history of its own while there are more than `limit`.
    pub fn pop_pipeline_beyond(&mut self, limit: usize) -> Option<ExecutionRef> {
        match &mut self.pipeline {
            Pipeline::Own(list) => list.pop_beyond(limit),
            Pipeline::Absent | Pipeline::AsCompleted => None,
        }
    }

    fn separate(&mut self) {
        if self.is_one() {
            self.pipeline = Pipeline::Own(self.completed.clone());
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
        if let Pipeline::Absent = self.pipeline {
            self.pipeline = Pipeline::Own(AgedList::default());
        }
        match &mut self.pipeline {
            Pipeline::Own(list) => list,
            Pipeline::Absent | Pipeline::AsCompleted => &mut self.completed,
        }
    }

    /// Takes the pipeline history away, if there is one.
    pub fn take_pipeline(&mut self) -> Option<AgedList> {
        self.separate();
        match std::mem::replace(&mut self.pipeline, Pipeline::Absent) {
            Pipeline::Own(list) => Some(list),
            Pipeline::Absent | Pipeline::AsCompleted => None,
        }
    }

    /// Moves what is older than `cutoff_ms` to `gone`: first the completed ones, how many of
    /// which is returned, then those of a pipeline history of its own. Also returned is the
    /// time of the oldest that stays.
    pub fn evict_older(
        &mut self,
        cutoff_ms: f64,
        at_of: impl Fn(u32) -> f64,
        gone: &mut Vec<u32>,
    ) -> (usize, f64) {
        let mut oldest = self.completed.evict_older(cutoff_ms, &at_of, gone);
        let completed_gone = gone.len();
        if let Pipeline::Own(list) = &mut self.pipeline {
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

//! Custom labels of executions and stages, stored beside the records.
//!
//! A separate table, keyed by execution: an execution without labels has no entry, and evicting one
//! removes its labels.

use super::record::{LabelId, SpanRecord, StageId};
use super::ExecutionRef;
use crate::engine::time::Nanos;
use hashbrown::HashMap;

/// The value of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LabelValue {
    /// A text.
    Text(LabelId),
    /// A truth value.
    Truth(bool),
    /// A finite number.
    Number(f64),
}

/// The subject of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Labelled {
    /// The whole execution.
    Execution,
    /// A stage of it, by its start: an execution may run one stage several times.
    Stage {
        /// The number of the stage.
        stage: StageId,
        /// When it started, on the scale of `performance.now()`.
        start_ms: f64,
    },
}

/// One label: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomLabel {
    /// The name, as a number.
    pub name: LabelId,
    /// A text as a number, a figure, or a truth value.
    pub value: LabelValue,
    start: Nanos,
    stage: StageId,
}

/// The stage of a label that was given to the whole execution.
const WHOLE: StageId = StageId::MAX;

impl Labelled {
    /// This stage of its execution.
    pub fn stage(span: &SpanRecord) -> Self {
        Self::Stage {
            stage: span.stage,
            start_ms: span.start_ms,
        }
    }
}

impl CustomLabel {
    /// A label of an execution or of one of its stages.
    pub fn new(of: Labelled, name: LabelId, value: LabelValue) -> Self {
        let (stage, start_ms) = match of {
            Labelled::Execution => (WHOLE, 0.0),
            Labelled::Stage { stage, start_ms } => (stage, start_ms),
        };
        Self {
            name,
            value,
            start: Nanos::from_millis(start_ms).unwrap_or_default(),
            stage,
        }
    }

    /// Whether it was given to this.
    pub fn is_of(&self, of: Labelled) -> bool {
        match of {
            Labelled::Execution => self.stage == WHOLE,
            Labelled::Stage { stage, start_ms } => {
                self.stage == stage && Nanos::from_millis(start_ms) == Some(self.start)
            }
        }
    }
}

/// The labels of all stored executions that have any.
#[derive(Debug, Default)]
pub struct CustomLabels {
    by_execution: HashMap<ExecutionRef, Box<[CustomLabel]>>,
}

impl CustomLabels {
    /// Stores the labels of an execution, replacing former ones.
    pub fn keep(&mut self, execution: ExecutionRef, labels: Box<[CustomLabel]>) {
        if !labels.is_empty() {
            self.by_execution.insert(execution, labels);
        }
    }

    /// Labels of an execution and its stages, as they were given.
    pub fn of(&self, execution: ExecutionRef) -> &[CustomLabel] {
        let labels = self.by_execution.get(&execution);
        labels.map_or(&[], |labels| labels)
    }

    /// Whether no stored execution has any.
    pub fn is_empty(&self) -> bool {
        self.by_execution.is_empty()
    }

    /// Number of executions that have any.
    pub fn len(&self) -> usize {
        self.by_execution.len()
    }

    /// Releases an execution's labels. Cost: one comparison where there are no labels.
    pub(super) fn forget(&mut self, execution: ExecutionRef) {
        if !self.is_empty() {
            self.by_execution.remove(&execution);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_takes_the_bytes_stated() {
        assert_eq!(size_of::<CustomLabel>(), 32);
    }

    #[test]
    fn a_label_belongs_to_the_execution_or_to_the_one_start_of_a_stage() {
        let of_stage = |start_ms| Labelled::Stage { stage: 3, start_ms };
        let label = CustomLabel::new(of_stage(0.1 + 0.2), 1, LabelValue::Number(5.0));
        assert!(label.is_of(of_stage(0.3)));
        assert!(!label.is_of(of_stage(0.300_001)));
        assert!(!label.is_of(Labelled::Execution));
        let whole = CustomLabel::new(Labelled::Execution, 1, LabelValue::Text(2));
        assert!(whole.is_of(Labelled::Execution));
        assert!(!whole.is_of(of_stage(0.0)));
    }

    #[test]
    fn an_execution_that_goes_takes_its_labels_along() {
        let mut labels = CustomLabels::default();
        let label = CustomLabel::new(Labelled::Execution, 1, LabelValue::Text(2));
        labels.keep(7, Box::new([label]));
        labels.keep(8, Box::new([]));
        assert_eq!(
            (labels.of(7), labels.of(8), labels.len()),
            (&[label][..], &[][..], 1)
        );
        labels.forget(7);
        assert!(labels.is_empty());
    }
}

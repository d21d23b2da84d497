//! The completed stages of one execution, and the own time of each, without children.

use super::execution::Span;
use crate::engine::history::{SpanRecord, StageId};
use crate::engine::stats::order::sort_by;
use crate::engine::time::{between, end_of};

/// A completed stage, as the analysis of a run reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageRun {
    /// The number of the stage.
    pub stage: StageId,
    /// When it started, on the scale of `performance.now()`.
    pub start_ms: f64,
    /// Its duration in ms.
    pub duration_ms: f64,
    /// Its own time in ms, without all that ran inside it, however deep: each moment counts once.
    pub self_ms: f64,
    /// Items processed.
    pub items: f64,
    /// Input size.
    pub input_size: f64,
    /// Heap growth in bytes.
    pub memory_delta: f64,
    /// Place among the completed stages of its parent, which comes before its own.
    pub parent: Option<u32>,
}

impl StageRun {
    /// From a span without parent or children; `None` unless it completed.
    pub fn of(span: &SpanRecord) -> Option<Self> {
        span.completed.then_some(Self {
            stage: span.stage,
            start_ms: span.start_ms,
            duration_ms: span.duration_ms,
            self_ms: span.duration_ms,
            items: span.items,
            input_size: span.input_size,
            memory_delta: span.memory_delta,
            parent: None,
        })
    }

    /// Its end.
    pub fn end_ms(&self) -> f64 {
        end_of(self.start_ms, self.duration_ms)
    }

    /// Its interval.
    pub fn span(&self) -> Span {
        Span {
            stage: self.stage,
            start_ms: self.start_ms,
            end_ms: self.end_ms(),
            parent: self.parent.map(|place| place as usize),
        }
    }
}

/// The completed stages of one execution in the order in which they started. Reused from one
/// execution to the next.
#[derive(Debug, Default)]
pub struct StageRuns {
    runs: Vec<StageRun>,
    /// For each span its place among the completed ones; for one that did not complete that of
    /// the one around it.
    places: Vec<Option<u32>>,
    /// For each run its end, or that of the last run inside it if that is later.
    reached: Vec<f64>,
    /// Parent and interval of each child, up to what it `reached`.
    inside: Vec<(u32, f64, f64)>,
    are_nested: bool,
}

impl StageRuns {
    /// Of all spans of an execution, in the order in which they started.
    pub fn of(spans: impl Iterator<Item = SpanRecord>) -> Self {
        let mut runs = Self::default();
        runs.load_records(spans);
        runs
    }

    /// Replaces what was here by those of all spans of an execution.
    pub fn load_records(&mut self, spans: impl Iterator<Item = SpanRecord>) {
        self.load(spans.map(|span| {
            let parent = span.parent.map(|parent| parent.span);
            (parent, StageRun::of(&span))
        }));
    }

    /// Replaces what was here by the completed ones of all spans of an execution, in the order
    /// in which they started, each with the number of the span that it ran inside of.
    ///
    /// Cost: no allocation once the vectors have grown; where stages ran inside of others, a
    /// sort.
    pub fn load(&mut self, spans: impl Iterator<Item = (Option<u32>, Option<StageRun>)>) {
        self.runs.clear();
        self.places.clear();
        self.inside.clear();
        self.are_nested = false;
        for (parent, run) in spans {
            let parent = parent.and_then(|number| self.places.get(number as usize).copied()?);
            let Some(mut run) = run else {
                self.places.push(parent);
                continue;
            };
            run.parent = parent;
            self.are_nested |= parent.is_some();
            self.places.push(Some(self.runs.len() as u32));
            self.runs.push(run);
        }
        if self.are_nested {
            self.find_children();
            self.subtract_children();
        }
    }

    /// A run that outlives its parent also ran inside the stage around that, where it prolongs the
    /// interval of the parent.
    fn find_children(&mut self) {
        self.reached.clear();
        self.reached.extend(self.runs.iter().map(StageRun::end_ms));
        for place in (0..self.runs.len()).rev() {
            let (start_ms, end_ms) = (self.runs[place].start_ms, self.reached[place]);
            if let Some(parent) = self.around(place) {
                self.inside.push((parent, start_ms, end_ms));
                let reached = &mut self.reached[parent as usize];
                *reached = reached.max(end_ms);
            }
        }
    }

    /// The innermost run that a run began inside: its parent, or one around that if the parent had
    /// ended (a stage between them did not complete).
    fn around(&self, place: usize) -> Option<u32> {
        let start_ms = self.runs[place].start_ms;
        let mut around = self.runs[place].parent;
        while let Some(parent) = around.and_then(|parent| self.runs.get(parent as usize)) {
            if parent.end_ms() >= start_ms {
                break;
            }
            around = parent.parent;
        }
        around
    }

    fn subtract_children(&mut self) {
        sort_by(&mut self.inside, |a, b| {
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        for children in self.inside.chunk_by(|a, b| a.0 == b.0) {
            let Some(parent) = self.runs.get_mut(children[0].0 as usize) else {
                continue;
            };
            let end = parent.end_ms();
            let (mut reached, mut own_ms) = (parent.start_ms, 0.0);
            for &(_, from, to) in children {
                if from > reached {
                    own_ms += between(reached, from.min(end));
                }
                reached = reached.max(to.min(end));
            }
            own_ms += between(reached, end);
            parent.self_ms = own_ms.max(0.0);
        }
    }

    /// Whether any ran inside of another.
    pub fn are_nested(&self) -> bool {
        self.are_nested
    }
}

impl std::ops::Deref for StageRuns {
    type Target = [StageRun];
    fn deref(&self) -> &[StageRun] {
        &self.runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_times(spans: &[(Option<u32>, f64, f64, bool)]) -> Vec<f64> {
        let mut runs = StageRuns::default();
        runs.load(spans.iter().map(|&(parent, start_ms, end_ms, completed)| {
            let span = SpanRecord {
                duration_ms: end_ms - start_ms,
                completed,
                ..SpanRecord::started(0, start_ms, 0.0)
            };
            (parent, StageRun::of(&span))
        }));
        runs.iter().map(|run| run.self_ms).collect()
    }

    #[test]
    fn what_runs_inside_of_a_stage_is_not_its_own_time() {
        let nested = [
            (None, 0.0, 100.0, true),
            (Some(0), 10.0, 50.0, true),
            (Some(1), 20.0, 30.0, true),
            (Some(0), 60.0, 70.0, true),
            (None, 100.0, 105.0, true),
        ];
        assert_eq!(own_times(&nested), [50.0, 30.0, 10.0, 10.0, 5.0]);
    }

    #[test]
    fn children_that_overlap_count_each_moment_once_and_are_cut_at_their_parent() {
        let nested = [
            (None, 10.0, 40.0, true),
            (Some(0), 12.0, 20.0, true),
            (Some(0), 15.0, 30.0, true),
            (Some(0), 35.0, 90.0, true),
        ];
        assert_eq!(own_times(&nested), [2.0 + 5.0, 8.0, 15.0, 55.0]);
    }

    #[test]
    fn what_outlives_its_parent_is_not_the_own_time_of_the_stage_around_that() {
        let nested = [
            (None, 0.0, 10.0, true),
            (Some(0), 1.0, 3.0, true),
            (Some(1), 2.0, 6.0, true),
            (Some(2), 5.0, 8.0, true),
            // Within one that did not complete, when what is around that was over.
            (Some(1), 2.0, 0.0, false),
            (Some(4), 9.0, 12.0, true),
        ];
        assert_eq!(own_times(&nested), [2.0, 1.0, 3.0, 3.0, 3.0]);
    }

    #[test]
    fn a_child_of_a_stage_that_did_not_complete_is_one_of_the_stage_around_that() {
        let nested = [
            (None, 0.0, 100.0, true),
            (Some(0), 0.0, 0.0, false),
            (Some(1), 20.0, 30.0, true),
        ];
        assert_eq!(own_times(&nested), [90.0, 10.0]);
    }
}

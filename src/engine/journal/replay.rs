use super::{Id, Number};
use crate::engine::history::{
    CustomLabel, ExecutionRef, LabelId, LabelValue, Labelled, SpanRecord, StageId,
};
use crate::engine::recorder::{
    PipelineEnd, PipelineOutcome, PipelineStart, SlotId, StageEnd, StageStart, State,
};
use hashbrown::HashMap;
use std::collections::VecDeque;

/// The store's place of a writer's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// None: the number is free, or the store abandoned its execution.
    #[default]
    Nothing,
    Execution {
        slot: SlotId,
        /// Its running stages.
        running: u32,
        run: Run,
    },
    Stage {
        execution: Number,
        span: u32,
        /// The number of its execution, which may be another's by now: then the stage outlived it,
        /// and is in [`Replay::late`].
        run: Run,
    },
}

/// Counts executions as they start.
type Run = u32;

/// The stages that outlive an execution, by their spans.
#[derive(Debug)]
struct LateStages {
    execution_id: Box<str>,
    starts: HashMap<u32, StageStart>,
}

/// Most late stages remembered; beyond it, those of the execution that ended first are forgotten.
const MOST_LATE: usize = 10_000;

/// A completion that raised or ended alerts: [`State::raised`] has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The stage that completed; that of whole pipelines for an execution.
    pub stage: StageId,
    /// When, wall clock in ms.
    pub wall_ms: f64,
    /// The id of the execution that it belongs to.
    pub execution_id: Box<str>,
}

impl Raised {
    fn of(state: &State, stage: StageId, wall_ms: f64, execution: ExecutionRef) -> Option<Self> {
        (!state.raised().is_empty()).then(|| Self {
            stage,
            wall_ms,
            execution_id: state.history.executions.id(execution).into(),
        })
    }
}

/// Turns records into calls.
///
/// Memory: 16 bytes for each number in use at once.
#[derive(Debug, Default)]
pub struct Replay {
    places: Vec<Place>,
    /// Labels of running executions, in the order they were given.
    labels: Vec<(Number, CustomLabel)>,
    /// Stages that completed since the last [`Replay::take_touched`], each once.
    touched: Vec<StageId>,
    /// Whether each stage is one of them.
    is_touched: Vec<bool>,
    /// Slots of executions that were abandoned because too many ran, and their numbers.
    evicted: Vec<SlotId>,
    evicted_numbers: Vec<Number>,
    /// The journal's number of the last execution in each slot.
    numbers: Vec<Number>,
    runs: Run,
    /// Stages whose execution has ended.
    late: HashMap<Run, LateStages>,
    /// In the order of those ends; some may have completed since.
    late_runs: VecDeque<Run>,
    late_count: usize,
}

/// Records, executed in the order of writing. Cost of each: that of the direct call, and about 5
/// ns.
impl Replay {
    /// An execution started. The journal calls it `number` until it ends.
    #[inline]
    pub fn start_pipeline(
        &mut self,
        state: &mut State,
        number: Number,
        id: Id<'_>,
        start: &PipelineStart,
    ) {
        let slot = match id {
            Id::Given(id) => state.start_pipeline(id, start).0,
            Id::Sequence(sequence) => state.start_own_pipeline(sequence, start).0,
        };
        self.evict(state);
        self.runs = self.runs.wrapping_add(1);
        let run = self.runs;
        let running = 0;
        self.put(number, Place::Execution { slot, running, run });
        self.note_slot(slot, number);
    }

    /// An execution is abandoned: another of its id started.
    pub fn abandon(&mut self, state: &mut State, number: Number) {
        if let Place::Execution { slot, .. } = self.take(number) {
            self.take_labels(number);
            state.abandon(slot);
        }
    }

    /// A stage of `execution` started, inside of stage `parent` of it. The journal calls it
    /// `number` until it ends.
    #[inline]
    pub fn start_stage(
        &mut self,
        state: &mut State,
        number: Number,
        execution: Number,
        parent: Option<Number>,
        start: &StageStart,
    ) {
        let parent = parent.and_then(|parent| self.span_of(parent, execution));
        let inside;
        let start = if start.parent == parent {
            start
        } else {
            inside = StageStart { parent, ..*start };
            &inside
        };
        let Place::Execution { slot, running, run } = self.place_mut(execution) else {
            return;
        };
        if let Some((span, _)) = state.start_stage(*slot, start) {
            *running += 1;
            let run = *run;
            let stage = Place::Stage {
                execution,
                span,
                run,
            };
            self.put(number, stage);
        }
    }

    /// A stage ended. Returns what it raised, if anything.
    #[inline]
    pub fn end_stage(
        &mut self,
        state: &mut State,
        number: Number,
        end: &StageEnd,
    ) -> Option<Raised> {
        let Place::Stage {
            execution,
            span,
            run: of,
        } = self.take(number)
        else {
            return None;
        };
        let slot = match self.place_mut(execution) {
            Place::Execution { slot, running, run } if *run == of => {
                *running = running.saturating_sub(1);
                *slot
            }
            _ => return self.end_late(state, of, span, end),
        };
        let of_record = |record: &SpanRecord| (record.stage, record.wall_ms);
        let (stage, wall_ms) = state.complete_stage_with(slot, span, end, of_record)?;
        self.touch(stage);
        if state.raised().is_empty() {
            return None;
        }
        let (execution, _) = state.running_spans(slot)?;
        Raised::of(state, stage, wall_ms, execution)
    }

    /// An execution ended; it is analysed if there is an `outcome` to fill. Returns what it raised,
    /// if anything.
    #[inline]
    pub fn end_pipeline(
        &mut self,
        state: &mut State,
        number: Number,
        end: &PipelineEnd,
        outcome: Option<&mut PipelineOutcome>,
    ) -> Option<Raised> {
        let Place::Execution { slot, running, run } = self.take(number) else {
            return None;
        };
        if running > 0 {
            self.outlive(state, slot, run);
        }
        if !self.labels.is_empty() {
            let labels = self.take_labels(number);
            state.store_labels(slot, labels);
        }
        let execution = state.end_pipeline(slot, end, outcome)?;
        let stage = state.pipeline_total();
        self.touch(stage);
        if state.raised().is_empty() {
            return None;
        }
        let wall_ms = state.history.executions.record(execution).wall_ms;
        Raised::of(state, stage, wall_ms, execution)
    }

    /// A running execution, or one of its stages, was given a custom label.
    pub fn label(&mut self, state: &State, of: Number, name: LabelId, value: LabelValue) {
        let (execution, labelled) = match self.place(of) {
            Place::Execution { .. } => (of, Some(Labelled::Execution)),
            Place::Stage {
                execution,
                span,
                run,
            } => (execution, self.labelled(state, execution, span, run)),
            Place::Nothing => return,
        };
        if let Some(labelled) = labelled {
            let label = CustomLabel::new(labelled, name, value);
            self.labels.push((execution, label));
        }
    }
}

impl Replay {
    /// The stages that completed since the last call, each once.
    pub fn take_touched(&mut self, to: &mut Vec<StageId>) {
        for stage in &self.touched {
            if let Some(is_touched) = self.is_touched.get_mut(*stage as usize) {
                *is_touched = false;
            }
        }
        to.append(&mut self.touched);
    }

    /// The numbers of the executions in these slots, which the store abandoned: later records of
    /// them are ignored.
    pub fn forget(&mut self, slots: &[SlotId]) -> Vec<Number> {
        let mut gone = Vec::new();
        self.forget_slots(slots, &mut gone);
        gone
    }

    /// Forgets the executions that the store abandoned because too many ran. Called after every
    /// start, before one of their slots can be reused.
    pub fn evict(&mut self, state: &mut State) {
        let slots = state.take_evicted();
        if slots.is_empty() {
            return;
        }
        let mut gone = std::mem::take(&mut self.evicted_numbers);
        self.forget_slots(&slots, &mut gone);
        self.evicted_numbers = gone;
        self.evicted.extend(slots);
    }

    /// Slots of the executions abandoned since the last call because too many ran.
    pub fn evicted(&self) -> &[SlotId] {
        &self.evicted
    }

    /// Takes the numbers of those that the journal had started. Their slots may have been reused.
    pub fn take_evicted_numbers(&mut self) -> Vec<Number> {
        std::mem::take(&mut self.evicted_numbers)
    }

    /// Takes what [`Replay::evicted`] returns.
    pub fn take_evicted(&mut self) -> Vec<SlotId> {
        std::mem::take(&mut self.evicted)
    }

    fn forget_slots(&mut self, slots: &[SlotId], numbers: &mut Vec<Number>) {
        for &slot in slots {
            let Some(&number) = self.numbers.get(slot as usize) else {
                continue;
            };
            if self.slot_of(number) == Some(slot) {
                self.take(number);
                self.take_labels(number);
                numbers.push(number);
            }
        }
    }

    #[inline]
    fn note_slot(&mut self, slot: SlotId, number: Number) {
        let at = slot as usize;
        if at >= self.numbers.len() {
            self.numbers.resize(at + 1, 0);
        }
        self.numbers[at] = number;
    }

    /// The slot of a running execution.
    pub fn slot_of(&self, number: Number) -> Option<SlotId> {
        match self.place(number) {
            Place::Execution { slot, .. } => Some(slot),
            _ => None,
        }
    }

    #[inline]
    fn place(&self, number: Number) -> Place {
        self.places
            .get(number as usize)
            .copied()
            .unwrap_or_default()
    }

    #[inline]
    fn place_mut(&mut self, number: Number) -> &mut Place {
        let at = number as usize;
        if at >= self.places.len() {
            self.add_places(at + 1);
        }
        &mut self.places[at]
    }

    #[cold]
    fn add_places(&mut self, len: usize) {
        self.places.resize(len, Place::Nothing);
    }

    /// The span of a running stage of that execution.
    fn span_of(&self, number: Number, of: Number) -> Option<u32> {
        match self.place(number) {
            Place::Stage {
                execution,
                span,
                run,
            } if execution == of && self.run_of(of) == Some(run) => Some(span),
            _ => None,
        }
    }

    fn run_of(&self, number: Number) -> Option<Run> {
        match self.place(number) {
            Place::Execution { run, .. } => Some(run),
            _ => None,
        }
    }

    #[inline]
    fn put(&mut self, number: Number, place: Place) {
        *self.place_mut(number) = place;
    }

    #[inline]
    fn take(&mut self, number: Number) -> Place {
        std::mem::take(self.place_mut(number))
    }

    #[inline]
    fn touch(&mut self, stage: StageId) {
        if self.is_touched.get(stage as usize) != Some(&true) {
            self.touch_first(stage);
        }
    }

    #[cold]
    fn touch_first(&mut self, stage: StageId) {
        let at = stage as usize;
        if self.is_touched.len() <= at {
            self.is_touched.resize(at + 1, false);
        }
        self.is_touched[at] = true;
        self.touched.push(stage);
    }

    /// Remembers stages still running at the end of their execution.
    fn outlive(&mut self, state: &State, slot: SlotId, run: Run) {
        let Some((execution, spans)) = state.unfinished(slot) else {
            return;
        };
        let execution_id = state.history.executions.id(execution).into();
        let starts: HashMap<u32, StageStart> = spans.collect();
        self.late_count += starts.len();
        let stages = LateStages {
            execution_id,
            starts,
        };
        self.late.insert(run, stages);
        self.late_runs.push_back(run);
        while self.late_count > MOST_LATE || self.late_runs.len() > MOST_LATE {
            let Some(first) = self.late_runs.pop_front() else {
                break;
            };
            if let Some(forgotten) = self.late.remove(&first) {
                self.late_count -= forgotten.starts.len();
            }
        }
    }

    #[cold]
    fn end_late(
        &mut self,
        state: &mut State,
        run: Run,
        span: u32,
        end: &StageEnd,
    ) -> Option<Raised> {
        let stages = self.late.get_mut(&run)?;
        let start = stages.starts.remove(&span)?;
        self.late_count -= 1;
        let execution_id = stages.execution_id.clone();
        if stages.starts.is_empty() {
            self.late.remove(&run);
        }
        let record = state.complete_late_stage(&execution_id, &start, end);
        self.touch(record.stage);
        (!state.raised().is_empty()).then_some(Raised {
            stage: record.stage,
            wall_ms: record.wall_ms,
            execution_id,
        })
    }

    /// The subject of a label of a running stage.
    fn labelled(&self, state: &State, execution: Number, span: u32, run: Run) -> Option<Labelled> {
        let slot = self.slot_of(execution)?;
        if self.run_of(execution) != Some(run) {
            return None;
        }
        state.labelled(slot, span)
    }

    /// The labels of an ending execution.
    fn take_labels(&mut self, number: Number) -> Box<[CustomLabel]> {
        if self.labels.is_empty() {
            return Box::default();
        }
        let of_it = |(execution, _): &mut (Number, CustomLabel)| *execution == number;
        let taken = self.labels.extract_if(.., of_it);
        taken.map(|(_, label)| label).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recorder::{At, Recorder};
    use crate::engine::time::MonotonicClock;

    fn at(now_ms: f64) -> At {
        At {
            now_ms,
            wall_ms: now_ms,
        }
    }

    #[test]
    fn a_stage_that_outlives_its_execution_is_none_of_the_next_one_of_that_number() {
        let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
        let mut state = recorder.lock().unwrap();
        let stage = state.intern_stage("a");
        let (mut replay, mut touched) = (Replay::default(), Vec::new());
        replay.start_pipeline(&mut state, 0, Id::Given("1"), &PipelineStart::at(at(0.0)));
        replay.start_stage(&mut state, 1, 0, None, &StageStart::new(stage, at(0.0)));
        replay.end_pipeline(&mut state, 0, &PipelineEnd::succeeded(at(1.0)), None);
        replay.start_pipeline(&mut state, 0, Id::Given("2"), &PipelineStart::at(at(2.0)));
        replay.start_stage(&mut state, 2, 0, None, &StageStart::new(stage, at(2.0)));
        replay.label(&state, 1, 0, LabelValue::Text(0));
        assert!(replay.labels.is_empty());
        assert_eq!(replay.span_of(1, 0), None);
        replay.take_touched(&mut touched);
        touched.clear();
        replay.end_stage(&mut state, 1, &StageEnd::succeeded(at(3.0)));
        replay.take_touched(&mut touched);
        assert_eq!(touched, [stage]);
    }
}

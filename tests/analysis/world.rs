//! Executions through the whole engine, one after the other, each of some stages one after the
//! other.

use pipeline_performance_metrics::engine::history::{
    CustomLabel, LabelId, LabelValue, Labelled, StageId,
};
use pipeline_performance_metrics::engine::query::{answer, About, Question};
use pipeline_performance_metrics::engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, Recorder, StageEnd, StageStart, State,
};
use pipeline_performance_metrics::engine::time::MonotonicClock;
use serde_json::Value;

fn at(now_ms: f64) -> At {
    At {
        now_ms,
        wall_ms: 1e6 + now_ms.floor(),
    }
}

/// A stage of an execution.
#[derive(Clone, Copy)]
pub struct Part {
    pub stage: StageId,
    pub took_ms: f64,
    pub input_size: f64,
    pub items: f64,
}

impl Part {
    /// Of a stage whose work is not known.
    pub fn new(stage: StageId, took_ms: f64) -> Self {
        Self {
            stage,
            took_ms,
            input_size: 0.0,
            items: 0.0,
        }
    }
}

/// A label that the execution has, or one of its parts.
pub struct Given {
    pub part: Option<usize>,
    pub name: LabelId,
    pub value: LabelValue,
}

pub struct World {
    pub recorder: Recorder,
    pub stages: Vec<StageId>,
    /// Of the executions to come.
    pub action_count: f64,
    now_ms: f64,
    runs: u32,
}

impl World {
    /// With these stages, and a history of at most so many runs.
    pub fn new(stages: &[&str], most: usize) -> Self {
        let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
        let stages = {
            let mut state = recorder.lock().unwrap();
            state.config.max_history_size = most;
            state.intern_label("unknown");
            let stages = stages.iter().map(|name| state.intern_stage(name));
            stages.collect()
        };
        Self {
            recorder,
            stages,
            action_count: 1.0,
            now_ms: 0.0,
            runs: 0,
        }
    }

    pub fn label(&self, text: &str) -> LabelId {
        self.recorder.lock().unwrap().intern_label(text)
    }

    pub fn run(&mut self, parts: &[Part], given: &[Given]) {
        let mut state = self.recorder.lock().unwrap();
        let start = PipelineStart {
            action_count: self.action_count,
            ..PipelineStart::at(at(self.now_ms))
        };
        let (slot, _) = state.start_pipeline(&format!("run-{}", self.runs), &start);
        self.runs += 1;
        let mut starts = Vec::new();
        for part in parts {
            starts.push(record(&mut state, slot, part, self.now_ms));
            self.now_ms += part.took_ms;
        }
        let labels = given.iter().map(|label| {
            let of = label
                .part
                .map_or(Labelled::Execution, |part| Labelled::Stage {
                    stage: parts[part].stage,
                    start_ms: starts[part],
                });
            CustomLabel::new(of, label.name, label.value)
        });
        let labels: Vec<CustomLabel> = labels.collect();
        if !labels.is_empty() {
            state.store_labels(slot, labels.into());
        }
        let end = PipelineEnd::succeeded(at(self.now_ms));
        assert!(state.complete_pipeline(slot, &end, &mut PipelineOutcome::default()));
    }

    pub fn asked(&self, question: &Question) -> Value {
        let mut state = self.recorder.lock().unwrap();
        serde_json::from_str(&answer(&mut state, question)).unwrap()
    }

    /// What sets slow runs of a stage apart.
    pub fn explained(&self, stage: StageId) -> Vec<Value> {
        let answer = self.asked(&Question::Explain(About::stage(stage)));
        answer["attributes"].as_array().unwrap().clone()
    }

    /// The recommendations of one kind for a stage.
    pub fn advice(&self, kind: &str, stage: StageId) -> Vec<Value> {
        let all = self.asked(&Question::Recommendations {});
        let all = all.as_array().unwrap().iter();
        let wanted = all.filter(|of| of["kind"] == kind && of["stage"] == stage);
        wanted.cloned().collect()
    }
}

/// Returns the start as the engine has it.
fn record(state: &mut State, slot: u32, part: &Part, from_ms: f64) -> f64 {
    let start = StageStart {
        input_size: part.input_size,
        ..StageStart::new(part.stage, at(from_ms))
    };
    let (span, start_ms) = state.start_stage(slot, &start).unwrap();
    let end = StageEnd {
        items: part.items,
        ..StageEnd::succeeded(at(from_ms + part.took_ms))
    };
    state.complete_stage(slot, span, &end).unwrap();
    start_ms
}

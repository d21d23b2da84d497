//! What the engine alone takes for a pipeline of four stages, in ns: by direct calls, and by the
//! replay of its records, in a loop and with caches that other work has filled. Histories are full.
//! `cargo bench`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints a table and may stop where it cannot"
)]

use pipeline_performance_metrics_engine::history::StageId;
use pipeline_performance_metrics_engine::journal::{Id, Replay};
use pipeline_performance_metrics_engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, Recorder, StageEnd, StageStart, State,
};
use pipeline_performance_metrics_engine::time::MonotonicClock;
use std::time::Instant;

const STAGES: usize = 4;
/// Executions in one replay.
const BATCH: usize = 64;
/// Executions that fill every history before anything counts.
const FILLING: usize = 12_000;
const REPETITIONS: usize = 301;
/// Executions in one replay amid other work: those that wait at most between two pipelines.
const COLD_BATCH: usize = 32;
/// Bytes that other work goes through between two of them: several times what a core's own caches
/// hold.
const OTHER_WORK: usize = 8 << 20;

/// The records of a pipeline.
enum Record {
    StartPipeline(u64, PipelineStart),
    StartStage(StageStart),
    EndStage(StageEnd),
    EndPipeline(PipelineEnd),
}

/// A pipeline as records: stages of 50 µs, heap read at every boundary.
struct Pipelines {
    stages: Vec<StageId>,
    now_ms: f64,
    sequence: u64,
}

impl Pipelines {
    fn at(&self) -> At {
        At {
            now_ms: self.now_ms,
            wall_ms: 1.7e12 + self.now_ms,
        }
    }

    fn start(&self) -> PipelineStart {
        PipelineStart {
            heap: 5e6,
            action_count: 20.0,
            ..PipelineStart::at(self.at())
        }
    }

    fn start_stage(&self, stage: usize) -> StageStart {
        StageStart {
            heap: 5e6,
            input_size: 1000.0,
            ..StageStart::new(self.stages[stage], self.at())
        }
    }

    /// Durations vary by a tenth, so that baselines learn something.
    fn end_stage(&mut self, stage: usize) -> StageEnd {
        let spread = (self.sequence * 7 + stage as u64) % 11;
        self.now_ms += 0.05 + 0.0005 * spread as f64;
        StageEnd {
            heap: 5e6 + 1000.0,
            output_size: 500.0,
            items: 20.0,
            ..StageEnd::succeeded(self.at())
        }
    }

    fn end(&self) -> PipelineEnd {
        PipelineEnd {
            heap: 5e6 + 4000.0,
            items: 80.0,
            output_size: 503.0,
            ..PipelineEnd::succeeded(self.at())
        }
    }

    fn records(&mut self, to: &mut Vec<Record>) {
        self.sequence += 1;
        to.push(Record::StartPipeline(self.sequence, self.start()));
        for stage in 0..STAGES {
            to.push(Record::StartStage(self.start_stage(stage)));
            let end = self.end_stage(stage);
            to.push(Record::EndStage(end));
        }
        to.push(Record::EndPipeline(self.end()));
        self.now_ms += 0.01;
    }

    fn direct(&mut self, state: &mut State, outcome: &mut PipelineOutcome) {
        self.sequence += 1;
        let id = format!("run-{}", self.sequence);
        let (slot, _) = state.start_pipeline(&id, &self.start());
        for stage in 0..STAGES {
            let started = state.start_stage(slot, &self.start_stage(stage));
            let end = self.end_stage(stage);
            let (span, _) = started.unwrap();
            state.complete_stage(slot, span, &end).unwrap();
        }
        state.complete_pipeline(slot, &self.end(), outcome);
        self.now_ms += 0.01;
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Median ns a pipeline of `batch`, which runs [`BATCH`] of them.
fn time(mut batch: impl FnMut()) -> f64 {
    let times = (0..REPETITIONS).map(|_| {
        let start = Instant::now();
        batch();
        start.elapsed().as_nanos() as f64 / BATCH as f64
    });
    median(times.collect())
}

/// Replays, one after the other.
#[derive(Default)]
struct Replays {
    replay: Replay,
    records: Vec<Record>,
    touched: Vec<StageId>,
}

/// Executes records; the numbers in the journal are 0 for the pipeline, 1 for its stage.
fn run(replay: &mut Replay, state: &mut State, records: &[Record]) {
    for record in records {
        match record {
            Record::StartPipeline(sequence, start) => {
                replay.start_pipeline(state, 0, Id::Sequence(*sequence), start);
            }
            Record::StartStage(start) => replay.start_stage(state, 1, 0, None, start),
            Record::EndStage(end) => drop(replay.end_stage(state, 1, end)),
            Record::EndPipeline(end) => drop(replay.end_pipeline(state, 0, end, None)),
        }
    }
}

impl Replays {
    /// Median ns a pipeline in replays of `batch` of them, `before` each of which something else
    /// happens.
    fn time(
        &mut self,
        pipelines: &mut Pipelines,
        state: &mut State,
        batch: usize,
        before: &mut dyn FnMut(),
    ) -> f64 {
        let times = (0..REPETITIONS).map(|_| {
            self.records.clear();
            for _ in 0..batch {
                pipelines.records(&mut self.records);
            }
            before();
            let start = Instant::now();
            run(&mut self.replay, state, &self.records);
            let took = start.elapsed().as_nanos() as f64 / batch as f64;
            self.touched.clear();
            self.replay.take_touched(&mut self.touched);
            took
        });
        median(times.collect())
    }
}

fn main() {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    let mut state = recorder.lock().unwrap();
    let names = ["filter", "evaluate", "resolve", "format"];
    let stages = names.map(|name| state.intern_stage(name)).to_vec();
    state.intern_label("unknown");
    let mut pipelines = Pipelines {
        stages,
        now_ms: 1000.0,
        sequence: 0,
    };
    let mut outcome = PipelineOutcome::default();
    for _ in 0..FILLING {
        pipelines.direct(&mut state, &mut outcome);
    }
    let direct = time(|| {
        for _ in 0..BATCH {
            pipelines.direct(&mut state, &mut outcome);
        }
    });
    let mut replays = Replays::default();
    // The evicted records were replayed ones, too.
    for _ in 0..FILLING.div_ceil(REPETITIONS * BATCH) {
        replays.time(&mut pipelines, &mut state, BATCH, &mut || {});
    }
    let replayed = replays.time(&mut pipelines, &mut state, BATCH, &mut || {});
    let mut other = vec![0u8; OTHER_WORK];
    let cold = replays.time(&mut pipelines, &mut state, COLD_BATCH, &mut || {
        other
            .iter_mut()
            .step_by(64)
            .for_each(|byte| *byte = byte.wrapping_add(1));
    });
    println!("four stages, direct calls      {direct:7.0} ns");
    println!("four stages, replayed          {replayed:7.0} ns");
    println!("four stages, replayed, cold    {cold:7.0} ns");
}

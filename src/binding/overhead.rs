//! What measuring itself costs.

use super::collector::Collector;
use crate::engine::json::{object, text_of};
use crate::engine::overhead::Timed;
use napi::Result;
use napi_derive::napi;

const NANOS_PER_MILLI: f64 = 1e6;

#[napi]
impl Collector {
    /// Records a timed execution: the cost of measuring it and its duration, both in ms, and its
    /// completed stages.
    #[napi(catch_unwind)]
    pub fn note_own_cost(&self, own_ms: f64, stages: f64, observed_ms: f64) -> Result<()> {
        self.state()?.overhead.note(Timed {
            own_ns: own_ms * NANOS_PER_MILLI,
            stages,
            observed_ns: observed_ms * NANOS_PER_MILLI,
        });
        Ok(())
    }

    /// What measuring costs, as JSON text.
    #[napi(catch_unwind)]
    pub fn overhead(&self) -> Result<String> {
        let own = &self.state()?.overhead;
        let figures = own.figures();
        let (low, high) = figures.interval_ns;
        let interval = (high > 0.0).then(|| object(&[("low", &low), ("high", &high)]));
        Ok(text_of(&object(&[
            ("nanosecondsPerStage", &figures.stage_ns),
            ("interval", &interval),
            ("meanNanosecondsPerStage", &figures.mean_stage_ns),
            ("ratio", &figures.ratio),
            ("samples", &figures.samples),
            ("sampledExecutions", &own.sampled()),
        ])))
    }
}

//! What measuring itself costs.

use super::collector::Collector;
use super::layout::overhead;
use crate::engine::overhead::Timed;
use napi::bindgen_prelude::Float64Array;
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

    /// What measuring costs.
    #[napi(catch_unwind)]
    pub fn overhead(&self) -> Result<Float64Array> {
        let own = &self.state()?.overhead;
        let figures = own.figures();
        let mut to = vec![0.0; overhead::LEN];
        to[overhead::SAMPLES] = figures.samples as f64;
        to[overhead::SAMPLED] = own.sampled() as f64;
        to[overhead::STAGE_NS] = figures.stage_ns;
        (to[overhead::LOW_NS], to[overhead::HIGH_NS]) = figures.interval_ns;
        to[overhead::MEAN_STAGE_NS] = figures.mean_stage_ns;
        to[overhead::RATIO] = figures.ratio;
        Ok(to.into())
    }
}

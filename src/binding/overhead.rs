//! What measuring itself costs.

use super::collector::Collector;
use super::layout::{change, overhead};
use crate::engine::overhead::{Change, Detail, Request, Timed};
use napi::bindgen_prelude::Float64Array;
use napi::Result;
use napi_derive::napi;

const NANOS_PER_MILLI: f64 = 1e6;
/// Sampled executions that one crossing finds the places of.
const GAPS: usize = 16;

fn request(usage: bool, heap: u32) -> Request {
    Request {
        usage,
        heap: Detail::from_number(heap.max(Detail::Exact as u32)),
    }
}

fn numbers_of(step: &Change, in_force: Detail) -> Vec<f64> {
    let mut to = vec![0.0; change::LEN];
    to[change::DETAIL] = f64::from(in_force as u8);
    to[change::FROM] = f64::from(step.from as u8);
    to[change::TO] = f64::from(step.to as u8);
    to[change::RATIO] = step.ratio;
    to[change::BUDGET] = step.budget;
    to[change::STAGE_NS] = step.stage_ns;
    to[change::THINNING] = f64::from(step.thinning);
    to[change::THINNING_WAS] = f64::from(step.thinning_was);
    to
}

#[napi]
impl Collector {
    /// Executions to pass by before each of the next ones whose calls are timed.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn next_sampled(&self) -> Result<Vec<u32>> {
        let own = &mut self.state()?.overhead;
        Ok((0..GAPS).map(|_| own.next_gap()).collect())
    }

    /// Takes in an execution whose calls were timed, times in ms; a change of detail or of
    /// thinning if that follows.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    #[allow(
        clippy::too_many_arguments,
        reason = "an array would cost more to hand over than all the rest; expected twice, by what napi makes of it"
    )]
    pub fn note_timed(
        &self,
        own_ms: f64,
        sections: f64,
        stages: f64,
        observed_ms: f64,
        readings: f64,
        reading_ms: f64,
        detail: u32,
        usage: bool,
        heap: u32,
    ) -> Result<Option<Vec<f64>>> {
        let sample = Timed {
            own_ns: own_ms * NANOS_PER_MILLI,
            sections,
            stages,
            observed_ns: observed_ms * NANOS_PER_MILLI,
            readings,
            reading_ns: reading_ms * NANOS_PER_MILLI,
        };
        let own = &mut self.state()?.overhead;
        let change = own.note(&sample, Detail::from_number(detail), request(usage, heap));
        Ok(change.map(|step| numbers_of(&step, own.detail())))
    }

    /// Puts a budget in force, and whether it may leave executions unrecorded; answers the detail
    /// and the thinning in force with it.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn set_overhead_budget(&self, budget: f64, may_thin: bool) -> Result<Vec<u32>> {
        let own = &mut self.state()?.overhead;
        own.set_budget(budget);
        own.let_thin(may_thin);
        Ok(vec![own.detail() as u32, u32::from(own.thinning())])
    }

    /// What measuring costs, where CPU time and the heap are asked for like this.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn overhead(&self, usage: bool, heap: u32) -> Result<Float64Array> {
        let own = &self.state()?.overhead;
        let (figures, asked) = (own.figures(), request(usage, heap));
        let mut to = vec![0.0; overhead::LEN];
        to[overhead::SAMPLES] = figures.samples as f64;
        to[overhead::SAMPLED] = own.sampled() as f64;
        to[overhead::STAGE_NS] = figures.stage_ns;
        (to[overhead::LOW_NS], to[overhead::HIGH_NS]) = figures.interval_ns;
        to[overhead::MEAN_STAGE_NS] = figures.mean_stage_ns;
        to[overhead::RATIO] = own.of_all(figures.ratio);
        to[overhead::THINNING] = f64::from(own.thinning());
        to[overhead::CAPTURED] = f64::from(asked.within(own.detail()) as u8);
        to[overhead::ASKED] = f64::from(asked.whole() as u8);
        Ok(to.into())
    }
}

//! What measuring itself costs.

use super::collector::Collector;
use super::layout::{change, overhead, timed};
use crate::engine::overhead::{Change, Detail, Request, Timed};
use napi::bindgen_prelude::Float64Array;
use napi::Result;
use napi_derive::napi;

const NANOS_PER_MILLI: f64 = 1e6;

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
    to
}

#[napi]
impl Collector {
    /// Executions to pass by before the next one whose calls are timed.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn next_sampled(&self) -> Result<u32> {
        Ok(self.state()?.overhead.next_gap())
    }

    /// Takes in an execution whose calls were timed; a change of detail if that follows.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn note_timed(&self, numbers: Float64Array) -> Result<Option<Vec<f64>>> {
        let mut row = [0.0; timed::LEN];
        row.iter_mut()
            .zip(numbers.iter())
            .for_each(|(to, from)| *to = *from);
        let sample = Timed {
            own_ns: row[timed::OWN] * NANOS_PER_MILLI,
            sections: row[timed::SECTIONS],
            stages: row[timed::STAGES],
            observed_ns: row[timed::OBSERVED] * NANOS_PER_MILLI,
            readings: row[timed::READINGS],
            reading_ns: row[timed::READING] * NANOS_PER_MILLI,
        };
        let asked = request(row[timed::USAGE] != 0.0, row[timed::HEAP] as u32);
        let detail = Detail::from_number(row[timed::DETAIL] as u32);
        let own = &mut self.state()?.overhead;
        let change = own.note(&sample, detail, asked);
        Ok(change.map(|step| numbers_of(&step, own.detail())))
    }

    /// Puts a budget in force and answers the detail in force with it.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn set_overhead_budget(&self, budget: f64) -> Result<u32> {
        let own = &mut self.state()?.overhead;
        own.set_budget(budget);
        Ok(own.detail() as u32)
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
        to[overhead::RATIO] = figures.ratio;
        to[overhead::CAPTURED] = f64::from(asked.within(own.detail()) as u8);
        to[overhead::ASKED] = f64::from(asked.whole() as u8);
        Ok(to.into())
    }
}

//! Exposed metrics, written in parts.

use super::collector::{state_of, Collector};
use super::export::{Counts, OtlpTimes};
use crate::engine::export::otlp::{otlp_metrics_of, Times};
use crate::engine::export::{families_of, Parts};
use crate::engine::json::text_of;
use crate::engine::recorder::Recorder;
use napi::Result;
use napi_derive::napi;
use std::sync::Arc;

/// Figures being written. Between steps the collector may record.
#[napi]
pub struct FiguresWriter {
    recorder: Arc<Recorder>,
    parts: Parts,
    times: Option<Times>,
}

#[napi]
impl FiguresWriter {
    /// Writes the next part, all but the stages first, then some stages at a time; `null` after
    /// the last.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn step(&mut self) -> Result<Option<String>> {
        let Some(part) = self.parts.next(&mut *state_of(&self.recorder)?) else {
            return Ok(None);
        };
        Ok(Some(match self.times {
            None => text_of(&families_of(&part)),
            Some(times) => otlp_metrics_of(&part, times),
        }))
    }
}

#[napi]
impl Collector {
    /// Begins the figures that are exposed: each part is a list of families, or with times a request
    /// of OTLP. What parts have of the same name belongs together.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn figures(&self, counts: Counts, otlp: Option<OtlpTimes>) -> Result<FiguresWriter> {
        Ok(FiguresWriter {
            parts: Parts::begin(&*self.state()?, counts.into_diagnostics()),
            recorder: self.recorder(),
            times: otlp.map(Times::from),
        })
    }
}

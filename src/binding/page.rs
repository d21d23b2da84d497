//! Pages, written a step at a time.

use super::collector::Collector;
use crate::engine::export::{execution, page_of_file, Asked, Clocks, Page, Tick};
use crate::engine::recorder::Recorder;
use napi::{Error, Result, Status};
use napi_derive::napi;
use std::sync::Arc;

fn failed(error: impl ToString) -> Error {
    Error::new(Status::GenericFailure, error.to_string())
}

/// A page that is being written. Between its steps the collector may record.
#[napi]
pub struct PageWriter {
    recorder: Arc<Recorder>,
    page: Option<Page>,
}

#[napi]
impl PageWriter {
    /// Writes one part; the text where that was the last, and `null` before.
    #[napi(catch_unwind)]
    pub fn step(&mut self) -> Result<Option<String>> {
        let Some(mut page) = self.page.take() else {
            return Ok(None);
        };
        let mut state = self
            .recorder
            .lock()
            .ok_or_else(|| failed("an earlier internal failure closed this collector"))?;
        if page.step(&mut state).map_err(failed)? {
            self.page = Some(page);
            return Ok(None);
        }
        Ok(Some(page.finish()))
    }
}

#[napi]
impl Collector {
    /// Begins a page of what ended since `since_ms`, with the durations of `stage` over time; of all
    /// that is kept and of whole pipelines without them. A file has all that can be chosen.
    #[napi(catch_unwind)]
    pub fn page(
        &self,
        now_ms: f64,
        wall_ms: f64,
        since_ms: Option<f64>,
        stage: Option<u32>,
        execution: Option<String>,
        is_file: bool,
    ) -> Result<PageWriter> {
        let asked = Asked {
            clocks: Clocks { now_ms, wall_ms },
            since_ms,
            stage,
            execution: execution.map(String::into_boxed_str),
            is_file,
        };
        Ok(PageWriter {
            page: Some(Page::begin(&*self.state()?, asked)),
            recorder: self.recorder(),
        })
    }

    /// The figures of a page that change with every run, and the alerts past the first `known` that
    /// were ever raised, as JSON text.
    #[napi(catch_unwind)]
    pub fn page_tick(&self, now_ms: f64, wall_ms: f64, known: f64) -> Result<String> {
        let state = self.state()?;
        let tick = Tick::of(&state, Clocks { now_ms, wall_ms }, known as u64);
        serde_json::to_string(&tick).map_err(failed)
    }

    /// One execution with its stages, as JSON text; the text `null` where it is not kept.
    #[napi(catch_unwind)]
    pub fn page_execution(&self, id: String) -> Result<String> {
        execution(&mut *self.state()?, &id).map_err(failed)
    }
}

/// The page of a history that was exported, as JSON text.
///
/// # Errors
///
/// If `exported` is no history.
#[napi(catch_unwind)]
pub fn page_of_history(exported: String, pipeline_total: String) -> Result<String> {
    let exported = serde_json::from_str(&exported).map_err(failed)?;
    page_of_file(&exported, &pipeline_total).map_err(failed)
}

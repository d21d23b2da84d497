//! Pages, written in steps.

use super::collector::{state_of, Collector};
use crate::engine::export::{execution, page_of_file, tick, urgent, Asked, Clocks, Page};
use crate::engine::query::ExportedHistory;
use crate::engine::recorder::Recorder;
use napi::{Error, Result, Status};
use napi_derive::napi;
use std::sync::Arc;

/// A history with executions as it was exported.
pub(super) fn history_of(exported: &str) -> Result<ExportedHistory> {
    let not_written_so = |error: &dyn std::fmt::Display| {
        let reason =
            format!("history must list its executions as exportHistory() writes them: {error}");
        Error::new(Status::InvalidArg, reason)
    };
    let history: ExportedHistory =
        serde_json::from_str(exported).map_err(|error| not_written_so(&error))?;
    let checked = history.executions.check();
    checked.map_err(|error| not_written_so(&error))?;
    Ok(history)
}

/// The content of a page.
#[napi(object)]
pub struct PageOptions {
    /// Only runs that ended since then, on the monotonic scale in ms; all stored ones without it.
    pub since: Option<f64>,
    /// Runs that ended until then; until now without it.
    pub until: Option<f64>,
    /// The stage whose durations are drawn over time; whole pipelines without it.
    pub stage: Option<u32>,
    /// The id of an execution to draw beside the usual ones.
    pub execution: Option<String>,
    /// Whether it must include everything that can be chosen.
    pub is_file: bool,
}

/// A page being written. Between steps the collector may record.
#[napi]
pub struct PageWriter {
    recorder: Arc<Recorder>,
    page: Option<Page>,
}

#[napi]
impl PageWriter {
    /// Number of parts left; the last has the figures of the moment it is written.
    #[napi(getter, catch_unwind)]
    pub fn left(&self) -> u32 {
        self.page.as_ref().map_or(0, Page::left) as u32
    }

    /// Writes one part; returns the text after the last, and `null` before.
    #[napi(catch_unwind)]
    pub fn step(&mut self) -> Result<Option<String>> {
        let Some(mut page) = self.page.take() else {
            return Ok(None);
        };
        if page.step(&mut *state_of(&self.recorder)?) {
            self.page = Some(page);
            return Ok(None);
        }
        Ok(Some(page.finish()))
    }
}

#[napi]
impl Collector {
    /// Begins a page.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn page(&self, now_ms: f64, wall_ms: f64, options: PageOptions) -> Result<PageWriter> {
        let asked = Asked {
            clocks: Clocks { now_ms, wall_ms },
            since_ms: options.since,
            until_ms: options.until,
            stage: options.stage,
            execution: options.execution.map(String::into_boxed_str),
            is_file: options.is_file,
        };
        Ok(PageWriter {
            page: Some(Page::begin(&*self.state()?, asked)),
            recorder: self.recorder(),
        })
    }

    /// The figures of a page that change with every run, and all alerts after the first `known`, as
    /// JSON text.
    #[napi(catch_unwind)]
    pub fn page_tick(&self, now_ms: f64, wall_ms: f64, known: f64) -> Result<String> {
        let state = self.state()?;
        Ok(tick(&state, Clocks { now_ms, wall_ms }, known as u64))
    }

    /// Number of alerts raised and executions failed so far, which are shown at once.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn urgent_count(&self) -> Result<f64> {
        Ok(urgent(&*self.state()?) as f64)
    }

    /// One execution with its stages, as JSON text; the text `null` if it is not stored.
    #[napi(catch_unwind)]
    pub fn page_execution(&self, id: String) -> Result<String> {
        Ok(execution(&mut *self.state()?, &id))
    }
}

/// The page of an exported history, as JSON text.
///
/// # Errors
///
/// If `exported` is no history.
#[napi(catch_unwind)]
pub fn page_of_history(exported: String, pipeline_total: String) -> Result<String> {
    Ok(page_of_file(&history_of(&exported)?, &pipeline_total))
}

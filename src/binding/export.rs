//! What is kept as text for other tools.

use super::collector::{Collector, Table};
use super::query::Rows;
use crate::engine::export::{chrome_trace, exposed, render, Format};
use crate::engine::history::AgedList;
use napi::{Error, Result, Status};
use napi_derive::napi;

#[napi]
impl Collector {
    /// What Prometheus scrapes, with counts that the facade keeps, by their names.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn exposition(
        &self,
        open_metrics: bool,
        kinds: Vec<String>,
        counts: Vec<f64>,
    ) -> Result<String> {
        let kinds = kinds.into_iter().map(String::into_boxed_str);
        let figures = exposed(&mut *self.state()?, kinds.zip(counts).collect());
        let format = if open_metrics {
            Format::OpenMetrics
        } else {
            Format::Prometheus
        };
        Ok(render(&figures, format))
    }

    /// The newest `last` executions as Chrome's trace events.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn chrome_trace(&self, last: u32) -> Result<String> {
        let state = self.state()?;
        let text = chrome_trace(&state, last as usize);
        text.map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
    }

    /// How many executions ended so far.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn ended_count(&self) -> Result<f64> {
        let state = self.state()?;
        let list = state.history.pipeline();
        Ok(list.map_or(0.0, |list| list.pushed() as f64))
    }

    /// The executions that ended since `ended_count` was that, oldest first, and are still kept.
    ///
    /// # Errors
    ///
    /// If the collector is faulted.
    #[napi(catch_unwind)]
    pub fn ended_since(&self, count: f64) -> Result<Table> {
        let state = self.state()?;
        let mut rows = Rows::of(&state);
        let new = |list: &AgedList| (list.pushed() as f64 - count).max(0.0) as usize;
        let list = state.history.pipeline();
        for execution in list.into_iter().flat_map(|list| list.last(new(list))) {
            rows.push_kept(&state, execution);
        }
        Ok(rows.finish())
    }
}

//! Questions and answers as JSON text.

use super::collector::Collector;
use crate::engine::insight::{answer, compare_saved, Question, Saved};
use napi::{Error, Result, Status};
use napi_derive::napi;

fn unreadable(error: serde_json::Error) -> Error {
    Error::new(Status::InvalidArg, error.to_string())
}

#[napi]
impl Collector {
    /// Answers a question about what is kept.
    ///
    /// # Errors
    ///
    /// If the question cannot be read, or the collector is faulted.
    #[napi(catch_unwind)]
    pub fn ask(&self, question: String) -> Result<String> {
        let question: Question = serde_json::from_str(&question).map_err(unreadable)?;
        answer(&mut *self.state()?, &question).map_err(unreadable)
    }
}

/// Compares two histories that were saved.
///
/// # Errors
///
/// If one cannot be read.
#[napi(catch_unwind)]
pub fn compare_histories(
    before: String,
    after: String,
    significance: Option<f64>,
    least_change: Option<f64>,
) -> Result<String> {
    let read = |text: &str| serde_json::from_str::<Saved>(text).map_err(unreadable);
    compare_saved(&read(&before)?, &read(&after)?, significance, least_change).map_err(unreadable)
}

//! Queries and answers as JSON text, except answers with thousands of rows.

use super::collector::Collector;
use super::encode::push_outlier;
use super::layout::examined;
use super::table::{Table, Texts};
use crate::engine::query::{
    anomalies, answer, compare_exported, criteria, ExportedHistory, Question,
};
use napi::{Error, Result, Status};
use napi_derive::napi;

fn unreadable(error: serde_json::Error) -> Error {
    Error::new(Status::InvalidArg, error.to_string())
}

#[napi]
impl Collector {
    /// Answers a query about stored records.
    ///
    /// # Errors
    ///
    /// If the question cannot be read, or the collector is faulted.
    #[napi(catch_unwind)]
    pub fn ask(&self, question: String) -> Result<String> {
        let question: Question = serde_json::from_str(&question).map_err(unreadable)?;
        Ok(answer(&mut *self.state()?, &question))
    }

    /// The anomalous runs of a stage, after a row about the runs examined, each with its
    /// execution's id or `null`.
    #[napi(catch_unwind)]
    pub fn anomalies(&self, stage: u32, since_ms: Option<f64>) -> Result<Table> {
        let mut state = self.state()?;
        let (mut numbers, mut texts) = (vec![0.0; examined::LEN], Texts::default());
        let of = anomalies(&mut state, stage, since_ms, |run| {
            push_outlier(&run, &mut numbers);
            texts.push_string(run.execution_id.as_deref());
        });
        numbers[examined::RUNS] = of.runs as f64;
        numbers[examined::FROM] = of.from.unwrap_or(f64::NAN);
        numbers[examined::TO] = of.to.unwrap_or(f64::NAN);
        Ok(Table::of(numbers, texts))
    }
}

/// Compares exported histories, a list per side.
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
    threshold: Option<f64>,
) -> Result<String> {
    let read = |text: &str| serde_json::from_str::<Vec<ExportedHistory>>(text).map_err(unreadable);
    let criteria = criteria(significance, least_change, threshold);
    Ok(compare_exported(&read(&before)?, &read(&after)?, criteria))
}

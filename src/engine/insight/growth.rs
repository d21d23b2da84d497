//! How a stage's duration grows with what it is given.

use super::series::Series;
use crate::engine::analysis::scaling::{scaling as law_of, Cost, Growth, Scaling as Law};
use crate::engine::history::{SpanRecord, StageId};
use crate::engine::recorder::State;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scaling {
    runs: usize,
    /// Against the input size; `null` below 20 runs with one, or where sizes hardly differ.
    pub input_size: Option<Curve>,
    /// Against the items processed; `null` likewise.
    pub items_processed: Option<Curve>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Curve {
    runs: usize,
    /// 1 is linear, 2 quadratic, 0 constant.
    pub exponent: f64,
    low: f64,
    high: f64,
    /// Spread about the law: 0.15 is about 15 %.
    noise: f64,
    growth: &'static str,
    largest: Price,
    twice: Price,
}

#[derive(Clone, Debug, Serialize)]
struct Price {
    size: f64,
    duration: f64,
    low: f64,
    high: f64,
}

impl Curve {
    /// Whether twice the size surely takes more than twice as long.
    pub fn is_super_linear(&self) -> bool {
        self.growth == "super_linear"
    }
}

impl From<Law> for Curve {
    fn from(law: Law) -> Self {
        let price = |cost: Cost| Price {
            size: cost.size,
            duration: cost.duration_ms,
            low: cost.low_ms,
            high: cost.high_ms,
        };
        Self {
            runs: law.runs,
            exponent: law.exponent,
            low: law.low,
            high: law.high,
            noise: law.noise,
            growth: match law.growth {
                Growth::SubLinear => "sub_linear",
                Growth::Linear => "linear",
                Growth::SuperLinear => "super_linear",
            },
            largest: price(law.largest),
            twice: price(law.twice),
        }
    }
}

pub(super) fn scaling(state: &State, stage: StageId, since: Option<f64>) -> Scaling {
    scaling_of(state, &Series::of(state, stage, since))
}

pub(super) fn scaling_of(state: &State, series: &Series) -> Scaling {
    let sizes = |size: fn(&SpanRecord) -> f64, whole: f64, run: usize| match series.span(state, run)
    {
        Some(span) => size(&span),
        None => whole,
    };
    let runs = 0..series.len();
    let inputs: Vec<f64> = runs
        .clone()
        .map(|run| {
            let whole = series
                .spans(state, run)
                .iter()
                .map(|span| span.input_size)
                .sum();
            sizes(|span| span.input_size, whole, run)
        })
        .collect();
    let items: Vec<f64> = runs
        .map(|run| {
            let whole = series
                .execution(state, run)
                .map_or(0.0, |execution| execution.items);
            sizes(|span| span.items, whole, run)
        })
        .collect();
    Scaling {
        runs: series.len(),
        input_size: law_of(&inputs, &series.durations).map(Into::into),
        items_processed: law_of(&items, &series.durations).map(Into::into),
    }
}

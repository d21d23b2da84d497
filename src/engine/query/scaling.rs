//! How a stage's duration grows with what it is given.

use crate::engine::analysis::findings::SeriesFindings;
use crate::engine::analysis::scaling::{scaling as law_of, Cost, Growth, Scaling as Law};
use crate::engine::recorder::State;
use crate::engine::series::Series;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scaling {
    runs: usize,
    /// Against the input size; `null` below 20 runs with one, or where sizes hardly differ.
    input_size: Option<Curve>,
    /// Against the items processed; `null` likewise.
    items_processed: Option<Curve>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Curve {
    runs: usize,
    /// 1 is linear, 2 quadratic, 0 constant; at large sizes.
    pub exponent: f64,
    low: f64,
    high: f64,
    /// Spread about the law: 0.15 is about 15 %.
    noise: f64,
    /// The part of the cost in ms that does not grow.
    fixed: Option<f64>,
    /// Where there are two regimes, the size at which the exponent begins to hold.
    from_size: Option<f64>,
    /// The exponent below that size.
    exponent_below: Option<f64>,
    /// Whether durations follow the law everywhere in the range of sizes.
    holds: bool,
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
            fixed: law.fixed_ms,
            from_size: law.lower_regime.map(|(size, _)| size),
            exponent_below: law.lower_regime.map(|(_, exponent)| exponent),
            holds: law.holds,
            growth: match law.growth {
                Growth::SubLinear => "sub_linear",
                Growth::Linear => "linear",
                Growth::SuperLinear => "super_linear",
                Growth::Unclear => "unclear",
            },
            largest: price(law.largest),
            twice: price(law.twice),
        }
    }
}

pub(super) fn scaling(state: &State, series: &Series, found: &SeriesFindings) -> Scaling {
    let [input_size, items_processed] = curves(state, series, found);
    Scaling {
        runs: series.len(),
        input_size,
        items_processed,
    }
}

/// An exponent above this is worth a word in a report.
const STRONG: f64 = 1.3;

/// A law, and of what.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    of: &'static str,
    #[serde(flatten)]
    curve: Curve,
}

/// The steeper law, where it is steep and holds.
pub(super) fn strong(state: &State, series: &Series, found: &SeriesFindings) -> Option<Named> {
    let laws = ["inputSize", "itemsProcessed"]
        .into_iter()
        .zip(curves(state, series, found));
    laws.filter_map(|(of, curve)| Some(Named { of, curve: curve? }))
        .filter(|law| law.curve.is_super_linear() && law.curve.exponent > STRONG)
        .max_by(|a, b| a.curve.exponent.total_cmp(&b.curve.exponent))
}

/// Against the input size, and against the items.
pub(super) fn curves(state: &State, series: &Series, found: &SeriesFindings) -> [Option<Curve>; 2] {
    let laws = found.growth(|| {
        let work = series.work(state).each_ref();
        work.map(|sizes| law_of(sizes, &series.durations))
    });
    laws.map(|law| law.map(Into::into))
}

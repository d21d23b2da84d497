//! The gain of executions if a stage takes less, and how sure it is.

use super::paths::Executions;
use crate::engine::analysis::what_if::Whole;
use crate::engine::history::StageId;
use crate::engine::json::{Json, Written};

/// Standard errors on either side of an estimate that hold in 95 %.
const SURE_ERRORS: f64 = 1.96;

/// The average gain of one of the executions asked, in ms and in per cent of their wall time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    pub time: f64,
    pub low: f64,
    pub high: f64,
    pub percent: f64,
    pub percent_low: f64,
    pub percent_high: f64,
}

/// The evidence of recommendations.
pub(super) struct Recent {
    pub executions: Executions,
    pub whole: Whole,
}

impl Json for Gain {
    fn write(&self, to: &mut Written) {
        to.object(&[
            ("time", &self.time),
            ("low", &self.low),
            ("high", &self.high),
            ("percent", &self.percent),
            ("percentLow", &self.percent_low),
            ("percentHigh", &self.percent_high),
        ]);
    }
}

impl Recent {
    /// Prepared for computing gains.
    pub fn of(executions: Executions) -> Self {
        Self {
            whole: executions.whole(),
            executions,
        }
    }

    /// The gain if a stage took `fraction` less, where that is between `low` and `high`: how far
    /// it may be off, from the executions and from the fraction together, whose errors have this
    /// correlation. Asked of the executions that there are `parts` for, the newest first: in which
    /// part of the stage's time it did.
    pub fn gain(
        &mut self,
        stage: StageId,
        [low, fraction, high]: [f64; 3],
        correlation: f64,
        parts: &[f64],
    ) -> Option<Gain> {
        let mut of = |fraction: f64| {
            let fraction_of = |after: usize| fraction * parts.get(after).unwrap_or(&0.0);
            self.executions
                .gain(&mut self.whole, stage, fraction_of, parts.len())
        };
        let middle = of(fraction)?;
        let (low_ms, high_ms) = if low < high {
            let (least, most) = (of(low)?.mean_ms, of(high)?.mean_ms);
            let both = |a: f64, b: f64| (a * a + b * b + 2.0 * correlation * a * b).sqrt();
            let below = both(middle.mean_ms - middle.low_ms, middle.mean_ms - least);
            let above = both(middle.high_ms - middle.mean_ms, most - middle.mean_ms);
            ((middle.mean_ms - below).max(0.0), middle.mean_ms + above)
        } else {
            (middle.low_ms, middle.high_ms)
        };
        let wall_ms = self.executions.mean_wall_ms(parts.len());
        let percent = |ms: f64| {
            if wall_ms > 0.0 {
                (ms / wall_ms * 100.0).min(100.0)
            } else {
                0.0
            }
        };
        Some(Gain {
            time: middle.mean_ms,
            low: low_ms,
            high: high_ms,
            percent: percent(middle.mean_ms),
            percent_low: percent(low_ms),
            percent_high: percent(high_ms),
        })
    }
}

/// The fraction by which runs of `after_ms` would be shorter at `before_ms`, with its range, given
/// the standard error of the logarithm of their ratio.
pub(super) fn fractions(before_ms: f64, after_ms: f64, error: f64) -> [f64; 3] {
    [-SURE_ERRORS, 0.0, SURE_ERRORS]
        .map(|errors| (1.0 - before_ms / (after_ms * (errors * error).exp())).max(0.0))
}

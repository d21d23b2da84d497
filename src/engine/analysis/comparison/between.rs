//! Several processes per side, each of which counts once.

use super::process::{Level, Process};
use super::{Change, Tested};
use crate::engine::stats::distribution::{student_t_quantile, student_t_sf, welch_freedom};
use crate::engine::stats::moments::Moments;
use crate::engine::stats::order::sort_values;
use crate::engine::stats::rank::rank_sum;

/// Of the interval, two-sided: 95 %.
const UPPER: f64 = 0.975;

/// Of so many processes of a side one may be left out.
const OF_SO_MANY: usize = 5;

/// How many times the range of the others a process is slower than all of them, where the machine
/// was busy for its time. Of five normal levels fewer than one in fifty lies so far out.
const FAR_OUT: f64 = 3.0;

/// Of what is rounded: the square of a step is so many times its variance.
const VARIANCES_OF_A_STEP: f64 = 12.0;

/// `None` where a side has no process, or both have only one. Zeros count as `zero_ms`.
pub(super) fn tested(before: &[Process], after: &[Process], zero_ms: f64) -> Option<Tested> {
    let of_level = |level| Departure::of(&Side::of(before, level)?, &Side::of(after, level)?);
    let median = of_level(Level::Median)?;
    let fast = of_level(Level::Fast)?;
    // The smaller of two p-values, corrected for having looked at two.
    let p_value = (2.0 * median.p_value().min(fast.p_value())).min(1.0);
    let (level, shown) = if fast.p_value() < median.p_value() {
        (Level::Fast, fast)
    } else {
        (Level::Median, median)
    };
    let reach = shown.reach();
    let all = |side: &[Process]| -> Vec<f64> {
        let runs = side.iter().flat_map(|process| &process.sorted);
        runs.copied().collect()
    };
    Some(Tested {
        p_value,
        least_p_value: 0.0,
        level,
        change: Change::new(
            shown.means.map(|mean| in_ms(mean, zero_ms)),
            zero_ms,
            (shown.shift - reach, shown.shift + reach),
            rank_sum(&all(before), &all(after))?.superiority,
        ),
        explainable: None,
    })
}

/// The level of the processes of one side together, on the logarithmic scale.
struct Side {
    /// Processes that count.
    count: f64,
    /// Mean of their levels.
    mean: f64,
    /// Squared error of the mean, by the variance between processes; `None` of a single one.
    squared_error: Option<f64>,
    /// Variance that the resolution of the clock leaves a level.
    rounding: f64,
}

impl Side {
    /// `None` without a process.
    fn of(processes: &[Process], level: Level) -> Option<Self> {
        let mut levels: Vec<f64> = processes.iter().map(|of| of.level(level)).collect();
        sort_values(&mut levels);
        for _ in 0..processes.len() / OF_SO_MANY {
            if let [first, .., last, out] = levels[..] {
                if out - last > FAR_OUT * (last - first) && last > first {
                    levels.pop();
                }
            }
        }
        let (moments, count) = (Moments::from(levels.as_slice()), levels.len() as f64);
        let steps = processes.iter().map(|process| process.step);
        // Equal levels have exactly their mean.
        let is_one = levels.first() == levels.last();
        Some(Self {
            count,
            mean: if is_one {
                *levels.first()?
            } else {
                moments.mean()?
            },
            squared_error: moments.variance().map(|variance| variance / count),
            rounding: steps.fold(0.0, f64::max).powi(2) / VARIANCES_OF_A_STEP,
        })
    }

    /// Levels that a coarse clock makes equal are not known better than to its step.
    fn squared_error(&self) -> Option<f64> {
        let least = self.rounding / self.count;
        self.squared_error.map(|error| error.max(least))
    }
}

/// The difference between the processes of the two sides: Welch's test (1947).
struct Departure {
    /// Difference of the means.
    shift: f64,
    /// Its standard error.
    error: f64,
    freedom: f64,
    /// Of the logarithms: before and after.
    means: [f64; 2],
}

impl Departure {
    /// A process without others on its side is taken to differ as those of the other side do.
    /// `None` where both have only one.
    fn of(base: &Side, head: &Side) -> Option<Self> {
        let (error, freedom) = match (base.squared_error(), head.squared_error()) {
            (Some(of_base), Some(of_head)) => {
                let freedom = welch_freedom((of_base, base.count), (of_head, head.count));
                ((of_base + of_head).sqrt(), freedom)
            }
            (Some(others), None) => alone(others, base.count, head.rounding),
            (None, Some(others)) => alone(others, head.count, base.rounding),
            (None, None) => return None,
        };
        Some(Self {
            shift: head.mean - base.mean,
            error,
            freedom,
            means: [base.mean, head.mean],
        })
    }

    /// In standard errors, without a sign; the largest number where nothing varies.
    fn size(&self) -> f64 {
        if self.shift == 0.0 {
            0.0
        } else {
            (self.shift / self.error).abs().min(f64::MAX)
        }
    }

    fn p_value(&self) -> f64 {
        2.0 * student_t_sf(self.size(), self.freedom)
    }

    fn reach(&self) -> f64 {
        student_t_quantile(UPPER, self.freedom) * self.error
    }
}

fn in_ms(log: f64, zero_ms: f64) -> f64 {
    if log <= zero_ms.ln() {
        0.0
    } else {
        log.exp()
    }
}

/// Error and degrees of freedom where one side is a single process, whose clock leaves it the
/// variance `rounding`, and the other has `count`.
fn alone(squared_error: f64, count: f64, rounding: f64) -> (f64, f64) {
    let between = (squared_error * count).max(rounding);
    ((between + squared_error).sqrt(), count - 1.0)
}

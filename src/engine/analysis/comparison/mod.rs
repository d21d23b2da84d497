//! Decides whether stages got faster or slower from one set of runs to another.
//!
//! Runs of one process are autocorrelated, and processes of the same code differ. So where a side has
//! several processes, each counts once: Welch's test (1947) compares the logarithms of their
//! medians (Kalibera and Jones 2013). With one process a side the rank-sum test of Wilcoxon, Mann
//! and Whitney (1947) asks whether runs differ by more than two processes of the same code may,
//! with runs counted as many as they are worth. P-values are corrected by Holm (1979) for the
//! number of stages.

mod between;
mod process;
mod within;

use crate::engine::stats::rank::holm;
pub use process::Level;
use process::{is_zero, zero_of, Process};

/// What counts as a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criteria {
    /// Chance that any stage is called faster or slower though none is, in (0, 1).
    pub significance: f64,
    /// Relative change below which a difference, however sure, is none: 0.02 is 2 %.
    pub least_change: f64,
    /// Relative change that two processes of the same code may show: what a change has to exceed
    /// where a side is one process and nothing says how much processes differ.
    pub threshold: f64,
}

impl Default for Criteria {
    /// 1 % chance of a false verdict; changes of 2 % count, or with one process per side, those
    /// beyond 10 %.
    fn default() -> Self {
        Self {
            significance: 0.01,
            least_change: 0.02,
            threshold: 0.1,
        }
    }
}

/// The origin of the runs of both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One stage of one process, whose runs alternate between the sides: disturbances longer than a
    /// run affect both.
    InTurns,
    /// One process: runs are autocorrelated, but processes do not differ.
    SameProcess,
    /// Each list of runs from a process of its own.
    Processes,
}

/// The verdict on a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Takes less time.
    Faster,
    /// Takes more time.
    Slower,
    /// No difference was found: there is none, or it is smaller than these runs can show.
    NoDifferenceFound,
    /// Too few runs for any significant outcome.
    TooFewRuns,
}

/// A stage on both sides.
#[derive(Clone, Debug)]
pub struct Sides<'a> {
    /// Where the runs come from.
    pub origin: Origin,
    /// Durations in ms before and after, of each process those of one list, oldest first.
    pub runs: [Vec<&'a [f64]>; 2],
}

/// One stage compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Slower, faster, neither, or too few runs.
    pub verdict: Verdict,
    /// Both sides: before and after.
    pub sides: [Runs; 2],
    /// Corrected for the number of stages; 1 where a side has no runs.
    pub p_value: f64,
    /// What the times of the change are: medians, or the fastest tenth where that shows it better.
    pub level: Level,
    /// Relative change that differences between processes may explain; `None` where it is known
    /// from several processes, or where the runs are of one.
    pub explainable: Option<f64>,
    /// The change, if both sides have runs.
    pub shift: Option<Change>,
}

/// The runs of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Processes with any run.
    pub processes: usize,
    /// All of them.
    pub runs: usize,
    /// Runs left out because their process was still warming up.
    pub warm_up: usize,
}

/// The change of a stage. Relative figures and those in ms are of the same two medians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Median before, in ms; of several processes the geometric mean of theirs.
    pub before_ms: f64,
    /// Median after, in ms.
    pub after_ms: f64,
    /// Shift in ms: positive if slower.
    pub shift_ms: f64,
    /// Lower end of its 95 % interval.
    pub low_ms: f64,
    /// Upper end of its 95 % interval.
    pub high_ms: f64,
    /// The same relative to the median before; `None` where that is 0 and the one after is not.
    pub relative: Option<Relative>,
    /// Chance that a run after takes longer than a run before; a tie counts half.
    pub chance_slower: f64,
}

/// A relative change: 0.2 is 20 % slower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relative {
    /// Of the medians.
    pub change: f64,
    /// Lower end of its 95 % interval, never below -1.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
}

/// The test of one stage, before correction for the number of stages.
struct Tested {
    p_value: f64,
    /// The least p-value that these runs could have.
    least_p_value: f64,
    level: Level,
    change: Change,
    explainable: Option<f64>,
}

/// Compares stages, in the order given. Numbers that are no durations are left out, as are the first
/// runs of a process that is still warming up.
///
/// Cost: O(n log n) for each stage.
pub fn compare(stages: &[Sides<'_>], criteria: Criteria) -> Vec<Comparison> {
    let (sides, tested): (Vec<[Runs; 2]>, Vec<Option<Tested>>) = stages
        .iter()
        .map(|&Sides { origin, ref runs }| {
            let zero_ms = zero_of(runs);
            let is_autocorrelated = origin != Origin::InTurns;
            let of_side = |side| processes(side, zero_ms, is_autocorrelated);
            let [before, after] = runs.each_ref().map(|side| of_side(&side[..]));
            let tested = match (&before[..], &after[..]) {
                ([before], [after]) => {
                    within::tested(before, after, zero_ms, (origin, criteria.threshold))
                }
                _ => between::tested(&before, &after, zero_ms),
            };
            ([Runs::of(&before), Runs::of(&after)], tested)
        })
        .unzip();
    let p_value = |tested: &Option<Tested>| tested.as_ref().map_or(1.0, |tested| tested.p_value);
    let corrected = holm(&tested.iter().map(p_value).collect::<Vec<_>>());
    let found = sides.into_iter().zip(tested).zip(corrected);
    found
        .map(|((sides, tested), p_value)| {
            let enough = tested.as_ref().is_some_and(|tested| {
                tested.least_p_value * stages.len() as f64 <= criteria.significance
            });
            let shift = tested.as_ref().map(|tested| tested.change);
            Comparison {
                verdict: verdict(enough, p_value, shift.as_ref(), criteria),
                sides,
                p_value,
                level: tested.as_ref().map_or(Level::Median, |tested| tested.level),
                explainable: tested.and_then(|tested| tested.explainable),
                shift,
            }
        })
        .collect()
}

fn processes(side: &[&[f64]], zero_ms: f64, is_autocorrelated: bool) -> Vec<Process> {
    side.iter()
        .filter_map(|durations| Process::of(durations, zero_ms, is_autocorrelated))
        .collect()
}

impl Runs {
    fn of(processes: &[Process]) -> Self {
        let warm_up = processes.iter().map(|process| process.warm_up).sum();
        let warm: usize = processes.iter().map(|process| process.sorted.len()).sum();
        Self {
            processes: processes.len(),
            runs: warm + warm_up,
            warm_up,
        }
    }
}

impl Change {
    /// From two medians and the interval of the difference of their logarithms, in which zeros
    /// count as `zero_ms`.
    fn new(
        [before_ms, after_ms]: [f64; 2],
        zero_ms: f64,
        (low, high): (f64, f64),
        chance_slower: f64,
    ) -> Self {
        // Below what a clock can distinguish from 0 there is nothing to be relative to.
        let [before_ms, after_ms] =
            [before_ms, after_ms].map(|ms| if is_zero(ms) { 0.0 } else { ms });
        let shift_ms = after_ms - before_ms;
        let relative = if before_ms > 0.0 {
            let change = bounded(shift_ms / before_ms);
            Some(Relative {
                change,
                low: bounded(low.exp_m1()).min(change),
                high: bounded(high.exp_m1()).max(change),
            })
        } else {
            (after_ms == 0.0).then_some(Relative {
                change: 0.0,
                low: 0.0,
                high: 0.0,
            })
        };
        let end = |log: f64| before_ms.max(zero_ms) * bounded(log.exp_m1());
        Self {
            before_ms,
            after_ms,
            shift_ms,
            low_ms: bounded(end(low)).min(shift_ms),
            high_ms: bounded(end(high)).max(shift_ms),
            relative,
            chance_slower,
        }
    }
}

/// The range of a result.
fn bounded(value: f64) -> f64 {
    value.clamp(-f64::MAX, f64::MAX)
}

/// A shift whose interval holds 0 gives no verdict, however sure the test of the ranks is: ranks also
/// differ where only slow runs are more frequent.
fn verdict(enough: bool, p_value: f64, shift: Option<&Change>, criteria: Criteria) -> Verdict {
    if !enough {
        return Verdict::TooFewRuns;
    }
    let sure = p_value <= criteria.significance;
    match shift {
        Some(shift) if sure => {
            let least_ms = criteria.least_change * shift.before_ms;
            if shift.low_ms > 0.0 && shift.shift_ms > least_ms {
                Verdict::Slower
            } else if shift.high_ms < 0.0 && -shift.shift_ms > least_ms {
                Verdict::Faster
            } else {
                Verdict::NoDifferenceFound
            }
        }
        _ => Verdict::NoDifferenceFound,
    }
}

#[cfg(test)]
mod tests;

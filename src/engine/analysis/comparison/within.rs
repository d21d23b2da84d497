//! Compares two processes, or two sets of runs of one.

use super::process::{Level, Process};
use super::{Change, Origin, Tested};
use crate::engine::stats::distribution::student_t_sf;
use crate::engine::stats::rank::{rank_sum_sorted, tied_p_value, RankSum, RankSumMethod};
use crate::engine::stats::special::root_sum_of_squares;

/// Fewest runs for the level of a process that is compared with another one.
const LEAST_RUNS: usize = 10;

/// How many times the drift of the processes is what differences between them may be.
const DRIFTS: f64 = 3.0;

/// How many times as long other work on the machine makes most runs of a process take, at most: a
/// core that is shared is worth half of one.
const MOST_BY_LOAD: f64 = 2.0;

/// `zero_ms` is what zeros count as, `threshold` the relative change that two processes of the same
/// code may show.
pub(super) fn tested(
    before: &Process,
    after: &Process,
    zero_ms: f64,
    (origin, threshold): (Origin, f64),
) -> Option<Tested> {
    let allowed = match origin {
        Origin::InTurns | Origin::SameProcess => 0.0,
        Origin::Processes => {
            let drift = root_sum_of_squares(before.drift, after.drift);
            let explained = threshold.ln_1p().max(DRIFTS * drift);
            explained.max(before.step).max(after.step)
        }
    };
    let sizes = (before.sorted.len(), after.sorted.len());
    let enough = origin != Origin::Processes || sizes.0.min(sizes.1) >= LEAST_RUNS;
    let test = rank_sum_sorted(&before.sorted, &after.sorted)?;
    let (base, head) = (before.level(Level::Median), after.level(Level::Median));
    // The interval of a difference from those of its two terms: Zou and Donner (2008).
    let (low, high) = (
        root_sum_of_squares(before.log_high() - base, head - after.log_low()),
        root_sum_of_squares(base - before.log_low(), after.log_high() - head),
    );
    Some(Tested {
        p_value: p_value(before, after, test, allowed)?,
        least_p_value: if enough { least_p_value(sizes) } else { 1.0 },
        level: Level::Median,
        change: Change::new(
            [before.read_median_ms, after.read_median_ms],
            zero_ms,
            (head - base - low - allowed, head - base + high + allowed),
            test.superiority,
        ),
        explainable: (origin == Origin::Processes).then(|| allowed.exp_m1().min(f64::MAX)),
    })
}

/// How likely runs of levels that differ by as much as `allowed`, on the logarithmic scale, would
/// be as far apart as these; `test` is that of levels that do not differ.
fn p_value(before: &Process, after: &Process, test: RankSum, allowed: f64) -> Option<f64> {
    let shift = |level| after.level(level) - before.level(level);
    let is_slower = shift(Level::Median) > 0.0;
    if allowed > 0.0 {
        // What a busy machine slows down are some of the runs; code slows down the fast ones, too.
        let beyond = |shift: f64| shift.abs() > allowed && (shift > 0.0) == is_slower;
        let median = shift(Level::Median);
        let by_load = median.abs() < MOST_BY_LOAD.ln();
        let fastest = after.fastest - before.fastest;
        if !beyond(median) || !beyond(shift(Level::Fast)) || (by_load && !beyond(fastest)) {
            return Some(1.0);
        }
    }
    let raised = |process: &Process| -> Vec<f64> {
        let factor = allowed.exp();
        let times = process.sorted.iter().map(|duration| duration * factor);
        times.collect()
    };
    let test = if allowed <= 0.0 {
        exact(test, &before.sorted, &after.sorted)
    } else if is_slower {
        exact_rank_sum(&raised(before), &after.sorted)?
    } else {
        exact_rank_sum(&before.sorted, &raised(after))?
    };
    // Medians and ranks that point in different directions show no shift.
    let agrees = (test.superiority > 0.5) == is_slower || test.superiority == 0.5;
    Some(if agrees {
        autocorrelated(before, after, test)
    } else {
        1.0
    })
}

/// The rank-sum test of ascending samples, exact also where few samples are tied.
fn exact_rank_sum(a: &[f64], b: &[f64]) -> Option<RankSum> {
    rank_sum_sorted(a, b).map(|test| exact(test, a, b))
}

fn exact(test: RankSum, a: &[f64], b: &[f64]) -> RankSum {
    let p_value = match test.method {
        RankSumMethod::Exact => test.p_value,
        RankSumMethod::Asymptotic => tied_p_value(a, b).unwrap_or(test.p_value),
    };
    RankSum { p_value, ..test }
}

/// The p-value of a test whose runs depend on each other.
fn autocorrelated(before: &Process, after: &Process, test: RankSum) -> f64 {
    let (size_a, size_b) = (before.sorted.len() as f64, after.sorted.len() as f64);
    let worth = 1.0 / before.worth() + 1.0 / after.worth();
    let inflation = worth / (1.0 / size_a + 1.0 / size_b);
    if inflation <= 1.0 {
        return test.p_value;
    }
    let freedom = (before.worth() + after.worth() - 2.0).max(1.0);
    let p_value = 2.0 * student_t_sf(test.deviation / inflation.sqrt(), freedom);
    p_value.max(test.p_value).min(1.0)
}

/// The p-value of two sets that do not overlap at all: two of all ways to choose one set.
fn least_p_value((before, after): (usize, usize)) -> f64 {
    let smaller = before.min(after);
    (1..=smaller).fold(2.0, |p_value, run| {
        p_value * run as f64 / (before.max(after) + run) as f64
    })
}

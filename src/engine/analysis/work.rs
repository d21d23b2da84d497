//! Adjusts durations to the same work: what each run would have taken with inputs of the usual size.
//!
//! The stage's own scaling is fitted to all runs. Where work and cost changed together, the change
//! distorts that law, so it must also explain how neighbouring runs differ, which a change of level
//! hardly affects. If it does not, the law is fitted to runs less their local level.

use super::rotation::Rotation;
use super::scale::is_duration;
use super::scaling::shapes::{Fit, Points};
use crate::engine::stats::order::sort_by_value;
use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::{spread, Spread};

/// Fewest runs with a size.
const MIN_RUNS: usize = 30;

/// Share of the runs that must have a size: those without stay as they are.
const MOST_WITHOUT: f64 = 0.1;

/// Neighbouring runs must differ this much less once their work is taken into account.
const LEAST_EXPLAINED: f64 = 0.9;

/// Runs that the law is fitted to.
const LAW_RUNS: usize = 2_000;

/// Runs around one whose level is that of its time.
const NEIGHBOURS: usize = 25;

/// Standard errors by which the law of all runs may miss how neighbours differ.
const LEEWAY: f64 = 3.0;

/// Sizes, as logarithms, that differ less than this do not differ.
const LEAST_STEP: f64 = 0.02;

/// Durations adjusted for the work of each run.
#[derive(Clone, Debug, PartialEq)]
pub struct SameWork {
    /// In ms, of all runs: what each would have taken at the typical size.
    pub durations_ms: Vec<f64>,
    /// How much work each run had.
    pub sizes: Vec<f64>,
    /// Place of the measure of work among those given.
    pub measure: usize,
    /// Median size.
    pub typical: f64,
}

/// Pairs of runs that may show how durations depend on the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    /// Neighbouring runs, or if they hardly ever differ, the runs before and after a shift.
    AnyRuns,
    /// Neighbouring runs only.
    Neighbours,
}

/// Adjusts durations in ms, in order of time, for the measure of work that explains most of how
/// neighbouring runs differ. `None` where none explains enough, or fewer than 30 runs, or than
/// nine in ten, have a size. Sizes that are not positive are unknown.
///
/// Cost: O(n), about a millisecond in 10,000 runs, and next to nothing where neighbours do not
/// differ by their work.
pub fn for_same_work(durations_ms: &[f64], measures: &[&[f64]]) -> Option<SameWork> {
    within_kinds(durations_ms, measures)
        .or_else(|| adjusted(durations_ms, measures, Evidence::AnyRuns))
}

/// [`for_same_work`] where kinds of runs take turns: durations and sizes of each kind are brought to
/// one level first, so that what kinds cost is not taken for what their work does.
fn within_kinds(durations_ms: &[f64], measures: &[&[f64]]) -> Option<SameWork> {
    let varies = |sizes: &&[f64]| sizes.windows(2).any(|pair| pair[0] != pair[1]);
    if !measures.iter().any(varies) {
        return None;
    }
    let turns = Rotation::of(durations_ms)?;
    let levelled = turns.levelled(durations_ms);
    let sizes: Vec<Vec<f64>> = measures
        .iter()
        .map(|sizes| of_one_level(sizes, turns.kinds()))
        .collect();
    let columns: Vec<&[f64]> = sizes.iter().map(Vec::as_slice).collect();
    let same = adjusted(&levelled, &columns, Evidence::Neighbours)?;
    let own = measures[same.measure];
    let durations = same.durations_ms.iter().enumerate();
    Some(SameWork {
        durations_ms: durations.map(|(run, ms)| ms * turns.factor(run)).collect(),
        sizes: own.to_vec(),
        typical: median(own)?,
        ..same
    })
}

/// Sizes as if those of all kinds that take turns had one median.
fn of_one_level(sizes: &[f64], kinds: usize) -> Vec<f64> {
    let of_kind = |kind| -> Vec<f64> {
        let own = sizes.iter().skip(kind).step_by(kinds);
        own.copied().filter(|&size| is_size(size)).collect()
    };
    let levels: Vec<f64> = (0..kinds)
        .map(|kind| median(&of_kind(kind)).unwrap_or(1.0))
        .collect();
    let turns = sizes.iter().zip(levels.iter().cycle());
    turns.map(|(size, level)| 100.0 * size / level).collect()
}

/// [`for_same_work`] of runs of several times or processes, one after the other, between which the
/// code may have changed. That sizes and durations differ between those proves nothing.
pub fn for_same_work_on_both_sides(durations_ms: &[f64], measures: &[&[f64]]) -> Option<SameWork> {
    adjusted(durations_ms, measures, Evidence::Neighbours)
}

fn adjusted(durations_ms: &[f64], measures: &[&[f64]], evidence: Evidence) -> Option<SameWork> {
    let laws = measures.iter().enumerate().filter_map(|(measure, sizes)| {
        if go_apart(durations_ms, sizes) {
            return None;
        }
        let runs = Runs::of(durations_ms, sizes)?;
        let (law, left) = runs.law(evidence)?;
        Some((measure, runs, law, left))
    });
    let (measure, runs, law, _) = laws.min_by(|a, b| a.3.total_cmp(&b.3))?;
    let typical = median(&runs.x)?;
    let usual = law.at_logarithm(typical);
    let mut adjusted = durations_ms.to_vec();
    let sizes = measures[measure];
    for (ms, &size) in adjusted
        .iter_mut()
        .zip(sizes)
        .filter(|(_, size)| is_size(**size))
    {
        *ms *= (usual - law.at_logarithm(size.ln())).exp();
    }
    Some(SameWork {
        durations_ms: adjusted,
        sizes: sizes.to_vec(),
        measure,
        typical: typical.exp(),
    })
}

/// Pairs of neighbours that are compared.
const STEPS: usize = 1_000;

/// Share of the pairs of neighbours, of which the larger took longer, that is no more than chance.
const BY_CHANCE: f64 = 0.58;

/// A cheap check whether neighbouring runs do not differ by their work.
fn go_apart(durations_ms: &[f64], sizes: &[f64]) -> bool {
    let every = durations_ms.len().div_ceil(STEPS).max(1);
    let (mut together, mut all) = (0_u32, 0_u32);
    for run in (1..durations_ms.len().min(sizes.len())).step_by(every) {
        let size = sizes[run] - sizes[run - 1];
        let duration = durations_ms[run] - durations_ms[run - 1];
        if size.abs() > LEAST_STEP * sizes[run] && duration != 0.0 {
            all += 1;
            together += u32::from((size > 0.0) == (duration > 0.0));
        }
    }
    let share = f64::from(together) / f64::from(all.max(1));
    all as usize >= MIN_RUNS && share.max(1.0 - share) < BY_CHANCE
}

fn is_size(size: f64) -> bool {
    size > 0.0 && size.is_finite()
}

/// Runs with a duration and a size, as logarithms, in order of time; of many, pairs of
/// neighbours spread evenly.
struct Runs {
    places: Vec<usize>,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Runs {
    fn of(durations_ms: &[f64], sizes: &[f64]) -> Option<Self> {
        let runs = durations_ms.len();
        let sampled: Vec<usize> = if runs <= 2 * STEPS {
            (0..runs).collect()
        } else {
            let pairs = (0..STEPS).map(|pair| pair * (runs - 1) / STEPS);
            pairs.flat_map(|first| [first, first + 1]).collect()
        };
        let known = |place: &usize| {
            let (ms, size) = (durations_ms[*place], sizes.get(*place));
            is_duration(ms) && ms > 0.0 && size.is_some_and(|&size| is_size(size))
        };
        let without = MOST_WITHOUT * sampled.len() as f64;
        let places: Vec<usize> = sampled.iter().copied().filter(known).collect();
        if places.len() < MIN_RUNS || (sampled.len() - places.len()) as f64 > without {
            return None;
        }
        let first = sizes[*places.first()?];
        if places.iter().all(|&place| sizes[place] == first) {
            return None;
        }
        let x = places.iter().map(|&place| sizes[place].ln()).collect();
        let y = places
            .iter()
            .map(|&place| durations_ms[place].ln())
            .collect();
        Some(Self { places, x, y })
    }

    /// The law, and how much of what neighbours differ by it leaves unexplained.
    fn law(&self, evidence: Evidence) -> Option<(Fit, f64)> {
        let of_all = fit(&self.x, &self.y)?;
        let steps = self.steps(&of_all);
        if steps.len() < MIN_RUNS / 2 {
            if evidence == Evidence::Neighbours {
                return None;
            }
            // Sizes change so seldom that only the runs before and after can be compared.
            let off: Vec<f64> = (0..self.x.len())
                .map(|run| self.y[run] - of_all.at_logarithm(self.x[run]))
                .collect();
            let left = deviation(&off)? / deviation(&self.y)?;
            let grows = (0.0..=HIGHEST).contains(&of_all.exponent().0);
            return (left < LEAST_EXPLAINED && grows).then_some((of_all, left));
        }
        let law = if is_borne_out(&steps) {
            of_all
        } else {
            self.law_in_time(&steps)?
        };
        let left = unexplained(&self.steps(&law))?;
        (left < LEAST_EXPLAINED).then_some((law, left))
    }

    /// How neighbours of different size differ in the law and in fact.
    fn steps(&self, law: &Fit) -> Vec<Step> {
        let are_neighbours = |run: usize| self.places[run] == self.places[run - 1] + 1;
        let runs = (1..self.x.len()).filter(|&run| are_neighbours(run));
        let steps = runs.filter(|&run| (self.x[run] - self.x[run - 1]).abs() > LEAST_STEP);
        steps
            .map(|run| {
                let [before, after] = [run - 1, run].map(|run| law.at_logarithm(self.x[run]));
                Step {
                    size: self.x[run] - self.x[run - 1],
                    expected: after - before,
                    seen: self.y[run] - self.y[run - 1],
                }
            })
            .collect()
    }

    /// The law of runs less the level of their time.
    fn law_in_time(&self, steps: &[Step]) -> Option<Fit> {
        let slope = slope_of(steps.iter().map(|step| (step.size, step.seen)))?;
        let off: Vec<f64> = self
            .x
            .iter()
            .zip(&self.y)
            .map(|(x, y)| y - slope * x)
            .collect();
        let mut level = 0.0;
        let mut levelled = Vec::with_capacity(off.len());
        for (run, y) in self.y.iter().enumerate() {
            if run % (NEIGHBOURS / 5) == 0 {
                let first = run.saturating_sub(NEIGHBOURS / 2);
                level = median(&off[first..(run + NEIGHBOURS / 2).min(off.len())])?;
            }
            levelled.push(y - level);
        }
        fit(&self.x, &levelled)
    }
}

/// Steepest law that is believed where only a change shows it.
const HIGHEST: f64 = 3.0;

struct Step {
    size: f64,
    expected: f64,
    seen: f64,
}

fn fit(x: &[f64], y: &[f64]) -> Option<Fit> {
    let every = x.len().div_ceil(LAW_RUNS);
    let sampled = |values: &[f64]| -> Vec<f64> {
        values
            .iter()
            .step_by(every)
            .map(|value| value.exp())
            .collect()
    };
    Points::of(&sampled(x), &sampled(y))?.fit()
}

fn deviation(values: &[f64]) -> Option<f64> {
    spread(values).as_ref().map(Spread::sigma)
}

/// Slope through the origin: the median of the slopes, each counting by its reach.
fn slope_of(pairs: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let mut slopes: Vec<(f64, f64)> = pairs
        .filter(|(across, _)| *across != 0.0)
        .map(|(across, along)| (along / across, across.abs()))
        .collect();
    sort_by_value(&mut slopes, |slope| slope.0);
    let half = slopes.iter().map(|slope| slope.1).sum::<f64>() / 2.0;
    let mut passed = 0.0;
    for (slope, reach) in slopes {
        passed += reach;
        if passed >= half {
            return Some(slope);
        }
    }
    None
}

/// Whether neighbours differ as the law has it.
fn is_borne_out(steps: &[Step]) -> bool {
    let pairs = steps.iter().map(|step| (step.expected, step.seen));
    let Some(slope) = slope_of(pairs) else {
        return false;
    };
    let off: Vec<f64> = steps
        .iter()
        .map(|step| step.seen - slope * step.expected)
        .collect();
    let reach: f64 = steps.iter().map(|step| step.expected.powi(2)).sum();
    let error = MEDIAN_ERROR * deviation(&off).unwrap_or(0.0) / reach.sqrt();
    (slope - 1.0).abs() <= LEEWAY * error
}

/// Standard error of a median of slopes over that of least squares, with what neighbouring steps
/// share.
const MEDIAN_ERROR: f64 = 1.5;

/// What neighbours still differ by, as a share of what they differ by.
fn unexplained(steps: &[Step]) -> Option<f64> {
    let seen: Vec<f64> = steps.iter().map(|step| step.seen).collect();
    let left: Vec<f64> = steps.iter().map(|step| step.seen - step.expected).collect();
    let seen = deviation(&seen).filter(|seen| *seen > 0.0)?;
    Some(deviation(&left)? / seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_adjusted_without_runs_without_sizes_and_by_few() {
        assert_eq!(for_same_work(&[], &[&[], &[]]), None);
        assert_eq!(for_same_work(&[5.0; 100], &[&[0.0; 100]]), None);
        assert_eq!(for_same_work(&[5.0; 100], &[&[f64::NAN; 100]]), None);
        let sizes: Vec<f64> = (0..29).map(|run| f64::from(run + 10)).collect();
        assert_eq!(for_same_work(&sizes, &[&sizes]), None);
        assert_eq!(for_same_work(&sizes, &[]), None);
    }
}

//! Anomalous single runs: far out by a measure that outliers cannot widen.
//!
//! The modified z-score of Iglewicz and Hoaglin (1993), median and MAD in place of mean and
//! standard deviation. Slow runs are measured on logarithms, fast ones by proportion, so that
//! neither normal nor log-normal noise looks far out. How far is too far depends on how many
//! runs were looked at: of 10,000 normal runs a few lie beyond 3.5.
//!
//! Many far runs form a mode of the stage (cache misses, garbage collection, another kind of work),
//! whose runs are ordinary: only runs far beyond the mode are anomalies. Where the slow runs follow
//! one heavy tail, only runs beyond the tail are. Kinds of runs that take turns are measured each
//! within itself, and readings of a clock that is coarse for their noise as if spread over its
//! step.

use super::rotation::Rotation;
use super::scale::{logarithm, places_of_durations};
use crate::engine::alerting::baseline::RESOLUTION_MS;
use crate::engine::stats::distribution::{normal_quantile, normal_sf};
use crate::engine::stats::order::sort_values;
use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::{spread, Spread};
use std::cell::LazyCell;

/// Chance that a series of normal or log-normal noise holds any anomaly.
const FALSE_ALARM: f64 = 0.05;

/// Fewer runs on one level do not show what is normal.
const MIN_RUNS: usize = 20;

/// Least noise assumed, 1 %: closer to a constant duration nothing is an anomaly.
const LEAST_SIGMA: f64 = 0.01;

/// The noise is taken this many of its own standard errors too large: a MAD of few runs is
/// uncertain, and a small one makes anomalies of everything.
const SIGMA_MARGIN: f64 = 2.0;

/// Standard error of a MAD of n runs, as a share of it, times the root of n.
const MAD_ERROR: f64 = 1.17;

/// Runs of a block: the noise near a run is that of its block and of the two beside it.
const BLOCK: usize = 100;

/// Far runs that are a mode: this many, ...
const FEWEST_OF_A_MODE: usize = 6;

/// ... and one run in so many on the level.
const RAREST_MODE: usize = 200;

/// Fewest far runs for which the tail is examined: a few may be anywhere.
const FEWEST_OF_A_TAIL: usize = 3;

/// Part of the runs, the slowest, that show the tail, and part of these, the fastest of them, that
/// its index is found from: anomalies are among the others.
const TAIL: f64 = 0.1;
const UNCENSORED: f64 = 0.8;

/// Fewest runs that show a tail.
const TAIL_RUNS: usize = 200;

/// Runs that a tail has beyond its end by chance.
const BEYOND_TAIL: f64 = 0.02;

/// By how much two estimates of its index may differ, as a factor, if it is one tail.
const ONE_TAIL: f64 = 1.4;

/// The longest step of a clock, in ms, and the steps of noise that it is coarse for.
const LONGEST_STEP_MS: f64 = 1.0;
const COARSE: f64 = 2.0;

/// Multiples of it lie evenly between whole numbers, however many.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// A run that took far longer, or shorter, than those around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anomaly {
    /// Place of the run in the input.
    pub index: usize,
    /// What it took, in ms.
    pub duration_ms: f64,
    /// Median in ms of the runs on its level.
    pub typical_ms: f64,
    /// Sigmas from the median: positive if slow.
    pub z: f64,
    /// Number of the examined runs that chance would put as far out.
    pub expected: f64,
}

/// Finds anomalous runs, in order. Each is measured against the runs on its own side of the changes of the
/// series; `starts` are the first runs after each of them, in order. Give none to measure against all. In
/// steady noise the chance of finding any is at most 5 %; docs/analysis.md has that of heavy tails and of
/// noise that changes. Numbers that are no durations are skipped.
///
/// Cost: O(n).
pub fn anomalies(durations_ms: &[f64], starts: &[usize]) -> Vec<Anomaly> {
    let mut found = Vec::new();
    let mut low = 0;
    let ends = starts.iter().copied().chain([durations_ms.len()]);
    for high in ends {
        if let Some(level) = durations_ms.get(low..high) {
            found.extend(anomalies_of_level(level, low, durations_ms.len()));
            low = high;
        }
    }
    found
}

/// Anomalies of runs on one level, of which the first has the place `first`.
fn anomalies_of_level(durations_ms: &[f64], first: usize, examined: usize) -> Vec<Anomaly> {
    let places = places_of_durations(durations_ms);
    let durations: Vec<f64> = places.iter().map(|&place| durations_ms[place]).collect();
    if durations.len() < MIN_RUNS {
        return Vec::new();
    }
    let rotation = Rotation::of(&durations);
    let factor = |run: usize| rotation.as_ref().map_or(1.0, |turns| turns.factor(run));
    let logs_of = |durations: &[f64]| -> Vec<f64> {
        let runs = durations.iter().enumerate();
        runs.map(|(run, ms)| logarithm(ms / factor(run))).collect()
    };
    let mut logs = logs_of(&durations);
    let Some(mut level) = spread(&logs) else {
        return Vec::new();
    };
    if let Some(step) = (level.mad == 0.0)
        .then(|| common_step(&durations))
        .flatten()
    {
        logs = logs_of(&between_ticks(&durations, step));
        level = spread(&logs).unwrap_or(level);
    }
    let margin = 1.0 + SIGMA_MARGIN * MAD_ERROR / (logs.len() as f64).sqrt();
    let sigma = level.sigma().max(LEAST_SIGMA) * margin;
    let far = -normal_quantile(FALSE_ALARM / (2 * examined) as f64);
    // Where the measure of fast runs passes `far`, with room for rounding: most runs are nearer.
    let hardly_fast = 0.999 * (-far * sigma).max(-1.0).ln_1p();
    let z_of = |log: f64| {
        let away = log - level.median;
        if away > hardly_fast {
            away.max(0.0) / sigma
        } else {
            away.exp_m1() / sigma
        }
    };
    let measured = logs.iter().map(|&log| z_of(log)).enumerate();
    let found: Vec<(usize, f64)> = measured.filter(|(_, z)| z.abs() >= far).collect();
    let mut beyond = beyond_modes(&found, &logs, far);
    if found.iter().filter(|(_, z)| *z > 0.0).count() >= FEWEST_OF_A_TAIL {
        let end = end_of_tail(&logs).unwrap_or(f64::NEG_INFINITY);
        beyond.above = beyond.above.max(end);
    }
    // Noise below the clock's resolution makes no run far out.
    let step = clock_step(&durations);
    let is_coarse = level.mad * level.median.exp() <= COARSE * step;
    let within = is_coarse.then(|| logs_of(&between_ticks(&durations, step)));
    let near = if is_coarse { far * margin } else { far };
    let mut nearby = Nearby::new(within.as_deref().unwrap_or(&logs));
    let found = found
        .into_iter()
        .filter(|&(run, z)| beyond.holds(logs[run], z) && nearby.z(run).abs() >= near);
    let typical_ms = LazyCell::new(|| typical(&durations, factor));
    found
        .map(|(run, z)| Anomaly {
            index: first + places[run],
            duration_ms: durations[run],
            typical_ms: *typical_ms * factor(run),
            z,
            expected: 2.0 * normal_sf(z.abs()) * examined as f64,
        })
        .collect()
}

/// The median in ms, each kind of runs brought to one level. That of the logarithms would be less where the
/// middle two of an even number differ.
fn typical(durations: &[f64], factor: impl Fn(usize) -> f64) -> f64 {
    let runs = durations.iter().enumerate();
    let levelled: Vec<f64> = runs.map(|(run, ms)| ms / factor(run)).collect();
    median(&levelled).unwrap_or_default().max(RESOLUTION_MS)
}

/// The local noise, which may change over time: a run far out for its whole level may be normal locally.
struct Nearby<'a> {
    logs: &'a [f64],
    block: Option<usize>,
    level: Option<Spread>,
}

impl<'a> Nearby<'a> {
    fn new(logs: &'a [f64]) -> Self {
        let (block, level) = (None, None);
        Self { logs, block, level }
    }

    /// Sigmas of a run from the median near it.
    ///
    /// Cost: a selection for each block that is asked for, in order.
    fn z(&mut self, run: usize) -> f64 {
        let block = run / BLOCK;
        if self.block != Some(block) {
            let from = block.saturating_sub(1) * BLOCK;
            let to = self.logs.len().min((block + 2) * BLOCK);
            self.level = self.logs.get(from..to).and_then(spread);
            self.block = Some(block);
        }
        let (Some(level), Some(log)) = (self.level, self.logs.get(run)) else {
            return 0.0;
        };
        let away = log - level.median;
        let measured = if away > 0.0 { away } else { away.exp_m1() };
        measured / level.sigma().max(LEAST_SIGMA)
    }
}

/// The step in ms of the clock that all durations are whole multiples of, 1 ms at most: longer ones may
/// just as well be multiples by themselves. 0 where none is longer than 1 ns.
fn clock_step(durations: &[f64]) -> f64 {
    let mut step: u64 = 0;
    for ms in durations {
        let mut rest = (ms / RESOLUTION_MS).round() as u64;
        while rest != 0 {
            (step, rest) = (rest, step % rest);
        }
        if step == 1 {
            return RESOLUTION_MS;
        }
    }
    (step as f64 * RESOLUTION_MS).min(LONGEST_STEP_MS)
}

/// Runs of equal durations, ascending.
fn readings(durations: &[f64]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..durations.len()).collect();
    order.sort_by(|&a, &b| durations[a].total_cmp(&durations[b]));
    let equal = |a: &usize, b: &usize| durations[*b] - durations[*a] < RESOLUTION_MS / 2.0;
    order.chunk_by(equal).map(<[usize]>::to_vec).collect()
}

/// The step in ms by which three readings or more that are common follow each other: that of a coarse clock.
fn common_step(durations: &[f64]) -> Option<f64> {
    let fewest = fewest_of_a_mode(durations.len());
    let common: Vec<f64> = readings(durations)
        .iter()
        .filter(|runs| runs.len() >= fewest)
        .map(|runs| durations[runs[0]])
        .collect();
    let steps = common.windows(2).map(|pair| pair[1] - pair[0]);
    let (least, most) = steps.fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), step| {
        (least.min(step), most.max(step))
    });
    (common.len() >= 3 && most - least <= 4.0 * RESOLUTION_MS).then_some(least)
}

/// Readings of a clock, each of which covers all durations within a step about it: equal ones are spread
/// over that, those of any stretch of time evenly, or they would show less noise than there is.
fn between_ticks(durations: &[f64], step: f64) -> Vec<f64> {
    let mut within = durations.to_vec();
    for runs in readings(durations) {
        for (place, &run) in runs.iter().enumerate() {
            let part = (place as f64 * GOLDEN + 0.5).fract() - 0.5;
            within[run] = (durations[run] + part * step).abs();
        }
    }
    within
}

/// Logarithms beyond the modes of a level, on either side.
struct Beyond {
    below: f64,
    above: f64,
}

impl Beyond {
    fn holds(&self, log: f64, z: f64) -> bool {
        if z > 0.0 {
            log > self.above
        } else {
            log < self.below
        }
    }
}

fn beyond_modes(found: &[(usize, f64)], logs: &[f64], far: f64) -> Beyond {
    let of = |sign: f64| {
        let runs = found.iter().filter(|(_, z)| z * sign > 0.0);
        let away: Vec<f64> = runs.map(|&(run, _)| sign * logs[run]).collect();
        sign * beyond_mode(away, logs.len(), far)
    };
    Beyond {
        below: of(-1.0),
        above: of(1.0),
    }
}

fn fewest_of_a_mode(runs: usize) -> usize {
    FEWEST_OF_A_MODE.max(runs.div_ceil(RAREST_MODE))
}

/// The end of the modes among some far logarithms: of a mode as of a level, so far from its
/// middle that hardly any run of it lies beyond. Minus infinity where they are too few.
fn beyond_mode(mut away: Vec<f64>, runs: usize, far: f64) -> f64 {
    let fewest = fewest_of_a_mode(runs);
    let mut end = f64::NEG_INFINITY;
    while away.len() >= fewest {
        let Some(mode) = spread(&away) else {
            break;
        };
        end = mode.median + far * mode.sigma().max(LEAST_SIGMA);
        let before = away.len();
        away.retain(|log| *log > end);
        if away.len() == before {
            break;
        }
    }
    end
}

/// The logarithm of the level that the tail of some runs reaches by chance [`BEYOND_TAIL`] times:
/// extrapolated as Weissman's (1978), from the index of a Pareto tail. That is Hill's (1975), the
/// mean excess of the logarithms, here of a sample censored above (Epstein and Sobel, 1953), so
/// that no anomaly stretches it. `None` where the slow runs follow no such tail: their median excess
/// would be another one.
fn end_of_tail(logs: &[f64]) -> Option<f64> {
    if logs.len() < TAIL_RUNS {
        return None;
    }
    let count = (TAIL * logs.len() as f64) as usize;
    let known = (UNCENSORED * count as f64) as usize;
    let mut sorted = logs.to_vec();
    let from = sorted.len() - count;
    let (_, &mut start, slowest) = sorted.select_nth_unstable_by(from - 1, f64::total_cmp);
    sort_values(slowest);
    let last = slowest.get(known - 1)? - start;
    let sum: f64 = slowest.iter().take(known).map(|log| log - start).sum();
    let index = (sum + (count - known) as f64 * last) / known as f64;
    let by_median = (slowest.get(count / 2)? - start) / std::f64::consts::LN_2;
    let is_one = by_median < ONE_TAIL * index && index < ONE_TAIL * by_median;
    is_one.then(|| start + index * (count as f64 / BEYOND_TAIL).ln())
}

#[cfg(test)]
mod tests {
    use super::super::change_point::levels;
    use super::*;

    fn noisy(runs: usize, level: f64) -> Vec<f64> {
        (0..runs)
            .map(|run| level * (1.0 + ((run * 7919) % 101) as f64 / 500.0))
            .collect()
    }

    #[test]
    fn a_run_of_three_times_the_typical_one_does_not_belong() {
        let mut durations = noisy(500, 10.0);
        durations[123] = 33.0;
        durations[124] = 2.0;
        let found = anomalies(&durations, &[]);
        let [slow, fast] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((slow.index, fast.index), (123, 124));
        assert!(slow.z > 5.0 && fast.z < -5.0 && slow.expected < 1e-6);
        assert!((slow.typical_ms - 11.0).abs() < 0.1);
    }

    #[test]
    fn what_is_typical_of_an_even_number_of_runs_is_the_mean_of_the_middle_two() {
        let of_two_levels = |run: usize| {
            let place = run * 7 % 40;
            place as f64 / 100.0 + if place < 20 { 10.0 } else { 14.0 }
        };
        let mut durations: Vec<f64> = (0..40).map(of_two_levels).collect();
        durations.extend([1e-3, 1e5]);
        let found = anomalies(&durations, &[]);
        assert_eq!(found.last().map(|slow| slow.index), Some(41));
        assert!(
            found.iter().all(|run| run.typical_ms == 12.195),
            "{found:?}"
        );
    }

    #[test]
    fn a_few_anomalies_do_not_hide_each_other() {
        let mut durations = noisy(500, 10.0);
        (0..5).for_each(|run| durations[run * run * 10] = 100.0);
        assert_eq!(anomalies(&durations, &[]).len(), 5);
    }

    #[test]
    fn a_second_mode_is_a_mode_and_what_is_beyond_it_is_not() {
        let mut durations = noisy(500, 10.0);
        (0..22).for_each(|run| durations[run * run] = 100.0 + run as f64);
        assert!(anomalies(&durations, &[]).is_empty());
        durations[450] = 1000.0;
        let found = anomalies(&durations, &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].index, 450);
    }

    #[test]
    fn kinds_that_take_turns_are_measured_each_within_itself() {
        let turns = |run: usize, ms: f64| ms * if run.is_multiple_of(2) { 1.0 } else { 5.0 };
        let runs = noisy(500, 10.0).into_iter().enumerate();
        let mut durations: Vec<f64> = runs.map(|(run, ms)| turns(run, ms)).collect();
        assert!(anomalies(&durations, &[]).is_empty());
        durations[100] = 55.0;
        let found = anomalies(&durations, &[]);
        assert_eq!(found.len(), 1);
        assert!((found[0].typical_ms - 11.0).abs() < 0.2 && found[0].duration_ms == 55.0);
    }

    #[test]
    fn runs_of_a_noisier_time_are_measured_against_the_noise_of_that_time() {
        let normal = |run: usize| normal_quantile(((run * 7919 % 997) as f64 + 0.5) / 997.0);
        let sigma = |run: usize| if run < 800 { 0.1 } else { 0.3 };
        let mut durations: Vec<f64> = (0..997)
            .map(|run| 10.0 * (sigma(run) * normal(run)).exp())
            .collect();
        assert!(anomalies(&durations, &[]).is_empty());
        durations[400] = 200.0;
        durations[900] = 25.0;
        let found = anomalies(&durations, &[]);
        assert_eq!(found.iter().map(|of| of.index).collect::<Vec<_>>(), [400]);
    }

    #[test]
    fn runs_are_measured_against_their_own_side_of_a_change() {
        let mut durations = [noisy(200, 10.0), noisy(100, 30.0)].concat();
        durations[50] = 30.0;
        let found: Vec<usize> = anomalies(&durations, &levels(&durations).starts)
            .iter()
            .map(|run| run.index)
            .collect();
        assert_eq!(found, [50]);
    }

    #[test]
    fn near_constant_durations_have_no_anomaly_within_a_few_percent() {
        let mut durations = vec![10.0; 100];
        durations[40] = 10.3;
        assert!(anomalies(&durations, &[]).is_empty());
        durations[40] = 12.0;
        assert_eq!(anomalies(&durations, &[]).len(), 1);
    }

    /// A stage of 2 ms whose clock shows whole milliseconds: half of the readings are 2.
    fn whole_milliseconds(runs: usize) -> Vec<f64> {
        let share = |run: usize, factor: usize| ((run * factor) % 1009) as f64 / 1009.0;
        let noise = |run: usize| share(run, 7919) + share(run, 104_729) + share(run, 15_485_863);
        (0..runs)
            .map(|run| (2.0 * (0.5 * (noise(run) - 1.5)).exp() + share(run, 611_953)).floor())
            .collect()
    }

    #[test]
    fn a_reading_a_few_ticks_away_on_a_coarse_clock_is_no_anomaly() {
        let mut durations = whole_milliseconds(1000);
        let equal = durations.iter().filter(|&&ms| ms == 2.0).count();
        let highest = durations.iter().copied().fold(0.0, f64::max);
        assert!(
            equal > 500 && (4.0..=6.0).contains(&highest),
            "{equal} {highest}"
        );
        assert_eq!(anomalies(&durations, &[]), []);
        durations[500] = 30.0;
        let found = anomalies(&durations, &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].index == 500 && found[0].duration_ms == 30.0);
    }

    #[test]
    fn a_reading_one_tick_away_is_no_anomaly_however_rare_and_however_few_the_runs() {
        let reading = |run: u32| {
            if run == 990 {
                2.0
            } else {
                f64::from(u8::from(run % 333 != 7))
            }
        };
        assert_eq!(
            anomalies(&(0..1_000).map(reading).collect::<Vec<_>>(), &[]),
            []
        );
        for (tick, reading) in [
            (1.0, 1.0),
            (1.0, 10.0),
            (0.1, 0.3),
            (0.001, 0.004),
            (1.0, 0.0),
        ] {
            for runs in [20, 40, 300] {
                let mut durations = vec![reading; runs];
                durations[runs / 2] += tick;
                assert_eq!(anomalies(&durations, &[]), [], "{reading} of {runs}");
                durations[3] = reading + 100.0 * tick;
                let found = anomalies(&durations, &[]);
                assert_eq!(found.len(), 1, "{reading} of {runs}");
                assert_eq!((found[0].index, found[0].duration_ms), (3, durations[3]));
                assert!((found[0].typical_ms - reading).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn few_runs_and_runs_that_are_no_numbers_are_no_anomalies() {
        assert!(anomalies(&[1.0, 1.0, 1.0, 100.0], &[]).is_empty());
        let mut durations = noisy(100, 10.0);
        durations[3] = f64::NAN;
        durations[4] = f64::INFINITY;
        assert!(anomalies(&durations, &[]).is_empty());
    }
}

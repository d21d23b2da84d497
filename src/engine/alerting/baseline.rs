//! What is normal for one stage, learned while it runs.
//!
//! Median and MAD with exponential forgetting, in constant memory and without a logarithm on the
//! hot path. Both are followed by stochastic approximation (Robbins and Monro, 1951; for quantiles,
//! Tierney, 1983): each sample moves the estimate by a fixed share of the spread, in either
//! direction, so a run of 1,000 times the normal length moves it no further than one of twice the
//! length. Deviations are ratios, because durations scatter by factors.
//!
//! A new median is adopted, not approached: once all but one of the last [`WINDOW`] runs lie on one
//! side of it, it is learned again from these runs alone. In a stationary series of independent
//! runs that happens by chance less than once in 300,000 runs. [`LevelWatch`] decides whether the
//! level has changed for good; [`Tail`] follows the slowest runs.

use super::level_shift::{LevelShift, LevelWatch, Place, Suspicion};
use super::tail::Tail;
use crate::engine::figures::{larger, smaller};
use crate::engine::stats::order::sort_values;
use crate::engine::stats::quantile::{median_in_place, median_sorted};
use crate::engine::stats::robust::MAD_TO_SIGMA;

/// Runs remembered to learn from: two more than the fewest that show a shift of the median.
pub const WINDOW: usize = 24;

/// Runs before the baseline may be used: the fewest for which the median of a log-normal
/// stage (sigma 0.25) is known to 7 %.
pub const WARM_AFTER: u32 = 20;

/// The clock's resolution, 1 ns in ms: shorter durations count as this long.
pub const RESOLUTION_MS: f64 = 1e-6;

/// Some 30,000 years in ms: a larger number is no duration, and could overflow a double.
pub const LONGEST_MS: f64 = 1e15;

/// Share of sigma by which one run moves the median: remembers about 60 runs and leaves it
/// uncertain by a ninth of sigma.
const MEDIAN_GAIN: f64 = 0.02;

/// Share of itself by which one run moves the MAD: remembers about 120 runs, known to 8 %.
const SPREAD_GAIN: f64 = 0.01;

/// Gains times runs seen that learn fastest from few runs: 1 / (2 * density) at the median of
/// a normal distribution, and at its MAD relative to the MAD.
const FIRST_MEDIAN_GAIN: f64 = 1.253;
const FIRST_SPREAD_GAIN: f64 = 1.166;

/// Relative spreads outside this range carry no meaning: below lies the jitter of the clock,
/// above it the gain would leap over the median.
const SPREAD_RANGE: (f64, f64) = (1e-4, 1e6);

/// Sigmas beyond the median that make an alarm once the spread is known well. The normal tail
/// beyond is 3 in a million; uncertainty of median and spread brings it to about ten.
const ALARM_SIGMAS: f64 = 4.5;

/// Widens the alarm while few runs have been seen: by `1 + EARLY_WIDENING / runs`.
const EARLY_WIDENING: f64 = 16.0;

/// Runs within the alarm level that end an excursion beyond it.
const QUIET_RUNS: u8 = 8;

/// Most runs of an excursion that the tail learns from when it ends.
const MOST_WAITING: u8 = 8;

/// One run of a stage.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// How long it took, in ms.
    pub duration_ms: f64,
    /// Which run of the stage, and when.
    pub place: Place,
}

/// Robust baseline of one stage's durations. 376 bytes; no allocation, ever.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Median in ms, once warm.
    median: f64,
    /// Ratio to the median that half of the runs stay within, less one.
    relative_mad: f64,
    /// Least difference in ms between runs where many are equal: what the clock resolves.
    tick_ms: f64,
    /// Runs since learning began, at least [`WINDOW`] after a shift was adopted.
    runs: u32,
    /// One bit a run, newest lowest: above the median or not.
    sides: u32,
    /// The last durations; the newest stands before `cursor`.
    recent: [f64; WINDOW],
    cursor: u8,
    /// The runs beyond the alarm level that the tail has not learned from yet: their number and the longest.
    waiting: u8,
    waiting_ms: f64,
    /// Runs within the alarm level since.
    quiet: u8,
    tail: Tail,
    levels: LevelWatch,
}

/// Alternating sides, so that no shift is detected before there are enough runs.
const BALANCED_SIDES: u32 = 0x0055_5555;

impl Baseline {
    /// A baseline before the first run.
    pub const fn new() -> Self {
        Self {
            median: 0.0,
            relative_mad: 0.0,
            tick_ms: 0.0,
            runs: 0,
            sides: BALANCED_SIDES,
            recent: [0.0; WINDOW],
            cursor: 0,
            waiting: 0,
            waiting_ms: 0.0,
            quiet: 0,
            tail: Tail::new(),
            levels: LevelWatch::new(),
        }
    }

    /// Learns from one run. Numbers that cannot be a duration are ignored. Returns the shift that
    /// was taken over with it, if any: a level at least `factor` times the one before.
    ///
    /// Cost: some ten ns; about half a microsecond when warm-up ends or a shift is adopted.
    #[inline(always)]
    pub fn record(&mut self, run: Run, factor: f64) -> Option<LevelShift> {
        if !(0.0..=LONGEST_MS).contains(&run.duration_ms) {
            return None;
        }
        let duration = larger(run.duration_ms, RESOLUTION_MS);
        if let Some(slot) = self.recent.get_mut(usize::from(self.cursor)) {
            *slot = duration;
        }
        self.cursor = if usize::from(self.cursor) + 1 == WINDOW {
            0
        } else {
            self.cursor + 1
        };
        self.runs = self.runs.saturating_add(1);
        if self.runs > WARM_AFTER {
            self.learn_tail(duration, factor);
            self.follow(duration);
            return self.watch(duration, factor, run.place);
        }
        if self.runs == WARM_AFTER {
            self.start();
        }
        None
    }

    /// Learns from the runs of the warm-up.
    #[cold]
    fn start(&mut self) {
        self.learn(WARM_AFTER as usize);
        self.learn_tail_anew(WARM_AFTER as usize);
        self.levels.start(self.median, WARM_AFTER);
    }

    /// Median duration in ms; during warm-up that of the runs so far, 0 with none.
    pub fn typical(&self) -> f64 {
        if self.is_warm() {
            self.median
        } else {
            let mut runs = self.recent;
            median_in_place(&mut runs[..self.runs as usize]).unwrap_or(0.0)
        }
    }

    /// The same as shown to callers: 0 if shorter than the clock resolves.
    pub fn shown(&self) -> f64 {
        let typical = self.typical();
        if typical > RESOLUTION_MS {
            typical
        } else {
            0.0
        }
    }

    /// Standard deviation in ms that a normal distribution of this MAD would have. Before
    /// warm-up 0; never less than 0.015 % of the median after it.
    pub fn spread(&self) -> f64 {
        let ratio = 1.0 + self.relative_mad;
        MAD_TO_SIGMA * self.median * (ratio - 1.0 / ratio) / 2.0
    }

    /// Whether there were enough runs for [`Self::exceeds`].
    pub fn is_warm(&self) -> bool {
        self.runs >= WARM_AFTER
    }

    /// Whether a duration is out of the ordinary: beyond [`Self::alarm_level`]. Ask before
    /// recording it. False before warm-up, for non-finite durations, and where the typical
    /// run is shorter than the clock resolves.
    ///
    /// Cost: three comparisons for a normal run, two logarithms for one beyond the rest.
    #[inline(always)]
    pub fn exceeds(&self, duration_ms: f64, factor: f64) -> bool {
        duration_ms > self.median * factor + self.tick_ms
            && duration_ms > self.tail.level()
            && duration_ms < f64::INFINITY
            && self.is_warm()
            && self.median > RESOLUTION_MS
            && self.is_beyond_noise(duration_ms)
    }

    #[cold]
    fn is_beyond_noise(&self, duration_ms: f64) -> bool {
        (duration_ms / self.median).ln() > self.alarm_sigmas() * self.log_sigma()
    }

    /// Duration in ms beyond which a run is out of the ordinary: the largest of `factor` times
    /// the median (and what the clock resolves), the level of the tail, and 4.5 sigmas (more while
    /// few runs are known) above the median on a logarithmic scale. Infinite before warm-up.
    pub fn alarm_level(&self, factor: f64) -> f64 {
        let beyond_noise = self.median * (self.alarm_sigmas() * self.log_sigma()).exp();
        self.level_without_noise(factor).max(beyond_noise)
    }

    /// A duration in ms up to which [`Self::exceeds`] is always false: at most
    /// [`Self::alarm_level`], without its logarithms. Infinite before warm-up; negative if the next
    /// runs may take over a level, whatever their durations.
    pub fn quiet_level(&self, factor: f64) -> f64 {
        if self.is_warm() && self.levels.is_about_to_shift(factor) {
            -1.0
        } else {
            self.level_without_noise(factor)
        }
    }

    fn level_without_noise(&self, factor: f64) -> f64 {
        if self.is_warm() && self.median > RESOLUTION_MS {
            (self.median * factor + self.tick_ms).max(self.tail.level())
        } else {
            f64::INFINITY
        }
    }

    /// The tail learns from runs beyond the alarm level only after they end, and from at most a
    /// few: a lasting excess is for alerts, not for learning.
    #[inline(always)]
    fn learn_tail(&mut self, duration: f64, factor: f64) {
        if self.exceeds(duration, factor) {
            self.waiting = (self.waiting + 1).min(MOST_WAITING);
            self.waiting_ms = self.waiting_ms.max(duration);
            self.quiet = 0;
            return;
        }
        self.tail.record(duration);
        if self.waiting > 0 {
            self.learn_what_waits();
        }
    }

    /// After a run within the level, while runs beyond it are pending.
    #[cold]
    fn learn_what_waits(&mut self) {
        self.quiet += 1;
        if self.quiet >= QUIET_RUNS {
            for _ in 0..self.waiting {
                self.tail.record(self.waiting_ms);
            }
            self.forget_waiting();
        }
    }

    fn learn_tail_anew(&mut self, count: usize) {
        let (mut recent, sigma) = (self.in_order(), self.log_sigma());
        let newest = WINDOW.saturating_sub(count);
        self.tail
            .learn(self.median, sigma, recent.split_at_mut(newest).1);
        self.forget_waiting();
    }

    fn forget_waiting(&mut self) {
        (self.waiting, self.waiting_ms, self.quiet) = (0, 0.0, 0);
    }

    #[inline(always)]
    fn watch(&mut self, duration: f64, factor: f64, place: Place) -> Option<LevelShift> {
        let wide = 1.0 + self.relative_mad;
        let suspicion = self
            .levels
            .record(duration, self.median, wide, factor, place);
        if suspicion == Suspicion::None {
            return None;
        }
        self.take_over(suspicion, factor, place)
    }

    /// Takes over the level that the recent runs have reached.
    #[cold]
    fn take_over(&mut self, suspicion: Suspicion, factor: f64, place: Place) -> Option<LevelShift> {
        let mut recent = self.in_order();
        sort_values(&mut recent);
        let tick_ms = tick(&recent);
        let to_ms = median_sorted(&recent).unwrap_or(0.0);
        if suspicion == Suspicion::Fall {
            if self.levels.fall(to_ms, factor) {
                self.learn(WINDOW);
                self.learn_tail_anew(WINDOW);
            }
            return None;
        }
        let shift = self.levels.rise(to_ms, tick_ms, factor, place)?;
        self.learn(WINDOW);
        self.learn_tail_anew(WINDOW);
        Some(shift)
    }

    /// The recent runs, the newest last once there are as many as the window holds.
    fn in_order(&self) -> [f64; WINDOW] {
        let mut runs = self.recent;
        runs.rotate_left(usize::from(self.cursor) % WINDOW);
        runs
    }

    /// Moves the estimates by one run, or learns them anew when the runs have left them.
    #[inline(always)]
    fn follow(&mut self, duration: f64) {
        let above = duration > self.median;
        self.sides = (self.sides << 1) | u32::from(above);
        let upper = self.sides & WINDOW_BITS;
        if at_most_one_bit(upper) || at_most_one_bit(upper ^ WINDOW_BITS) {
            self.learn(WINDOW);
            return;
        }
        let (median_gain, spread_gain) = self.gains();
        self.move_spread(duration, spread_gain);
        let away = duration - self.median;
        let step = self.median * median_gain * smaller(self.relative_mad * MAD_TO_SIGMA, 1.0);
        // Never past the run itself, so that a constant duration is matched exactly. Branch-free,
        // because the side of a run cannot be predicted.
        self.median += smaller(step, away.abs()).copysign(away);
    }

    /// One run widens the relative MAD if it lies outside and narrows it if inside.
    fn move_spread(&mut self, duration: f64, gain: f64) {
        let ratio = 1.0 + self.relative_mad;
        let beyond = larger(
            duration - self.median * ratio,
            self.median - duration * ratio,
        );
        let factor = 1.0 + gain.copysign(beyond);
        self.relative_mad = self.in_range(self.relative_mad * factor);
    }

    /// A relative spread that the clock can show: two runs that differ by less than a tick read
    /// the same.
    fn in_range(&self, relative_mad: f64) -> f64 {
        // Most clocks are fine enough: this spares every run a division.
        let least = if self.tick_ms > 0.0 {
            larger(SPREAD_RANGE.0, 0.25 * self.tick_ms / self.median)
        } else {
            SPREAD_RANGE.0
        };
        smaller(larger(relative_mad, least), SPREAD_RANGE.1)
    }

    /// Steps for median and spread: 1 / runs at first, constant once that is smaller.
    fn gains(&self) -> (f64, f64) {
        const FIRST_RUNS: u32 = 120;
        if self.runs > FIRST_RUNS {
            return (MEDIAN_GAIN, SPREAD_GAIN);
        }
        let share = 1.0 / f64::from(self.runs);
        (
            (FIRST_MEDIAN_GAIN * share).max(MEDIAN_GAIN),
            (FIRST_SPREAD_GAIN * share).max(SPREAD_GAIN),
        )
    }

    /// Sets median and spread from the newest `count` runs.
    #[cold]
    fn learn(&mut self, count: usize) {
        let count = count.min(WINDOW);
        let mut runs = self.in_order();
        let newest = runs.split_at_mut(WINDOW - count).1;
        sort_values(newest);
        self.tick_ms = tick(newest);
        self.median = median_in_place(newest).unwrap_or(0.0);
        for run in newest.iter_mut() {
            *run = (*run / self.median).max(self.median / *run) - 1.0;
        }
        self.relative_mad = self.in_range(median_in_place(newest).unwrap_or(0.0));
        self.sides = BALANCED_SIDES;
        self.runs = count as u32;
    }

    /// Standard deviation of the logarithm of the durations.
    fn log_sigma(&self) -> f64 {
        MAD_TO_SIGMA * self.relative_mad.ln_1p()
    }

    fn alarm_sigmas(&self) -> f64 {
        ALARM_SIGMAS * (1.0 + EARLY_WIDENING / f64::from(self.runs.max(1)))
    }
}

impl Default for Baseline {
    fn default() -> Self {
        Self::new()
    }
}

/// The clock's resolution in ms, from sorted runs: if a third of the runs have an equal, the least
/// difference between others, and no more than any of them; else 0. The lowest and the highest are left
/// out: they may be anomalies, or from the level before.
fn tick(sorted: &[f64]) -> f64 {
    let (mut equal, mut least) = (0, f64::INFINITY);
    let last = sorted.len().saturating_sub(2);
    for (place, pair) in sorted.windows(2).enumerate() {
        if let [shorter, longer] = pair {
            let apart = longer - shorter;
            if apart <= longer * 1e-9 {
                equal += 1;
            } else if place > 0 && place < last {
                let is_shown = *shorter > RESOLUTION_MS;
                least = least.min(if is_shown { apart.min(*shorter) } else { apart });
            }
        }
    }
    if 3 * equal >= sorted.len() && least.is_finite() {
        least
    } else {
        0.0
    }
}

/// The bits of `sides` in use.
const WINDOW_BITS: u32 = (1 << WINDOW) - 1;

const fn at_most_one_bit(bits: u32) -> bool {
    bits & bits.wrapping_sub(1) == 0
}

#[cfg(test)]
mod tests;

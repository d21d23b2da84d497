//! What is normal for one stage, learned while it runs.
//!
//! Median and MAD with exponential forgetting, in constant memory and without a logarithm on
//! the hot path. Both are followed by stochastic approximation (Robbins and Monro, 1951; for
//! quantiles, Tierney, 1983): each sample moves the estimate by a fixed share of the spread,
//! whichever side it falls on, so a run of 1,000 times the normal length moves it no further
//! than one of twice the length. Deviations are ratios, because durations scatter by factors.
//!
//! A lasting shift is not crept up on but adopted: once all but one of the last [`WINDOW`] runs
//! lie on one side of the median, it is learned again from these runs alone. In a
//! stationary series that happens by chance less than once in 300,000 runs.

use super::alert::Severity;
use crate::engine::stats::quantile::median_in_place;
use crate::engine::stats::robust::MAD_TO_SIGMA;

/// Runs kept to learn from: as many as 256 bytes a stage allow beside the rest.
pub const WINDOW: usize = 24;

/// Runs before the baseline may be used: the fewest for which the median of a log-normal
/// stage (sigma 0.25) is known to 7 %.
pub const WARM_AFTER: u32 = 20;

/// The clock's resolution, 1 ns in ms: shorter durations count as this long.
pub(in crate::engine) const RESOLUTION_MS: f64 = 1e-6;

/// Some 30,000 years in ms: what is longer is no duration, and could overflow a double.
pub(in crate::engine) const LONGEST_MS: f64 = 1e15;

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
/// beyond is 3 in a million; what is not known of median and spread brings it to some ten.
const ALARM_SIGMAS: f64 = 4.5;

/// Widens the alarm while few runs have been seen: by `1 + EARLY_WIDENING / runs`.
const EARLY_WIDENING: f64 = 16.0;

/// The ceiling rises by this factor when passed and sinks so slowly between that one run in
/// 1,000 passes it, whatever the distribution: a slow mode that keeps coming back (a cold
/// cache) is part of what is normal.
const CEILING_RISE: f64 = 1.1;
const CEILING_FALL: f64 = 1.0 - 0.095_310_179_804_324_87 / 1000.0;

/// Sigmas above the median at which the ceiling starts: one run in 1,000 if log-normal.
const CEILING_SIGMAS: f64 = 3.09;

/// Beyond its alarm level this many times over, a single run is an error: a collection or a
/// busy machine may double a run, hardly quadruple it (the level is at least twice the median).
const SEVERE_FACTOR: f64 = 2.0;

/// Runs in a row beyond the alarm level that are an error: chance makes one in 10,000, so
/// that the third says that the stage is slow, and not that a run was.
const LASTING_RUNS: u32 = 3;

/// Robust baseline of one stage's durations. 232 bytes; no allocation, ever.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Median in ms, once warm.
    median: f64,
    /// Ratio to the median that half of the runs stay within, less one.
    relative_mad: f64,
    /// Duration in ms that one run in 1,000 passes.
    ceiling: f64,
    /// Runs since learning began, at least [`WINDOW`] after a shift was adopted.
    runs: u32,
    /// One bit a run, newest lowest: above the median or not.
    sides: u32,
    /// The last durations; the newest stands before `cursor`.
    recent: [f64; WINDOW],
    cursor: u8,
}

/// As many runs above as below, so that no shift is seen before enough runs have come.
const BALANCED_SIDES: u32 = 0x0055_5555;

impl Baseline {
    /// A baseline that has seen nothing.
    pub const fn new() -> Self {
        Self {
            median: 0.0,
            relative_mad: 0.0,
            ceiling: 0.0,
            runs: 0,
            sides: BALANCED_SIDES,
            recent: [0.0; WINDOW],
            cursor: 0,
        }
    }

    /// Learns from one duration. Numbers that cannot be one are ignored.
    ///
    /// Cost: a few ns; about half a microsecond when warm-up ends or a shift is adopted.
    pub fn record(&mut self, duration_ms: f64) {
        if !(0.0..=LONGEST_MS).contains(&duration_ms) {
            return;
        }
        let duration = duration_ms.max(RESOLUTION_MS);
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
            self.follow(duration);
        } else if self.runs == WARM_AFTER {
            self.learn(WARM_AFTER as usize);
        }
    }

    /// Median duration in ms; before warm-up that of the runs so far, 0 with none.
    pub fn typical(&self) -> f64 {
        if self.is_warm() {
            self.median
        } else {
            let mut runs = self.recent;
            median_in_place(&mut runs[..self.runs as usize]).unwrap_or(0.0)
        }
    }

    /// Standard deviation in ms that a normal distribution of this MAD would have. Before
    /// warm-up 0; never less than 0.015 % of the median after it.
    pub fn spread(&self) -> f64 {
        let ratio = 1.0 + self.relative_mad;
        MAD_TO_SIGMA * self.median * (ratio - 1.0 / ratio) / 2.0
    }

    /// Whether enough runs have been seen for [`Self::exceeds`] to speak.
    pub fn is_warm(&self) -> bool {
        self.runs >= WARM_AFTER
    }

    /// Whether a duration is out of the ordinary: beyond [`Self::alarm_level`]. Ask before
    /// recording it. False before warm-up, for non-finite durations, and where the typical
    /// run is shorter than the clock can tell.
    ///
    /// Cost: two comparisons for a normal run, two logarithms for one beyond `factor`.
    pub fn exceeds(&self, duration_ms: f64, factor: f64) -> bool {
        duration_ms > self.median * factor
            && duration_ms > self.ceiling
            && duration_ms < f64::INFINITY
            && self.is_warm()
            && self.median > RESOLUTION_MS
            && (duration_ms / self.median).ln() > self.alarm_sigmas() * self.log_sigma()
    }

    /// Duration in ms beyond which a run is out of the ordinary: the largest of `factor` times
    /// the median, the ceiling that one run in 1,000 passes, and 4.5 sigmas (more while few
    /// runs are known) above the median on a logarithmic scale. Infinite before warm-up.
    pub fn alarm_level(&self, factor: f64) -> f64 {
        if !self.is_warm() || self.median <= RESOLUTION_MS {
            return f64::INFINITY;
        }
        let beyond_noise = self.median * (self.alarm_sigmas() * self.log_sigma()).exp();
        (self.median * factor).max(self.ceiling).max(beyond_noise)
    }

    /// A duration in ms that [`Self::exceeds`] never finds out of the ordinary, nor any shorter
    /// one: at most [`Self::alarm_level`], without its logarithms. Infinite before warm-up.
    pub fn quiet_level(&self, factor: f64) -> f64 {
        if self.is_warm() && self.median > RESOLUTION_MS {
            (self.median * factor).max(self.ceiling)
        } else {
            f64::INFINITY
        }
    }

    /// How serious a duration beyond [`Self::alarm_level`] is, by how far and how long: an
    /// error beyond twice the level, and as the third in a row beyond it or later. `in_a_row`
    /// counts this run.
    pub fn severity(&self, duration_ms: f64, factor: f64, in_a_row: u32) -> Severity {
        let is_far = duration_ms > SEVERE_FACTOR * self.alarm_level(factor);
        if is_far || in_a_row >= LASTING_RUNS {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// Moves the estimates by one run, or learns them anew when the runs have left them.
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
        let step = self.median * median_gain * (self.relative_mad * MAD_TO_SIGMA).min(1.0);
        // Never past the run itself, so that a constant duration is met exactly. Without a
        // branch: which side a run falls on cannot be predicted.
        self.median += step.min(away.abs()).copysign(away);
        self.ceiling = if duration > self.ceiling {
            self.ceiling * CEILING_RISE
        } else {
            self.ceiling * CEILING_FALL
        };
    }

    /// One run widens the relative MAD if it lies outside and narrows it if inside.
    fn move_spread(&mut self, duration: f64, gain: f64) {
        let ratio = 1.0 + self.relative_mad;
        let beyond = (duration - self.median * ratio).max(self.median - duration * ratio);
        let factor = 1.0 + gain.copysign(beyond);
        self.relative_mad = (self.relative_mad * factor).clamp(SPREAD_RANGE.0, SPREAD_RANGE.1);
    }

    /// Steps for median and spread: 1 / runs at first, constant once that is smaller.
    fn gains(&self) -> (f64, f64) {
        const SETTLED: u32 = 120;
        if self.runs > SETTLED {
            return (MEDIAN_GAIN, SPREAD_GAIN);
        }
        let share = 1.0 / f64::from(self.runs);
        (
            (FIRST_MEDIAN_GAIN * share).max(MEDIAN_GAIN),
            (FIRST_SPREAD_GAIN * share).max(SPREAD_GAIN),
        )
    }

    /// Sets every estimate from the newest `count` runs.
    fn learn(&mut self, count: usize) {
        let count = count.min(WINDOW);
        let mut runs = self.recent;
        // Newest runs last: the cursor points at the oldest once the ring is full.
        runs.rotate_left(usize::from(self.cursor) % WINDOW);
        let newest = &mut runs[WINDOW - count..];
        self.median = median_in_place(newest).unwrap_or(0.0);
        for run in newest.iter_mut() {
            *run = (*run / self.median).max(self.median / *run) - 1.0;
        }
        self.relative_mad = median_in_place(newest)
            .unwrap_or(0.0)
            .clamp(SPREAD_RANGE.0, SPREAD_RANGE.1);
        self.ceiling = self.median * (CEILING_SIGMAS * self.log_sigma()).exp();
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

/// The bits of `sides` that count.
const WINDOW_BITS: u32 = (1 << WINDOW) - 1;

const fn at_most_one_bit(bits: u32) -> bool {
    bits & bits.wrapping_sub(1) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warm(durations: impl IntoIterator<Item = f64>) -> Baseline {
        let mut baseline = Baseline::new();
        durations
            .into_iter()
            .for_each(|duration| baseline.record(duration));
        baseline
    }

    #[test]
    fn takes_the_bytes_stated() {
        assert_eq!(size_of::<Baseline>(), 232);
    }

    #[test]
    fn is_warm_after_twenty_runs_and_silent_before() {
        let mut baseline = Baseline::new();
        for run in 0..WARM_AFTER {
            assert!(!baseline.is_warm(), "run {run}");
            assert!(!baseline.exceeds(1e9, 2.0));
            baseline.record(10.0);
        }
        assert!(baseline.is_warm());
        assert!(baseline.exceeds(1e9, 2.0));
    }

    #[test]
    fn before_warm_up_the_median_is_that_of_the_runs_so_far() {
        assert_eq!(Baseline::new().typical(), 0.0);
        assert_eq!(warm([3.0]).typical(), 3.0);
        assert_eq!(warm([3.0, 1.0, 2.0, 100.0]).typical(), 2.5);
    }

    #[test]
    fn a_constant_duration_is_met_exactly_and_twice_it_is_not_beyond_a_factor_of_two() {
        let baseline = warm([10.1; 500]);
        assert_eq!(baseline.typical(), 10.1);
        assert!(baseline.spread() < 0.002);
        assert!(!baseline.exceeds(20.2, 2.0));
        assert!(baseline.exceeds(20.3, 2.0));
    }

    #[test]
    fn outliers_move_the_median_no_further_than_other_slow_runs() {
        let cycle = |slow: f64| {
            (0..600).map(move |run| {
                if run % 10 == 9 {
                    slow
                } else {
                    10.0 + f64::from(run % 9) * 0.1
                }
            })
        };
        let mild = warm(cycle(11.0));
        let wild = warm(cycle(1e6));
        assert_eq!(mild.typical(), wild.typical());
        assert!((wild.typical() - 10.4).abs() < 0.3, "{}", wild.typical());
    }

    #[test]
    fn a_lasting_shift_is_adopted_within_one_window_in_both_directions() {
        for level in [100.0, 1.0] {
            let mut baseline = warm((0..300).map(|run| 10.0 + f64::from(run % 7) * 0.1));
            (0..WINDOW).for_each(|run| baseline.record(level * (1.0 + run as f64 / 1000.0)));
            assert!(
                (baseline.typical() / level - 1.0).abs() < 0.05,
                "{}",
                baseline.typical()
            );
        }
    }

    #[test]
    fn a_burst_shorter_than_the_window_is_not_adopted() {
        let mut baseline = warm((0..300).map(|run| 10.0 + f64::from(run % 7) * 0.1));
        (0..15).for_each(|_| baseline.record(100.0));
        assert!(baseline.typical() < 10.7, "{}", baseline.typical());
    }

    #[test]
    fn a_slow_mode_that_keeps_coming_back_is_no_alarm() {
        let mut baseline = Baseline::new();
        let mut late_alarms = 0;
        for run in 0..5000_u32 {
            let duration = if run % 13 == 5 {
                80.0
            } else {
                10.0 + f64::from(run % 7) * 0.1
            };
            late_alarms += u32::from(run >= 1000 && baseline.exceeds(duration, 2.0));
            baseline.record(duration);
        }
        assert!(late_alarms <= 8, "{late_alarms} alarms in 4,000 runs");
        assert!(baseline.exceeds(200.0, 2.0));
    }

    #[test]
    fn a_run_beyond_twice_the_alarm_level_is_an_error() {
        let baseline = warm([10.0; 100]);
        assert_eq!(baseline.alarm_level(2.0), 20.0);
        assert_eq!(baseline.severity(40.0, 2.0, 1), Severity::Warning);
        assert_eq!(baseline.severity(40.1, 2.0, 1), Severity::Error);
    }

    #[test]
    fn the_third_run_in_a_row_beyond_the_alarm_level_is_an_error() {
        let baseline = warm([10.0; 100]);
        let severities = [1, 2, 3, 4].map(|in_a_row| baseline.severity(21.0, 2.0, in_a_row));
        let (low, high) = (Severity::Warning, Severity::Error);
        assert_eq!(severities, [low, low, high, high]);
    }

    #[test]
    fn alarms_are_exactly_the_durations_beyond_the_alarm_level() {
        let baseline = warm((0..400).map(|run| 5.0 + f64::from(run * 7919 % 101) * 0.07));
        for factor in [1.1, 2.0, 5.0] {
            let level = baseline.alarm_level(factor);
            assert!(!baseline.exceeds(level * (1.0 - 1e-12), factor));
            assert!(baseline.exceeds(level * (1.0 + 1e-12), factor));
        }
    }

    #[test]
    fn numbers_that_are_no_durations_change_nothing() {
        let mut baseline = warm([10.0; 50]);
        let before = format!("{baseline:?}");
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
            baseline.record(bad);
            assert!(!baseline.exceeds(bad, 2.0));
        }
        assert_eq!(format!("{baseline:?}"), before);
        assert!(!baseline.exceeds(1.0, f64::NAN));
    }

    #[test]
    fn a_stage_faster_than_the_clock_raises_no_alarm() {
        let baseline = warm([0.0; 100]);
        assert!(!baseline.exceeds(5.0, 2.0));
        assert!(baseline.typical() <= 1e-6);
    }
}

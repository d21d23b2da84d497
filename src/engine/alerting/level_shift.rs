//! Whether the level of a stage's durations has changed for good.
//!
//! A cumulative sum (Page, 1954) of signs: a run well above the level counts 1, any other -1, never
//! below 0. "Well above" is beyond the square root of the factor that makes an alert and beyond
//! three quarters of the runs, so that in a stationary series the sum soon returns to 0 whatever
//! the distribution. How far it gets without a shift, in a stage whose runs come in bursts or wait
//! for each other, is learned from its excursions: a shift goes far beyond them.

use crate::engine::figures::smaller;

/// The least sum that is a shift: 24 runs, or 30 where a tenth of them lie below. Independent runs
/// get there once in 10^11.
const LEAST_SUM: f32 = 24.0;

/// A shift goes beyond the typical excursion, weighted by its length, by this factor, as an
/// exponential tail does once in some 3,000 times; by more while few excursions are known.
const TIMES_TYPICAL: f32 = 8.0;
const UNKNOWN: f32 = 2.0;

/// Excursions that are remembered.
const MOST_EXCURSIONS: f32 = 200.0;

/// Runs that the slow level remembers at least, and the typical excursion from which on it
/// remembers more.
const REMEMBERED: f64 = 512.0;
const SHORT_EXCURSION: f32 = 4.0;

/// One in this many runs examines the recent runs, which is the most expensive step.
const LOOK_EVERY: u32 = 4;

/// Runs after which the least level counts: before, the level is not known well enough.
const FIRST_RUNS: u32 = 100;

/// The least factor by which a slow level alone shows a rise: less may be chance.
const LEAST_RISE: f64 = 1.5;

/// An excursion of this height stops the level from following.
const SUSPICIOUS: f32 = 8.0;

/// A level at least the factor times the one before that was taken over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelShift {
    /// Typical duration before, in ms.
    pub from_ms: f64,
    /// Typical duration now, in ms.
    pub to_ms: f64,
    /// Completion of the first run of the new level, wall clock in ms.
    pub since_ms: f64,
    /// How many completions of the stage ago that was; 0 for the last one.
    pub runs_ago: u32,
}

/// A completion as the levels see it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Which run of the stage it is.
    pub number: u32,
    /// When, wall clock in ms.
    pub wall_ms: f64,
}

/// The cumulative sum to one side of a level, and the excursions it made.
#[derive(Clone, Debug)]
struct Excursions {
    sum: f32,
    highest: f32,
    mean: f32,
    mean_square: f32,
    count: f32,
}

impl Excursions {
    const fn new() -> Self {
        // As independent runs make them, one in four of which lies well above.
        Self {
            sum: 0.0,
            highest: 0.0,
            mean: 1.5,
            mean_square: 3.0,
            count: 4.0,
        }
    }

    /// How far an excursion typically gets, each weighted by that: what most runs that are part
    /// of one are part of.
    fn typical(&self) -> f32 {
        self.mean_square / self.mean
    }

    /// The sum that is a shift.
    fn needed(&self) -> f32 {
        LEAST_SUM.max(TIMES_TYPICAL * self.typical() * (1.0 + UNKNOWN / self.count))
    }

    fn is_shift(&self) -> bool {
        self.sum >= LEAST_SUM && self.sum >= self.needed()
    }

    fn step(&mut self, is_beyond: bool) {
        if is_beyond {
            self.sum += 1.0;
            if self.sum > LEAST_SUM {
                // So that the end of a long excursion is detected as soon as that of any other.
                self.sum = self.sum.min(self.needed() + SUSPICIOUS);
            }
            self.highest = self.highest.max(self.sum);
        } else if self.sum > 0.0 {
            self.sum -= 1.0;
            if self.sum == 0.0 {
                self.remember(self.highest);
            }
        }
    }

    fn remember(&mut self, length: f32) {
        self.count = (self.count + 1.0).min(MOST_EXCURSIONS);
        self.mean += (length - self.mean) / self.count;
        self.mean_square += (length * length - self.mean_square) / self.count;
        self.restart();
    }

    fn restart(&mut self) {
        self.sum = 0.0;
        self.highest = 0.0;
    }
}

/// Follows the level of one stage.
#[derive(Clone, Debug)]
pub struct LevelWatch {
    /// The level in ms, slow to follow.
    level_ms: f64,
    /// The least it has been since the last shift.
    least_ms: f64,
    /// Level before the last shift, until it is clear that it was none; else 0.
    before_ms: f64,
    /// The run at which that shift began.
    before_at: u32,
    runs: u32,
    began: Place,
    above: Excursions,
    below: Excursions,
}

/// Why [`LevelWatch::record`] asks for the recent runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// Nothing.
    None,
    /// The level may have risen.
    Rise,
    /// The level may have fallen.
    Fall,
}

impl LevelWatch {
    /// A level before the first run.
    pub(super) const fn new() -> Self {
        Self {
            level_ms: 0.0,
            least_ms: 0.0,
            before_ms: 0.0,
            before_at: 0,
            runs: 0,
            began: Place {
                number: 0,
                wall_ms: 0.0,
            },
            above: Excursions::new(),
            below: Excursions::new(),
        }
    }

    /// Starts at `level_ms`, the median of the first runs.
    pub fn start(&mut self, level_ms: f64, runs: u32) {
        self.runs = runs;
        self.take_over(level_ms);
    }

    fn take_over(&mut self, level_ms: f64) {
        self.level_ms = level_ms;
        self.least_ms = level_ms;
        self.above.restart();
        self.below.restart();
    }

    /// Learns from a run. `median_ms` is what the baseline has come to, `wide` how many times the
    /// median a run in four exceeds. A few ns.
    #[inline(always)]
    pub fn record(
        &mut self,
        duration_ms: f64,
        median_ms: f64,
        wide: f64,
        factor: f64,
        place: Place,
    ) -> Suspicion {
        // Past the last that can be counted the count stays near it, and still passes the runs that look.
        let next = self.runs.checked_add(1);
        self.runs = next.unwrap_or(u32::MAX - u32::MAX % LOOK_EVERY - LOOK_EVERY);
        // Squares in place of the square root of the factor.
        let (square, level_square) = (duration_ms * duration_ms, self.level_ms * self.level_ms);
        let is_above = duration_ms > self.level_ms * wide && square > level_square * factor;
        let is_below = duration_ms * wide < self.level_ms && square * factor < level_square;
        if is_above && self.above.sum == 0.0 {
            self.began = place;
        }
        self.above.step(is_above);
        self.below.step(is_below);
        self.follow(median_ms);
        if !self.runs.is_multiple_of(LOOK_EVERY) {
            return Suspicion::None;
        }
        if self.below.is_shift() {
            Suspicion::Fall
        } else if self.above.is_shift() || self.has_crept_up(factor) {
            Suspicion::Rise
        } else {
            Suspicion::None
        }
    }

    /// Moves the slow level by one run.
    #[inline(always)]
    fn follow(&mut self, median_ms: f64) {
        let is_settled = f64::from(self.runs) > REMEMBERED;
        let is_suspicious = self.above.sum.max(self.below.sum) >= SUSPICIOUS;
        if is_settled || !is_suspicious {
            let share = if f64::from(self.runs) < 2.0 * REMEMBERED {
                2.0 / f64::from(self.runs)
            } else {
                1.0 / REMEMBERED
            };
            // Dependent runs carry less information.
            let share = if self.above.mean_square > SHORT_EXCURSION * self.above.mean {
                share * f64::from(SHORT_EXCURSION / self.above.typical())
            } else {
                share
            };
            self.level_ms += (median_ms - self.level_ms) * share;
        }
        self.least_ms = if self.runs < FIRST_RUNS {
            self.level_ms
        } else {
            smaller(self.least_ms, self.level_ms)
        };
    }

    /// Takes over `to_ms`, the median of the recent runs, if it is at least `factor` times the
    /// level before, and by more than `tick_ms`, which the clock resolves.
    pub fn rise(
        &mut self,
        to_ms: f64,
        tick_ms: f64,
        factor: f64,
        now: Place,
    ) -> Option<LevelShift> {
        let surely_ms = to_ms - tick_ms;
        if surely_ms < factor.max(1.0) * self.least_ms || surely_ms <= self.least_ms {
            return None;
        }
        let from_ms = if to_ms >= factor * self.level_ms {
            self.level_ms
        } else {
            self.least_ms
        };
        let runs_ago = now.number.wrapping_sub(self.began.number);
        self.before_ms = from_ms;
        self.before_at = self.runs.saturating_sub(runs_ago);
        self.take_over(to_ms);
        Some(LevelShift {
            from_ms,
            to_ms,
            since_ms: self.began.wall_ms,
            runs_ago,
        })
    }

    /// Takes over a lower level; what was learned of the tail before holds no more if true is
    /// returned. A fall back to the level before the last rise shows that the rise was a burst,
    /// and how long bursts get.
    pub fn fall(&mut self, to_ms: f64, factor: f64) -> bool {
        if to_ms * to_ms * factor > self.level_ms * self.level_ms {
            return false;
        }
        let was_burst = to_ms * to_ms <= self.before_ms * self.before_ms * factor;
        if was_burst {
            let length = self.runs.saturating_sub(self.before_at);
            self.above.remember(length as f32);
            self.before_ms = 0.0;
        }
        let is_large = to_ms * factor < self.level_ms;
        let is_warm_up = f64::from(self.runs) < REMEMBERED;
        self.take_over(to_ms);
        !was_burst && (is_large || is_warm_up)
    }

    /// Whether the next few runs may take over a level, whatever they take.
    pub fn is_about_to_shift(&self, factor: f64) -> bool {
        self.above.sum + 4.0 >= self.above.needed() || self.has_crept_up(factor * 0.99)
    }

    fn has_crept_up(&self, factor: f64) -> bool {
        self.level_ms >= factor.max(LEAST_RISE) * self.least_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_seen_however_many_runs_came_before() {
        let mut watch = LevelWatch::new();
        watch.start(10.0, u32::MAX - 10);
        let mut record = |number, duration_ms| {
            let place = Place {
                number,
                wall_ms: 0.0,
            };
            watch.record(duration_ms, 10.0, 1.5, 2.0, place)
        };
        assert!((0..100).all(|run| record(run, 10.0) == Suspicion::None));
        assert!((100..140).any(|run| record(run, 40.0) == Suspicion::Rise));
    }
}

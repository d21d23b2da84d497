//! Times: whole nanoseconds while measuring, milliseconds in everything stored.

use crate::engine::figures::larger;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const NANOS_PER_MILLI: f64 = 1e6;

/// The nearest whole number. `round` without the call into the C library that it is on
/// processors which may lack the instruction; halves go away from zero, as there.
pub fn nearest(value: f64) -> i64 {
    (value + 0.5f64.copysign(value)) as i64
}

/// The largest whole number not above `value`, for values that a wall clock has.
pub fn whole(value: f64) -> f64 {
    // Added to what is below 2^51, it leaves no room for a fraction. A cast would saturate, which
    // is several instructions more.
    const ROUNDING: f64 = (3_u64 << 51) as f64;
    let near = (value + ROUNDING) - ROUNDING;
    if near > value {
        near - 1.0
    } else {
        near
    }
}

/// A point on the monotonic scale of `performance.now()`, in whole nanoseconds.
///
/// Integers, so that a duration is an exact difference instead of the difference of two
/// rounded doubles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nanos(pub i64);

impl Nanos {
    /// Rounds milliseconds to the nearest nanosecond; `None` unless finite.
    pub fn from_millis(millis: f64) -> Option<Self> {
        millis
            .is_finite()
            .then(|| Self(nearest(millis * NANOS_PER_MILLI)))
    }

    /// Milliseconds, the double nearest to this many nanoseconds.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / NANOS_PER_MILLI
    }

    /// Milliseconds from `earlier` to here; 0 if the clock went backwards in between.
    pub fn millis_since(self, earlier: Self) -> f64 {
        Interval::new(earlier, self).duration.as_millis()
    }
}

/// When something started and how long it took, in whole nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// On the scale of `performance.now()`.
    pub start: Nanos,
    /// Never negative.
    pub duration: Nanos,
}

impl Interval {
    /// From one point to another; of no length if the clock went backwards in between.
    pub fn new(start: Nanos, end: Nanos) -> Self {
        let duration = Nanos((end.0 - start.0).max(0));
        Self { start, duration }
    }

    /// Its end in milliseconds.
    pub fn end_ms(self) -> f64 {
        Nanos(self.start.0 + self.duration.0).as_millis()
    }
}

/// The end of an interval, in milliseconds, free of the last-bit error of adding two
/// doubles when both lie on whole nanoseconds.
pub fn end_of(start_ms: f64, duration_ms: f64) -> f64 {
    on_nanos(start_ms + duration_ms, start_ms)
}

/// The time from `start_ms` to `end_ms`, likewise free of the error of the last bit.
pub fn between(start_ms: f64, end_ms: f64) -> f64 {
    on_nanos(end_ms - start_ms, end_ms)
}

/// The whole nanosecond that a sum is off by no more than the rounding of times as large as
/// `scale`: 1e-9 ms, or after some hours a few units in the last place.
fn on_nanos(sum: f64, scale: f64) -> f64 {
    let snapped = nearest(sum * NANOS_PER_MILLI) as f64 / NANOS_PER_MILLI;
    if (snapped - sum).abs() < larger(scale.abs() * (4.0 * f64::EPSILON), 1e-9) {
        snapped
    } else {
        sum
    }
}

/// What a clock said at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Monotonic time.
    pub now: Nanos,
    /// Whole milliseconds since 1970 UTC, as a timestamp shows them.
    pub wall_ms: f64,
}

/// Nanoseconds of the operating system's monotonic clock, from an arbitrary origin.
pub type NanosSource = fn() -> i64;

/// The monotonic clock of the standard library.
///
/// Resolution of the platform (1 ns on Linux); does not advance while the machine is suspended
/// on Linux. One read costs about 40 ns.
pub fn standard_nanos() -> i64 {
    static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);
    nanos(EPOCH.elapsed())
}

/// A monotonic clock on the scale of `performance.now()`.
#[derive(Clone, Copy, Debug)]
pub struct MonotonicClock {
    source: NanosSource,
    /// What the source read at 0 of the scale.
    zero: i64,
}

impl MonotonicClock {
    /// The standard library's clock, reading `now_ms` at this moment.
    pub fn starting_at(now_ms: f64) -> Self {
        Self::over(standard_nanos, now_ms)
    }

    /// A clock over `source`, reading `now_ms` at this moment.
    pub fn over(source: NanosSource, now_ms: f64) -> Self {
        let now = Nanos::from_millis(now_ms).unwrap_or_default();
        Self {
            source,
            zero: source() - now.0,
        }
    }

    /// This moment.
    #[inline]
    pub fn now(&self) -> Nanos {
        Nanos((self.source)() - self.zero)
    }
}

fn nanos(duration: Duration) -> i64 {
    duration.as_secs().cast_signed() * 1_000_000_000 + i64::from(duration.subsec_nanos())
}

/// Age up to which an anchor is valid: a wall clock set meanwhile is noticed this much later.
const ANCHOR_HOLDS: Nanos = Nanos(10_000_000);

/// Monotonic and wall time from one reading: wall time is the wall clock at the last
/// [`SystemClock::anchor`] plus the monotonic time since, so a wall clock that is set in
/// between never bends an interval.
#[derive(Debug)]
pub struct SystemClock {
    monotonic: MonotonicClock,
    anchored_at: Nanos,
    anchored_wall_ms: f64,
}

impl SystemClock {
    /// A clock over `monotonic`, anchored now.
    pub fn new(monotonic: MonotonicClock) -> Self {
        let mut clock = Self {
            monotonic,
            anchored_at: Nanos(0),
            anchored_wall_ms: 0.0,
        };
        clock.anchor();
        clock
    }

    /// Monotonic time only.
    pub fn now(&self) -> Nanos {
        self.monotonic.now()
    }

    /// Both times, wall time from the last anchor.
    pub fn read(&self) -> Reading {
        self.at(self.now())
    }

    /// Both times at a moment read before, wall time from the last anchor.
    pub fn at(&self, now: Nanos) -> Reading {
        let since = Nanos(now.0 - self.anchored_at.0).as_millis();
        Reading {
            now,
            wall_ms: whole(self.anchored_wall_ms + since),
        }
    }

    /// Both times, with a new reading of the wall clock if the last is over 10 ms old.
    pub fn read_anchored(&mut self) -> Reading {
        let now = self.now();
        if now.0 - self.anchored_at.0 < ANCHOR_HOLDS.0 {
            self.at(now)
        } else {
            self.anchor()
        }
    }

    /// Reads the wall clock afresh, and returns both times of this moment.
    pub fn anchor(&mut self) -> Reading {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.anchored_at = self.now();
        self.anchored_wall_ms =
            wall.as_secs() as f64 * 1e3 + f64::from(wall.subsec_nanos()) / NANOS_PER_MILLI;
        self.at(self.anchored_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_survive_the_way_through_nanoseconds() {
        for millis in [0.0, 0.1, 1.1, 4.35, 1_234.567_891, 1e9 + 0.25] {
            assert_eq!(
                Nanos::from_millis(millis).map(Nanos::as_millis),
                Some(millis)
            );
        }
        assert_eq!(Nanos::from_millis(f64::NAN), None);
    }

    #[test]
    fn a_whole_number_is_never_above_its_value_and_less_than_one_below() {
        let walls = [0.0, 0.5, 0.999_999, 1.0, 1.7e12, 1.7e12 + 0.999, 1e15 + 0.5];
        for value in walls.into_iter().flat_map(|wall| [wall, -wall]) {
            assert_eq!(whole(value), value.floor(), "{value}");
        }
    }

    #[test]
    fn an_interval_ends_where_the_clock_stood() {
        let interval = Interval::new(Nanos(1_000_000), Nanos(3_500_000));
        assert_eq!(
            (interval.duration, interval.end_ms()),
            (Nanos(2_500_000), 3.5)
        );
        let backwards = Interval::new(Nanos(9), Nanos(5));
        assert_eq!(
            (backwards.duration, backwards.end_ms()),
            (Nanos(0), Nanos(9).as_millis())
        );
    }

    #[test]
    fn a_clock_that_goes_backwards_gives_a_duration_of_zero() {
        assert_eq!(Nanos(5).millis_since(Nanos(9)), 0.0);
    }

    #[test]
    fn the_end_of_an_interval_has_no_rounding_noise() {
        assert_eq!(end_of(0.1, 0.2), 0.3);
        assert_eq!(end_of(1.5, 2.25), 3.75);
        for hours in [3, 30, 300] {
            let start = Nanos(hours * 3_600_000_000_000 + 123_456_789);
            let end = Nanos(start.0 + 1_000_003);
            assert_eq!(end_of(start.as_millis(), 1.000_003), end.as_millis());
            assert_eq!(between(start.as_millis(), end.as_millis()), 1.000_003);
        }
        assert_eq!(
            end_of(0.000_000_03, 0.000_000_04),
            0.000_000_03 + 0.000_000_04
        );
    }

    #[test]
    fn the_system_clock_starts_where_it_is_set_and_never_goes_back() {
        let clock = SystemClock::new(MonotonicClock::starting_at(1000.0));
        let first = clock.read();
        let second = clock.read();
        assert!(first.now >= Nanos(1_000_000_000));
        assert!(second.now >= first.now);
        assert!(second.wall_ms >= first.wall_ms);
        assert_eq!(first.wall_ms.fract(), 0.0);
    }
}

//! Figures computed from a stage's or a run's own numbers. All are finite for any input.

/// The larger of two numbers that are none of them NaN: one instruction, where [`f64::max`] takes
/// six.
#[inline]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b {
        a
    } else {
        b
    }
}

/// The smaller of two numbers that are none of them NaN, likewise.
#[inline]
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a < b {
        a
    } else {
        b
    }
}

/// A value within two bounds. `f64::clamp` panics where they are the wrong way round, with a message
/// that has all of the formatting of doubles behind it.
#[inline]
pub fn clamped(value: f64, low: f64, high: f64) -> f64 {
    let value = if value < low { low } else { value };
    if value > high {
        high
    } else {
        value
    }
}

/// Replaces an overflow to infinity by the largest double, and NaN by 0.
pub fn finite(value: f64) -> f64 {
    if value.is_finite() {
        value
    } else if value.is_nan() {
        0.0
    } else {
        f64::MAX.copysign(value)
    }
}

/// The throughput of a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throughput {
    /// Items per second; 0 where no time passed.
    pub items_per_second: f64,
    /// Input bytes per second; 0 where no time passed.
    pub bytes_per_second: f64,
}

impl Throughput {
    /// From counts and a duration in milliseconds.
    pub fn of(items: f64, bytes: f64, duration_ms: f64) -> Self {
        // A missing duration is NaN and has no rate either.
        if duration_ms.is_nan() || duration_ms <= 0.0 {
            return Self::default();
        }
        Self {
            items_per_second: finite(items / duration_ms * 1000.0),
            bytes_per_second: if bytes > 0.0 {
                finite(bytes / duration_ms * 1000.0)
            } else {
                0.0
            },
        }
    }
}

/// Work done for resources used, each part in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Efficiency {
    /// Mean of the two parts.
    pub overall: f64,
    /// 1 at 100 items per second and more.
    pub throughput_score: f64,
    /// 1 up to a megabyte of heap growth, falling with its inverse beyond.
    pub memory_efficiency: f64,
}

impl Efficiency {
    /// From items per second and heap growth in bytes.
    pub fn of(items_per_second: f64, memory_delta: f64) -> Self {
        let throughput_score = finite(items_per_second / 100.0).min(1.0);
        let memory_efficiency = if memory_delta > 0.0 {
            (1_000_000.0 / memory_delta).min(1.0)
        } else {
            1.0
        };
        Self {
            overall: f64::midpoint(throughput_score, memory_efficiency),
            throughput_score,
            memory_efficiency,
        }
    }
}

/// The resources that a stage used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResourceUtilization {
    /// Size of the heap's change in bytes, either way.
    pub memory: f64,
    /// Milliseconds.
    pub time_ms: f64,
    /// Output bytes for each input byte; 0 without input.
    pub io_efficiency: f64,
}

impl ResourceUtilization {
    /// From a stage's own figures.
    pub fn of(memory_delta: f64, duration_ms: f64, input_size: f64, output_size: f64) -> Self {
        Self {
            memory: finite(memory_delta.abs()),
            time_ms: finite(duration_ms),
            io_efficiency: if input_size > 0.0 {
                finite(output_size / input_size)
            } else {
                0.0
            },
        }
    }
}

/// The throughput of a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PipelineThroughput {
    /// Items per second; 0 where no time passed.
    pub items_per_second: f64,
    /// Runs of this length that fit into an hour; 0 where no time passed.
    pub executions_per_hour: f64,
}

impl PipelineThroughput {
    /// From items and a duration in milliseconds.
    pub fn of(items: f64, duration_ms: f64) -> Self {
        if duration_ms.is_nan() || duration_ms <= 0.0 {
            return Self::default();
        }
        Self {
            items_per_second: finite(items / duration_ms * 1000.0),
            executions_per_hour: finite(3_600_000.0 / duration_ms),
        }
    }
}

/// Score of a run in [0, 100]: from 100, less up to 30 for every 100 ms past a second, up to
/// 20 for every 10 MiB of heap growth past 50 MiB, 10 for each error up to 40, plus up to 10
/// for throughput.
pub fn rating(duration_ms: f64, memory_delta: f64, errors: f64, items_per_second: f64) -> f64 {
    const MIB: f64 = 1024.0 * 1024.0;
    let duration = ((finite(duration_ms) - 1000.0) / 100.0).clamp(0.0, 30.0);
    let memory = ((finite(memory_delta) - 50.0 * MIB) / (10.0 * MIB)).clamp(0.0, 20.0);
    let errors = (finite(errors) * 10.0).clamp(0.0, 40.0);
    let bonus = (finite(items_per_second) / 100.0).min(10.0);
    (100.0 - duration - memory - errors + bonus).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_means_no_rate() {
        assert_eq!(Throughput::of(5.0, 10.0, 0.0), Throughput::default());
        assert_eq!(Throughput::of(5.0, 10.0, f64::NAN), Throughput::default());
        assert_eq!(
            PipelineThroughput::of(5.0, -1.0),
            PipelineThroughput::default()
        );
    }

    #[test]
    fn a_rate_that_overflows_stays_finite() {
        assert_eq!(
            Throughput::of(f64::MAX, f64::MAX, 1e-6).items_per_second,
            f64::MAX
        );
        assert!(rating(f64::INFINITY, f64::NAN, 0.0, 0.0).is_finite());
    }

    #[test]
    fn efficiency_weighs_throughput_and_memory_alike() {
        let fast_but_hungry = Efficiency::of(200.0, 4_000_000.0);
        assert_eq!(fast_but_hungry.throughput_score, 1.0);
        assert_eq!(fast_but_hungry.memory_efficiency, 0.25);
        assert_eq!(fast_but_hungry.overall, 0.625);
        assert_eq!(Efficiency::of(0.0, -5.0).overall, 0.5);
    }

    #[test]
    fn each_penalty_of_the_rating_has_its_cap() {
        assert_eq!(rating(1000.0, 0.0, 0.0, 0.0), 100.0);
        assert_eq!(rating(2000.0, 0.0, 0.0, 0.0), 90.0);
        assert_eq!(rating(1e9, 0.0, 0.0, 0.0), 70.0);
        assert_eq!(rating(0.0, 1e12, 0.0, 0.0), 80.0);
        assert_eq!(rating(0.0, 0.0, 9.0, 0.0), 60.0);
        assert_eq!(rating(1e9, 1e12, 9.0, 5000.0), 20.0);
    }
}

//! Compares a run with the mean of the last few, at every completion.

/// Runs compared, the current one among them.
pub const RECENT_RUNS: usize = 5;
/// Departure from the mean that counts as a change.
const MARGIN: f64 = 0.2;

/// How a run compares with the recent mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Within a fifth of the mean.
    Stable,
    /// More than a fifth above.
    Degrading,
    /// More than a fifth below.
    Improving,
}

/// A run beside the mean of the last five.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecentTrend {
    /// Against the mean of the last five executions.
    pub direction: Direction,
    /// The run's own duration.
    pub current_ms: f64,
    /// The mean it is compared with.
    pub average_ms: f64,
    /// Departure from the mean in per cent; 0 where the mean is 0.
    pub comparison: f64,
}

/// Compares `current_ms` with the mean of `recent`; `None` with fewer than five.
pub fn recent_trend(
    current_ms: f64,
    recent: impl ExactSizeIterator<Item = f64>,
) -> Option<RecentTrend> {
    let count = recent.len();
    if count < RECENT_RUNS {
        return None;
    }
    let average_ms = recent.sum::<f64>() / count as f64;
    let direction = if current_ms > average_ms * (1.0 + MARGIN) {
        Direction::Degrading
    } else if current_ms < average_ms * (1.0 - MARGIN) {
        Direction::Improving
    } else {
        Direction::Stable
    };
    let comparison = if average_ms > 0.0 {
        (current_ms - average_ms) / average_ms * 100.0
    } else {
        0.0
    };
    Some(RecentTrend {
        direction,
        current_ms,
        average_ms,
        comparison,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_runs_are_needed() {
        assert_eq!(recent_trend(1.0, [1.0; 4].into_iter()), None);
    }

    #[test]
    fn a_fifth_away_from_the_mean_is_a_change() {
        let of = |current: f64| {
            recent_trend(current, [100.0, 100.0, 100.0, 100.0, 100.0].into_iter())
                .map(|t| t.direction)
        };
        assert_eq!(of(120.0), Some(Direction::Stable));
        assert_eq!(of(121.0), Some(Direction::Degrading));
        assert_eq!(of(79.0), Some(Direction::Improving));
    }

    #[test]
    fn runs_without_duration_compare_to_nothing() {
        assert_eq!(
            recent_trend(0.0, [0.0; 5].into_iter()).map(|t| t.comparison),
            Some(0.0)
        );
    }
}

//! Finds the stages that slow a run down, and what making them faster is worth.

/// Share of the stage time past which a stage is worth looking at, in per cent.
const TIME_SHARE: f64 = 30.0;
/// Share past which it dominates the run.
const CRITICAL_SHARE: f64 = 50.0;
/// Efficiency below which resources are wasted.
const LOW_EFFICIENCY: f64 = 0.3;
/// Run time past which stages side by side are worth their complexity.
const LONG_RUN_MS: f64 = 2000.0;
/// Heap growth past which data should stream.
const LARGE_GROWTH: f64 = 100.0 * 1024.0 * 1024.0;

/// Kinds of bottlenecks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BottleneckKind {
    /// More than 30 % of the stage time, and more than its even share.
    Time,
    /// Little work for the resources used.
    Efficiency,
}

/// One stage that slows a run down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bottleneck {
    /// Its row in the breakdown.
    pub row: usize,
    /// The kind.
    pub kind: BottleneckKind,
    /// Whether it dominates the run.
    pub critical: bool,
    /// For time the share in per cent, for efficiency what is missing to 1.
    pub impact: f64,
    /// What making it faster could gain, in per cent: for time, what the whole gains if the stage
    /// took half its time. Never above 100.
    pub gain_percent: f64,
}

/// Appends the bottlenecks of a breakdown to `found`, those of time first. A row is its
/// percentage and its efficiency, NaN where that is unknown.
pub fn bottlenecks(
    rows: impl ExactSizeIterator<Item = (f64, f64)> + Clone,
    found: &mut Vec<Bottleneck>,
) {
    for (row, (percentage, _)) in rows.clone().enumerate() {
        if is_large(percentage, rows.len()) {
            found.push(Bottleneck {
                row,
                kind: BottleneckKind::Time,
                critical: percentage > CRITICAL_SHARE,
                impact: percentage,
                gain_percent: (percentage / 2.0).round().min(100.0),
            });
        }
    }
    for (row, (_, efficiency)) in rows.enumerate() {
        if efficiency < LOW_EFFICIENCY {
            let impact = 1.0 - efficiency;
            found.push(Bottleneck {
                row,
                kind: BottleneckKind::Efficiency,
                critical: false,
                impact,
                gain_percent: (impact * 20.0).round().min(100.0),
            });
        }
    }
}

/// Whether so many per cent of the stage time are a bottleneck among so many stages.
pub fn is_large(percentage: f64, stages: usize) -> bool {
    percentage > TIME_SHARE && (stages < 2 || percentage > 100.0 / stages as f64)
}

/// Whether a run is long enough for stages side by side to be worth looking at.
pub fn is_long(duration_ms: f64) -> bool {
    duration_ms > LONG_RUN_MS
}

/// Whether a run grew the heap so much that streaming is worth looking at.
pub fn is_memory_heavy(memory_delta: f64) -> bool {
    memory_delta > LARGE_GROWTH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(f64, f64)]) -> Vec<Bottleneck> {
        let mut found = Vec::new();
        bottlenecks(rows.iter().copied(), &mut found);
        found
    }

    #[test]
    fn a_stage_below_its_even_share_is_no_time_bottleneck() {
        let found = of(&[(60.0, 0.2), (40.0, 0.8)]);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].kind, found[0].row, found[0].critical),
            (BottleneckKind::Time, 0, true)
        );
        assert_eq!(
            (found[1].kind, found[1].row),
            (BottleneckKind::Efficiency, 0)
        );
    }

    #[test]
    fn a_single_stage_is_a_bottleneck_of_the_whole() {
        assert_eq!(of(&[(100.0, 1.0)])[0].gain_percent, 50.0);
    }

    #[test]
    fn an_unknown_efficiency_is_no_finding() {
        assert_eq!(of(&[(50.0, f64::NAN), (50.0, f64::NAN)]), []);
    }

    #[test]
    fn no_gain_is_above_a_hundred_per_cent() {
        let found = of(&[(900.0, -40.0)]);
        let gains: Vec<f64> = found.iter().map(|of| of.gain_percent).collect();
        assert_eq!(gains, [100.0, 100.0]);
    }
}

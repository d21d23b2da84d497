//! The logarithmic scale on which durations scatter evenly.

/// Durations count as at least this many ms, the clock's resolution, where a ratio is taken.
const RESOLUTION_MS: f64 = 1e-6;

/// Natural logarithms of durations in ms; not finite where these are not.
pub(super) fn logarithms(durations_ms: &[f64]) -> Vec<f64> {
    durations_ms
        .iter()
        .map(|&duration| logarithm(duration))
        .collect()
}

fn logarithm(duration_ms: f64) -> f64 {
    if duration_ms.is_finite() {
        duration_ms.max(RESOLUTION_MS).ln()
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_the_clock_cannot_tell_from_zero_are_one_nanosecond() {
        let logs = logarithms(&[1.0, 0.0, -5.0, 1e-9]);
        assert_eq!(logs[0], 0.0);
        assert!(logs[1..].iter().all(|log| *log == 1e-6_f64.ln()));
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        let logs = logarithms(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert!(logs.iter().all(|log| log.is_nan()));
    }
}

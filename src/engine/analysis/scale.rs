//! Defines what counts as a duration, and the logarithmic scale on which durations scatter evenly.

use crate::engine::alerting::baseline::{LONGEST_MS, RESOLUTION_MS};
use std::borrow::Cow;

/// Whether a number can be a duration in ms. No analysis looks at others.
pub(super) fn is_duration(ms: f64) -> bool {
    (0.0..=LONGEST_MS).contains(&ms)
}

/// Places of the numbers that are durations.
pub(super) fn places_of_durations(durations_ms: &[f64]) -> Vec<usize> {
    (0..durations_ms.len())
        .filter(|&place| is_duration(durations_ms[place]))
        .collect()
}

/// The numbers that are durations.
pub(super) fn durations_of(durations_ms: &[f64]) -> Cow<'_, [f64]> {
    if durations_ms.iter().all(|&ms| is_duration(ms)) {
        return durations_ms.into();
    }
    let durations = durations_ms.iter().copied().filter(|&ms| is_duration(ms));
    durations.collect()
}

/// Natural logarithms of durations in ms.
pub(super) fn logarithms(durations_ms: &[f64]) -> Vec<f64> {
    durations_ms
        .iter()
        .map(|&duration| logarithm(duration))
        .collect()
}

/// Natural logarithm of one duration in ms.
pub(super) fn logarithm(duration_ms: f64) -> f64 {
    duration_ms.max(RESOLUTION_MS).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_the_clock_shows_as_zero_are_one_nanosecond() {
        assert_eq!(
            logarithms(&[1.0, 0.0, 1e-9]),
            [0.0, 1e-6_f64.ln(), 1e-6_f64.ln()]
        );
    }

    #[test]
    fn what_is_negative_endless_or_no_number_is_no_duration() {
        let numbers = [
            0.0,
            -1.0,
            5.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e300,
        ];
        assert_eq!(places_of_durations(&numbers), [0, 2]);
        assert_eq!(*durations_of(&numbers), [0.0, 5.0]);
    }
}

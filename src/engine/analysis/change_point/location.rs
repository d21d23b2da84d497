//! Exactly where a series changed level, and between which runs it may have.
//!
//! Among the places around a split the likelihood of the logarithms decides, with Huber's loss
//! (1964) so that no spike does. Not the likeliest place is taken, but the one with most of
//! the probability within [`NEAR`] runs: for a step of 20 % in noise of 10 % that is within
//! ± 3 in 98 of 100 cases, where the likeliest place is in 95.

use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::MAD_TO_SIGMA;

/// Runs to either side among which the place is sought again.
const REACH: usize = 25;

/// Runs to either side that set the level there: more would not make the place surer, and
/// levels drift.
const LEVEL_RUNS: usize = 250;

/// Runs to either side of the place whose probability is summed.
const NEAR: usize = 3;

/// Sigmas beyond which a residual counts linearly: keeps 98 % of the efficiency under normal
/// noise.
const HUBER_SIGMAS: f64 = 2.5;

/// Noise never counts as less than this share of the step, so that constant durations have
/// a likelihood too.
const LEAST_NOISE: f64 = 0.1;

/// Probability that the change lies outside the range given.
const OUTSIDE: f64 = 0.05;

/// Where the level changed: `at` is the first run of the new level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Location {
    pub at: usize,
    /// With 95 % probability the change lies from `earliest` to `latest`.
    pub earliest: usize,
    pub latest: usize,
}

/// Refines the split `at` of `logs`, leaving at least `margin` runs on each side. Where `memory`
/// runs are worth one independent run, so much less does each add to the likelihood.
pub(super) fn locate(logs: &[f64], at: usize, margin: usize, memory: f64) -> Location {
    let mut location = Location {
        at,
        earliest: at,
        latest: at,
    };
    // The second time with the levels of the better place, where there is one.
    for _ in 0..2 {
        let low = location.at.saturating_sub(REACH).max(margin);
        let high = (location.at + REACH).min(logs.len().saturating_sub(margin));
        let Some(mut losses) = losses(logs, location.at, low..high) else {
            break;
        };
        for loss in &mut losses {
            *loss /= memory;
        }
        let found = most_probable(&losses, low);
        let is_settled = found.at == location.at;
        location = found;
        if is_settled {
            break;
        }
    }
    location
}

/// For each place from `places.start` to `places.end`, both included, the loss of changing
/// level there, up to a constant. `None` where both sides have one level.
fn losses(logs: &[f64], at: usize, places: std::ops::Range<usize>) -> Option<Vec<f64>> {
    let left = &logs[at.saturating_sub(LEVEL_RUNS)..at];
    let right = &logs[at..(at + LEVEL_RUNS).min(logs.len())];
    let (before, after) = (median(left)?, median(right)?);
    let distances: Vec<f64> = left
        .iter()
        .map(|log| (log - before).abs())
        .chain(right.iter().map(|log| (log - after).abs()))
        .collect();
    let noise = (MAD_TO_SIGMA * median(&distances)?).max(LEAST_NOISE * (after - before).abs());
    if before == after || places.is_empty() {
        return None;
    }
    // Moving the place past a run moves that run from the right side to the left.
    let moved = logs[places].iter().scan(0.0, |loss, log| {
        *loss += huber((log - before) / noise) - huber((log - after) / noise);
        Some(*loss)
    });
    Some(std::iter::once(0.0).chain(moved).collect())
}

fn huber(residual: f64) -> f64 {
    let size = residual.abs();
    if size <= HUBER_SIGMAS {
        0.5 * size * size
    } else {
        HUBER_SIGMAS * (size - 0.5 * HUBER_SIGMAS)
    }
}

/// Reads the losses of the places from `first` on as negative log probabilities.
fn most_probable(losses: &[f64], first: usize) -> Location {
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = losses.iter().map(|loss| (least - loss).exp()).collect();
    let mass = |place: usize| {
        let end = (place + NEAR + 1).min(weights.len());
        weights[place.saturating_sub(NEAR)..end].iter().sum::<f64>()
    };
    // Where neighbours hold the same mass to rounding, the likelier place itself is taken.
    let score = |place: usize| mass(place) + 1e-9 * weights[place];
    let best = (1..weights.len()).fold(0, |best, place| {
        if score(place) > score(best) {
            place
        } else {
            best
        }
    });
    let total: f64 = weights.iter().sum();
    let reaching = |share: f64| {
        let mut below = 0.0;
        weights.iter().position(|weight| {
            below += weight;
            below >= share * total
        })
    };
    let earliest = reaching(OUTSIDE / 2.0).unwrap_or(best).min(best);
    let latest = reaching(1.0 - OUTSIDE / 2.0).unwrap_or(best).max(best);
    Location {
        at: first + best,
        earliest: first + earliest,
        latest: first + latest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(at: usize, size: f64) -> Vec<f64> {
        (0..100)
            .map(|run| (run % 5) as f64 * 0.1 + if run < at { 0.0 } else { size })
            .collect()
    }

    #[test]
    fn a_step_clear_of_the_noise_is_placed_exactly_from_anywhere_near() {
        for from in [40, 50, 60, 70] {
            let found = locate(&step(52, 2.0), from, 5, 1.0);
            assert_eq!(
                found,
                Location {
                    at: 52,
                    earliest: 52,
                    latest: 52
                },
                "from {from}"
            );
        }
    }

    #[test]
    fn a_step_of_the_size_of_the_noise_has_a_range_around_its_place() {
        let found = locate(&step(52, 0.2), 50, 5, 1.0);
        assert!(
            found.earliest < found.at && found.at < found.latest,
            "{found:?}"
        );
        assert!((found.earliest..=found.latest).contains(&52), "{found:?}");
    }

    #[test]
    fn a_spike_does_not_move_the_place() {
        let mut logs = step(52, 1.0);
        logs[48] = 50.0;
        logs[56] = -50.0;
        assert_eq!(locate(&logs, 50, 5, 1.0).at, 52);
    }

    #[test]
    fn constant_levels_are_placed_exactly_and_one_level_stays_where_it_was() {
        let logs: Vec<f64> = (0..40).map(|run| f64::from(u8::from(run >= 17))).collect();
        assert_eq!(locate(&logs, 20, 5, 1.0).at, 17);
        assert_eq!(locate(&[1.0; 40], 20, 5, 1.0).at, 20);
    }
}

//! Locates a change of level, and the range of runs in which it may lie.
//!
//! Among the places around a split the likelihood of the logarithms decides, with Huber's loss
//! (1964) so that no spike does. Not the likeliest place is taken, but the one with most of
//! the probability within [`NEAR`] runs: for a step of 20 % in noise of 10 % that is within
//! ± 3 in 98 of 100 cases, where the likeliest place is in 95.

use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::MAD_TO_SIGMA;

/// The place is sought again so far to either side that one further out would, on average, be less
/// likely by this logarithm, but at least among so many runs.
const REACH_NATS: f64 = 12.0;
const LEAST_REACH: usize = 25;

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

/// Standard errors that a mean must be off zero by, to count as off it.
const SURE_SIGMAS: f64 = 2.0;

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

/// Refines the split `at` of `logs`, leaving at least `margin` runs on each side. Where `inefficiency`
/// runs are worth one independent run, so much less does each add to the likelihood.
pub(super) fn locate(logs: &[f64], at: usize, margin: usize, inefficiency: f64) -> Location {
    let mut location = Location {
        at,
        earliest: at,
        latest: at,
    };
    // The second time with the levels of the better place, where there is one.
    for _ in 0..2 {
        let Some(step) = Step::at(logs, location.at, inefficiency) else {
            break;
        };
        let reach = step.reach();
        let low = location.at.saturating_sub(reach).max(margin);
        let high = (location.at + reach).min(logs.len().saturating_sub(margin));
        if low >= high {
            break;
        }
        let found = most_probable(&step.losses(&logs[low..high]), low);
        let is_settled = found.at == location.at;
        location = found;
        if is_settled {
            break;
        }
    }
    location
}

/// A change from one level to another, and what a run says about which of them it is on.
struct Step {
    before: f64,
    after: f64,
    noise: f64,
    /// What a run on neither level would add to a loss.
    middle: f64,
    /// Loss a run, of what it adds.
    weight: f64,
    /// By how much a run on its level adds to the loss of a place beyond it, on average.
    drift: f64,
}

impl Step {
    /// `None` where both sides have one level.
    fn at(logs: &[f64], at: usize, inefficiency: f64) -> Option<Self> {
        let left = &logs[at.saturating_sub(LEVEL_RUNS)..at];
        let right = &logs[at..(at + LEVEL_RUNS).min(logs.len())];
        let (before, after) = (median(left)?, median(right)?);
        let distances: Vec<f64> = left
            .iter()
            .map(|log| (log - before).abs())
            .chain(right.iter().map(|log| (log - after).abs()))
            .collect();
        let noise = (MAD_TO_SIGMA * median(&distances)?).max(LEAST_NOISE * (after - before).abs());
        if before == after {
            return None;
        }
        let mut step = Self {
            before,
            after,
            noise,
            middle: 0.0,
            weight: 1.0,
            drift: 0.0,
        };
        let (on_left, on_right) = (step.moments(left), step.moments(right));
        // The part that chance may explain is left out: it would move the place.
        let middle = on_left.0.midpoint(on_right.0);
        let variance = on_left.1 / left.len() as f64 + on_right.1 / right.len() as f64;
        let chance = SURE_SIGMAS * variance.sqrt() / 2.0;
        step.middle = if middle.abs() > chance { middle } else { 0.0 };
        let drift = (on_right.0 - on_left.0) / 2.0;
        // The logarithm of a likelihood varies by twice its drift. What varies more, as with tails
        // and modes, shows less than it seems to.
        step.weight = (2.0 * drift / on_left.1.midpoint(on_right.1)).min(1.0) / inefficiency;
        step.drift = step.weight * drift;
        (drift > 0.0).then_some(step)
    }

    /// What moving the place past this run adds to the loss: the run moves from the right side to the left.
    fn adds(&self, log: f64) -> f64 {
        huber((log - self.before) / self.noise) - huber((log - self.after) / self.noise)
    }

    /// Mean and variance of what some runs add.
    fn moments(&self, logs: &[f64]) -> (f64, f64) {
        let count = logs.len() as f64;
        let mean = logs.iter().map(|&log| self.adds(log)).sum::<f64>() / count;
        let squares = logs.iter().map(|&log| (self.adds(log) - mean).powi(2));
        (mean, squares.sum::<f64>() / count)
    }

    /// Runs to either side among which the place is sought again.
    fn reach(&self) -> usize {
        ((REACH_NATS / self.drift) as usize).clamp(LEAST_REACH, LEVEL_RUNS)
    }

    /// For the place before the first run and after each, the loss of changing level there, up to a
    /// constant.
    fn losses(&self, logs: &[f64]) -> Vec<f64> {
        let moved = logs.iter().scan(0.0, |loss, &log| {
            *loss += self.weight * (self.adds(log) - self.middle);
            Some(*loss)
        });
        std::iter::once(0.0).chain(moved).collect()
    }
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
    // Where neighbours hold nearly the same mass, the likelier place itself is taken.
    let score = |place: usize| mass(place) + 1e-3 * weights[place];
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
    use crate::engine::analysis::planted::uniform;

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

    /// The share of 300 series whose range holds the change, at run 500 of 1,000 drawn by `log_of`.
    fn covered(mut log_of: impl FnMut(&mut dyn FnMut() -> f64, bool) -> f64) -> f64 {
        let mut uniform = uniform();
        let holds = |_: &u32| {
            let logs: Vec<f64> = (0..1000)
                .map(|run| log_of(&mut uniform, run >= 500))
                .collect();
            let found = locate(&logs, 500, 8, 1.0);
            (found.earliest..=found.latest).contains(&500)
        };
        (0_u32..300).filter(holds).count() as f64 / 300.0
    }

    #[test]
    fn the_range_holds_the_change_with_tails_modes_and_noise_far_above_the_step() {
        let normal = |uniform: &mut dyn FnMut() -> f64| {
            (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
        };
        let step = |size: f64, is_after: bool| if is_after { size } else { 0.0 };
        let noisy = covered(|uniform, is_after| 0.55 * normal(uniform) + step(0.22, is_after));
        let heavy = covered(|uniform, is_after| -uniform().ln() / 2.5 + step(0.2, is_after));
        let modes = covered(|uniform, is_after| {
            let mode = if uniform() < 0.2 { 1.4 } else { 0.0 };
            mode + 0.1 * normal(uniform) + step(0.26, is_after)
        });
        let misses = covered(|uniform, is_after| {
            let is_miss = uniform() < if is_after { 0.5 } else { 0.2 };
            0.1 * normal(uniform) + if is_miss { 1.8 } else { 0.0 }
        });
        let shares = [noisy, heavy, modes, misses];
        assert!(shares.iter().all(|share| *share >= 0.9), "{shares:?}");
    }

    #[test]
    fn constant_levels_are_placed_exactly_and_one_level_stays_where_it_was() {
        let logs: Vec<f64> = (0..40).map(|run| f64::from(u8::from(run >= 17))).collect();
        assert_eq!(locate(&logs, 20, 5, 1.0).at, 17);
        assert_eq!(locate(&[1.0; 40], 20, 5, 1.0).at, 20);
    }
}

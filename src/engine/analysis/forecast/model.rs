//! Which of three models the recent runs follow: each is fitted, the cheapest wins.
//!
//! A penalised likelihood of the errors one run ahead weighs fit against parameters. The noise of
//! every model is measured with its outliers cut off (Winsor), so that spikes do not choose the
//! model. A level that wanders is followed by exponential smoothing (Muth, 1960: best for a
//! random walk seen through noise), with clipped errors (Gelper, Fried and Croux, 2010).

use super::super::change_point::change_places;
use super::super::trend::{is_sure_of_trend, RISING};
use crate::engine::figures::clamped;
use crate::engine::stats::order::sort_values;
use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::spread;
use crate::engine::stats::trend::theil_sen;

/// Residuals beyond this many sigmas count as if they were there.
const CUT_SIGMAS: f64 = 3.0;

/// Noise below this share of the typical duration is none: exact data fit exactly.
const LEAST_NOISE: f64 = 1e-6;

/// Shares of an error that the level takes over, of which the best is taken. The last is a
/// random walk without noise.
const TAKEN_OVER: [f64; 8] = [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0];

/// A level that takes over at least this share may drift: its steps show it.
const DRIFTS: f64 = 0.45;

/// First runs that set the level to begin with.
const FIRST_RUNS: usize = 10;

/// Standard errors beyond which an autocorrelation is believed.
const SURE_OF_AUTOCORRELATION: f64 = 2.6;

/// Runs from which a line must surely rise or fall.
const SURE_FROM: usize = 100;

/// Standard errors below 1 that the coefficient of a level must be: with a higher one, a level cannot be
/// distinguished from one that wanders (Dickey and Fuller, 1979).
const RETURNS: f64 = 3.3;

/// How a stage's duration moves from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One level, and noise about it, which may be autocorrelated.
    Stationary,
    /// A level that rises or falls steadily, and noise about it.
    LinearTrend,
    /// A level that wanders, and noise about it: what has happened stays, in part.
    RandomWalk,
}

/// A model with its parameters, fitted to `runs` durations.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fit {
    pub model: Model,
    /// First run that the fit rests on; the ones before lie on another level.
    pub since: usize,
    pub runs: usize,
    /// Level expected of the last run, in ms.
    pub level: f64,
    /// Ms a run.
    pub slope: f64,
    /// Whether the slope is significant.
    pub is_sloped: bool,
    /// How far the last run departs from the level, outliers cut, in ms.
    pub departure: f64,
    /// The coefficient of the autoregression: the share of a departure that is left a run later.
    pub coefficient: f64,
    /// Share of an error that the level takes over.
    pub taken_over: f64,
    /// Noise of one run about what was expected of it, as a standard deviation in ms.
    pub sigma: f64,
    /// The residuals, ascending.
    pub residuals: Vec<f64>,
    /// The same in order, where what was is carried on in part.
    errors: Vec<f64>,
    /// Between which an error, or a departure, is carried on.
    clip: (f64, f64),
    /// Parameters times what each must gain.
    penalty: f64,
}

/// The model with the least penalised likelihood; the simpler one where two are equal.
pub(super) fn best(durations: &[f64]) -> Option<Fit> {
    let least = (LEAST_NOISE * median(durations)?.abs()).max(f64::MIN_POSITIVE.sqrt());
    let models = [stationary, linear, stepped, wandering];
    let runs = durations.len() as f64;
    let cost = |fit: &Fit| 2.0 * runs * fit.sigma.ln() + fit.penalty;
    let fits = models
        .into_iter()
        .filter_map(|model| model(durations, least));
    let fits = fits.map(|fit| {
        let is_sloped = match fit.model {
            Model::Stationary => false,
            Model::LinearTrend => is_sure_of_trend(durations, fit.slope),
            Model::RandomWalk => fit.slope.abs() * runs.sqrt() > RISING * fit.sigma,
        };
        Fit { is_sloped, ..fit }
    });
    // Of few runs a slope wrongly denied misses more than one wrongly believed.
    let is_possible =
        |fit: &Fit| fit.is_sloped || fit.model != Model::LinearTrend || durations.len() < SURE_FROM;
    fits.filter(is_possible)
        .min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

/// The gain in twice the log-likelihood that a parameter must bring (Schwarz, 1978).
fn parameter_cost(runs: usize) -> f64 {
    (runs as f64).ln()
}

fn stationary(durations: &[f64], least: f64) -> Option<Fit> {
    let level = median(durations)?;
    let departures = durations.iter().map(|duration| duration - level).collect();
    let fit = autoregressive(departures, least)?;
    Some(Fit { level, ..fit })
}

/// Noise about a level, autocorrelated if that is sure.
fn autoregressive(departures: Vec<f64>, least: f64) -> Option<Fit> {
    let (middle, reach) = cut(&departures, least)?;
    let clipped: Vec<f64> = departures
        .iter()
        .map(|ms| clamped(*ms, middle - reach, middle + reach))
        .collect();
    let squares: f64 = clipped.iter().map(|ms| ms * ms).sum();
    let products: f64 = clipped.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let runs = departures.len();
    // The mean that was taken off takes some of the autocorrelation (Kendall, 1954).
    let found = products / squares;
    let error = ((1.0 - found * found) / runs as f64).sqrt();
    let returns = 1.0 - found > RETURNS * error;
    let coefficient = found + (1.0 + 3.0 * found) / runs as f64;
    let sure = SURE_OF_AUTOCORRELATION / (runs as f64).sqrt();
    let penalty = parameter_cost(runs);
    if coefficient.is_nan() || coefficient < sure || !returns {
        let fit = Fit::new(Model::Stationary, departures, least)?;
        return Some(Fit { penalty, ..fit });
    }
    let coefficient = coefficient.min(0.98);
    let before = std::iter::once(0.0).chain(clipped.iter().copied());
    let errors = departures.iter().zip(before);
    let errors: Vec<f64> = errors
        .map(|(ms, before)| ms - coefficient * before)
        .collect();
    let fit = Fit::new(Model::Stationary, errors.clone(), least)?;
    Some(Fit {
        errors,
        clip: (middle - reach, middle + reach),
        coefficient,
        departure: *clipped.last()?,
        penalty: 2.0 * penalty,
        ..fit
    })
}

fn linear(durations: &[f64], least: f64) -> Option<Fit> {
    let runs: Vec<f64> = (0_u32..).take(durations.len()).map(f64::from).collect();
    let line = theil_sen(&runs, durations, 0.5)?;
    let expected = |run: f64| line.intercept + line.slope * run;
    let points = durations.iter().zip(&runs);
    let residuals = points.map(|(ms, &run)| ms - expected(run)).collect();
    let fit = Fit::new(Model::LinearTrend, residuals, least)?;
    let level = expected(*runs.last()?);
    Some(Fit {
        level,
        slope: line.slope,
        penalty: 2.0 * parameter_cost(durations.len()),
        ..fit
    })
}

/// The best smoothing of those tried.
fn wandering(durations: &[f64], least: f64) -> Option<Fit> {
    let steps: Vec<f64> = durations.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (middle, reach) = cut(&steps, least)?;
    let clipped = steps
        .iter()
        .map(|step| clamped(*step, middle - reach, middle + reach));
    let drift = clipped.sum::<f64>() / steps.len() as f64;
    let first = median(&durations[..durations.len().min(FIRST_RUNS)])?;
    let fits = TAKEN_OVER.iter().filter_map(|&share| {
        let is_walk = share >= 1.0;
        let mut level = if is_walk { durations[0] } else { first };
        let slope = if share >= DRIFTS { drift } else { 0.0 };
        let follow = |&duration: &f64| {
            let error = duration - level - slope;
            let moved = if is_walk {
                error
            } else {
                clamped(error, -reach, reach)
            };
            level += slope + share * moved;
            error
        };
        let errors: Vec<f64> = durations
            .iter()
            .skip(usize::from(is_walk))
            .map(follow)
            .collect();
        let fit = Fit::new(Model::RandomWalk, errors.clone(), least)?;
        let reach = if is_walk { f64::INFINITY } else { reach };
        Some(Fit {
            errors,
            clip: (-reach, reach),
            level,
            slope,
            taken_over: share,
            penalty: 2.0 * parameter_cost(durations.len()),
            ..fit
        })
    });
    fits.min_by(|a, b| a.sigma.total_cmp(&b.sigma))
}

/// Stationary since the last lasting change, if there was one.
fn stepped(durations: &[f64], least: f64) -> Option<Fit> {
    let changes = change_places(durations);
    let since = *changes.last()?;
    let mut departures = Vec::with_capacity(durations.len());
    let mut low = 0;
    for &high in changes.iter().chain([&durations.len()]) {
        let level = median(&durations[low..high])?;
        departures.extend(durations[low..high].iter().map(|duration| duration - level));
        low = high;
    }
    // Chosen by its noise about all levels, used with the last one.
    let Fit { sigma, .. } = autoregressive(departures, least)?;
    let newest = stationary(&durations[since..], least)?;
    // A step has a size and a place.
    let penalty = newest.penalty + 2.0 * changes.len() as f64 * parameter_cost(durations.len());
    Some(Fit {
        since,
        sigma,
        penalty,
        ..newest
    })
}

impl Fit {
    /// A fit that leaves these residuals; its level is 0 and its slope none.
    fn new(model: Model, mut residuals: Vec<f64>, least: f64) -> Option<Self> {
        let parameters = if model == Model::Stationary { 1.0 } else { 2.0 };
        let runs = residuals.len();
        let (_, reach) = cut(&residuals, least)?;
        let squares: f64 = residuals
            .iter()
            .map(|ms| clamped(*ms, -reach, reach).powi(2))
            .sum();
        let sigma = (squares / (runs as f64 - parameters).max(1.0))
            .sqrt()
            .max(least);
        sort_values(&mut residuals);
        let fit = Self {
            model,
            since: 0,
            runs,
            level: 0.0,
            slope: 0.0,
            is_sloped: false,
            departure: 0.0,
            coefficient: 0.0,
            taken_over: 0.0,
            sigma,
            residuals,
            errors: Vec::new(),
            clip: (0.0, 0.0),
            penalty: 0.0,
        };
        sigma.is_finite().then_some(fit)
    }

    /// By how much the runs known differ from what was to be expected of each so many runs before,
    /// ascending. None where nothing is carried on: then it is as at one.
    pub fn errors_ahead(&self, ahead: usize) -> Vec<f64> {
        let (low, high) = self.clip;
        let left = self.coefficient.powf(ahead as f64);
        let (mut level, mut departure) = (0.0, 0.0);
        let runs = self.errors.iter().map(|&error| {
            let came = level + self.slope + self.coefficient * departure + error;
            departure = clamped(came - level, low, high);
            level += self.slope + self.taken_over * clamped(error, low, high);
            let expected = level + self.slope * ahead as f64 + left * departure;
            (came, expected)
        });
        let runs: Vec<(f64, f64)> = runs.collect();
        let pairs = runs.iter().skip(ahead).zip(&runs);
        let mut errors: Vec<f64> = pairs
            .map(|((came, _), (_, expected))| came - expected)
            .collect();
        sort_values(&mut errors);
        errors
    }
}

/// The middle of some residuals and the distance from it at which they are cut: not at all
/// where, but for rounding, most of them are equal.
fn cut(residuals: &[f64], least: f64) -> Option<(f64, f64)> {
    let spread = spread(residuals)?;
    let reach = if spread.mad > least {
        CUT_SIGMAS * spread.sigma()
    } else {
        f64::MAX
    };
    Some((spread.median, reach))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::analysis::planted;

    fn noise(run: usize) -> f64 {
        2.0 * planted::noise(run) - 1.0
    }

    fn chosen(runs: usize, duration: impl FnMut(usize) -> f64) -> Fit {
        best(&(0..runs).map(duration).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn each_kind_of_series_is_known_for_what_it_is() {
        assert_eq!(
            chosen(100, |run| 50.0 + noise(run)).model,
            Model::Stationary
        );
        let line = chosen(100, |run| 50.0 + 0.1 * run as f64 + noise(run));
        assert_eq!(line.model, Model::LinearTrend);
        assert!((line.slope - 0.1).abs() < 0.01);
        let mut level = 50.0;
        let walk = chosen(100, |run| {
            level += noise(run);
            level
        });
        assert_eq!(walk.model, Model::RandomWalk);
    }

    #[test]
    fn a_step_is_no_trend_and_only_the_runs_since_count() {
        let fit = chosen(200, |run| if run < 120 { 50.0 } else { 60.0 } + noise(run));
        assert_eq!(
            (fit.model, fit.since, fit.runs),
            (Model::Stationary, 120, 80)
        );
        assert!((fit.level - 60.0).abs() < 0.3);
    }

    #[test]
    fn spikes_do_not_choose_the_model() {
        let spiky = |run: usize| if run % 17 == 3 { 500.0 } else { 0.0 };
        let flat = chosen(100, |run| 50.0 + noise(run) + spiky(run));
        assert_eq!(flat.model, Model::Stationary);
        let line = chosen(100, |run| 50.0 + 0.1 * run as f64 + noise(run) + spiky(run));
        assert_eq!(line.model, Model::LinearTrend);
    }

    #[test]
    fn exact_data_get_the_simplest_model_that_fits_them() {
        assert_eq!(chosen(50, |_| 10.0).model, Model::Stationary);
        assert_eq!(chosen(50, |_| 0.0).model, Model::Stationary);
        assert_eq!(
            chosen(50, |run| 10.0 + run as f64).model,
            Model::LinearTrend
        );
    }
}

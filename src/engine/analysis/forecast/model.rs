//! Which of three models the recent runs follow: each is fitted, the cheapest wins.
//!
//! A penalised likelihood weighs fit against parameters. The noise of every model is measured
//! with its outliers cut off (Winsor), so that spikes do not choose the model.

use super::super::change_point::change_places;
use crate::engine::stats::quantile::median;
use crate::engine::stats::robust::spread;
use crate::engine::stats::trend::theil_sen;

/// Residuals beyond this many sigmas count as if they were there.
const CUT_SIGMAS: f64 = 3.0;

/// What a parameter must gain in twice the log-likelihood: a slope is believed at the 10 %
/// level, because one wrongly denied misses what comes, one wrongly believed widens the interval.
const PARAMETER_COST: f64 = 2.7;

/// Noise below this share of the typical duration is none: exact data fit exactly.
const LEAST_NOISE: f64 = 1e-6;

/// How a stage's duration moves from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One level, and noise about it.
    Stationary,
    /// A level that rises or falls steadily, and noise about it.
    LinearTrend,
    /// Every run starts from the one before: what has happened stays.
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
    /// Noise of one run about the level, or of one step, as a standard deviation in ms.
    pub sigma: f64,
    /// What the noise was, ascending: residuals, or for a random walk its steps less the slope.
    pub residuals: Vec<f64>,
    /// Parameters times what each must gain.
    penalty: f64,
}

/// The model with the least penalised likelihood; the simpler one where two are equal.
pub(super) fn best(durations: &[f64]) -> Option<Fit> {
    let least = (LEAST_NOISE * median(durations)?.abs()).max(f64::MIN_POSITIVE.sqrt());
    let models = [stationary, linear, stepped, walk];
    let runs = durations.len() as f64;
    let cost = |fit: &Fit| 2.0 * runs * fit.sigma.ln() + fit.penalty;
    let fits = models
        .into_iter()
        .filter_map(|model| model(durations, least));
    fits.min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

fn stationary(durations: &[f64], least: f64) -> Option<Fit> {
    let level = median(durations)?;
    let residuals = durations.iter().map(|duration| duration - level).collect();
    let fit = Fit::new(Model::Stationary, residuals, least)?;
    Some(Fit { level, ..fit })
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
        ..fit
    })
}

fn walk(durations: &[f64], least: f64) -> Option<Fit> {
    let mut steps: Vec<f64> = durations.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (middle, reach) = cut(&steps, least)?;
    let kept = steps
        .iter()
        .map(|step| step.clamp(middle - reach, middle + reach));
    let drift = kept.sum::<f64>() / steps.len() as f64;
    for step in &mut steps {
        *step -= drift;
    }
    let fit = Fit::new(Model::RandomWalk, steps, least)?;
    Some(Fit {
        level: *durations.last()?,
        slope: drift,
        ..fit
    })
}

/// Stationary since the last lasting change, if there was one.
fn stepped(durations: &[f64], least: f64) -> Option<Fit> {
    let changes = change_places(durations);
    let since = *changes.last()?;
    let mut residuals = Vec::with_capacity(durations.len());
    let mut low = 0;
    for &high in changes.iter().chain([&durations.len()]) {
        let level = median(&durations[low..high])?;
        residuals.extend(durations[low..high].iter().map(|duration| duration - level));
        low = high;
    }
    // Chosen by its noise about all levels, used with the last one.
    let Fit { sigma, .. } = Fit::new(Model::Stationary, residuals, least)?;
    let newest = stationary(&durations[since..], least)?;
    // A step has a size and a place: what is sought in many places (Schwarz, 1978) costs more.
    let penalty = newest.penalty + 2.0 * changes.len() as f64 * (durations.len() as f64).ln();
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
            .map(|ms| ms.clamp(-reach, reach).powi(2))
            .sum();
        let sigma = (squares / (runs as f64 - parameters).max(1.0))
            .sqrt()
            .max(least);
        residuals.sort_unstable_by(f64::total_cmp);
        let penalty = parameters * PARAMETER_COST;
        let fit = Self {
            model,
            since: 0,
            runs,
            level: 0.0,
            slope: 0.0,
            sigma,
            residuals,
            penalty,
        };
        sigma.is_finite().then_some(fit)
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

    fn noise(run: usize) -> f64 {
        ((run * run * 31 + run * 7919) % 1013) as f64 / 506.0 - 1.0
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

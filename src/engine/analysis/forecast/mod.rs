//! Predicts how long the next runs will take, and when a stage will cross its threshold.
//!
//! [`Model`] is chosen from the data; the interval then follows from the model. It is the spread of
//! the errors themselves (a conformal interval: Vovk, Gammerman and Shafer, 2005), so skewed
//! durations get a skewed one, widened by what the model adds run by run; a random walk adds up
//! steps, and what adds up is normal. It is at least as wide as the errors at the same distance
//! among known runs: where durations rise and fall in waves, no model here predicts when. Kinds of
//! runs that take turns have one level, and each run to come is expected to be of its kind.

mod model;

pub use model::Model;

use super::rotation::Rotation;
use super::scale::places_of_durations;
use crate::engine::stats::distribution::{normal_quantile, student_t_quantile};
use model::{best, Fit};

/// Default confidence of an interval.
pub const CONFIDENCE: f64 = 0.8;

/// Newest runs that a forecast looks back on: older ones say little about the next.
const LOOK_BACK: usize = 400;

/// How much more a wandering level moves than the share found says: the best share of those
/// tried is too small as often as too large, and too small costs more.
const UNSURE_SHARE: f64 = 2.0;

/// Runs known for each run ahead at which errors are looked at: fewer are hardly independent.
const RUNS_AHEAD: usize = 16;

/// Fewest runs to forecast from.
const MIN_RUNS: usize = 20;

/// What is expected of one run, in ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Runs ahead of the last one known: 1 is the next.
    pub ahead: usize,
    /// The expected median.
    pub expected_ms: f64,
    /// With the forecast's confidence the run takes at least this, ...
    pub low_ms: f64,
    /// ... and at most this.
    pub high_ms: f64,
}

/// When the level of a stage reaches a threshold, in runs ahead of the last one known; 0 if it
/// has. `None` where it does not within the runs looked ahead, or where the level does not surely
/// move: what only chance moves reaches any threshold some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// When it is expected to.
    pub expected: Option<usize>,
    /// The interval's nearer end: when the level may have.
    pub earliest: Option<usize>,
    /// The interval's further end: when it almost surely will have.
    pub latest: Option<usize>,
}

/// A model of a stage's recent runs that predicts the next ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    fit: Fit,
    confidence: f64,
    since: usize,
    /// How many durations it rests on.
    runs: usize,
    /// The kinds of runs, if they take turns, and the place of the last run among them.
    turns: Option<(Rotation, usize)>,
}

/// Fits a forecast to durations in ms, oldest first; numbers that are no durations are skipped.
/// Looks back on the newest 400, or on those since the last lasting change of level.
///
/// `None` below 20 durations, or for a confidence not in (0, 1). Cost: O(n²) in the runs looked
/// back on, under a millisecond.
pub fn forecast(durations_ms: &[f64], confidence: f64) -> Option<Forecast> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let places = places_of_durations(durations_ms);
    let latest = &places[places.len().saturating_sub(LOOK_BACK)..];
    if latest.len() < MIN_RUNS {
        return None;
    }
    let recent: Vec<f64> = latest.iter().map(|&index| durations_ms[index]).collect();
    let turns = Rotation::of(&recent);
    let levelled = turns.as_ref().map(|turns| turns.levelled(&recent));
    let fit = best(levelled.as_ref().unwrap_or(&recent))?;
    Some(Forecast {
        since: latest[fit.since],
        runs: recent.len() - fit.since,
        fit,
        confidence,
        turns: turns.map(|turns| (turns, recent.len() - 1)),
    })
}

impl Forecast {
    /// The same model with intervals of another confidence; `None` for one not in (0, 1).
    pub fn with_confidence(&self, confidence: f64) -> Option<Self> {
        (confidence > 0.0 && confidence < 1.0).then(|| Self {
            confidence,
            ..self.clone()
        })
    }

    /// The same forecast, with places counted from some runs earlier.
    pub(super) fn after(self, runs: usize) -> Self {
        Self {
            since: self.since + runs,
            ..self
        }
    }

    /// The model the runs follow.
    pub fn model(&self) -> Model {
        self.fit.model
    }

    /// Place in the input of the first run that the forecast rests on.
    pub fn since(&self) -> usize {
        self.since
    }

    /// How many runs it rests on.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Change of the level from run to run, in ms.
    pub fn slope_ms(&self) -> f64 {
        self.fit.slope
    }

    /// What to expect of the run `ahead` (1 or more) of the last one known. O(n log n) in the runs it rests on.
    pub fn predict(&self, ahead: usize) -> Prediction {
        let left = self.fit.coefficient.powf(ahead as f64);
        let expected_ms = self.level(ahead) + left * self.fit.departure;
        let runs = self.fit.runs as f64;
        let (below, above) = match self.fit.model {
            Model::RandomWalk if self.fit.taken_over >= 1.0 => {
                let reach = self.level_reach(ahead);
                (-reach, reach)
            }
            Model::RandomWalk => {
                self.wider(1.0 + UNSURE_SHARE * self.level_variance(ahead.saturating_sub(1)))
            }
            Model::LinearTrend => {
                let freedom = runs / (runs - 2.0);
                self.wider(freedom * (1.0 + self.level_variance(ahead)))
            }
            // Errors of an autocorrelated process add up to its spread.
            Model::Stationary => {
                let square = self.fit.coefficient * self.fit.coefficient;
                self.wider((1.0 - left * left) / (1.0 - square))
            }
        };
        let (below, above) = self.seen(ahead, (below, above));
        let factor = self.factor(ahead);
        Prediction {
            ahead,
            expected_ms: factor * expected_ms.max(0.0),
            low_ms: factor * (expected_ms + below).max(0.0),
            high_ms: factor * (expected_ms + above).max(0.0),
        }
    }

    /// A range, and that of the errors made so far ahead.
    fn seen(&self, ahead: usize, (below, above): (f64, f64)) -> (f64, f64) {
        let ahead = ahead.min(self.fit.runs / RUNS_AHEAD);
        let errors = self.fit.errors_ahead(ahead);
        if ahead == 0 || errors.is_empty() {
            return (below, above);
        }
        let (lowest, highest) = self.range_of(&errors);
        (below.min(lowest), above.max(highest))
    }

    /// Level of the kind of a run to come over that of a whole turn.
    fn factor(&self, ahead: usize) -> f64 {
        let turns = self.turns.as_ref();
        turns.map_or(1.0, |(turns, last)| turns.factor(last + ahead))
    }

    /// The range of the residuals, of which the variance is so many times as large.
    fn wider(&self, variance: f64) -> (f64, f64) {
        let (below, above) = self.range_of(&self.fit.residuals);
        (below * variance.sqrt(), above * variance.sqrt())
    }

    /// When the level, not a single noisy run, reaches `threshold_ms`, looking up to `horizon`
    /// runs ahead. The interval has the forecast's confidence. A level that does not surely rise
    /// or fall has reached it or does not. O(horizon).
    pub fn crossing(&self, threshold_ms: f64, horizon: usize) -> Crossing {
        let horizon = if self.fit.is_sloped { horizon } else { 0 };
        // A quantile costs a microsecond: once, not for every run ahead.
        let scale = self.level_scale();
        let first = |side: f64| {
            let reached = |ahead: usize| {
                let reach = scale * self.level_variance(ahead).sqrt();
                self.level(ahead) + side * reach >= threshold_ms
            };
            (0..=horizon).find(|&ahead| reached(ahead))
        };
        Crossing {
            expected: first(0.0),
            earliest: first(1.0),
            latest: first(-1.0),
        }
    }

    fn level(&self, ahead: usize) -> f64 {
        self.fit.level + self.fit.slope * ahead as f64
    }

    /// Variance of the level `ahead`, in units of the noise's.
    fn level_variance(&self, ahead: usize) -> f64 {
        let (runs, ahead) = (self.fit.runs as f64, ahead as f64);
        match self.fit.model {
            Model::Stationary => (1.0 + self.fit.coefficient) / (1.0 - self.fit.coefficient) / runs,
            Model::LinearTrend => {
                let from_centre = ahead + (runs - 1.0) / 2.0;
                1.0 / runs + 12.0 * from_centre * from_centre / (runs * (runs * runs - 1.0))
            }
            Model::RandomWalk if self.fit.taken_over >= 1.0 => ahead + ahead * ahead / runs,
            Model::RandomWalk => self.fit.taken_over.powi(2) * ahead,
        }
    }

    /// Half the interval of the level `ahead`, in ms.
    fn level_reach(&self, ahead: usize) -> f64 {
        self.level_scale() * self.level_variance(ahead).sqrt()
    }

    /// Half the interval of a level whose variance is that of one run's noise, in ms.
    fn level_scale(&self) -> f64 {
        let freedom = (self.fit.runs as f64 - 2.0).max(1.0);
        student_t_quantile(0.5 + 0.5 * self.confidence, freedom) * self.fit.sigma
    }

    /// The errors, ascending, between which a new one falls with the confidence asked: of n, it is as
    /// likely in each of the n + 1 gaps.
    fn range_of(&self, errors: &[f64]) -> (f64, f64) {
        let tail = 0.5 - 0.5 * self.confidence;
        let last = errors.len() - 1;
        let rank = (tail * (last + 2) as f64 - 1.0).clamp(0.0, last as f64);
        let at = |rank: f64| {
            let (below, above) = (rank.floor() as usize, rank.ceil() as usize);
            let (below, above) = (errors[below], errors[above]);
            below + (above - below) * rank.fract()
        };
        // Beyond the outermost of few errors, as far as those of a normal would be.
        let outermost = normal_quantile(1.0 / (last + 2) as f64);
        let further = (normal_quantile(tail) / outermost).max(1.0);
        (at(rank) * further, at(last as f64 - rank) * further)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::analysis::planted;

    fn noise(run: usize) -> f64 {
        2.0 * planted::noise(run) - 1.0
    }

    fn rising(runs: usize) -> Vec<f64> {
        (0..runs)
            .map(|run| 50.0 + 0.1 * run as f64 + noise(run))
            .collect()
    }

    #[test]
    fn a_trend_is_carried_on_with_an_interval_that_widens() {
        let forecast = forecast(&rising(200), CONFIDENCE).unwrap();
        let (near, far) = (forecast.predict(1), forecast.predict(100));
        assert!((near.expected_ms - 70.0).abs() < 0.5 && (far.expected_ms - 80.0).abs() < 1.0);
        assert!(far.high_ms - far.low_ms > near.high_ms - near.low_ms);
        assert!(near.low_ms < 70.0 - 0.5 && 70.0 + 0.5 < near.high_ms);
    }

    #[test]
    fn a_rising_stage_crosses_its_threshold_when_its_level_does() {
        let forecast = forecast(&rising(200), CONFIDENCE).unwrap();
        let crossing = forecast.crossing(80.0, 1000);
        let [earliest, expected, latest] =
            [crossing.earliest, crossing.expected, crossing.latest].map(Option::unwrap);
        assert!(earliest < expected && expected < latest, "{crossing:?}");
        assert!(expected.abs_diff(100) <= 8, "{crossing:?}");
        assert_eq!(forecast.crossing(80.0, 20).expected, None);
        assert_eq!(forecast.crossing(60.0, 20).latest, Some(0));
    }

    #[test]
    fn a_stage_that_does_not_rise_does_not_cross() {
        let flat: Vec<f64> = (0..200).map(|run| 50.0 + noise(run)).collect();
        let crossing = forecast(&flat, CONFIDENCE).unwrap().crossing(60.0, 10_000);
        assert_eq!(
            crossing,
            Crossing {
                expected: None,
                earliest: None,
                latest: None
            }
        );
    }

    #[test]
    fn skewed_durations_get_a_skewed_interval() {
        let skewed: Vec<f64> = (0..200).map(|run| 10.0 * noise(run).exp()).collect();
        let next = forecast(&skewed, CONFIDENCE).unwrap().predict(1);
        assert!(next.high_ms - next.expected_ms > 1.5 * (next.expected_ms - next.low_ms));
    }

    #[test]
    fn waves_are_within_the_interval_however_far_ahead() {
        let wave = |run: usize| 20.0 + 10.0 * (run as f64 * std::f64::consts::TAU / 24.0).sin();
        for ahead in [5, 8, 12, 18] {
            let holds = |&runs: &usize| {
                let known: Vec<f64> = (0..runs).map(|run| wave(run) + noise(run)).collect();
                let said = forecast(&known, CONFIDENCE).unwrap().predict(ahead);
                (said.low_ms..=said.high_ms).contains(&wave(runs + ahead - 1))
            };
            let held = (500..600).filter(holds).count();
            assert!((72..=92).contains(&held), "{ahead} ahead: {held}");
        }
    }

    #[test]
    fn only_the_runs_since_a_change_count_and_places_are_those_of_the_input() {
        let mut durations: Vec<f64> = (0..1000)
            .map(|run| if run < 900 { 10.0 } else { 20.0 } + noise(run))
            .collect();
        durations[950] = f64::NAN;
        let forecast = forecast(&durations, CONFIDENCE).unwrap();
        assert_eq!(
            (forecast.model(), forecast.since()),
            (Model::Stationary, 900)
        );
        assert_eq!(forecast.runs(), 99);
    }

    #[test]
    fn a_walk_rests_on_its_first_run_as_well() {
        let mut draw = planted::uniform();
        let mut level = 100.0;
        let mut step = |_| {
            level += draw() - 0.5;
            level
        };
        let walk: Vec<f64> = (0..60).map(&mut step).collect();
        let forecast = forecast(&walk, CONFIDENCE).unwrap();
        let rests_on = (forecast.model(), forecast.since(), forecast.runs());
        assert_eq!(rests_on, (Model::RandomWalk, 0, 60));
    }

    #[test]
    fn no_duration_is_forecast_below_zero() {
        let falling: Vec<f64> = (0..100)
            .map(|run| 12.0 - 0.1 * run as f64 + noise(run))
            .collect();
        let far = forecast(&falling, CONFIDENCE).unwrap().predict(500);
        assert_eq!((far.low_ms, far.expected_ms, far.high_ms), (0.0, 0.0, 0.0));
    }

    #[test]
    fn too_few_runs_or_no_confidence_give_no_forecast() {
        assert_eq!(forecast(&rising(19), CONFIDENCE), None);
        assert_eq!(forecast(&[f64::NAN; 100], CONFIDENCE), None);
        assert_eq!(forecast(&rising(100), 1.0), None);
        assert_eq!(forecast(&[f64::MAX; 100], f64::NAN), None);
    }
}

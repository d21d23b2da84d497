//! What has been found out about some series, until they change: a report asks again what
//! was asked one by one, and a summary asks as often as somebody looks.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::anomaly::{anomalies, Anomaly};
use super::change_point::{change_points, levels, ChangePoint, Levels};
use super::explanation::Explanation;
use super::forecast::{forecast, Forecast, CONFIDENCE};
use super::scaling::Scaling;
use crate::engine::stats::trend::{mann_kendall, MannKendall, TheilSen};

/// Findings about the newest runs of each stage.
#[derive(Debug, Default)]
pub struct Findings {
    version: u64,
    series: BTreeMap<(u32, usize), SeriesFindings>,
    /// Recommendations as text.
    pub advice: Option<String>,
    /// What recommendations rest on: it outlasts the version it was found in, because the runs
    /// are kept with it.
    pub blocks: BTreeMap<u32, Block>,
}

impl Findings {
    /// Forgets what was found in another version of the history. Asked for before anything is
    /// read.
    pub fn of_version(&mut self, version: u64) -> &mut Self {
        if self.version != version {
            *self = Self {
                version,
                blocks: std::mem::take(&mut self.blocks),
                ..Self::default()
            };
        }
        self
    }

    /// Takes out what is known of the newest `runs` of a stage.
    pub fn take(&mut self, stage: u32, runs: usize) -> SeriesFindings {
        self.series.remove(&(stage, runs)).unwrap_or_default()
    }

    /// Puts it back.
    pub fn put(&mut self, stage: u32, runs: usize, found: SeriesFindings) {
        self.series.insert((stage, runs), found);
    }
}

/// Some runs, and what was found in them. 12 bytes a run.
#[derive(Debug, Default)]
pub struct Block {
    refs: Vec<u32>,
    durations: Vec<f64>,
    found: SeriesFindings,
}

impl Block {
    /// What was found in exactly these runs; nothing if they are others.
    pub fn findings_in(&mut self, refs: &[u32], durations: &[f64]) -> &SeriesFindings {
        if self.refs != refs || self.durations != durations {
            *self = Self {
                refs: refs.to_vec(),
                durations: durations.to_vec(),
                found: SeriesFindings::default(),
            };
        }
        &self.found
    }
}

/// What sets slow runs of a series apart from the others.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The attribute, and what slow runs share of it.
    pub found: Explanation,
    /// The newest run that has it, where there is one.
    pub newest: Option<usize>,
    /// Where the attribute is a label of a caller's own.
    pub own: Option<OwnTrait>,
}

/// A label of a caller's own that slow runs share.
#[derive(Clone, Debug)]
pub struct OwnTrait {
    /// What an answer calls it.
    pub attribute: String,
    /// The value, unless it is a range or several rare ones.
    pub value: Option<Box<str>>,
}

/// Findings about one series. Whoever asks gives the durations, the same every time: they are
/// examined the first time.
#[derive(Debug, Default)]
pub struct SeriesFindings {
    changes: OnceCell<Vec<ChangePoint>>,
    levels: OnceCell<Levels>,
    anomalies: OnceCell<Vec<Anomaly>>,
    slope: OnceCell<Option<TheilSen>>,
    trend: OnceCell<Option<MannKendall>>,
    forecast: OnceCell<Option<Forecast>>,
    causes: OnceCell<Vec<Cause>>,
    growth: OnceCell<[Option<Scaling>; 2]>,
}

impl SeriesFindings {
    /// [`change_points`].
    pub fn changes(&self, durations_ms: &[f64]) -> &[ChangePoint] {
        self.changes.get_or_init(|| change_points(durations_ms))
    }

    /// [`levels`].
    pub fn levels(&self, durations_ms: &[f64]) -> &Levels {
        self.levels.get_or_init(|| {
            let changes = self.changes.get();
            changes.map_or_else(|| levels(durations_ms), |known| Levels::from(&known[..]))
        })
    }

    /// [`anomalies`], each run measured on its own side of the changes.
    pub fn anomalies(&self, durations_ms: &[f64]) -> &[Anomaly] {
        self.anomalies
            .get_or_init(|| anomalies(durations_ms, &self.levels(durations_ms).starts))
    }

    /// [`mann_kendall`].
    pub fn trend(&self, durations_ms: &[f64]) -> Option<MannKendall> {
        *self.trend.get_or_init(|| mann_kendall(durations_ms))
    }

    /// The line through the runs, as `find` finds it.
    pub fn slope(&self, find: impl FnOnce() -> Option<TheilSen>) -> Option<TheilSen> {
        *self.slope.get_or_init(find)
    }

    /// [`forecast`] with the confidence usual there.
    pub fn forecast(&self, durations_ms: &[f64]) -> Option<&Forecast> {
        self.forecast
            .get_or_init(|| forecast(durations_ms, CONFIDENCE))
            .as_ref()
    }

    /// What sets slow runs apart, as `find` finds it.
    pub fn causes(&self, find: impl FnOnce() -> Vec<Cause>) -> &[Cause] {
        self.causes.get_or_init(find)
    }

    /// How durations grow with input and with items, as `find` finds it.
    pub fn growth(&self, find: impl FnOnce() -> [Option<Scaling>; 2]) -> [Option<Scaling>; 2] {
        *self.growth.get_or_init(find)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Vec<f64> {
        let noise = |run: usize| ((run * 7919) % 101) as f64 / 100.0;
        (0..200)
            .map(|run| if run < 100 { 10.0 } else { 20.0 } + noise(run))
            .collect()
    }

    #[test]
    fn what_was_found_is_found_again_in_the_same_version_only() {
        let mut findings = Findings::default();
        let found = findings.of_version(3).take(1, 200);
        assert_eq!(found.changes(&step()).len(), 1);
        findings.put(1, 200, found);
        // Nothing is examined again: an empty series would have no change.
        assert_eq!(findings.of_version(3).take(1, 200).changes(&[]).len(), 1);
        assert_eq!(findings.of_version(3).take(1, 199).changes(&[]).len(), 0);
        assert_eq!(findings.of_version(4).take(1, 200).changes(&[]).len(), 0);
    }

    #[test]
    fn anomalies_are_measured_on_their_side_of_the_changes() {
        let mut durations = step();
        durations[50] = 21.0;
        let found = SeriesFindings::default();
        let places: Vec<usize> = found
            .anomalies(&durations)
            .iter()
            .map(|run| run.index)
            .collect();
        assert_eq!(places, [50]);
    }

    #[test]
    fn a_block_is_known_for_its_runs_in_any_version() {
        let mut findings = Findings::default();
        let refs: Vec<u32> = (0..200).collect();
        let block = findings.blocks.entry(1).or_default();
        assert_eq!(block.findings_in(&refs, &step()).changes(&step()).len(), 1);
        let block = findings.of_version(9).blocks.entry(1).or_default();
        assert_eq!(block.findings_in(&refs, &step()).changes(&[]).len(), 1);
        assert_eq!(block.findings_in(&refs[1..], &step()).changes(&[]).len(), 0);
    }
}

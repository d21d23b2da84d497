//! Caches findings about series until they change: a report repeats queries made one by one, and
//! summaries are read often.

use std::cell::OnceCell;

use super::anomaly::{anomalies, Anomaly};
use super::change_point::{change_points, levels, ChangePoint, Levels};
use super::explanation::Explanation;
use super::forecast::{forecast, Forecast, CONFIDENCE};
use super::scaling::Scaling;
use super::trend::{sure_change, trend, Trend};
use super::warm_up::{warm_up, WarmUp};
use super::work::SameWork;
use crate::engine::history::{History, SeriesVersion};
use crate::engine::sorted_map::SortedMap;

/// Findings by stage and number of its runs. Boxed, so that moves are cheap.
pub type Known<T> = SortedMap<(u32, usize), Box<T>>;

/// The newest runs of a stage, as they were in a version of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The stage, or whole pipelines.
    pub stage: u32,
    /// Of its records; `None` for whole pipelines, whose runs change with every version.
    pub version: Option<SeriesVersion>,
    /// How many runs these are.
    pub runs: usize,
}

/// Some runs of a stage that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The count of removals and changes of the history before.
    pub rewritten: u64,
    /// The number of its first record.
    pub first: u32,
    /// Runs of the stage until the last of these.
    pub end: u64,
    /// How many runs these are.
    pub runs: usize,
}

/// Findings about the runs at a place.
type InPlace<T> = SortedMap<Place, Box<T>>;

/// Findings about the newest runs of each stage.
#[derive(Debug, Default)]
pub struct Findings {
    version: u64,
    /// By place.
    pub series: InPlace<SeriesFindings>,
    /// Runs as they were read, by place, and how many in all.
    runs: InPlace<Runs>,
    runs_stored: usize,
    /// Overviews as text by place, with what else they rest on: the horizon and the bits of the threshold.
    /// Some 1.5 kB each.
    pub overviews: InPlace<((usize, Option<u64>), String)>,
    /// Recommendations as text.
    pub advice: Option<String>,
    /// The last comparison of stored runs: the query, and the answer as text.
    pub comparison: Option<(String, String)>,
    /// The sure change of each stage in a stretch of its runs, and in how many of these.
    pub trends: SortedMap<u32, (Stretch, Option<f64>, usize)>,
    /// Findings behind recommendations; they outlast their version, because the runs are stored
    /// with them.
    pub blocks: Known<Block>,
}

impl Findings {
    /// Forgets findings of other records than these. Called before anything is read.
    pub fn of_version(&mut self, history: &History) -> &mut Self {
        if self.version != history.version() {
            self.version = history.version();
            self.advice = None;
            self.comparison = None;
            let is_as_it_was = |place: Place| {
                place.version.is_some() && place.version == history.series_version(place.stage)
            };
            self.series.retain(is_as_it_was);
            self.overviews.retain(is_as_it_was);
            self.runs.retain(is_as_it_was);
            let sizes = self.runs.iter().map(|(_, known)| known.refs.len());
            self.runs_stored = sizes.sum();
        }
        self
    }

    /// Takes the cached runs of a place, if any.
    pub fn take_runs(&mut self, place: Place) -> Option<Box<Runs>> {
        let runs = self.runs.take(place)?;
        self.runs_stored -= runs.refs.len();
        Some(runs)
    }

    /// Caches runs, up to 100,000 in all. If they do not fit, others are dropped.
    pub fn put_runs(&mut self, place: Place, runs: Runs) {
        self.take_runs(place);
        if self.runs_stored + runs.refs.len() > MOST_RUNS {
            (self.runs, self.runs_stored) = (InPlace::default(), 0);
        }
        if runs.refs.len() <= MOST_RUNS {
            self.runs_stored += runs.refs.len();
            self.runs.put(place, runs.into());
        }
    }
}

/// Most cached runs: 1.2 MB, and 3.6 MB with their work and dates.
const MOST_RUNS: usize = 100_000;

/// Runs of a stage, oldest first. 12 to 36 bytes each.
#[derive(Debug, Default)]
pub struct Runs {
    /// What each took, in ms.
    pub durations: Vec<f64>,
    /// Where each is stored.
    pub refs: Vec<u32>,
    /// Input size and items of each, once read.
    pub work: OnceCell<[Vec<f64>; 2]>,
    /// When each completed, wall clock in ms, once read.
    pub walls: OnceCell<Vec<f64>>,
}

/// Some runs, and findings about them. 4 bytes per run.
#[derive(Debug, Default)]
pub struct Block {
    refs: Vec<u32>,
    step: WindowStep,
    /// The version in which it was examined, where more becomes known of these runs later.
    unsettled: Option<u64>,
    found: SeriesFindings,
}

/// Which runs of a stage a window of [`Series::in_steps`] holds: places of records are used again.
///
/// [`Series::in_steps`]: crate::engine::series::Series::in_steps
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowStep {
    /// How often the stage was emptied.
    pub emptied: u64,
    /// Which run the newest is since then, from 1.
    pub newest: u64,
}

impl Block {
    /// Findings about exactly these runs, started anew for other runs, and for another `version` of the
    /// records if some of their executions were still running, as labels are known only at their end.
    /// `from_start` if they begin with the first run of their process.
    pub fn findings_in(
        &mut self,
        (refs, step): (&[u32], WindowStep),
        from_start: bool,
        version: u64,
        is_unsettled: impl FnOnce() -> bool,
    ) -> &SeriesFindings {
        let is_known = self.step == step && self.refs == refs;
        if !is_known || self.unsettled.is_some_and(|examined| examined != version) {
            *self = Self {
                refs: refs.to_vec(),
                step,
                unsettled: is_unsettled().then_some(version),
                found: SeriesFindings::new(from_start),
            };
        }
        &self.found
    }
}

/// An attribute that sets slow runs apart from the others.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The attribute, and the value that slow runs share.
    pub found: Explanation,
    /// The newest run that has it, if any.
    pub newest: Option<usize>,
    /// The label, if the attribute is a custom label.
    pub own: Option<OwnTrait>,
}

/// A custom label that slow runs share.
#[derive(Clone, Debug)]
pub struct OwnTrait {
    /// Its name in an answer.
    pub attribute: String,
    /// The value, unless it is a range or several rare ones.
    pub value: Option<Box<str>>,
}

/// Findings about one series. The caller gives the durations, the same every time: they are
/// examined the first time.
#[derive(Debug, Default)]
pub struct SeriesFindings {
    same_work: OnceCell<Option<SameWork>>,
    work_changes: OnceCell<Vec<ChangePoint>>,
    changes: OnceCell<Vec<ChangePoint>>,
    levels: OnceCell<Levels>,
    anomalies: OnceCell<Vec<Anomaly>>,
    trend: OnceCell<Option<Trend>>,
    warm_up: OnceCell<Option<WarmUp>>,
    /// Whether the first run is the first of its process.
    from_start: bool,
    forecast: OnceCell<Option<Forecast>>,
    causes: OnceCell<Vec<Cause>>,
    growth: OnceCell<[Option<Scaling>; 2]>,
}

impl SeriesFindings {
    /// For runs that begin with the first of their process, or later. Warm-up is left out of every
    /// finding.
    pub fn new(from_start: bool) -> Self {
        Self {
            from_start,
            ..Self::default()
        }
    }

    /// Makes level, trend and anomalies be judged by durations for the same work, computed by
    /// `find` unless cached.
    pub fn judge_by_work(&self, find: impl FnOnce() -> Option<SameWork>) {
        self.same_work.get_or_init(find);
    }

    /// Durations for the same work, where they are judged by it.
    pub fn same_work(&self) -> Option<&SameWork> {
        self.same_work.get()?.as_ref()
    }

    /// [`change_points`] of the work itself, in its own unit instead of ms.
    pub fn work_changes(&self) -> &[ChangePoint] {
        self.work_changes.get_or_init(|| {
            let sizes = self.same_work().map(|same| &same.sizes[..]);
            sizes.map(change_points).unwrap_or_default()
        })
    }

    /// The durations to be judged.
    pub fn judged<'a>(&'a self, durations_ms: &'a [f64]) -> &'a [f64] {
        let same = self.same_work().map(|same| &same.durations_ms[..]);
        same.filter(|same| same.len() == durations_ms.len())
            .unwrap_or(durations_ms)
    }

    /// [`warm_up`], where the runs begin with the first of their process. What only had more to do
    /// is none.
    pub fn warm_up(&self, durations_ms: &[f64]) -> Option<WarmUp> {
        let find = || warm_up(self.judged(durations_ms));
        *self
            .warm_up
            .get_or_init(|| self.from_start.then(find).flatten())
    }

    /// The number of warm-up runs, and the durations judged after them.
    fn after_warm_up<'a>(&'a self, durations_ms: &'a [f64]) -> (usize, &'a [f64]) {
        let skipped = self.warm_up(durations_ms).map_or(0, |found| found.runs);
        let judged = self.judged(durations_ms);
        (skipped, judged.get(skipped..).unwrap_or_default())
    }

    /// [`change_points`].
    pub fn changes(&self, durations_ms: &[f64]) -> &[ChangePoint] {
        self.changes.get_or_init(|| {
            let (skipped, steady) = self.after_warm_up(durations_ms);
            let mut changes = change_points(steady);
            for change in &mut changes {
                change.move_by(skipped);
            }
            changes
        })
    }

    /// [`levels`].
    pub fn levels(&self, durations_ms: &[f64]) -> &Levels {
        self.levels.get_or_init(|| {
            if let Some(changes) = self.changes.get() {
                return Levels::from(&changes[..]);
            }
            let (skipped, steady) = self.after_warm_up(durations_ms);
            let mut levels = levels(steady);
            levels.starts.iter_mut().for_each(|start| *start += skipped);
            levels
                .last
                .iter_mut()
                .for_each(|last| last.move_by(skipped));
            levels
        })
    }

    /// [`anomalies`], each run measured on its own side of the changes, and by what is typical for
    /// its work.
    pub fn anomalies(&self, durations_ms: &[f64]) -> &[Anomaly] {
        self.anomalies.get_or_init(|| {
            let (skipped, steady) = self.after_warm_up(durations_ms);
            let starts = self.levels(durations_ms).starts.iter();
            let starts: Vec<usize> = starts.map(|start| start - skipped).collect();
            let mut found = anomalies(steady, &starts);
            for run in &mut found {
                run.index += skipped;
                let taken_ms = durations_ms[run.index];
                if run.duration_ms > 0.0 {
                    run.typical_ms *= taken_ms / run.duration_ms;
                }
                run.duration_ms = taken_ms;
            }
            found
        })
    }

    /// [`trend`].
    pub fn trend(&self, durations_ms: &[f64]) -> Option<Trend> {
        *self
            .trend
            .get_or_init(|| trend(self.after_warm_up(durations_ms).1))
    }

    /// [`sure_change`].
    pub fn sure_change(&self, durations_ms: &[f64]) -> Option<f64> {
        sure_change(self.after_warm_up(durations_ms).1)
    }

    /// [`forecast`] with the confidence usual there, of the runs as they were: those to come have
    /// their work, too.
    pub fn forecast(&self, durations_ms: &[f64]) -> Option<&Forecast> {
        let find = || {
            let skipped = self.warm_up(durations_ms).map_or(0, |found| found.runs);
            let steady = durations_ms.get(skipped..).unwrap_or_default();
            forecast(steady, CONFIDENCE).map(|found| found.after(skipped))
        };
        self.forecast.get_or_init(find).as_ref()
    }

    /// What sets slow runs apart, computed by `find` unless cached.
    pub fn causes(&self, find: impl FnOnce() -> Vec<Cause>) -> &[Cause] {
        self.causes.get_or_init(find)
    }

    /// How durations grow with input and items, computed by `find` unless cached.
    pub fn growth(&self, find: impl FnOnce() -> [Option<Scaling>; 2]) -> [Option<Scaling>; 2] {
        *self.growth.get_or_init(find)
    }
}

#[cfg(test)]
mod tests {
    use super::super::planted::noise;
    use super::*;
    use crate::engine::history::SpanRecord;

    fn step() -> Vec<f64> {
        (0..200)
            .map(|run| if run < 100 { 10.0 } else { 20.0 } + noise(run))
            .collect()
    }

    /// The newest runs of a stage whose records are as `history` has them.
    fn place(history: &History, stage: u32, runs: usize) -> Place {
        Place {
            stage,
            version: history.series_version(stage),
            runs,
        }
    }

    fn record(history: &mut History, stage: u32) {
        history.record_alone("run", &SpanRecord::started(stage, 0.0, 0.0), 10);
    }

    #[test]
    fn what_was_found_is_known_until_the_stage_has_another_record() {
        let mut history = History::default();
        record(&mut history, 1);
        let mut findings = Findings::default();
        let found = SeriesFindings::new(false);
        assert_eq!(found.changes(&step()).len(), 1);
        let at = place(&history, 1, 200);
        findings.of_version(&history).series.put(at, found.into());
        record(&mut history, 2);
        let known = &mut findings.of_version(&history).series;
        assert!(known.take(place(&history, 1, 199)).is_none());
        let found = known.take(place(&history, 1, 200)).unwrap();
        // Nothing is computed again: an empty series would have no change.
        assert_eq!(found.changes(&[]).len(), 1);
        known.put(at, found);
        record(&mut history, 1);
        assert_eq!(findings.of_version(&history).series.iter().count(), 0);
    }

    #[test]
    fn runs_read_are_stored_as_long_as_they_fit() {
        let of = |count: usize| Runs {
            durations: vec![1.0; count],
            refs: vec![0; count],
            ..Runs::default()
        };
        let mut history = History::default();
        (1..5).for_each(|stage| record(&mut history, stage));
        let at = |stage, runs| place(&history, stage, runs);
        let mut findings = Findings::default();
        let keeps = |findings: &mut Findings, stage, most| {
            let found = findings.take_runs(at(stage, most));
            found
                .map(|runs| findings.put_runs(at(stage, most), *runs))
                .is_some()
        };
        findings.put_runs(at(1, 60_000), of(60_000));
        findings.put_runs(at(2, 30_000), of(30_000));
        assert!(keeps(&mut findings, 1, 60_000) && keeps(&mut findings, 2, 30_000));
        assert!(!keeps(&mut findings, 1, 30_000), "fewer runs are others");
        findings.put_runs(at(3, 50_000), of(50_000));
        assert!(keeps(&mut findings, 3, 50_000) && !keeps(&mut findings, 1, 60_000));
        findings.put_runs(at(4, MOST_RUNS + 1), of(MOST_RUNS + 1));
        assert!(!keeps(&mut findings, 4, MOST_RUNS + 1), "too many for it");
        findings.put_runs(at(2, 30_000), of(30_000));
        let of_two = at(2, 30_000);
        record(&mut history, 2);
        assert!(findings.of_version(&history).take_runs(of_two).is_none());
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
    fn warm_up_is_left_out_of_every_finding_and_places_are_those_of_all_runs() {
        let warming = |run: usize| if run < 50 { 4.0 } else { 1.0 };
        let mut durations: Vec<f64> = step()
            .iter()
            .enumerate()
            .map(|(run, ms)| ms * warming(run))
            .collect();
        durations.extend(step().split_off(100));
        durations[170] = 90.0;
        let found = SeriesFindings::new(true);
        assert_eq!(found.warm_up(&durations).map(|found| found.runs), Some(50));
        let changes = found.changes(&durations);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].index, 100);
        assert_eq!(found.levels(&durations).starts, [100]);
        let anomalies = found.anomalies(&durations);
        assert_eq!((anomalies.len(), anomalies[0].index), (1, 170));
        assert_eq!(found.forecast(&durations).map(Forecast::since), Some(100));
        assert!(found
            .trend(&durations)
            .is_some_and(|trend| trend.change > Some(0.0)));
        let later = SeriesFindings::new(false);
        assert_eq!(later.warm_up(&durations), None);
        assert_eq!(later.changes(&durations)[0].index, 50);
    }

    #[test]
    fn a_block_is_known_for_its_runs_in_any_version() {
        let refs: Vec<u32> = (0..200).collect();
        let step_to = |newest, emptied| WindowStep { emptied, newest };
        let mut block = Block::default();
        let mut changes = |refs: &[u32], step, version, unsettled, durations: &[f64]| {
            let found = block.findings_in((refs, step), false, version, || unsettled);
            found.changes(durations).len()
        };
        let known = step_to(200, 0);
        assert_eq!(changes(&refs, known, 1, false, &step()), 1);
        // The finding is computed again: an empty series has no change.
        assert_eq!(changes(&refs, known, 2, false, &[]), 1);
        assert_eq!(changes(&refs[1..], known, 2, false, &[]), 0);
        // Places that other runs took since, of the same durations.
        for other in [step_to(201, 0), step_to(200, 1)] {
            assert_eq!(changes(&refs, known, 2, false, &step()), 1);
            assert_eq!(changes(&refs, other, 2, false, &[]), 0);
        }
        // Runs of executions that are still running.
        assert_eq!(changes(&refs, known, 3, true, &step()), 1);
        assert_eq!(changes(&refs, known, 3, true, &[]), 1);
        assert_eq!(changes(&refs, known, 4, false, &[]), 0);
    }
}

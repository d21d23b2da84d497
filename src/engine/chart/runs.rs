//! The runs that a page shows, along its axis.

use crate::engine::history::StageId;
use crate::engine::recorder::State;
use crate::engine::series::{list_of, Records};
use crate::engine::stats::order::sort_by_value;

/// Columns of the axis.
pub const COLUMNS: usize = 120;
/// Points of a line over the axis: columns are taken together for it.
pub const POINTS: usize = 24;

/// The range that the columns divide evenly, on the monotonic scale in ms, or in runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Where the first column begins.
    pub from: f64,
    /// Where the last ends; always beyond `from`.
    pub to: f64,
}

impl Axis {
    /// From one place to another; an axis without length gets some.
    pub fn new(from: f64, to: f64) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self { from, to }
    }

    /// Where a column begins.
    fn start_of(self, column: usize) -> f64 {
        self.from + (self.to - self.from) * column as f64 / COLUMNS as f64
    }
}

/// Runs in the order in which they ended.
#[derive(Debug, Default, PartialEq)]
pub struct Runs {
    /// What each took, in ms.
    pub durations: Vec<f64>,
    /// Where each is stored; empty for runs of a file.
    pub refs: Vec<u32>,
    /// Where each column begins among them, and after the last column their number.
    pub starts: Vec<usize>,
}

impl Runs {
    /// The runs of a stage, or of whole pipelines, that ended on the axis.
    ///
    /// Cost: one duration read for each run, and the ends of some ten for each column.
    pub fn of(state: &State, stage: StageId, axis: Axis) -> Self {
        let records = Records::of(state, stage);
        let ended = |run: u32| records.ended_ms(run);
        let Some(list) = list_of(state, stage) else {
            return Self::default();
        };
        let mut refs = Vec::with_capacity(list.len());
        refs.extend(list.since(axis.from, ended));
        if !list.is_ascending() {
            sort_by_value(&mut refs, |run| ended(*run));
        }
        let beyond = refs.partition_point(|&run| ended(run) <= axis.to);
        refs.truncate(beyond);
        let mut durations: Vec<f64> = refs.iter().map(|&run| records.duration_ms(run)).collect();
        if !durations.iter().all(|ms| ms.is_finite()) {
            refs.retain(|&run| records.duration_ms(run).is_finite());
            durations.retain(|ms| ms.is_finite());
        }
        let mut starts = vec![refs.len(); COLUMNS + 1];
        let is_before = |run: u32, column: usize| ended(run) < axis.start_of(column);
        find_starts(&mut starts[..COLUMNS], 0, &refs, 0, &is_before);
        Self {
            durations,
            refs,
            starts,
        }
    }

    /// Runs of a file, along an axis of runs.
    pub fn of_file(durations: &[f64], axis: Axis) -> Self {
        let count = durations.len();
        // The newest are at the end of the axis, also for stages with fewer runs.
        let ahead = (axis.to - axis.from) - count as f64;
        let place = |column| (axis.start_of(column) - axis.from - ahead).ceil().max(0.0) as usize;
        let starts = (0..COLUMNS).map(|column| place(column).min(count));
        Self {
            durations: durations.to_vec(),
            refs: Vec::new(),
            starts: starts.chain([count]).collect(),
        }
    }

    /// The runs of a column, by place.
    pub fn of_column(&self, column: usize) -> std::ops::Range<usize> {
        let start = self.starts.get(column).copied().unwrap_or(0);
        let end = self.starts.get(column + 1).copied().unwrap_or(start);
        start..end
    }

    /// A figure of the runs at each of [`POINTS`] places of the axis.
    pub fn line(&self, figure: impl Fn(std::ops::Range<usize>) -> Option<f64>) -> Vec<Option<f64>> {
        let width = COLUMNS / POINTS;
        let points = (0..POINTS).map(|point| {
            let start = self.of_column(point * width).start;
            let end = self.of_column((point + 1) * width - 1).end;
            (start < end).then(|| figure(start..end)).flatten()
        });
        points.collect()
    }
}

/// Finds where the columns from `column` on begin among `runs`, of which the first is at `place`. The middle
/// column is sought first, because each lookup of an end costs time proportional to the stages of
/// its execution.
fn find_starts(
    starts: &mut [usize],
    column: usize,
    runs: &[u32],
    place: usize,
    is_before: &impl Fn(u32, usize) -> bool,
) {
    let (before, rest) = starts.split_at_mut(starts.len() / 2);
    let Some((start, after)) = rest.split_first_mut() else {
        return;
    };
    let middle = column + before.len();
    let found = runs.partition_point(|&run| is_before(run, middle));
    *start = place + found;
    find_starts(before, column, &runs[..found], place, is_before);
    find_starts(after, middle + 1, &runs[found..], place + found, is_before);
}

/// The ends of the oldest and newest stored run of all stages and whole pipelines; `None` without
/// any.
pub fn period(state: &State) -> Option<(f64, f64)> {
    let total = state.pipeline_total();
    let stages = state.history.stages().iter().copied();
    let ends = stages.chain([total]).filter_map(|stage| {
        let list = list_of(state, stage)?;
        let ended = |run| Records::of(state, stage).ended_ms(run);
        Some((ended(list.iter().next()?), ended(list.iter().next_back()?)))
    });
    ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_file_stand_in_their_order_and_end_with_the_axis() {
        let axis = Axis::new(0.0, 240.0);
        let all: Vec<f64> = (0..240).map(f64::from).collect();
        let runs = Runs::of_file(&all, axis);
        assert_eq!((runs.of_column(0), runs.of_column(119)), (0..2, 238..240));
        let few = Runs::of_file(&all[..3], axis);
        assert_eq!(few.of_column(117), 0..0);
        assert_eq!((few.of_column(118), few.of_column(119)), (0..1, 1..3));
    }

    #[test]
    fn a_line_has_no_point_where_nothing_ran() {
        let axis = Axis::new(0.0, 1200.0);
        let runs = Runs::of_file(&[5.0; 30], axis);
        let line = runs.line(|of| Some(of.len() as f64));
        assert_eq!(line.len(), POINTS);
        assert_eq!((line[0], line[POINTS - 1]), (None, Some(30.0)));
    }
}

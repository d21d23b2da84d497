//! Sums how often, and for how long, each stage bounds the end: critical paths of many executions.

use crate::engine::sorted_map::SortedMap;
use crate::engine::stats::order::sort_by;
use crate::engine::stats::quantile::median;

use super::critical_path::slack;
use super::execution::Execution;
use super::schedule::Schedule;

/// One stage over all executions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageShare {
    /// The number of the stage.
    pub stage: u32,
    /// Executions in which it ran.
    pub executions: usize,
    /// Executions in which one of its spans was on the critical path.
    pub on_path: usize,
    /// Own time of all its spans in ms, without children.
    pub duration_ms: f64,
    /// Time of those on the path, in ms.
    pub path_ms: f64,
    /// `path_ms` as a share of the wall time of all executions, in [0, 1].
    pub share_of_time: f64,
    /// Median over its spans of how many ms longer each could have taken without delaying the end.
    pub slack_ms: Option<f64>,
    /// Place of the last execution whose path it was on.
    pub last_on_path: Option<usize>,
}

impl StageShare {
    /// Share of the executions it ran in, in [0, 1], in which it was on the path.
    pub fn share_of_executions(&self) -> f64 {
        if self.executions == 0 {
            0.0
        } else {
            self.on_path as f64 / self.executions as f64
        }
    }
}

/// The critical paths of many executions together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathShares {
    /// Executions with a wall time; others are left out.
    pub executions: usize,
    /// Their wall time in ms: `gap_ms` and every `path_ms` sum to it.
    pub wall_ms: f64,
    /// Time on the paths that no span covers, in ms.
    pub gap_ms: f64,
    /// By time on the path, longest first.
    pub stages: Vec<StageShare>,
}

/// Sums the critical paths of many executions. O(n log n) in the spans of each.
pub fn path_shares<'a>(executions: impl IntoIterator<Item = Execution<'a>>) -> PathShares {
    let mut total = PathShares::default();
    let mut tallies = Tallies::default();
    let mut schedule = Schedule::default();
    for (place, execution) in executions.into_iter().enumerate() {
        schedule.load(execution);
        if schedule.wall() > 0.0 {
            total.executions += 1;
            total.wall_ms += schedule.wall();
            total.gap_ms += schedule.wall() - tallies.add(&schedule, execution, place);
        }
    }
    total.stages = tallies.into_shares();
    for share in &mut total.stages {
        share.share_of_time = (share.path_ms / total.wall_ms).min(1.0);
    }
    sort_by(&mut total.stages, |a, b| b.path_ms.total_cmp(&a.path_ms));
    total
}

/// A stage's sums, and the last execution counted, so that its second span counts no other.
#[derive(Default)]
struct Tally {
    share: StageShare,
    last_run: Option<usize>,
    slacks: Vec<f64>,
}

#[derive(Default)]
struct Tallies {
    places: SortedMap<u32, usize>,
    all: Vec<Tally>,
    /// For each span of the current execution: searching it per node would take most of the time.
    of_spans: Vec<usize>,
}

impl Tallies {
    fn place(&mut self, stage: u32) -> usize {
        if let Some(&place) = self.places.get(stage) {
            return place;
        }
        self.places.put(stage, self.all.len());
        self.all.push(Tally::default());
        self.all.len() - 1
    }

    /// Adds the execution at `place` and returns its time in spans of the path.
    fn add(&mut self, schedule: &Schedule, execution: Execution<'_>, place: usize) -> f64 {
        self.of_spans.clear();
        for (span, slack_ms) in execution.spans.iter().zip(slack(schedule, execution)) {
            let of_span = self.place(span.stage);
            self.of_spans.push(of_span);
            self.all[of_span].slacks.push(slack_ms);
        }
        let (all, of_spans) = (&mut self.all, &self.of_spans);
        for node in schedule.nodes() {
            let Tally {
                share, last_run, ..
            } = &mut all[of_spans[node.span]];
            share.executions += usize::from(last_run.replace(place) != Some(place));
            share.duration_ms += node.own_ms();
        }
        let mut covered = 0.0;
        schedule.walk_back(|node| {
            let share = &mut all[of_spans[node.span]].share;
            let is_first = share.last_on_path.replace(place) != Some(place);
            share.on_path += usize::from(is_first);
            share.path_ms += node.duration_ms();
            covered += node.duration_ms();
        });
        covered
    }

    /// Of the stages that ran, by number.
    fn into_shares(mut self) -> Vec<StageShare> {
        let mut shares = Vec::new();
        for (stage, &place) in self.places.iter() {
            let Tally { share, slacks, .. } = &mut self.all[place];
            if share.executions > 0 {
                let slack_ms = median(slacks);
                shares.push(StageShare {
                    stage,
                    slack_ms,
                    ..*share
                });
            }
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::super::planted::span;
    use super::*;

    #[test]
    fn counts_each_execution_once_and_sums_time_on_and_off_the_path() {
        // Stage 1 runs twice beside stage 2, which bounds only the first execution.
        let first = [span(1, 0.0, 2.0), span(2, 0.0, 8.0), span(1, 2.0, 5.0)];
        let second = [span(1, 0.0, 4.0), span(1, 4.0, 9.0), span(2, 0.0, 3.0)];
        let shares = path_shares([
            Execution {
                start_ms: 0.0,
                end_ms: 10.0,
                spans: &first,
            },
            Execution {
                start_ms: 0.0,
                end_ms: 10.0,
                spans: &second,
            },
        ]);
        assert_eq!(
            (shares.executions, shares.wall_ms, shares.gap_ms),
            (2, 20.0, 3.0)
        );
        let [one, two] = shares.stages[..] else {
            panic!("{shares:?}")
        };
        assert_eq!(
            (one.stage, one.executions, one.on_path, one.path_ms),
            (1, 2, 1, 9.0)
        );
        assert_eq!(
            (two.stage, two.executions, two.on_path, two.path_ms),
            (2, 2, 1, 8.0)
        );
        assert_eq!((one.duration_ms, one.share_of_time), (14.0, 0.45));
        assert_eq!(two.share_of_executions(), 0.5);
        // The last of stage 2 could have ended when the second of stage 1 started.
        assert_eq!((one.slack_ms, two.slack_ms), (Some(1.5), Some(0.5)));
        assert_eq!((one.last_on_path, two.last_on_path), (Some(1), Some(0)));
    }

    #[test]
    fn executions_without_wall_time_are_left_out() {
        let spans = [span(1, 0.0, 1.0)];
        let shares = path_shares([
            Execution {
                start_ms: f64::NAN,
                end_ms: 10.0,
                spans: &spans,
            },
            Execution {
                start_ms: 10.0,
                end_ms: 10.0,
                spans: &spans,
            },
        ]);
        assert_eq!(shares, PathShares::default());
    }
}

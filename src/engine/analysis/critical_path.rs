//! The chain of spans that bounds the end of an execution, and the slack of the others.
//!
//! The critical path method of Kelley and Walker (1959) on the dependencies of
//! [`schedule`](super::schedule): from the end backwards, always to the span on whose end the
//! present one waited. What no span of the chain covers is a gap. For spans that do not overlap the
//! chain is all of them in order of start. For a span with children, the chain goes through those,
//! and through the pieces that no child covers.

use super::execution::Execution;
use super::schedule::{Level, Schedule};

/// One piece of the critical path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Position in [`Execution::spans`]; `None` for a gap, in which the chain waited.
    pub span: Option<usize>,
    /// Where the piece starts, in ms; this is where the one before ends.
    pub start_ms: f64,
    /// Where it ends, in ms.
    pub end_ms: f64,
}

impl Segment {
    /// Length in ms.
    pub fn duration_ms(&self) -> f64 {
        self.end_ms - self.start_ms
    }
}

/// The critical path of one execution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CriticalPath {
    /// From start to end of the execution without hole or overlap: they sum to its wall time.
    /// Empty if it has none.
    pub segments: Vec<Segment>,
    /// For each span of the input, how many ms longer it could have taken without delaying
    /// the end: 0 on the path. The wall time for spans that are no intervals.
    pub slack_ms: Vec<f64>,
}

impl CriticalPath {
    /// Positions in [`Execution::spans`] of the chain, in order of time; a span with children
    /// appears once per piece of its own work.
    pub fn chain(&self) -> impl Iterator<Item = usize> + '_ {
        self.segments.iter().filter_map(|segment| segment.span)
    }
}

/// Finds the critical path of one execution. If two spans ended at once before a third started, the
/// one that started first is taken. O(n log n).
pub fn critical_path(execution: Execution<'_>) -> CriticalPath {
    let schedule = Schedule::of(execution);
    if schedule.wall() == 0.0 {
        return CriticalPath {
            segments: Vec::new(),
            slack_ms: vec![0.0; execution.spans.len()],
        };
    }
    CriticalPath {
        segments: segments(&schedule),
        slack_ms: slack(&schedule, execution),
    }
}

fn segments(schedule: &Schedule) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut reached = schedule.end;
    let gap = |start_ms, end_ms| Segment {
        span: None,
        start_ms,
        end_ms,
    };
    schedule.walk_back(|node| {
        if node.end < reached {
            segments.push(gap(node.end, reached));
        }
        segments.push(Segment {
            span: Some(node.span),
            start_ms: node.start,
            end_ms: node.end,
        });
        reached = node.start;
    });
    if schedule.start < reached {
        segments.push(gap(schedule.start, reached));
    }
    segments.reverse();
    segments
}

/// How much longer each span could have taken without delaying the end, in ms.
pub(super) fn slack(schedule: &Schedule, execution: Execution<'_>) -> Vec<f64> {
    let levels = schedule.levels();
    let mut slack = vec![schedule.wall(); execution.spans.len()];
    // The slack of a span also applies to all its children.
    let mut around = vec![0.0; levels.len()];
    let mut own_work = vec![None; levels.len()];
    for (place, level) in levels.iter().enumerate() {
        let of_nodes = slack_of(level);
        for (node, more) in level.nodes.iter().zip(of_nodes) {
            let more = more + around[place];
            if let Some(inner) = node.inner {
                around[inner] = more;
                own_work[inner] = Some(node.span);
            }
            // A piece of the span's own work may have more slack; that of the whole span counts.
            if own_work[place] != Some(node.span) {
                slack[node.span] = more;
            }
        }
    }
    slack
}

/// Backward pass: a node may end as late as the last moment at which those that depend on it,
/// and the end of the level, still lose nothing.
fn slack_of(level: &Level) -> Vec<f64> {
    let mut slack = vec![0.0; level.nodes.len()];
    let Some(last_end) = level.last_of(level.ended.len()).map(|i| level.nodes[i].end) else {
        return slack;
    };
    let mut latest = last_end;
    let mut dependents = level.nodes.iter().enumerate().rev().peekable();
    for (rank, &position) in level.ended.iter().enumerate().rev() {
        // All that depend on this one: nodes with more dependencies than its rank.
        while let Some((place, dependent)) =
            dependents.next_if(|(_, node)| node.dependencies > rank)
        {
            let waited_for = level.last_of(dependent.dependencies);
            let end = waited_for.map_or(last_end, |i| level.nodes[i].end);
            latest = latest.min(end + slack[place]);
        }
        slack[position] = latest - level.nodes[position].end;
    }
    slack
}

#[cfg(test)]
mod tests {
    use super::super::execution::Span;
    use super::super::planted::span;
    use super::*;

    fn path(end_ms: f64, times: &[(f64, f64)]) -> CriticalPath {
        let spans: Vec<Span> = times
            .iter()
            .map(|&(start_ms, end_ms)| span(0, start_ms, end_ms))
            .collect();
        critical_path(Execution {
            start_ms: 0.0,
            end_ms,
            spans: &spans,
        })
    }

    fn chain(end_ms: f64, times: &[(f64, f64)]) -> Vec<usize> {
        path(end_ms, times).chain().collect()
    }

    #[test]
    fn spans_that_do_not_overlap_are_all_on_the_path_in_order_of_start() {
        assert_eq!(
            chain(10.0, &[(6.0, 9.0), (0.0, 2.0), (2.0, 5.0)]),
            [1, 2, 0]
        );
    }

    #[test]
    fn so_are_spans_without_length_at_the_seams_and_at_both_ends() {
        let times = [
            (0.0, 0.0),
            (0.0, 5.0),
            (5.0, 5.0),
            (5.0, 5.0),
            (5.0, 8.0),
            (8.0, 8.0),
        ];
        assert_eq!(chain(8.0, &times), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn of_parallel_spans_the_one_that_ended_last_before_the_next_is_on_the_path() {
        let found = path(20.0, &[(0.0, 5.0), (0.0, 12.0), (1.0, 9.0), (12.0, 20.0)]);
        assert_eq!(found.chain().collect::<Vec<_>>(), [1, 3]);
        assert_eq!(found.slack_ms, [7.0, 0.0, 3.0, 0.0]);
    }

    #[test]
    fn what_no_span_covers_is_a_gap_and_all_segments_sum_to_the_wall_time() {
        let found = path(20.0, &[(1.0, 5.0), (7.0, 12.0)]);
        let spans: Vec<_> = found.segments.iter().map(|segment| segment.span).collect();
        assert_eq!(spans, [None, Some(0), None, Some(1), None]);
        assert_eq!(
            found.segments.iter().map(Segment::duration_ms).sum::<f64>(),
            20.0
        );
    }

    #[test]
    fn slack_passes_through_the_spans_that_wait_for_it() {
        // 0 and then 2 beside 1, which bounds: 2 waits for 0.
        let found = path(10.0, &[(0.0, 3.0), (0.0, 10.0), (4.0, 8.0)]);
        assert_eq!(found.slack_ms, [2.0, 0.0, 2.0]);
    }

    #[test]
    fn of_two_that_ended_at_once_the_one_that_started_first_is_taken() {
        assert_eq!(chain(9.0, &[(3.0, 5.0), (1.0, 5.0), (5.0, 9.0)]), [1, 2]);
    }

    #[test]
    fn without_spans_the_path_is_one_gap_and_without_wall_time_it_is_empty() {
        let found = path(10.0, &[]);
        assert_eq!(
            found.segments,
            [Segment {
                span: None,
                start_ms: 0.0,
                end_ms: 10.0
            }]
        );
        assert_eq!(path(0.0, &[(0.0, 0.0)]).segments, []);
        assert_eq!(path(f64::NAN, &[(0.0, 1.0)]).slack_ms, [0.0]);
    }

    #[test]
    fn spans_reaching_beyond_the_execution_are_cut() {
        let found = path(10.0, &[(-5.0, 4.0), (4.0, 30.0), (f64::NAN, 3.0)]);
        assert_eq!(found.chain().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(
            found.segments.iter().map(Segment::duration_ms).sum::<f64>(),
            10.0
        );
        assert_eq!(found.slack_ms[2], 10.0);
    }
}

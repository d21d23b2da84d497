//! How the spans of one execution wait for each other.
//!
//! The model: a span depends on every span that had ended when it started, and on the start of
//! the execution. It starts a fixed lag after the last of them ends, as it did when measured,
//! and takes its own time. The execution ends a fixed lag after its last span. Spans that
//! overlap do not depend on each other: who started the second one is not recorded, and that
//! it did not wait for the first one's end is.

use super::scale::is_duration;

/// The timed interval of one stage in one execution. Times in ms, on any common scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Which stage; spans of one stage share the number.
    pub stage: u32,
    /// When it started.
    pub start_ms: f64,
    /// When it ended.
    pub end_ms: f64,
}

impl Span {
    /// Whether both times are finite and in order. Other spans are left out of every analysis.
    pub fn is_valid(&self) -> bool {
        self.start_ms.is_finite() && self.end_ms.is_finite() && self.start_ms <= self.end_ms
    }
}

/// One pipeline execution with its spans, in any order. What of a span lies outside the
/// execution is cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Execution<'a> {
    /// When the execution started, in ms.
    pub start_ms: f64,
    /// When it ended, in ms.
    pub end_ms: f64,
    /// The spans of its stages.
    pub spans: &'a [Span],
}

impl Execution<'_> {
    /// Wall time in ms; 0 where start and end are no interval.
    pub fn wall_ms(&self) -> f64 {
        let wall = self.end_ms - self.start_ms;
        if is_duration(wall) {
            wall
        } else {
            0.0
        }
    }
}

/// A span within its execution, in the order in which spans start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Position in `Execution::spans`.
    pub span: usize,
    pub stage: u32,
    pub start: f64,
    pub end: f64,
    /// How many nodes of [`Schedule::ended`] this one depends on: always the first ones.
    pub dependencies: usize,
    /// Time between the end of the last dependency and the start.
    lag: f64,
}

/// The dependencies of one execution. Reused from one execution to the next, it allocates
/// only for one with more spans than any before.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// By start; a span comes after all it depends on.
    pub nodes: Vec<Node>,
    /// Positions in `nodes`, by end. Of several that end at once, those of no length come
    /// last, and of the others the one that started first comes last.
    pub ended: Vec<usize>,
    pub start: f64,
    pub end: f64,
    /// Time between the end of the last span and the end of the execution.
    final_lag: f64,
    wall: f64,
    /// Scratch of [`Self::wall_with`]: new end of each node.
    moved: Vec<f64>,
}

impl Schedule {
    pub fn of(execution: Execution<'_>) -> Self {
        let mut schedule = Self::default();
        schedule.load(execution);
        schedule
    }

    /// Replaces what was here. O(n log n).
    pub fn load(&mut self, execution: Execution<'_>) {
        self.wall = execution.wall_ms();
        (self.start, self.end) = (execution.start_ms, execution.end_ms);
        self.nodes.clear();
        self.ended.clear();
        if self.wall > 0.0 {
            self.nodes.extend(nodes_of(execution));
        }
        self.nodes.sort_unstable_by(|a, b| {
            a.start
                .total_cmp(&b.start)
                .then(a.end.total_cmp(&b.end))
                .then(a.span.cmp(&b.span))
        });
        self.order_by_end();
        self.link();
    }

    fn order_by_end(&mut self) {
        let nodes = &self.nodes;
        self.ended.extend(0..nodes.len());
        self.ended.sort_unstable_by(|&i, &j| {
            let (a, b) = (&nodes[i], &nodes[j]);
            let instant = (a.start == a.end, b.start == b.end);
            a.end
                .total_cmp(&b.end)
                .then(instant.0.cmp(&instant.1))
                .then(if instant.0 { i.cmp(&j) } else { j.cmp(&i) })
        });
    }

    /// Counts dependencies and measures lags. One sweep: starts and ends both ascend.
    fn link(&mut self) {
        let mut ended = 0;
        let mut last_end = self.start;
        for position in 0..self.nodes.len() {
            let Node { start, .. } = self.nodes[position];
            // A span without length ends as it starts; it must not count itself.
            while let Some(&next) = self.ended.get(ended).filter(|&&next| next != position) {
                if self.nodes[next].end > start {
                    break;
                }
                last_end = self.nodes[next].end;
                ended += 1;
            }
            let node = &mut self.nodes[position];
            node.dependencies = ended;
            node.lag = start - last_end;
        }
        let last_end = self
            .ended
            .last()
            .map_or(self.start, |&last| self.nodes[last].end);
        self.final_lag = self.end - last_end;
    }

    /// The node on whose end the first `dependencies` of [`Self::ended`] waited longest.
    pub fn last_of(&self, dependencies: usize) -> Option<usize> {
        dependencies
            .checked_sub(1)
            .and_then(|last| self.ended.get(last).copied())
    }

    pub fn wall(&self) -> f64 {
        self.wall
    }

    /// Wall time in ms had each span taken `duration_of(node)` ms instead of its own. O(n).
    pub fn wall_with(&mut self, duration_of: impl Fn(&Node) -> f64) -> f64 {
        self.moved.clear();
        let mut reached = 0.0_f64;
        let mut ended = 0;
        for node in &self.nodes {
            for &dependency in &self.ended[ended..node.dependencies] {
                reached = reached.max(self.moved[dependency]);
            }
            ended = node.dependencies;
            self.moved.push(reached + node.lag + duration_of(node));
        }
        let last = self.ended[ended..]
            .iter()
            .fold(reached, |end, &i| end.max(self.moved[i]));
        last + self.final_lag
    }
}

fn nodes_of(execution: Execution<'_>) -> impl Iterator<Item = Node> + '_ {
    let Execution {
        start_ms,
        end_ms,
        spans,
    } = execution;
    spans
        .iter()
        .enumerate()
        .filter(|(_, span)| span.is_valid())
        .map(move |(index, span)| Node {
            span: index,
            stage: span.stage,
            // Adding zero turns a negative zero, which sorts before zero, into zero.
            start: span.start_ms.clamp(start_ms, end_ms) + 0.0,
            end: span.end_ms.clamp(start_ms, end_ms) + 0.0,
            dependencies: 0,
            lag: 0.0,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(times: &[(f64, f64)]) -> Vec<Span> {
        times
            .iter()
            .map(|&(start_ms, end_ms)| Span {
                stage: 0,
                start_ms,
                end_ms,
            })
            .collect()
    }

    fn dependencies(times: &[(f64, f64)]) -> Vec<(usize, usize)> {
        let spans = spans(times);
        let schedule = Schedule::of(Execution {
            start_ms: 0.0,
            end_ms: 100.0,
            spans: &spans,
        });
        schedule
            .nodes
            .iter()
            .map(|node| (node.span, node.dependencies))
            .collect()
    }

    #[test]
    fn a_span_depends_on_all_that_had_ended_when_it_started() {
        assert_eq!(
            dependencies(&[(0.0, 5.0), (5.0, 9.0), (3.0, 8.0), (9.0, 10.0)]),
            [(0, 0), (2, 0), (1, 1), (3, 3)]
        );
    }

    #[test]
    fn spans_without_length_follow_each_other_in_the_order_given() {
        assert_eq!(
            dependencies(&[(5.0, 5.0), (0.0, 5.0), (5.0, 5.0), (5.0, 6.0)]),
            [(1, 0), (0, 1), (2, 2), (3, 3)]
        );
    }

    #[test]
    fn with_the_durations_measured_the_wall_time_is_the_one_measured() {
        let spans = spans(&[(1.0, 5.0), (5.5, 9.0), (3.0, 8.0), (9.0, 10.0)]);
        let mut schedule = Schedule::of(Execution {
            start_ms: 0.5,
            end_ms: 12.0,
            spans: &spans,
        });
        assert!((schedule.wall_with(|node| node.end - node.start) - 11.5).abs() < 1e-12);
    }

    #[test]
    fn an_execution_or_span_that_is_no_interval_is_left_out() {
        let mixed = spans(&[
            (f64::NAN, 5.0),
            (6.0, 5.0),
            (0.0, f64::INFINITY),
            (1.0, 2.0),
        ]);
        let of = |start_ms, end_ms| {
            Schedule::of(Execution {
                start_ms,
                end_ms,
                spans: &mixed,
            })
            .nodes
            .len()
        };
        assert_eq!(of(0.0, 10.0), 1);
        assert_eq!(of(10.0, 0.0), 0);
        assert_eq!(of(f64::NAN, 10.0), 0);
        assert_eq!(of(f64::NEG_INFINITY, 10.0), 0);
    }
}

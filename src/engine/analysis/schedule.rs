//! Models how the spans of one execution wait for each other.
//!
//! The model: a span depends on every span that had ended when it started, and on the start of the
//! execution. It starts a fixed lag after the last of them ends, as it did when measured, and takes
//! its own time. The execution ends a fixed lag after its last span. Spans that overlap do not
//! depend on each other: what started the second one is not recorded, but it did not wait for the
//! end of the first.
//!
//! A span with children is like an execution: time that no child covers is its own work, piece by
//! piece, and its duration is that of those pieces and its children.

use super::execution::Execution;
use super::nested::{enclosed, Piece};
use crate::engine::figures::clamped;
use crate::engine::stats::order::sort_by;

/// A span, or a piece of one, among those with the same parent, in the order in which they start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Position in `Execution::spans`.
    pub span: usize,
    pub stage: u32,
    pub start: f64,
    pub end: f64,
    /// How many nodes of [`Level::ended`] this one depends on: always the first ones.
    pub dependencies: usize,
    /// The one of [`Schedule::levels`] that ran inside it, if any: it consists of that.
    pub inner: Option<usize>,
    /// Time between the end of the last dependency and the start.
    lag: f64,
}

impl Node {
    fn new(span: usize, stage: u32, start: f64, end: f64) -> Self {
        Self {
            span,
            stage,
            // Adding zero turns a negative zero, which sorts before zero, into zero.
            start: start + 0.0,
            end: end + 0.0,
            dependencies: 0,
            inner: None,
            lag: 0.0,
        }
    }

    pub fn duration_ms(&self) -> f64 {
        self.end - self.start
    }

    /// What of its duration is not that of spans that ran inside of it, which have nodes of
    /// their own.
    pub fn own_ms(&self) -> f64 {
        if self.inner.is_some() {
            0.0
        } else {
            self.duration_ms()
        }
    }
}

/// The spans of the execution, or of one parent, concurrent or sequential.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// By start; a span comes after all it depends on.
    pub nodes: Vec<Node>,
    /// Positions in `nodes`, by end. Of several that end at once, those of no length come
    /// last, and of the others the one that started first comes last.
    pub ended: Vec<usize>,
    start: f64,
    end: f64,
    /// Time between the end of the last span and the end of the whole.
    final_lag: f64,
    /// Scratch of [`Self::wall_with`]: new end of each node.
    moved: Vec<f64>,
}

impl Level {
    fn clear(&mut self, start: f64, end: f64) {
        self.nodes.clear();
        self.ended.clear();
        (self.start, self.end) = (start, end);
    }

    /// O(n log n).
    fn link(&mut self) {
        sort_by(&mut self.nodes, |a, b| {
            a.start
                .total_cmp(&b.start)
                .then(a.end.total_cmp(&b.end))
                .then(a.span.cmp(&b.span))
        });
        self.order_by_end();
        self.count_dependencies();
    }

    /// Adds what no node covers as work of the span that the level is inside of. Nodes of no
    /// length part it.
    fn add_own_pieces(&mut self, span: usize, stage: u32) {
        sort_by(&mut self.nodes, |a, b| a.start.total_cmp(&b.start));
        let mut reached = self.start;
        for place in 0..self.nodes.len() {
            let Node { start, end, .. } = self.nodes[place];
            if start > reached {
                self.nodes.push(Node::new(span, stage, reached, start));
            }
            reached = reached.max(end);
        }
        if self.end > reached {
            self.nodes.push(Node::new(span, stage, reached, self.end));
        }
    }

    fn order_by_end(&mut self) {
        let nodes = &self.nodes;
        self.ended.extend(0..nodes.len());
        sort_by(&mut self.ended, |&i, &j| {
            let (a, b) = (&nodes[i], &nodes[j]);
            let instant = (a.start == a.end, b.start == b.end);
            a.end
                .total_cmp(&b.end)
                .then(instant.0.cmp(&instant.1))
                .then(if instant.0 { i.cmp(&j) } else { j.cmp(&i) })
        });
    }

    /// Counts dependencies and measures lags. One sweep: starts and ends both ascend.
    fn count_dependencies(&mut self) {
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

    /// How long it takes in ms had each node taken `duration_of(node)` ms: as measured to the
    /// last digit where that changes nothing. O(n).
    fn wall_with(&mut self, duration_of: impl Fn(&Node) -> f64) -> f64 {
        self.moved.clear();
        let mut reached = 0.0_f64;
        let mut ended = 0;
        let mut changed = false;
        for node in &self.nodes {
            for &dependency in &self.ended[ended..node.dependencies] {
                reached = reached.max(self.moved[dependency]);
            }
            ended = node.dependencies;
            let duration = duration_of(node);
            changed |= duration != node.duration_ms();
            self.moved.push(reached + node.lag + duration);
        }
        if !changed {
            return self.end - self.start;
        }
        let last = self.ended[ended..]
            .iter()
            .fold(reached, |end, &i| end.max(self.moved[i]));
        last + self.final_lag
    }
}

/// The dependencies of one execution. Reused from one execution to the next, it allocates
/// only for one with more spans than any before.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// The spans that ran inside of no other, and behind them what ran inside of each that has
    /// children: always behind the level of that span. Those from `used` on are room.
    levels: Vec<Level>,
    used: usize,
    pub start: f64,
    pub end: f64,
    wall: f64,
    /// Scratch of [`Self::wall_with`]: how long each level takes.
    walls: Vec<f64>,
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
        self.used = 0;
        self.add_level(self.start, self.end);
        if self.wall == 0.0 {
            return;
        }
        if execution.spans.iter().any(|span| span.parent.is_some()) {
            self.load_nested(execution);
        } else {
            self.levels[0].nodes.extend(nodes_of(execution));
        }
        for level in &mut self.levels[..self.used] {
            level.link();
        }
    }

    fn add_level(&mut self, start: f64, end: f64) -> usize {
        if self.levels.len() == self.used {
            self.levels.push(Level::default());
        }
        self.levels[self.used].clear(start, end);
        self.used += 1;
        self.used - 1
    }

    fn load_nested(&mut self, execution: Execution<'_>) {
        let pieces = enclosed(execution);
        let mut inside: Vec<Option<usize>> = vec![None; pieces.len()];
        for piece in &pieces {
            let level = piece.parent.map_or(0, |parent| {
                let Piece { start, end, .. } = pieces[parent];
                *inside[parent].get_or_insert_with(|| self.add_level(start, end))
            });
            let stage = execution.spans[piece.span].stage;
            let node = Node::new(piece.span, stage, piece.start, piece.end);
            self.levels[level].nodes.push(node);
        }
        let mut places = vec![0; self.used];
        for (place, piece) in pieces.iter().enumerate() {
            let level = piece.parent.and_then(|parent| inside[parent]).unwrap_or(0);
            self.levels[level].nodes[places[level]].inner = inside[place];
            places[level] += 1;
        }
        for (piece, level) in pieces.iter().zip(&inside) {
            if let Some(level) = *level {
                let stage = execution.spans[piece.span].stage;
                self.levels[level].add_own_pieces(piece.span, stage);
            }
        }
    }

    /// The outermost level first; the level inside a node comes after that of the node.
    pub fn levels(&self) -> &[Level] {
        &self.levels[..self.used]
    }

    /// The spans, and the pieces of them, on every level.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.levels().iter().flat_map(|level| &level.nodes)
    }

    /// Walks the chain that bounds the end, from there: `visit` for each leaf of it, the last
    /// first.
    pub fn walk_back(&self, mut visit: impl FnMut(&Node)) {
        let levels = self.levels();
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut next = Some((0, levels[0].ended.len()));
        while let Some((level, dependencies)) = next {
            let Some(position) = levels[level].last_of(dependencies) else {
                next = open.pop();
                continue;
            };
            let node = &levels[level].nodes[position];
            next = Some((level, node.dependencies));
            if let Some(inner) = node.inner {
                open.extend(next);
                next = Some((inner, levels[inner].ended.len()));
            } else {
                visit(node);
            }
        }
    }

    pub fn wall(&self) -> f64 {
        self.wall
    }

    /// Wall time in ms had each leaf taken `duration_of(leaf)` ms instead of its own. O(n).
    pub fn wall_with(&mut self, duration_of: impl Fn(&Node) -> f64) -> f64 {
        self.walls.clear();
        self.walls.resize(self.used, 0.0);
        for place in (0..self.used).rev() {
            let walls = &self.walls;
            let wall = self.levels[place].wall_with(|node| match node.inner {
                Some(inner) => walls[inner],
                None => duration_of(node),
            });
            self.walls[place] = wall;
        }
        self.walls[0]
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
        .map(move |(index, span)| {
            Node::new(
                index,
                span.stage,
                clamped(span.start_ms, start_ms, end_ms),
                clamped(span.end_ms, start_ms, end_ms),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::super::execution::Span;
    use super::super::planted::span;
    use super::*;

    fn spans(times: &[(f64, f64)]) -> Vec<Span> {
        times
            .iter()
            .map(|&(start_ms, end_ms)| span(0, start_ms, end_ms))
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
            .nodes()
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
            .nodes()
            .count()
        };
        assert_eq!(of(0.0, 10.0), 1);
        assert_eq!(of(10.0, 0.0), 0);
        assert_eq!(of(f64::NAN, 10.0), 0);
        assert_eq!(of(f64::NEG_INFINITY, 10.0), 0);
    }
}

//! Determines which parts of each span ran inside which other span.
//!
//! A child that outlives its parent is cut where the parent ends: the rest belongs to the parent's
//! parent, or to the execution.

use super::execution::Execution;
use crate::engine::figures::clamped;

/// A span, or the part of it that ran inside one other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    /// Position in `Execution::spans`.
    pub span: usize,
    pub start: f64,
    pub end: f64,
    /// Position of the piece that it lies in; `None` in the execution itself.
    pub parent: Option<usize>,
}

/// Pieces per span beyond which children that outlive their parents are only cut: a chain of
/// spans each of which outlives all before it would have as many as pairs.
const MOST_PIECES: usize = 4;

/// A span within the execution, and the spans around it.
#[derive(Clone, Copy)]
struct Placed {
    start: f64,
    end: f64,
    parent: Option<usize>,
    /// The innermost span around it that ends later.
    beyond: Option<usize>,
    /// Its pieces, in order of time.
    first: usize,
    last: usize,
}

/// The valid spans of an execution as pieces that lie in each other; each behind the one that it
/// lies in.
pub(super) fn enclosed(execution: Execution<'_>) -> Vec<Piece> {
    let mut found = Enclosed::default();
    for span in 0..execution.spans.len() {
        found.place(execution, span);
    }
    found.pieces
}

#[derive(Default)]
struct Enclosed {
    /// `Err` of a span that is no interval: the one that it ran inside of.
    placed: Vec<Result<Placed, Option<usize>>>,
    pieces: Vec<Piece>,
}

impl Enclosed {
    fn at(&self, span: usize) -> Option<Placed> {
        self.placed.get(span).and_then(|placed| placed.ok())
    }

    fn place(&mut self, execution: Execution<'_>, index: usize) {
        let span = execution.spans[index];
        let given = span.parent.filter(|&parent| parent < index);
        let given = given.and_then(|parent| match self.placed[parent] {
            Ok(_) => Some(parent),
            Err(around) => around,
        });
        if !span.is_valid() {
            self.placed.push(Err(given));
            return;
        }
        let within = |time: f64| clamped(time, execution.start_ms, execution.end_ms) + 0.0;
        let (start, end) = (within(span.start_ms), within(span.end_ms));
        let parent = self.first_around(given, |around| around.start <= start);
        let beyond = self.first_beyond(parent, end);
        let first = self.pieces.len();
        self.cut(
            index,
            (start, end),
            parent,
            MOST_PIECES * execution.spans.len(),
        );
        self.placed.push(Ok(Placed {
            start,
            end,
            parent,
            beyond,
            first,
            last: self.pieces.len(),
        }));
    }

    fn first_around(
        &self,
        mut span: Option<usize>,
        is_around: impl Fn(Placed) -> bool,
    ) -> Option<usize> {
        while let Some(placed) = span.and_then(|span| self.at(span)) {
            if is_around(placed) {
                return span;
            }
            span = placed.parent;
        }
        None
    }

    fn first_beyond(&self, mut span: Option<usize>, end: f64) -> Option<usize> {
        while let Some(placed) = span.and_then(|span| self.at(span)) {
            if placed.end > end {
                return span;
            }
            span = placed.beyond;
        }
        None
    }

    /// Cuts an interval where the pieces of `around` end, and goes on with those of the span
    /// around that.
    fn cut(
        &mut self,
        span: usize,
        (mut from, end): (f64, f64),
        mut around: Option<usize>,
        most: usize,
    ) {
        while let Some(placed) = around.and_then(|around| self.at(around)) {
            let pieces = &self.pieces[placed.first..placed.last];
            let passed = pieces.partition_point(|piece| piece.end <= from && end > from);
            let passed = passed + pieces[passed..].partition_point(|piece| piece.end < from);
            for at in placed.first + passed..placed.last {
                let piece = self.pieces[at];
                let has_length = piece.end > piece.start;
                let parent = if has_length { Some(at) } else { piece.parent };
                let to = end.min(piece.end);
                self.pieces.push(Piece {
                    span,
                    start: from,
                    end: to,
                    parent,
                });
                from = to;
                if from >= end || self.pieces.len() >= most {
                    return;
                }
            }
            around = placed.beyond;
        }
        self.pieces.push(Piece {
            span,
            start: from,
            end,
            parent: None,
        });
    }
}

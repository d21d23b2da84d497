//! Every kept span, packed where nothing is lost by it. No call moves what is kept.

use super::packed::{flag, Base, Packed, IN_EXECUTION, IN_SERIES, WIDE};
use super::pool::Pool;
use super::record::{SpanFigures, SpanRecord};

/// Index of a kept span.
pub type SpanRef = u32;

const PAGE_BITS: u32 = 10;
const PAGE: usize = 1 << PAGE_BITS;
const NO_SLOT: u32 = u32::MAX;

/// A link to an execution instead of to a span.
const TO_EXECUTION: u32 = 1 << 31;

#[derive(Debug)]
struct Wide {
    record: SpanRecord,
    given: Option<Box<str>>,
}

/// What a span is linked to.
pub(super) enum Link {
    /// The next span of its execution.
    Span(SpanRef),
    /// Its execution, if it has one: it is the last, or the execution still runs.
    Execution(u32),
}

#[derive(Debug)]
pub(super) struct Spans {
    pages: Vec<Box<[Packed]>>,
    wide: Pool<Wide>,
    free: u32,
    len: usize,
}

impl Default for Spans {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            wide: Pool::default(),
            free: NO_SLOT,
            len: 0,
        }
    }
}

impl Spans {
    /// Keeps a span, linked to `execution`.
    ///
    /// Cost: no allocation unless every slot is taken, or the span is by hand.
    pub fn insert(
        &mut self,
        record: &SpanRecord,
        given: Option<Box<str>>,
        base: &Base,
        execution: u32,
        in_series: bool,
    ) -> SpanRef {
        let mut packed = Packed::of(record, base).unwrap_or_else(|| {
            let place = self.wide.insert(Wide {
                record: *record,
                given,
            });
            Packed::standing_for(place)
        });
        packed.flags |= flag(in_series, IN_SERIES);
        packed.flags |= flag(execution != super::NO_EXECUTION, IN_EXECUTION);
        packed.link = execution | TO_EXECUTION;
        let span = self.vacant();
        *self.slot_mut(span) = packed;
        self.len += 1;
        span
    }

    fn vacant(&mut self) -> SpanRef {
        if self.free == NO_SLOT {
            let first = (self.pages.len() * PAGE) as u32;
            let next_free = |place| Packed::vacant(first + place as u32 + 1);
            let mut page: Box<[Packed]> = (0..PAGE).map(next_free).collect();
            page[PAGE - 1].link = NO_SLOT;
            self.pages.push(page);
            self.free = first;
        }
        let span = self.free;
        self.free = self.slot(span).link;
        span
    }

    /// Frees the slot of a span that nobody lists.
    pub fn remove(&mut self, span: SpanRef) {
        let slot = *self.slot(span);
        if slot.flags & WIDE != 0 {
            self.wide.remove(slot.start);
        }
        let free = self.free;
        let slot = self.slot_mut(span);
        slot.flags = 0;
        slot.link = free;
        self.free = span;
        self.len -= 1;
    }

    fn slot(&self, span: SpanRef) -> &Packed {
        &self.pages[(span >> PAGE_BITS) as usize][span as usize & (PAGE - 1)]
    }

    fn slot_mut(&mut self, span: SpanRef) -> &mut Packed {
        &mut self.pages[(span >> PAGE_BITS) as usize][span as usize & (PAGE - 1)]
    }

    /// A kept span; `base` is that of its execution.
    pub fn record(&self, span: SpanRef, base: &Base) -> SpanRecord {
        let slot = self.slot(span);
        if slot.flags & WIDE == 0 {
            slot.record(base)
        } else {
            self.wide[slot.start].record
        }
    }

    /// What a kept span says without its execution.
    #[inline]
    pub fn figures(&self, span: SpanRef) -> SpanFigures {
        let slot = self.slot(span);
        if slot.flags & WIDE == 0 {
            slot.figures()
        } else {
            (&self.wide[slot.start].record).into()
        }
    }

    /// What the caller wrote, where a span was put in by hand.
    pub fn given(&self, span: SpanRef) -> Option<&str> {
        let slot = self.slot(span);
        if slot.flags & WIDE == 0 {
            return None;
        }
        self.wide[slot.start].given.as_deref()
    }

    pub fn link(&self, span: SpanRef) -> Link {
        let link = self.slot(span).link;
        if link & TO_EXECUTION == 0 {
            Link::Span(link)
        } else if link == super::NO_EXECUTION {
            Link::Execution(super::NO_EXECUTION)
        } else {
            Link::Execution(link & !TO_EXECUTION)
        }
    }

    /// The execution a span belongs to; [`super::NO_EXECUTION`] for one put in by hand.
    ///
    /// Cost: the spans that follow it in its execution.
    pub fn execution_of(&self, mut span: SpanRef) -> u32 {
        loop {
            match self.link(span) {
                Link::Span(next) => span = next,
                Link::Execution(execution) => return execution,
            }
        }
    }

    /// Links a span to the one after it in its execution.
    pub fn link_to(&mut self, span: SpanRef, next: SpanRef) {
        self.slot_mut(span).link = next;
    }

    /// Takes a span off its stage's list; true if nobody lists it now.
    pub fn leave_series(&mut self, span: SpanRef) -> bool {
        let slot = self.slot_mut(span);
        slot.flags &= !IN_SERIES;
        slot.flags & IN_EXECUTION == 0
    }

    /// Takes a span off its execution's list, linking it to the execution for its name alone;
    /// true if nobody lists it now.
    pub fn leave_execution(&mut self, span: SpanRef, execution: u32) -> bool {
        let slot = self.slot_mut(span);
        slot.flags &= !IN_EXECUTION;
        slot.link = execution | TO_EXECUTION;
        slot.flags & IN_SERIES == 0
    }

    pub fn len(&self) -> usize {
        self.len
    }
}

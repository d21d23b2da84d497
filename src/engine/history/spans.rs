//! Every stored span, packed if that is exact. No call moves stored spans.

use super::packed::{Packed, IN_EXECUTION, WIDE};
use super::pool::Pool;
use super::record::{Base, Parent, SpanFigures, SpanRecord, NO_EXECUTION};
use super::slots::Slots;
use crate::engine::time::Interval;

pub(super) use super::packed::IN_SERIES;

/// Index of a stored span.
pub type SpanRef = u32;

/// A link to an execution instead of to a span.
const TO_EXECUTION: u32 = 1 << 31;

#[derive(Debug)]
struct Wide {
    record: SpanRecord,
    text: Option<Text>,
}

/// Stored beside a span without a stored execution.
#[derive(Debug)]
pub(super) enum Text {
    /// JSON text of what the caller put in manually.
    Given(Box<str>),
    /// The id of the execution that it ran in.
    ExecutionId(Box<str>),
}

/// The link of a span.
pub(super) enum Link {
    /// The next span of its execution.
    Span(SpanRef),
    /// Its execution, if any: it is the last span, or the execution still runs.
    Execution(u32),
}

/// The parents of the spans of an execution read so far. Nothing is noted before the first span
/// with a parent.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    outermost: u32,
    parents: Vec<Option<u32>>,
}

impl Lineage {
    fn len(&self) -> u32 {
        self.outermost + self.parents.len() as u32
    }

    fn parent(&self, steps: u8) -> Option<Parent> {
        let mut span = self.len().checked_sub(1)?;
        for _ in 1..steps {
            let place = span.checked_sub(self.outermost)?;
            span = (*self.parents.get(place as usize)?)?;
        }
        Some(Parent { span, steps })
    }

    fn push(&mut self, parent: Option<Parent>) {
        if parent.is_none() && self.parents.is_empty() {
            self.outermost += 1;
        } else {
            self.parents.push(parent.map(|parent| parent.span));
        }
    }
}

/// The place of a span at full width, if it has one.
#[inline]
fn wide_of(slot: &Packed) -> Option<u32> {
    slot.has(WIDE).then_some(slot.start)
}

#[inline]
fn link_of(slot: &Packed) -> Link {
    let link = slot.link;
    if link & TO_EXECUTION == 0 {
        Link::Span(link)
    } else if link == NO_EXECUTION {
        Link::Execution(NO_EXECUTION)
    } else {
        Link::Execution(link & !TO_EXECUTION)
    }
}

#[derive(Debug, Default)]
pub(super) struct Spans {
    slots: Slots<Packed>,
    wide: Pool<Wide>,
}

impl Spans {
    /// Stores a span of an execution, linked to that; `IN_SERIES` if its stage lists it, else 0.
    /// Its times are those of `interval`.
    ///
    /// Cost: no allocation unless every slot is taken.
    #[expect(
        clippy::inline_always,
        reason = "much of a record is known where it is made"
    )]
    #[inline(always)]
    pub fn insert(
        &mut self,
        record: impl Fn() -> SpanRecord,
        interval: Interval,
        base: &Base,
        execution: u32,
        in_series: u8,
    ) -> SpanRef {
        let mut packed = match Packed::of(&record(), interval, base) {
            Some(packed) => packed,
            // Built again, so that a packed record is never written to memory.
            None => Packed::standing_for(self.widen(record(), None)),
        };
        packed.set(IN_EXECUTION | in_series);
        packed.link = execution | TO_EXECUTION;
        self.slots.insert(packed)
    }

    /// Stores a span without a stored execution, listed by its stage.
    pub fn insert_with(&mut self, record: &SpanRecord, text: Text) -> SpanRef {
        let mut packed = Packed::standing_for(self.widen(*record, Some(text)));
        packed.set(IN_SERIES);
        packed.link = NO_EXECUTION;
        self.slots.insert(packed)
    }

    #[cold]
    fn widen(&mut self, record: SpanRecord, text: Option<Text>) -> u32 {
        self.wide.insert(Wide { record, text })
    }

    #[cold]
    fn remove_wide(&mut self, place: u32) {
        self.wide.remove(place);
    }

    /// The place of a span at full width, if it has one.
    fn wide(&self, span: SpanRef) -> Option<u32> {
        wide_of(&self.slots[span])
    }

    /// A stored span with its parent, if the earlier spans of its execution were read before.
    pub fn record_after(&self, lineage: &mut Lineage, span: SpanRef, base: &Base) -> SpanRecord {
        let mut record = self.record(span, base);
        let steps = match self.wide(span) {
            Some(_) => 0,
            None => self.slots[span].steps(),
        };
        if steps > 0 {
            record.parent = lineage.parent(steps);
        }
        lineage.push(record.parent);
        record
    }

    /// A stored span without its parent; `base` is that of its execution.
    pub fn record(&self, span: SpanRef, base: &Base) -> SpanRecord {
        match self.wide(span) {
            Some(place) => self.wide[place].record,
            None => self.slots[span].record(base),
        }
    }

    /// When a stored span ended, on the monotonic scale; `base` is that of its execution.
    pub fn ended_ms(&self, span: SpanRef, base: &Base) -> f64 {
        match self.wide(span) {
            Some(place) => self.wide[place].record.ended_ms(),
            None => self.slots[span].ended_ms(base),
        }
    }

    /// The figures of a stored span without its execution.
    #[expect(
        clippy::inline_always,
        reason = "few of them are read of very many spans"
    )]
    #[inline(always)]
    pub fn figures(&self, span: SpanRef) -> SpanFigures {
        match self.wide(span) {
            Some(place) => (&self.wide[place].record).into(),
            None => self.slots[span].figures(),
        }
    }

    /// How long a stored span took, in ms; cheaper than all its figures.
    #[inline]
    pub fn duration_ms(&self, span: SpanRef) -> f64 {
        let slot = &self.slots[span];
        match wide_of(slot) {
            Some(place) => self.wide[place].record.duration_ms,
            None => slot.duration_ms(),
        }
    }

    /// The caller's JSON text, if a span was put in manually.
    pub fn given(&self, span: SpanRef) -> Option<&str> {
        match &self.wide[self.wide(span)?].text {
            Some(Text::Given(text)) => Some(text),
            _ => None,
        }
    }

    /// The id of the execution of a span without a stored one.
    pub fn execution_id(&self, span: SpanRef) -> Option<&str> {
        match &self.wide[self.wide(span)?].text {
            Some(Text::ExecutionId(id)) => Some(id),
            _ => None,
        }
    }

    pub fn link(&self, span: SpanRef) -> Link {
        link_of(&self.slots[span])
    }

    /// The execution a span belongs to; [`NO_EXECUTION`] for one put in manually.
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
        self.slots[span].link = next;
    }

    /// Removes a span from its stage's list. If no list holds it now, it is freed, and the
    /// execution that it named is returned, [`NO_EXECUTION`] if none.
    #[inline]
    pub fn leave_series(&mut self, span: SpanRef) -> Option<u32> {
        let slot = &mut self.slots[span];
        slot.unset(IN_SERIES);
        if slot.has(IN_EXECUTION) {
            return None;
        }
        Some(self.release(span))
    }

    /// Frees a span that no list holds, and returns the execution that it named.
    #[inline(never)]
    fn release(&mut self, span: SpanRef) -> u32 {
        let execution = self.execution_of(span);
        if let Some(place) = self.wide(span) {
            self.wide.remove(place);
        }
        self.slots.remove(span);
        execution
    }

    /// Removes a span from its execution's list. If its stage still holds it, it is linked to the
    /// execution only for its name, else it is freed. Returns its former link, and whether it is
    /// freed.
    #[inline]
    pub fn leave_execution(&mut self, span: SpanRef, execution: u32) -> (Link, bool) {
        let (mut link, mut wide, mut is_free) = (Link::Execution(NO_EXECUTION), None, false);
        self.slots.remove_if(span, |slot| {
            link = link_of(slot);
            is_free = !slot.has(IN_SERIES);
            if is_free {
                wide = wide_of(slot);
            } else {
                slot.unset(IN_EXECUTION);
                slot.link = execution | TO_EXECUTION;
            }
            is_free
        });
        if let Some(place) = wide {
            self.remove_wide(place);
        }
        (link, is_free)
    }

    /// Frees unused memory.
    pub fn shrink(&mut self) {
        self.slots.shrink();
        self.wide.shrink();
    }

    /// Bytes that slots take. Cost: nothing.
    pub fn bytes(&self) -> usize {
        self.slots.bytes() + self.wide.bytes()
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }
}

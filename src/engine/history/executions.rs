//! Every kept execution, and the completed ones by their ids.

use super::pool::Pool;
use super::record::ExecutionRecord;
use super::spans::SpanRef;
use super::{Base, ExecutionRef, NO_EXECUTION};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Enough for as many executions to end as start between two completions.
const SPARE_IDS: usize = 16;
const NO_SPAN: SpanRef = SpanRef::MAX;

#[derive(Debug)]
struct Slot {
    record: ExecutionRecord,
    id: String,
    given: Option<Box<str>>,
    first_span: SpanRef,
    /// Kept spans that name it, whether or not it still lists them.
    named_by: u32,
    /// Lists that hold it: running, completed, pipeline history.
    lists: u8,
}

#[derive(Debug, Default)]
pub(super) struct Executions {
    slots: Pool<Slot>,
    by_id: HashTable<ExecutionRef>,
    hasher: DefaultHashBuilder,
    /// Buffers of ids that went, for those that come.
    spare_ids: Vec<String>,
}

impl Executions {
    /// Keeps an execution, held once.
    pub fn insert(
        &mut self,
        id: &str,
        record: ExecutionRecord,
        given: Option<Box<str>>,
    ) -> ExecutionRef {
        let mut text = self.spare_ids.pop().unwrap_or_default();
        text.push_str(id);
        self.slots.insert(Slot {
            record,
            id: text,
            given,
            first_span: NO_SPAN,
            named_by: 0,
            lists: 1,
        })
    }

    /// Counts one more list that holds it.
    pub fn hold(&mut self, execution: ExecutionRef) {
        self.slots[execution].lists += 1;
    }

    /// Counts one list less; true if none holds it now.
    pub fn release(&mut self, execution: ExecutionRef) -> bool {
        let slot = &mut self.slots[execution];
        slot.lists -= 1;
        slot.lists == 0
    }

    /// Counts one more span that names it, and tells what its spans are relative to.
    pub fn name_and_base(&mut self, execution: ExecutionRef) -> Base {
        let Some(slot) = self.slots.get_mut(execution) else {
            return Base::default();
        };
        slot.named_by += 1;
        slot.record.base()
    }

    /// Counts one span less that names it.
    pub fn unname(&mut self, execution: ExecutionRef) {
        self.slots[execution].named_by -= 1;
    }

    /// Frees its slot if no list holds it and no span names it; whether it did.
    pub fn remove_if_unused(&mut self, execution: ExecutionRef) -> bool {
        let unused = |slot: &Slot| slot.lists == 0 && slot.named_by == 0;
        if !self.slots.get(execution).is_some_and(unused) {
            return false;
        }
        if let Some(mut slot) = self.slots.remove(execution) {
            if self.spare_ids.len() < SPARE_IDS {
                slot.id.clear();
                self.spare_ids.push(slot.id);
            }
        }
        true
    }

    /// Makes it the one that its id stands for; the one it stood for before.
    pub fn put_by_id(&mut self, execution: ExecutionRef) -> Option<ExecutionRef> {
        let Self {
            slots,
            by_id,
            hasher,
            ..
        } = self;
        let id = &*slots[execution].id;
        let hash = hasher.hash_one(id);
        if let Some(known) = by_id.find_mut(hash, |&other| slots[other].id == *id) {
            return Some(std::mem::replace(known, execution));
        }
        by_id.insert_unique(hash, execution, |&other| hasher.hash_one(&*slots[other].id));
        None
    }

    /// The completed execution of an id.
    pub fn by_id(&self, id: &str) -> Option<ExecutionRef> {
        let hash = self.hasher.hash_one(id);
        self.by_id
            .find(hash, |&other| &*self.slots[other].id == id)
            .copied()
    }

    /// The completed execution of an id, which then stands for none.
    pub fn take_by_id(&mut self, id: &str) -> Option<ExecutionRef> {
        let hash = self.hasher.hash_one(id);
        let slots = &self.slots;
        let entry = self
            .by_id
            .find_entry(hash, |&other| &*slots[other].id == id);
        entry.ok().map(|entry| entry.remove().0)
    }

    /// Makes its id stand for none, if it stands for this one.
    pub fn drop_by_id(&mut self, execution: ExecutionRef) {
        let hash = self.hasher.hash_one(&*self.slots[execution].id);
        if let Ok(entry) = self.by_id.find_entry(hash, |&other| other == execution) {
            entry.remove();
        }
    }

    pub fn record(&self, execution: ExecutionRef) -> &ExecutionRecord {
        &self.slots[execution].record
    }

    pub fn record_mut(&mut self, execution: ExecutionRef) -> &mut ExecutionRecord {
        &mut self.slots[execution].record
    }

    pub fn id(&self, execution: ExecutionRef) -> &str {
        &self.slots[execution].id
    }

    pub fn given(&self, execution: ExecutionRef) -> Option<&str> {
        self.slots[execution].given.as_deref()
    }

    /// What its spans are relative to; zeros for [`NO_EXECUTION`].
    pub fn base(&self, execution: ExecutionRef) -> Base {
        if execution == NO_EXECUTION {
            Base::default()
        } else {
            self.slots[execution].record.base()
        }
    }

    pub fn set_first_span(&mut self, execution: ExecutionRef, span: SpanRef) {
        self.slots[execution].first_span = span;
    }

    pub fn first_span(&self, execution: ExecutionRef) -> Option<SpanRef> {
        let first = self.slots[execution].first_span;
        (first != NO_SPAN).then_some(first)
    }

    pub fn take_first_span(&mut self, execution: ExecutionRef) -> Option<SpanRef> {
        let first = self.first_span(execution);
        self.slots[execution].first_span = NO_SPAN;
        first
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }
}

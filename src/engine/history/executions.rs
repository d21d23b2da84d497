//! Every stored execution, and the completed ones by id.

use super::custom_labels::CustomLabels;
use super::ids::Ids;
use super::packed_execution::{inline_id, origin_of, PackedExecution, StoredId, INLINE_ID};
use super::pool::Pool;
use super::record::{ExecutionRecord, LabelId, Overflow};
use super::slots::Slots;
use super::spans::SpanRef;
use super::{Base, ExecutionRef, NO_EXECUTION};
use crate::engine::bounded_text::bounded;
use crate::engine::time::end_of;
use hashbrown::hash_table::OccupiedEntry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::hash::BuildHasher;

const NO_SPAN: SpanRef = SpanRef::MAX;
/// The prefix of generated ids.
pub const OWN_PREFIX: &str = "execution-";

#[derive(Debug)]
struct Wide {
    record: ExecutionRecord,
    given: Option<Box<str>>,
}

/// Every stored execution.
#[derive(Debug)]
pub struct Executions {
    slots: Slots<PackedExecution>,
    wide: Pool<Wide>,
    long_ids: Ids,
    by_id: HashTable<ExecutionRef>,
    /// Completed executions with a generated id that are not in `by_id` yet, oldest first: most are
    /// never looked up, and their ids are unique.
    unindexed: VecDeque<ExecutionRef>,
    /// Whether a caller gave an id that may equal a generated one: then all are in `by_id`.
    has_like_own: bool,
    hasher: DefaultHashBuilder,
    /// Wall clock that packed starts are relative to: that of the first execution.
    origin_ms: Option<f64>,
    /// The last added one and the base of its spans, which most likely come next.
    newest: (ExecutionRef, Base),
    /// The one that ended last, while it is stored.
    latest_ended: ExecutionRef,
    /// Custom labels; removed with their execution.
    pub custom_labels: CustomLabels,
    /// Overflow stages of an execution; removed with it.
    overflows: HashMap<ExecutionRef, Overflow>,
}

impl Default for Executions {
    fn default() -> Self {
        Self {
            slots: Slots::default(),
            wide: Pool::default(),
            long_ids: Ids::default(),
            by_id: HashTable::new(),
            unindexed: VecDeque::new(),
            has_like_own: false,
            hasher: DefaultHashBuilder::default(),
            origin_ms: None,
            newest: (NO_EXECUTION, Base::default()),
            latest_ended: NO_EXECUTION,
            custom_labels: CustomLabels::default(),
            overflows: HashMap::new(),
        }
    }
}

/// An id to look for.
#[derive(PartialEq)]
enum Key<'a> {
    Inline([u8; INLINE_ID]),
    Long(&'a str),
    /// [`OWN_PREFIX`] and this number, be it made here or given by a caller.
    Own(u64),
}

/// The number of an id as this program makes them, if it is one.
fn own_number(id: &str) -> Option<u64> {
    let digits = id.strip_prefix(OWN_PREFIX)?;
    let is_made_so = digits == "0" || !digits.starts_with(['0', '+']);
    digits.parse().ok().filter(|_| is_made_so)
}

fn text_of(id: &[u8; INLINE_ID]) -> &str {
    let length = id.iter().rposition(|&byte| byte != 0);
    let text = &id[..length.map_or(0, |last| last + 1)];
    std::str::from_utf8(text).unwrap_or_default()
}

impl<'a> Key<'a> {
    fn of(id: &'a str) -> Self {
        if let Some(number) = own_number(id) {
            return Self::Own(number);
        }
        inline_id(id).map_or(Self::Long(id), Self::Inline)
    }

    fn hash(&self, hasher: &DefaultHashBuilder) -> u64 {
        match self {
            Self::Inline(bytes) => hasher.hash_one(u128::from_ne_bytes(*bytes)),
            Self::Long(text) => hasher.hash_one(*text),
            Self::Own(number) => hasher.hash_one(*number),
        }
    }

    fn is_of(&self, slot: &PackedExecution, long_ids: &Ids) -> bool {
        *self == key_of(slot, long_ids)
    }
}

fn key_of<'a>(slot: &PackedExecution, long_ids: &'a Ids) -> Key<'a> {
    match slot.id() {
        StoredId::Inline(id) if id.starts_with(OWN_PREFIX.as_bytes()) => {
            own_number(text_of(id)).map_or(Key::Inline(*id), Key::Own)
        }
        StoredId::Inline(id) => Key::Inline(*id),
        StoredId::Long(place) => Key::of(long_ids.get(place)),
        StoredId::Own(number) => Key::Own(number),
    }
}

/// Storing executions.
impl Executions {
    /// Stores an execution, held once.
    ///
    /// Cost: no allocation after warm-up.
    pub(super) fn insert(
        &mut self,
        id: &str,
        record: &ExecutionRecord,
        given: Option<Box<str>>,
    ) -> ExecutionRef {
        let mut slot = self.pack(record, given);
        let id = &*bounded(id);
        match inline_id(id) {
            Some(bytes) => slot.set_inline_id(bytes),
            None => slot.set_long_id(self.long_ids.insert(id)),
        }
        self.keep(slot, record)
    }

    /// Stores an execution with a generated id, held once: [`OWN_PREFIX`] and a unique number.
    pub(super) fn insert_own(&mut self, sequence: u64, record: &ExecutionRecord) -> ExecutionRef {
        let mut slot = self.pack(record, None);
        slot.set_own_id(sequence);
        self.keep(slot, record)
    }

    #[inline]
    fn keep(&mut self, mut slot: PackedExecution, record: &ExecutionRecord) -> ExecutionRef {
        slot.spans = NO_SPAN;
        slot.hold();
        let execution = self.slots.insert(slot);
        self.newest = (execution, record.base());
        execution
    }

    #[inline]
    fn pack(&mut self, record: &ExecutionRecord, given: Option<Box<str>>) -> PackedExecution {
        if given.is_none() {
            let origin_ms = *self.origin_ms.get_or_insert_with(|| origin_of(record));
            if let Some(packed) = PackedExecution::started(record, origin_ms) {
                return packed;
            }
        }
        PackedExecution::standing_for(self.wide.insert(Wide {
            record: *record,
            given,
        }))
    }

    /// Replaces the record at the start by that at the end; the start must be the same.
    pub(super) fn end(&mut self, execution: ExecutionRef, record: &ExecutionRecord) {
        self.latest_ended = execution;
        let slot = &mut self.slots[execution];
        if let Some(place) = slot.wide() {
            self.wide[place].record = *record;
        } else if let Some(ended) = slot.ended(record) {
            *slot = ended;
        } else {
            let (record, given) = (*record, None);
            let place = self.wide.insert(Wide { record, given });
            slot.set_figures(PackedExecution::standing_for(place));
        }
    }

    /// Counts one more list that holds it.
    pub(super) fn hold(&mut self, execution: ExecutionRef) {
        self.slots[execution].hold();
    }

    /// Counts one list less. If none holds it now, returns its first span, from which the caller
    /// walks the spans and then calls [`Executions::leave_to`].
    pub(super) fn release(&mut self, execution: ExecutionRef) -> Released {
        let slot = &mut self.slots[execution];
        slot.release();
        match (slot.lists(), slot.spans) {
            (0, NO_SPAN) => Released::Without(None),
            (0, first) => Released::Without(Some(first)),
            _ => Released::Held,
        }
    }

    /// Leaves an execution that no list holds to the `spans` that still name it.
    pub(super) fn leave_to(&mut self, execution: ExecutionRef, spans: u32) {
        self.slots[execution].spans = spans;
        if spans == 0 {
            self.remove(execution);
        }
    }

    /// Counts one span less that names an execution which no list holds.
    pub(super) fn unname(&mut self, execution: ExecutionRef) {
        let spans = self.slots[execution].spans - 1;
        self.leave_to(execution, spans);
    }

    fn remove(&mut self, execution: ExecutionRef) {
        let slot = &self.slots[execution];
        if let Some(place) = slot.wide() {
            self.wide.remove(place);
        }
        if let StoredId::Long(place) = slot.id() {
            self.long_ids.remove(place);
        }
        self.slots.remove(execution);
        if self.latest_ended == execution {
            self.latest_ended = NO_EXECUTION;
        }
        self.custom_labels.forget(execution);
        if !self.overflows.is_empty() {
            self.overflows.remove(&execution);
        }
    }

    pub(super) fn set_first_span(&mut self, execution: ExecutionRef, span: SpanRef) {
        self.slots[execution].spans = span;
    }
}

/// What is left of an execution's holders.
pub(super) enum Released {
    /// A list holds it.
    Held,
    /// No list does; the first of its spans, if it has any.
    Without(Option<SpanRef>),
}

/// By id.
impl Executions {
    /// Makes it the one of its id; returns the former one.
    pub(super) fn put_by_id(&mut self, execution: ExecutionRef) -> Option<ExecutionRef> {
        let slot = &self.slots[execution];
        if slot.has_own_id() && !self.has_like_own {
            self.unindexed.push_back(execution);
            return None;
        }
        if !self.has_like_own && self.id(execution).starts_with(OWN_PREFIX) {
            self.has_like_own = true;
            self.index_all();
        }
        self.index(execution)
    }

    /// Puts all executions into the index that are not.
    fn index_all(&mut self) {
        while let Some(execution) = self.unindexed.pop_front() {
            self.index(execution);
        }
    }

    fn index(&mut self, execution: ExecutionRef) -> Option<ExecutionRef> {
        let Self {
            slots,
            long_ids,
            by_id,
            hasher,
            ..
        } = self;
        let key = key_of(&slots[execution], long_ids);
        let hash = key.hash(hasher);
        if let Some(known) = by_id.find_mut(hash, |&other| key.is_of(&slots[other], long_ids)) {
            return Some(std::mem::replace(known, execution));
        }
        by_id.insert_unique(hash, execution, |&other| {
            key_of(&slots[other], long_ids).hash(hasher)
        });
        None
    }

    /// The completed execution of an id.
    ///
    /// Cost: a lookup, and for an id of our own one insertion for each that completed since such an
    /// id was last asked for.
    pub fn by_id(&mut self, id: &str) -> Option<ExecutionRef> {
        self.entry_of(id).map(|entry| *entry.get())
    }

    /// Removes the completed execution of an id from the index, and returns it.
    pub(super) fn take_by_id(&mut self, id: &str) -> Option<ExecutionRef> {
        self.entry_of(id).map(|entry| entry.remove().0)
    }

    fn entry_of(&mut self, id: &str) -> Option<OccupiedEntry<'_, ExecutionRef>> {
        if id.starts_with(OWN_PREFIX) {
            self.index_all();
        }
        let id = bounded(id);
        let key = Key::of(&id);
        let is_it = |&other: &u32| key.is_of(&self.slots[other], &self.long_ids);
        let hash = key.hash(&self.hasher);
        self.by_id.find_entry(hash, is_it).ok()
    }

    /// Removes its id from the index, if the id refers to it.
    pub(super) fn drop_by_id(&mut self, execution: ExecutionRef) {
        if self.unindexed.front() == Some(&execution) {
            self.unindexed.pop_front();
            return;
        }
        let hash = key_of(&self.slots[execution], &self.long_ids).hash(&self.hasher);
        if let Ok(entry) = self.by_id.find_entry(hash, |&other| other == execution) {
            entry.remove();
        } else if self.slots[execution].has_own_id() {
            self.unindexed.retain(|&other| other != execution);
        }
    }
}

/// Reading records.
impl Executions {
    fn wide(&self, execution: ExecutionRef) -> Option<&Wide> {
        self.slots[execution].wide().map(|place| &self.wide[place])
    }

    fn origin_ms(&self) -> f64 {
        self.origin_ms.unwrap_or_default()
    }

    /// Whether it is the one that ended last, and is stored.
    pub fn is_latest_ended(&self, execution: ExecutionRef) -> bool {
        self.latest_ended == execution
    }

    /// A stored execution.
    pub fn record(&self, execution: ExecutionRef) -> ExecutionRecord {
        match self.wide(execution) {
            Some(wide) => wide.record,
            None => self.slots[execution].record(self.origin_ms()),
        }
    }

    /// Its record at the start; the other fields mean nothing.
    #[inline]
    pub fn start(&self, execution: ExecutionRef) -> ExecutionRecord {
        match self.wide(execution) {
            Some(wide) => wide.record,
            None => self.slots[execution].start(self.origin_ms()),
        }
    }

    /// When it ended, on the monotonic scale; one that a caller put in ended at its start.
    pub fn ended_ms(&self, execution: ExecutionRef) -> f64 {
        match self.wide(execution) {
            Some(wide) if wide.given.is_some() => wide.record.start_ms,
            Some(wide) => end_of(wide.record.start_ms, wide.record.duration_ms),
            None => self.slots[execution].ended_ms(),
        }
    }

    /// How long it took, in ms; cheaper than all of it.
    pub fn duration_ms(&self, execution: ExecutionRef) -> f64 {
        match self.wide(execution) {
            Some(wide) => wide.record.duration_ms,
            None => self.slots[execution].duration_ms(),
        }
    }

    /// Items processed; cheaper than all of it.
    pub fn items(&self, execution: ExecutionRef) -> f64 {
        match self.wide(execution) {
            Some(wide) => wide.record.items,
            None => self.slots[execution].items(),
        }
    }

    /// Whether it succeeded; cheaper than all of it.
    pub fn success(&self, execution: ExecutionRef) -> bool {
        match self.wide(execution) {
            Some(wide) => wide.record.success,
            None => self.slots[execution].success(),
        }
    }

    /// The environment it ran in; cheaper than all of it.
    pub fn environment(&self, execution: ExecutionRef) -> LabelId {
        match self.wide(execution) {
            Some(wide) => wide.record.environment,
            None => self.slots[execution].environment(),
        }
    }

    /// Its id, as the caller gave it, or [`OWN_PREFIX`] and a number.
    ///
    /// Cost: an allocation for a generated id, which is stored as its number.
    pub fn id(&self, execution: ExecutionRef) -> Cow<'_, str> {
        match self.slots[execution].id() {
            StoredId::Inline(id) => text_of(id).into(),
            StoredId::Long(place) => self.long_ids.get(place).into(),
            StoredId::Own(number) => format!("{OWN_PREFIX}{number}").into(),
        }
    }

    /// The caller's JSON text, if it put the execution in manually.
    pub fn given(&self, execution: ExecutionRef) -> Option<&str> {
        self.wide(execution)?.given.as_deref()
    }

    /// The base of its spans; zeros for [`NO_EXECUTION`].
    #[inline]
    pub(super) fn base(&self, execution: ExecutionRef) -> Base {
        let (newest, base) = self.newest;
        if execution == newest {
            base
        } else {
            self.unpack_base(execution)
        }
    }

    fn unpack_base(&self, execution: ExecutionRef) -> Base {
        if execution == NO_EXECUTION {
            return Base::default();
        }
        match self.wide(execution) {
            Some(wide) => wide.record.base(),
            None => self.slots[execution].base(self.origin_ms()),
        }
    }

    /// The first span of one that a list holds.
    pub(super) fn first_span(&self, execution: ExecutionRef) -> Option<SpanRef> {
        let slot = &self.slots[execution];
        (slot.lists() > 0 && slot.spans != NO_SPAN).then_some(slot.spans)
    }

    /// Notes the stages past the most spans of an execution.
    pub(super) fn set_overflow(&mut self, execution: ExecutionRef, overflow: Overflow) {
        self.overflows.insert(execution, overflow);
    }

    /// The stages past the most spans of an execution; none counted for most.
    pub fn overflow(&self, execution: ExecutionRef) -> Overflow {
        self.overflows.get(&execution).copied().unwrap_or_default()
    }

    /// Frees unused memory.
    pub(super) fn shrink(&mut self) {
        self.slots.shrink();
        self.wide.shrink();
        let Self {
            slots,
            long_ids,
            by_id,
            hasher,
            ..
        } = self;
        self.unindexed.shrink_to_fit();
        by_id.shrink_to_fit(|&other| key_of(&slots[other], long_ids).hash(hasher));
        self.overflows.shrink_to_fit();
    }

    /// Bytes that slots take. Cost: nothing.
    pub(super) fn bytes(&self) -> usize {
        self.slots.bytes() + self.wide.bytes()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

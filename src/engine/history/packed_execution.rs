//! An execution in one cache line, its id included, if that is exact.

use super::exact::{double, flag, wall_error, whole_bits, Packer, NANOS};
use super::record::{ExecutionRecord, LabelId};
use super::slots::Slot;
use super::Base;
use crate::engine::time::{end_of, nearest, whole as floor, Nanos};

/// Longest id in bytes that a slot holds itself.
pub(super) const INLINE_ID: usize = 16;

const SUCCESS: u8 = 1;
/// Stored at full width; `items` is its place there.
const WIDE: u8 = 1 << 1;
/// The id is stored separately; `id` begins with its place there.
const LONG_ID: u8 = 1 << 2;
/// Wall clock relative to the monotonic clock, in two bits.
const WALL_SHIFT: u8 = 3;
/// Lists that hold it: running, completed, pipeline history.
const LISTS_SHIFT: u8 = 5;
const ONE_LIST: u64 = 1 << (START_BITS + LISTS_SHIFT as u32);
/// The id was generated and is unique; `id` begins with its number.
const OWN_ID: u8 = 1 << 7;
/// Flags that the end of the record sets.
const END_FLAGS: u64 = ((SUCCESS | 3 << WALL_SHIFT) as u64) << START_BITS;
/// Flags that are not the record's.
const SLOT_FLAGS: u64 = ((LONG_ID | 3 << LISTS_SHIFT | OWN_ID) as u64) << START_BITS;

const START_BITS: u32 = 56;
const DURATION_BITS: u32 = 40;
const MEMORY_BITS: u32 = 40;
const ACTION_BITS: u32 = 24;
const ERROR_BITS: u32 = 21;
/// Place of the bit that says whether the heap was read.
const HEAP_READ_SHIFT: u32 = MEMORY_BITS + ERROR_BITS;
const _: () = assert!(HEAP_READ_SHIFT < u64::BITS);

#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(super) struct PackedExecution {
    /// Start in ns on the scale of `performance.now()`, and flags.
    start_flags: u64,
    /// Nanoseconds, and the actions announced.
    duration_actions: u64,
    /// Heap at the start, errors, and whether the heap was read.
    memory_errors: u64,
    /// Wall clock at the start, in ms relative to the store's origin and the monotonic clock.
    wall: i32,
    memory_delta: i32,
    items: u32,
    output_size: u32,
    verbosity: u16,
    environment: u16,
    /// While a list holds it, its first span; then the number of spans that name it. Of a
    /// vacant slot, the next one.
    pub spans: u32,
    /// The id padded with zeros, or its place, or its number.
    id: [u8; INLINE_ID],
}

const _: () = assert!(size_of::<PackedExecution>() == 64);

impl Slot for PackedExecution {
    fn vacate(&mut self, next_free: u32) {
        self.spans = next_free;
    }

    fn next_free(&self) -> u32 {
        self.spans
    }
}

/// The id as a slot holds it; `None` where it does not fit.
pub(super) fn inline_id(id: &str) -> Option<[u8; INLINE_ID]> {
    let mut bytes = [0; INLINE_ID];
    let fits = !id.ends_with('\0');
    let place = bytes.get_mut(..id.len()).filter(|_| fits)?;
    place.copy_from_slice(id.as_bytes());
    Some(bytes)
}

/// Wall clock that the monotonic clock counts from.
pub(super) fn origin_of(record: &ExecutionRecord) -> f64 {
    record.start_wall_ms - floor(record.start_ms)
}

/// The id of an execution as its slot has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoredId<'a> {
    /// Filled up with zeros.
    Inline(&'a [u8; INLINE_ID]),
    /// Its place beside.
    Long(u32),
    /// The number of one that was made by this program.
    Own(u64),
}

/// The figures of a record.
impl PackedExecution {
    /// From a record at its start: no duration yet, successful, no heap growth. `None` if it cannot
    /// be packed exactly.
    pub fn started(record: &ExecutionRecord, origin_ms: f64) -> Option<Self> {
        let mut pack = Packer::default();
        let start = nearest(record.start_ms * NANOS) as u64;
        let packed = Self {
            start_flags: start & ((1 << START_BITS) - 1) | u64::from(SUCCESS) << START_BITS,
            duration_actions: pack.long(record.action_count, ACTION_BITS) << DURATION_BITS,
            memory_errors: pack.long(record.start_memory, MEMORY_BITS)
                | u64::from(record.heap_read) << HEAP_READ_SHIFT,
            wall: pack.signed(origin_of(record) - origin_ms),
            verbosity: pack.index(record.verbosity, u16::BITS) as u16,
            environment: pack.index(record.environment, u16::BITS) as u16,
            ..Self::default()
        };
        pack.expect(packed.start_ms(), record.start_ms);
        pack.expect(packed.start_wall_ms(origin_ms), record.start_wall_ms);
        pack.is_exact().then_some(packed)
    }

    /// With the fields that the end of a record adds; `None` if they cannot be packed exactly.
    pub fn ended(&self, record: &ExecutionRecord) -> Option<Self> {
        let mut pack = Packer::default();
        let duration = whole_bits(record.duration_ms * NANOS) & ((1 << DURATION_BITS) - 1);
        let wall_error = record.wall_ms - wall_at_end(record.start_wall_ms, record.duration_ms);
        let flags = flag(record.success, SUCCESS) | (pack.wall(wall_error) << WALL_SHIFT);
        let actions = self.duration_actions >> DURATION_BITS;
        let memory = self.memory_errors & ((1 << MEMORY_BITS) - 1);
        let packed = Self {
            start_flags: self.start_flags & !END_FLAGS | u64::from(flags) << START_BITS,
            duration_actions: duration | actions << DURATION_BITS,
            memory_errors: memory
                | pack.long(record.errors, ERROR_BITS) << MEMORY_BITS
                | u64::from(record.heap_read) << HEAP_READ_SHIFT,
            memory_delta: pack.signed(record.memory_delta),
            items: pack.unsigned(record.items),
            output_size: pack.unsigned(record.output_size),
            ..*self
        };
        pack.expect(packed.duration_ms(), record.duration_ms);
        pack.is_exact().then_some(packed)
    }

    /// A slot whose record is stored at full width, at `place`.
    pub fn standing_for(place: u32) -> Self {
        Self {
            start_flags: u64::from(WIDE) << START_BITS,
            items: place,
            ..Self::default()
        }
    }

    /// The place of the record at full width, if it has one.
    pub fn wide(&self) -> Option<u32> {
        (self.flags() & WIDE != 0).then_some(self.items)
    }

    fn flags(&self) -> u8 {
        (self.start_flags >> START_BITS) as u8
    }

    fn start_ms(&self) -> f64 {
        low(self.start_flags, START_BITS) / NANOS
    }

    /// The duration of one that is not wide.
    pub fn duration_ms(&self) -> f64 {
        low(self.duration_actions, DURATION_BITS) / NANOS
    }

    /// The items of one that is not wide.
    pub fn items(&self) -> f64 {
        f64::from(self.items)
    }

    /// Whether one that is not wide succeeded.
    pub fn success(&self) -> bool {
        self.flags() & SUCCESS != 0
    }

    /// The environment of one that is not wide.
    pub fn environment(&self) -> LabelId {
        LabelId::from(self.environment)
    }

    fn start_wall_ms(&self, origin_ms: f64) -> f64 {
        origin_ms + f64::from(self.wall) + floor(self.start_ms())
    }

    /// The base of the spans of one that is not wide.
    pub fn base(&self, origin_ms: f64) -> Base {
        Base {
            start_ms: self.start_ms(),
            start: Nanos((self.start_flags & ((1 << START_BITS) - 1)).cast_signed()),
            wall_ms: self.start_wall_ms(origin_ms),
            memory: low(self.memory_errors, MEMORY_BITS),
        }
    }

    fn wall_ms(&self, start_wall_ms: f64, duration_ms: f64) -> f64 {
        wall_at_end(start_wall_ms, duration_ms) + wall_error(self.flags() >> WALL_SHIFT)
    }

    /// When one that is not wide ended, on the scale of `performance.now()`.
    pub fn ended_ms(&self) -> f64 {
        end_of(self.start_ms(), self.duration_ms())
    }

    /// The record at the start.
    #[inline]
    pub fn start(&self, origin_ms: f64) -> ExecutionRecord {
        let Base {
            start_ms,
            wall_ms,
            memory,
            ..
        } = self.base(origin_ms);
        ExecutionRecord {
            start_ms,
            start_wall_ms: wall_ms,
            start_memory: memory,
            action_count: double(self.duration_actions >> DURATION_BITS),
            verbosity: LabelId::from(self.verbosity),
            environment: self.environment(),
            ..ExecutionRecord::default()
        }
    }

    /// The record as it was packed.
    pub fn record(&self, origin_ms: f64) -> ExecutionRecord {
        let start = self.start(origin_ms);
        let duration_ms = self.duration_ms();
        ExecutionRecord {
            duration_ms,
            wall_ms: self.wall_ms(start.start_wall_ms, duration_ms),
            memory_delta: f64::from(self.memory_delta),
            items: self.items(),
            output_size: f64::from(self.output_size),
            errors: low(self.memory_errors >> MEMORY_BITS, ERROR_BITS),
            success: self.success(),
            heap_read: self.memory_errors >> HEAP_READ_SHIFT != 0,
            ..start
        }
    }
}

/// Its holders and its id.
impl PackedExecution {
    /// Puts `figures` in place of its own.
    pub fn set_figures(&mut self, figures: Self) {
        *self = Self {
            start_flags: figures.start_flags | self.start_flags & SLOT_FLAGS,
            spans: self.spans,
            id: self.id,
            ..figures
        };
    }

    pub fn lists(&self) -> u8 {
        (self.flags() >> LISTS_SHIFT) & 3
    }

    /// Counts one more list that holds it: three at most.
    pub fn hold(&mut self) {
        self.start_flags += ONE_LIST;
    }

    /// Counts one list less.
    pub fn release(&mut self) {
        self.start_flags -= ONE_LIST;
    }

    pub fn set_inline_id(&mut self, id: [u8; INLINE_ID]) {
        self.id = id;
    }

    pub fn set_long_id(&mut self, place: u32) {
        self.start_flags |= u64::from(LONG_ID) << START_BITS;
        self.id[..4].copy_from_slice(&place.to_le_bytes());
    }

    pub fn set_own_id(&mut self, sequence: u64) {
        self.start_flags |= u64::from(OWN_ID) << START_BITS;
        self.id[..8].copy_from_slice(&sequence.to_le_bytes());
    }

    pub fn has_own_id(&self) -> bool {
        self.flags() & OWN_ID != 0
    }

    /// The id, or where it is.
    pub fn id(&self) -> StoredId<'_> {
        let number = u128::from_le_bytes(self.id) as u64;
        match self.flags() & (LONG_ID | OWN_ID) {
            0 => StoredId::Inline(&self.id),
            OWN_ID => StoredId::Own(number),
            _ => StoredId::Long(number as u32),
        }
    }
}

fn low(word: u64, bits: u32) -> f64 {
    double(word & ((1 << bits) - 1))
}

fn wall_at_end(start_wall_ms: f64, duration_ms: f64) -> f64 {
    start_wall_ms + floor(duration_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: f64 = 1_700_000_000_000.0;

    fn record() -> ExecutionRecord {
        ExecutionRecord {
            start_ms: 1_234.567_891,
            duration_ms: 60_000.123_457,
            start_wall_ms: ORIGIN + 1_233.0,
            wall_ms: ORIGIN + 61_234.0,
            start_memory: 5e9,
            memory_delta: -1024.0,
            action_count: 20.0,
            items: 80.0,
            output_size: 503.0,
            errors: 1.0,
            verbosity: 1,
            environment: 300,
            success: true,
            heap_read: true,
        }
    }

    fn of(record: &ExecutionRecord) -> Option<PackedExecution> {
        PackedExecution::started(record, ORIGIN)?.ended(record)
    }

    fn text(record: &ExecutionRecord) -> String {
        format!("{record:?}")
    }

    #[test]
    fn an_ordinary_execution_comes_back_exactly() {
        for (success, heap_read) in [(true, true), (false, true), (true, false)] {
            let given = ExecutionRecord {
                success,
                heap_read,
                ..record()
            };
            let packed = of(&given).unwrap();
            let end = end_of(given.start_ms, given.duration_ms);
            assert_eq!(packed.ended_ms(), end);
            assert_eq!(text(&packed.record(ORIGIN)), text(&given));
            assert_eq!(packed.base(ORIGIN), given.base());
        }
    }

    #[test]
    fn what_would_not_come_back_exactly_is_not_packed() {
        let odd: [fn(&mut ExecutionRecord); 17] = [
            |r| r.start_ms = -1.0,
            |r| r.start_ms = 1e12,
            |r| r.start_ms = 0.000_000_5,
            |r| r.duration_ms = 2e6,
            |r| r.duration_ms = f64::NAN,
            |r| r.start_wall_ms += 0.5,
            |r| r.start_wall_ms = 0.0,
            |r| r.wall_ms += 3.0,
            |r| r.start_memory = 2e12,
            |r| r.memory_delta = 1e10,
            |r| r.memory_delta = -0.0,
            |r| r.action_count = 2e7,
            |r| r.items = 0.5,
            |r| r.output_size = 1e10,
            |r| r.errors = -0.0,
            |r| r.errors = 2_097_152.0,
            |r| r.environment = 70_000,
        ];
        for (case, change) in odd.into_iter().enumerate() {
            let mut given = record();
            change(&mut given);
            assert!(of(&given).is_none(), "case {case}");
        }
    }

    #[test]
    fn an_end_comes_back_with_the_start_it_had() {
        let started = ExecutionRecord {
            duration_ms: 0.0,
            wall_ms: record().start_wall_ms,
            memory_delta: 0.0,
            items: 0.0,
            output_size: 0.0,
            errors: 0.0,
            ..record()
        };
        for (success, heap_read) in [(true, true), (false, true), (true, false)] {
            let ended = ExecutionRecord {
                success,
                heap_read,
                ..record()
            };
            let mut slot = PackedExecution::started(&started, ORIGIN).unwrap();
            slot.hold();
            let slot = slot.ended(&ended).unwrap();
            assert_eq!(text(&slot.record(ORIGIN)), text(&ended));
            assert_eq!(slot.lists(), 1);
            let again = slot.ended(&started).unwrap();
            assert_eq!(text(&again.record(ORIGIN)), text(&started));
        }
    }

    #[test]
    fn figures_change_without_what_else_the_slot_holds() {
        let mut slot = of(&record()).unwrap();
        slot.hold();
        slot.hold();
        slot.spans = 7;
        slot.set_long_id(99);
        slot.set_figures(PackedExecution::standing_for(3));
        assert_eq!((slot.wide(), slot.lists(), slot.spans), (Some(3), 2, 7));
        slot.set_figures(of(&record()).unwrap());
        assert_eq!((slot.wide(), slot.lists(), slot.spans), (None, 2, 7));
        assert_eq!(slot.id(), StoredId::Long(99));
        slot.release();
        assert_eq!((slot.lists(), slot.id()), (1, StoredId::Long(99)));
        assert_eq!(text(&slot.record(ORIGIN)), text(&record()));
    }

    #[test]
    fn two_ids_that_fit_never_look_the_same() {
        let sixteen = "0123456789abcdef";
        assert_eq!(inline_id(sixteen).unwrap()[..], *sixteen.as_bytes());
        assert_eq!(inline_id("0123456789abcdefg"), None);
        assert_eq!(inline_id("a\0"), None, "the zeros at the end do not count");
        assert_eq!(inline_id("").unwrap(), [0; INLINE_ID]);
        assert_ne!(inline_id("\0a"), inline_id("a"));
    }
}

//! A span in thirty-six bytes, if that is exact.
//!
//! Times are whole nanoseconds and memory whole bytes relative to the execution's start; counts are
//! small integers. A record that cannot be packed exactly is stored at full width beside the packed
//! slot, so that packing never changes a figure.

use super::exact::{double, flag, wall_error, Packer, NANOS};
use super::record::{Base, LabelId, Parent, SpanFigures, SpanRecord};
use super::slots::Slot;
use crate::engine::time::{end_of, Interval, Nanos};

const NANOS_PER_MILLI: u64 = 1_000_000;

pub(super) const SUCCESS: u8 = 1;
pub(super) const COMPLETED: u8 = 1 << 1;
/// Listed by its stage.
pub(super) const IN_SERIES: u8 = 1 << 2;
/// Listed by its execution.
pub(super) const IN_EXECUTION: u8 = 1 << 3;
/// Stored at full width; `start` is its place there.
pub(super) const WIDE: u8 = 1 << 4;
/// As much output was expected as input went in; otherwise none was.
const EXPECTS_INPUT: u8 = 1 << 5;
/// Wall clock relative to the monotonic clock, in whole ms: 0, 1 or -1 (as 2).
const WALL_SHIFT: u8 = 6;

/// `counts`, from its low end: complexity, errors, warnings, retries and the steps to the parent.
const COMPLEXITY_BITS: u32 = 6;
const ERROR_BITS: u32 = 7;
const WARNING_BITS: u32 = 5;
const RETRY_BITS: u32 = 3;
const STEP_BITS: u32 = 3;
const ERROR_SHIFT: u32 = COMPLEXITY_BITS;
const WARNING_SHIFT: u32 = ERROR_SHIFT + ERROR_BITS;
const RETRY_SHIFT: u32 = WARNING_SHIFT + WARNING_BITS;
const STEP_SHIFT: u32 = RETRY_SHIFT + RETRY_BITS;
const FLAG_SHIFT: u32 = STEP_SHIFT + STEP_BITS;
const _: () = assert!(Parent::FAR as u32 == 1 << STEP_BITS);
/// `memory_delta` of a span whose heap was not read.
const UNREAD: i32 = i32::MIN;
/// `items_stage`: the items below the stage.
const ITEM_BITS: u32 = 21;
const STAGE_BITS: u32 = 32 - ITEM_BITS;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packed {
    pub start: u32,
    duration: u32,
    start_memory: i32,
    memory_delta: i32,
    input_size: u32,
    output_size: u32,
    items_stage: u32,
    counts_flags: u32,
    /// The next span of the execution, or the execution itself, tagged; or the next free slot.
    pub link: u32,
}

const _: () = assert!(size_of::<Packed>() == 36);

impl Slot for Packed {
    fn vacate(&mut self, next_free: u32) {
        self.link = next_free;
    }

    fn next_free(&self) -> u32 {
        self.link
    }
}

/// Wall clock at a span's end in ms as the monotonic clock says it: nanoseconds since the start of
/// its execution, and how long it took.
fn wall_of(base: &Base, start: u32, duration: u32) -> f64 {
    let elapsed_ms = (u64::from(start) + u64::from(duration)) / NANOS_PER_MILLI;
    base.wall_ms + double(elapsed_ms)
}

/// Errors, warnings and retries: most stages have none.
#[inline]
fn rare_counts(record: &SpanRecord, pack: &mut Packer) -> u32 {
    let [errors, warnings, retries] = [record.errors, record.warnings, record.retries];
    if errors.to_bits() | warnings.to_bits() | retries.to_bits() == 0 {
        return 0;
    }
    pack.bits(errors, ERROR_BITS) << ERROR_SHIFT
        | pack.bits(warnings, WARNING_BITS) << WARNING_SHIFT
        | pack.bits(retries, RETRY_BITS) << RETRY_SHIFT
}

impl Packed {
    /// `None` if the record cannot be packed exactly. Its start and duration are those of
    /// `interval`.
    #[expect(
        clippy::inline_always,
        reason = "much of a record is known where it is made"
    )]
    #[inline(always)]
    pub fn of(record: &SpanRecord, interval: Interval, base: &Base) -> Option<Self> {
        let plain = record.bytes.is_nan()
            && record.cpu_ms.is_nan()
            && record.io_operations.is_nan()
            && record.configuration == 0
            && !record.is_manual
            && !record.late;
        if !plain {
            return None;
        }
        let mut pack = Packer::default();
        let expects_input = record.expected_output_size == record.input_size;
        let expected = if expects_input {
            record.input_size
        } else {
            0.0
        };
        pack.expect(expected, record.expected_output_size);
        let start = pack.nanos(interval.start.0 - base.start.0);
        let duration = pack.nanos(interval.duration.0);
        let wall = record.wall_ms - wall_of(base, start, duration);
        let flags = flag(record.success, SUCCESS)
            | flag(record.completed, COMPLETED)
            | flag(expects_input, EXPECTS_INPUT)
            | (pack.wall(wall) << WALL_SHIFT);
        let steps = record.parent.map_or(0, |parent| u32::from(parent.steps));
        let packed = Self {
            start,
            duration,
            start_memory: pack.signed(record.start_memory - base.memory),
            memory_delta: if record.heap_read {
                pack.signed(record.memory_delta)
            } else {
                UNREAD
            },
            input_size: pack.unsigned(record.input_size),
            output_size: pack.unsigned(record.output_size),
            items_stage: pack.bits(record.items, ITEM_BITS)
                | pack.index(record.stage, STAGE_BITS) << ITEM_BITS,
            counts_flags: pack.index(record.complexity, COMPLEXITY_BITS)
                | rare_counts(record, &mut pack)
                | pack.index(steps, STEP_BITS) << STEP_SHIFT
                | u32::from(flags) << FLAG_SHIFT,
            link: 0,
        };
        pack.expect(packed.memory_delta(), record.memory_delta);
        pack.is_exact().then_some(packed)
    }

    /// A slot whose record is stored at full width, at `place`.
    pub fn standing_for(place: u32) -> Self {
        Self {
            start: place,
            counts_flags: u32::from(WIDE) << FLAG_SHIFT,
            ..Self::default()
        }
    }

    pub fn has(&self, flag: u8) -> bool {
        self.counts_flags & u32::from(flag) << FLAG_SHIFT != 0
    }

    pub fn set(&mut self, flag: u8) {
        self.counts_flags |= u32::from(flag) << FLAG_SHIFT;
    }

    pub fn unset(&mut self, flag: u8) {
        self.counts_flags &= !(u32::from(flag) << FLAG_SHIFT);
    }

    fn count(&self, shift: u32, bits: u32) -> f64 {
        f64::from(self.counts_flags >> shift & ((1 << bits) - 1))
    }

    fn start_ms(&self, base: &Base) -> f64 {
        Nanos(base.start.0 + i64::from(self.start)).as_millis()
    }

    pub fn duration_ms(&self) -> f64 {
        f64::from(self.duration) / NANOS
    }

    /// When it ended, on the scale of `performance.now()`.
    pub fn ended_ms(&self, base: &Base) -> f64 {
        end_of(self.start_ms(base), self.duration_ms())
    }

    fn heap_read(&self) -> bool {
        self.memory_delta != UNREAD
    }

    fn memory_delta(&self) -> f64 {
        if self.heap_read() {
            f64::from(self.memory_delta)
        } else {
            0.0
        }
    }

    fn items(&self) -> f64 {
        f64::from(self.items_stage & ((1 << ITEM_BITS) - 1))
    }

    fn complexity(&self) -> LabelId {
        self.counts_flags & ((1 << COMPLEXITY_BITS) - 1)
    }

    /// Steps to its parent, as [`Parent::steps`]; 0 without one.
    pub fn steps(&self) -> u8 {
        (self.counts_flags >> STEP_SHIFT & ((1 << STEP_BITS) - 1)) as u8
    }

    /// The figures of the record without its base.
    pub fn figures(&self) -> SpanFigures {
        SpanFigures {
            duration_ms: self.duration_ms(),
            input_size: f64::from(self.input_size),
            items: self.items(),
            errors: self.count(ERROR_SHIFT, ERROR_BITS),
            retries: self.count(RETRY_SHIFT, RETRY_BITS),
            complexity: self.complexity(),
            configuration: 0,
            success: self.has(SUCCESS),
        }
    }

    /// The record as it was packed, except its parent, which is [`Packed::steps`].
    pub fn record(&self, base: &Base) -> SpanRecord {
        let (start_ms, duration_ms) = (self.start_ms(base), self.duration_ms());
        let flags = (self.counts_flags >> FLAG_SHIFT) as u8;
        let input_size = f64::from(self.input_size);
        SpanRecord {
            duration_ms,
            wall_ms: wall_of(base, self.start, self.duration) + wall_error(flags >> WALL_SHIFT),
            memory_delta: self.memory_delta(),
            heap_read: self.heap_read(),
            input_size,
            expected_output_size: if self.has(EXPECTS_INPUT) {
                input_size
            } else {
                0.0
            },
            output_size: f64::from(self.output_size),
            items: self.items(),
            errors: self.count(ERROR_SHIFT, ERROR_BITS),
            warnings: self.count(WARNING_SHIFT, WARNING_BITS),
            retries: self.count(RETRY_SHIFT, RETRY_BITS),
            complexity: self.complexity(),
            success: self.has(SUCCESS),
            completed: self.has(COMPLETED),
            ..SpanRecord::started(
                self.items_stage >> ITEM_BITS,
                start_ms,
                base.memory + f64::from(self.start_memory),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Base = Base {
        start_ms: 1_234.567_89,
        start: Nanos(1_234_567_890),
        wall_ms: 1_700_000_000_000.0,
        memory: 5e7,
    };

    fn record() -> SpanRecord {
        SpanRecord {
            duration_ms: 0.123_457,
            wall_ms: BASE.wall_ms,
            memory_delta: -1024.0,
            input_size: 1000.0,
            output_size: 800.0,
            items: 3.0,
            errors: 1.0,
            completed: true,
            complexity: 3,
            ..SpanRecord::started(7, 1_234.567_89, 50_000_100.0)
        }
    }

    fn packed(record: &SpanRecord, base: &Base) -> Option<Packed> {
        let [start, duration] =
            [record.start_ms, record.duration_ms].map(|ms| Nanos::from_millis(ms).unwrap());
        Packed::of(record, Interval { start, duration }, base)
    }

    fn same(a: &SpanRecord, b: &SpanRecord) -> bool {
        format!("{a:?}") == format!("{b:?}")
    }

    #[test]
    fn an_ordinary_span_comes_back_exactly() {
        let packed = packed(&record(), &BASE).unwrap();
        assert!(same(&packed.record(&BASE), &record()));
        assert_eq!(packed.ended_ms(&BASE), record().ended_ms());
        assert_eq!(packed.figures(), SpanFigures::from(&record()));
    }

    #[test]
    fn a_heap_that_was_not_read_stays_so() {
        let unread = SpanRecord {
            memory_delta: 0.0,
            heap_read: false,
            ..record()
        };
        let packed = packed(&unread, &BASE).unwrap();
        assert!(same(&packed.record(&BASE), &unread));
    }

    #[test]
    fn what_would_not_come_back_exactly_is_not_packed() {
        let spoil: [fn(&mut SpanRecord); 12] = [
            |of| of.memory_delta = f64::from(i32::MIN),
            |of| of.heap_read = false,
            |of| of.items = 0.5,
            |of| of.items = 1e12,
            |of| of.errors = 300.0,
            |of| of.duration_ms = 5000.0,
            |of| of.start_ms = 1000.0,
            |of| of.wall_ms = BASE.wall_ms + 5.0,
            |of| of.memory_delta = 1e10,
            |of| of.cpu_ms = 0.1,
            |of| of.expected_output_size = 7.0,
            |of| {
                of.parent = Some(Parent {
                    span: 0,
                    steps: Parent::FAR,
                });
            },
        ];
        for spoil in spoil {
            let mut record = record();
            spoil(&mut record);
            assert!(packed(&record, &BASE).is_none(), "{record:?}");
        }
    }

    #[test]
    fn every_nanosecond_of_a_start_survives() {
        let mut state = 1u64;
        for _ in 0..10_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let start = f64::from((state >> 33) as u32);
            let base = Base {
                start_ms: start / 3.0,
                ..BASE
            };
            let begin = Nanos::from_millis(base.start_ms).unwrap();
            let base = Base {
                start_ms: begin.as_millis(),
                start: begin,
                ..base
            };
            let start_ms = Nanos(begin.0 + start as i64).as_millis();
            let wall_ms = wall_of(&base, start as u32, 500_000);
            let record = SpanRecord {
                start_ms,
                duration_ms: 0.5,
                wall_ms,
                ..record()
            };
            let packed = packed(&record, &base).unwrap();
            assert!(same(&packed.record(&base), &record));
        }
    }
}

//! A span in forty bytes, when nothing is lost by it.
//!
//! Times are whole nanoseconds and memory whole bytes relative to the execution's start;
//! counts are small integers. What does not come back exactly from that is kept at full width
//! beside the packed slot, so that packing never changes a figure.

use super::record::{LabelId, SpanFigures, SpanRecord};
use crate::engine::time::{nearest, whole as floor};

/// What the spans of one execution are relative to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Base {
    /// Start on the scale of `performance.now()`, in ms.
    pub start_ms: f64,
    /// Wall clock at the start, whole ms since 1970 UTC.
    pub wall_ms: f64,
    /// Heap in use at the start.
    pub memory: f64,
}

pub(super) const SUCCESS: u8 = 1;
pub(super) const COMPLETED: u8 = 1 << 1;
/// Listed by its stage.
pub(super) const IN_SERIES: u8 = 1 << 2;
/// Listed by its execution.
pub(super) const IN_EXECUTION: u8 = 1 << 3;
/// Kept at full width; `start` is its place there.
pub(super) const WIDE: u8 = 1 << 4;
/// As much output was expected as input went in; otherwise none was.
const EXPECTS_INPUT: u8 = 1 << 5;
/// Wall clock relative to what the monotonic clock says, in whole ms: 0, 1 or -1 (as 2).
const WALL_SHIFT: u8 = 6;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packed {
    pub start: u32,
    duration: u32,
    start_memory: i32,
    memory_delta: i32,
    items: u32,
    input_size: u32,
    output_size: u32,
    /// The next span of the execution, or the execution itself, tagged; or the next free slot.
    pub link: u32,
    stage: u16,
    complexity: u16,
    errors: u8,
    warnings: u8,
    retries: u8,
    pub flags: u8,
}

const _: () = assert!(size_of::<Packed>() == 40);

const NANOS: f64 = 1e6;

/// Converts figures to the integers of a slot, and notes whether any does not come back.
struct Packer {
    exact: bool,
}

impl Packer {
    fn unsigned(&mut self, value: f64) -> u32 {
        let integer = value as u32;
        self.exact &= f64::from(integer) == value;
        integer
    }

    fn signed(&mut self, value: f64) -> i32 {
        let integer = value as i32;
        self.exact &= f64::from(integer) == value;
        integer
    }

    fn small(&mut self, value: f64) -> u8 {
        let integer = value as u8;
        self.exact &= f64::from(integer) == value;
        integer
    }

    fn index(&mut self, value: u32) -> u16 {
        self.exact &= u16::try_from(value).is_ok();
        value as u16
    }

    /// Whole ms off what the monotonic clock says: 0, 1 or -1 (as 2).
    fn wall(&mut self, error: f64) -> u8 {
        self.exact &= error.abs() <= 1.0;
        match error {
            1.0 => 1,
            -1.0 => 2,
            _ => 0,
        }
    }
}

pub(super) fn flag(is_set: bool, flag: u8) -> u8 {
    if is_set {
        flag
    } else {
        0
    }
}

/// Whole ms between the wall clock at a span's end and what the monotonic clock says.
fn wall_of(base: &Base, start_ms: f64, duration_ms: f64) -> f64 {
    base.wall_ms + floor(start_ms + duration_ms - base.start_ms)
}

impl Packed {
    /// `None` where the record would not come back exactly.
    pub fn of(record: &SpanRecord, base: &Base) -> Option<Self> {
        let plain = record.bytes.is_nan()
            && record.cpu_ms.is_nan()
            && record.io_operations.is_nan()
            && record.configuration == 0
            && !record.by_hand;
        if !plain {
            return None;
        }
        let expects_input = record.expected_output_size == record.input_size;
        if !expects_input && record.expected_output_size != 0.0 {
            return None;
        }
        let mut pack = Packer { exact: true };
        let wall = record.wall_ms - wall_of(base, record.start_ms, record.duration_ms);
        let packed = Self {
            start: nearest((record.start_ms - base.start_ms) * NANOS) as u32,
            duration: nearest(record.duration_ms * NANOS) as u32,
            start_memory: pack.signed(record.start_memory - base.memory),
            memory_delta: pack.signed(record.memory_delta),
            items: pack.unsigned(record.items),
            input_size: pack.unsigned(record.input_size),
            output_size: pack.unsigned(record.output_size),
            link: 0,
            stage: pack.index(record.stage),
            complexity: pack.index(record.complexity),
            errors: pack.small(record.errors),
            warnings: pack.small(record.warnings),
            retries: pack.small(record.retries),
            flags: flag(record.success, SUCCESS)
                | flag(record.completed, COMPLETED)
                | flag(expects_input, EXPECTS_INPUT)
                | (pack.wall(wall) << WALL_SHIFT),
        };
        // Whatever the casts of the times lost shows here.
        let exact = pack.exact
            && packed.start_ms(base) == record.start_ms
            && packed.duration_ms() == record.duration_ms;
        exact.then_some(packed)
    }

    /// A slot that nobody uses, before the next such one.
    pub fn vacant(link: u32) -> Self {
        Self {
            link,
            ..Self::default()
        }
    }

    /// A slot whose record is kept at full width, at `place`.
    pub fn standing_for(place: u32) -> Self {
        Self {
            start: place,
            flags: WIDE,
            ..Self::default()
        }
    }

    fn start_ms(&self, base: &Base) -> f64 {
        (nearest(base.start_ms * NANOS) as f64 + f64::from(self.start)) / NANOS
    }

    fn duration_ms(&self) -> f64 {
        f64::from(self.duration) / NANOS
    }

    /// What the record says without its base.
    pub fn figures(&self) -> SpanFigures {
        SpanFigures {
            duration_ms: self.duration_ms(),
            input_size: f64::from(self.input_size),
            items: f64::from(self.items),
            errors: f64::from(self.errors),
            retries: f64::from(self.retries),
            complexity: LabelId::from(self.complexity),
            configuration: 0,
            success: self.flags & SUCCESS != 0,
        }
    }

    /// The record as it was packed.
    pub fn record(&self, base: &Base) -> SpanRecord {
        let (start_ms, duration_ms) = (self.start_ms(base), self.duration_ms());
        let wall_error = [0.0, 1.0, -1.0, 0.0][usize::from(self.flags >> WALL_SHIFT)];
        let input_size = f64::from(self.input_size);
        let has = |flag| self.flags & flag != 0;
        SpanRecord {
            duration_ms,
            wall_ms: wall_of(base, start_ms, duration_ms) + wall_error,
            memory_delta: f64::from(self.memory_delta),
            input_size,
            expected_output_size: if has(EXPECTS_INPUT) { input_size } else { 0.0 },
            output_size: f64::from(self.output_size),
            items: f64::from(self.items),
            errors: f64::from(self.errors),
            warnings: f64::from(self.warnings),
            retries: f64::from(self.retries),
            complexity: LabelId::from(self.complexity),
            success: has(SUCCESS),
            completed: has(COMPLETED),
            ..SpanRecord::started(
                u32::from(self.stage),
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

    fn same(a: &SpanRecord, b: &SpanRecord) -> bool {
        format!("{a:?}") == format!("{b:?}")
    }

    #[test]
    fn an_ordinary_span_comes_back_exactly() {
        let packed = Packed::of(&record(), &BASE).unwrap();
        assert!(same(&packed.record(&BASE), &record()));
        assert_eq!(packed.figures(), SpanFigures::from(&record()));
    }

    #[test]
    fn what_would_not_come_back_exactly_is_not_packed() {
        let odd = [
            SpanRecord {
                items: 0.5,
                ..record()
            },
            SpanRecord {
                items: 1e12,
                ..record()
            },
            SpanRecord {
                errors: 300.0,
                ..record()
            },
            SpanRecord {
                duration_ms: 5000.0,
                ..record()
            },
            SpanRecord {
                duration_ms: 0.000_000_5,
                ..record()
            },
            SpanRecord {
                start_ms: 1000.0,
                ..record()
            },
            SpanRecord {
                wall_ms: BASE.wall_ms + 5.0,
                ..record()
            },
            SpanRecord {
                memory_delta: 1e10,
                ..record()
            },
            SpanRecord {
                cpu_ms: 0.1,
                ..record()
            },
            SpanRecord {
                expected_output_size: 7.0,
                ..record()
            },
        ];
        for record in odd {
            assert!(Packed::of(&record, &BASE).is_none(), "{record:?}");
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
            let base = Base {
                start_ms: (base.start_ms * NANOS).round() / NANOS,
                ..base
            };
            let start_ms = ((base.start_ms * NANOS).round() + start) / NANOS;
            let wall_ms = wall_of(&base, start_ms, 0.5);
            let record = SpanRecord {
                start_ms,
                duration_ms: 0.5,
                wall_ms,
                ..record()
            };
            let packed = Packed::of(&record, &base).unwrap();
            assert!(same(&packed.record(&base), &record));
        }
    }
}

//! Figures as integers, where nothing is lost by it.

/// Nanoseconds in a millisecond.
pub(super) const NANOS: f64 = 1e6;

/// Converts figures to integers, and notes whether any does not come back.
pub(super) struct Packer {
    pub exact: bool,
}

impl Packer {
    /// A whole number of at most `bits` bits.
    pub fn long(&mut self, value: f64, bits: u32) -> u64 {
        let integer = value as u64;
        self.exact &= integer >> bits == 0 && same(integer as f64, value);
        integer
    }

    /// A whole number of at most `bits` bits.
    pub fn bits(&mut self, value: f64, bits: u32) -> u32 {
        let integer = self.unsigned(value);
        self.index(integer, bits)
    }

    pub fn unsigned(&mut self, value: f64) -> u32 {
        let integer = value as u32;
        self.exact &= same(f64::from(integer), value);
        integer
    }

    pub fn signed(&mut self, value: f64) -> i32 {
        let integer = value as i32;
        self.exact &= same(f64::from(integer), value);
        integer
    }

    /// An index of at most `bits` bits.
    pub fn index(&mut self, value: u32, bits: u32) -> u32 {
        self.exact &= value >> bits == 0;
        value
    }

    /// Whole ms off what the monotonic clock says: 0, 1 or -1 (as 2).
    pub fn wall(&mut self, error: f64) -> u8 {
        self.exact &= error.abs() <= 1.0;
        match error {
            1.0 => 1,
            -1.0 => 2,
            _ => 0,
        }
    }
}

/// What [`Packer::wall`] packed.
pub(super) fn wall_error(packed: u8) -> f64 {
    [0.0, 1.0, -1.0, 0.0][usize::from(packed & 3)]
}

/// Equal, the sign of zero included: JavaScript shows it.
pub(super) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}

pub(super) fn flag(is_set: bool, flag: u8) -> u8 {
    if is_set {
        flag
    } else {
        0
    }
}

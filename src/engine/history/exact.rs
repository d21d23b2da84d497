//! Figures as integers, where the conversion is exact.

/// Nanoseconds in a millisecond.
pub(super) const NANOS: f64 = 1e6;

/// Added to a whole number from 0 to 2^52, it leaves that number in the low bits of the double.
/// Cheaper than a cast, which saturates; an inexact conversion is still detected.
const TO_UNSIGNED: f64 = (1u64 << 52) as f64;
/// The same for numbers of either sign, as two's complement.
const TO_SIGNED: f64 = TO_UNSIGNED * 1.5;
const MANTISSA: u64 = (1 << 52) - 1;

/// The whole number nearest to a value, if that is from 0 to 2^52; else any number.
pub(super) fn whole_bits(value: f64) -> u64 {
    (value + TO_UNSIGNED).to_bits() & MANTISSA
}

/// A whole number below 2^63 as a double.
pub(super) fn double(integer: u64) -> f64 {
    integer.cast_signed() as f64
}

/// Converts figures to integers, and notes whether any is inexact, including the sign of a zero,
/// which JavaScript shows.
#[derive(Default)]
pub(super) struct Packer {
    lost: u64,
}

impl Packer {
    /// Whether every conversion was exact.
    pub fn is_exact(&self) -> bool {
        self.lost == 0
    }

    /// Notes a loss unless `packed` is the `given` figure.
    pub fn expect(&mut self, packed: f64, given: f64) {
        self.lost |= packed.to_bits() ^ given.to_bits();
    }

    /// A whole number of at most `bits` bits, 52 at most.
    pub fn long(&mut self, value: f64, bits: u32) -> u64 {
        let integer = whole_bits(value);
        self.expect(double(integer), value);
        self.lost |= integer >> bits;
        integer
    }

    /// A whole number of at most `bits` bits.
    pub fn bits(&mut self, value: f64, bits: u32) -> u32 {
        let integer = self.unsigned(value);
        self.index(integer, bits)
    }

    /// Nanoseconds of at most 32 bits.
    pub fn nanos(&mut self, value: i64) -> u32 {
        self.lost |= value.cast_unsigned() >> u32::BITS;
        value as u32
    }

    pub fn unsigned(&mut self, value: f64) -> u32 {
        let integer = whole_bits(value) as u32;
        self.expect(f64::from(integer), value);
        integer
    }

    pub fn signed(&mut self, value: f64) -> i32 {
        let integer = (value + TO_SIGNED).to_bits() as i32;
        self.expect(f64::from(integer), value);
        integer
    }

    /// An index of at most `bits` bits.
    pub fn index(&mut self, value: u32, bits: u32) -> u32 {
        self.lost |= u64::from(value >> bits);
        value
    }

    /// Difference from the monotonic clock in whole ms, 0, 1 or -1, in two bits.
    pub fn wall(&mut self, error: f64) -> u8 {
        let integer = self.signed(error);
        self.lost |= u64::from(integer.unsigned_abs() >> 1);
        integer as u8 & 3
    }
}

/// What [`Packer::wall`] packed into the low two bits.
pub(super) fn wall_error(packed: u8) -> f64 {
    f64::from((packed << 6).cast_signed() >> 6)
}

pub(super) fn flag(is_set: bool, flag: u8) -> u8 {
    if is_set {
        flag
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packs<T>(pack: impl FnOnce(&mut Packer) -> T) -> bool {
        let mut packer = Packer::default();
        pack(&mut packer);
        packer.is_exact()
    }

    #[test]
    fn whole_numbers_come_back_up_to_the_last_that_fits() {
        for value in [0.0, 1.0, 1e6, f64::from(u32::MAX)] {
            assert!(packs(|p| assert_eq!(f64::from(p.unsigned(value)), value)));
        }
        for value in [0.0, -1.0, f64::from(i32::MIN), f64::from(i32::MAX)] {
            assert!(packs(|p| assert_eq!(f64::from(p.signed(value)), value)));
        }
        let last = f64::from(u32::MAX) * 256.0 + 255.0;
        assert!(packs(|p| assert_eq!(double(p.long(last, 40)), last)));
        for error in [0.0, 1.0, -1.0] {
            assert!(packs(|p| assert_eq!(wall_error(p.wall(error)), error)));
        }
    }

    #[test]
    fn whatever_else_a_double_can_be_is_noted() {
        let odd = [
            -0.0,
            0.5,
            1.0 / 3.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e300,
            -1e300,
            f64::MIN_POSITIVE,
            (1u64 << 52) as f64,
            (1u64 << 53) as f64,
        ];
        for value in odd {
            assert!(!packs(|p| p.unsigned(value)), "{value}");
            assert!(!packs(|p| p.signed(value)), "{value}");
            assert!(!packs(|p| p.long(value, 40)), "{value}");
            assert!(!packs(|p| p.bits(value, 8)), "{value}");
            assert!(!packs(|p| p.wall(value)), "{value}");
        }
        assert!(!packs(|p| p.unsigned(-1.0)));
        assert!(!packs(|p| p.unsigned(4_294_967_296.0)));
        assert!(!packs(|p| p.signed(2_147_483_648.0)));
        assert!(!packs(|p| p.bits(256.0, 8)));
        assert!(!packs(|p| p.wall(2.0)) && !packs(|p| p.wall(-2.0)));
        assert!(!packs(|p| p.index(8, 3)));
    }
}

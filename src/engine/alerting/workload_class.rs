//! Groups similar runs: those of one complexity and one class of input sizes.

use crate::engine::history::LabelId;

/// Complexity and class of input sizes. Two classes double the size (1 to 1.5, 1.5 to 2, 2 to
/// 3, ...): a duration that grows with the size varies so little within one that three times as
/// long stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContextKey {
    complexity: LabelId,
    /// 0 for sizes below 1, then two for each power of two.
    size_class: u16,
}

impl ContextKey {
    /// For a run without either.
    pub const NONE: Self = Self {
        complexity: 0,
        size_class: 0,
    };

    /// Of a run at `complexity` on an input of `size`. A few ns: no logarithm.
    pub fn of(complexity: LabelId, size: f64) -> Self {
        // Exponent and first digit of the mantissa, as they stand in a double.
        const FIRST_DIGIT_AT: u32 = 51;
        const OF_ONE: u64 = 1_f64.to_bits() >> FIRST_DIGIT_AT;
        let size_class = if size >= 1.0 {
            ((size.to_bits() >> FIRST_DIGIT_AT) - OF_ONE) as u16 + 1
        } else {
            0
        };
        Self {
            complexity,
            size_class,
        }
    }

    /// The complexity's label.
    pub fn complexity(&self) -> LabelId {
        self.complexity
    }

    /// The class of sizes, the smallest 0.
    pub fn size_class(&self) -> u16 {
        self.size_class
    }

    /// The least size of the class.
    pub fn size_from(&self) -> f64 {
        match self.size_class {
            0 => 0.0,
            class => least_size(class),
        }
    }

    /// The size below which those of the class lie.
    pub fn size_below(&self) -> f64 {
        least_size(self.size_class + 1)
    }
}

/// The least size of a class from 1 on.
fn least_size(class: u16) -> f64 {
    let (doublings, half) = ((class - 1) / 2, (class - 1) % 2);
    (f64::from(doublings).exp2() * (1.0 + 0.5 * f64::from(half))).min(f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(size: f64) -> ContextKey {
        ContextKey::of(1, size)
    }

    #[test]
    fn every_size_lies_in_the_class_that_names_it() {
        for size in [
            0.0,
            0.3,
            1.0,
            1.99,
            2.0,
            3.0,
            1e3,
            1024.0,
            1e9,
            1e300,
            f64::MAX,
        ] {
            let class = key(size);
            assert!(class.size_from() <= size, "{size}: {class:?}");
            assert!(size < class.size_below() || size == f64::MAX, "{size}");
            assert!(
                class.size_below() <= (1.5 * class.size_from()).max(1.0),
                "{size}"
            );
        }
        assert_eq!(
            (key(1000.0).size_from(), key(1000.0).size_below()),
            (768.0, 1024.0)
        );
    }

    #[test]
    fn complexities_are_distinguished() {
        assert_ne!(ContextKey::of(1, 5.0), ContextKey::of(2, 5.0));
    }
}

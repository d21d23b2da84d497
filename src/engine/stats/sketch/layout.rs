//! Where the buckets of a sketch begin and end.
//!
//! Logarithmic buckets without a logarithm: the exponent of a double counts its octaves, and a
//! parabola through the mantissa stands in for the logarithm within one. The parabola
//! `P(m) = m (4 - m) / 3` keeps the width of a bucket, as a ratio, within 12.5 % of even, so 8 %
//! more buckets than true logarithms need buy the guarantee (the idea is that of the `DDSketch`
//! implementations' interpolated mappings; Masson and others 2019).

/// Least slope of the parabola against the binary logarithm's own natural one:
/// `(1 + m) P'(m) >= 4 / 3` for every mantissa m in [0, 1].
const LEAST_SLOPE: f64 = 4.0 / 3.0;

/// Finest and coarsest relative error a sketch may promise: 6 and 375 buckets an octave.
const ALPHA_RANGE: (f64, f64) = (0.001, 0.06);

const MANTISSA_BITS: u32 = 52;
const EXPONENT_BIAS: i32 = 1_023;

/// The buckets of one relative error; the same for every sketch that promises it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Layout {
    /// Buckets between a power of two and the next.
    per_octave: i32,
    /// `per_octave / 3`: the parabola's divisor and the bucket count in one multiplication.
    scale: f64,
}

impl Layout {
    /// The fewest buckets that keep the error within `alpha`, itself kept within
    /// [`ALPHA_RANGE`]; NaN reads as the finest.
    pub(super) fn with_alpha(alpha: f64) -> Self {
        let (finest, coarsest) = ALPHA_RANGE;
        let alpha = alpha.max(finest).min(coarsest);
        // A bucket from l to h answered at the harmonic middle errs by (h - l) / (h + l), which
        // is the hyperbolic tangent of half the logarithm of h / l.
        let width = 2.0 * alpha.atanh();
        let per_octave = (1.0 / (LEAST_SLOPE * width)).ceil();
        Self {
            per_octave: per_octave as i32,
            scale: per_octave / 3.0,
        }
    }

    /// The relative error that no answer exceeds; at most the one asked for.
    pub(super) fn alpha(self) -> f64 {
        (0.5 / (LEAST_SLOPE * f64::from(self.per_octave))).tanh()
    }

    /// The bucket of a positive, normal, finite value. Cost: some 2 ns.
    ///
    /// Rounding may put a value within a few units in the last place of a bound on its other
    /// side; whole buckets per octave leave room for far more than that below α.
    #[inline]
    pub(super) fn index(self, value: f64) -> i32 {
        let bits = value.to_bits();
        let exponent = (bits >> MANTISSA_BITS) as i32 - EXPONENT_BIAS;
        let one_to_two = (bits & ((1 << MANTISSA_BITS) - 1)) | 1.0_f64.to_bits();
        let mantissa = f64::from_bits(one_to_two) - 1.0;
        // Unsigned, which is the cheaper cast.
        let within = (mantissa * (4.0 - mantissa) * self.scale) as u32;
        exponent * self.per_octave + within.cast_signed()
    }

    /// The least value of a bucket; `f64::MAX` for the one above the last.
    pub(super) fn lower_bound(self, index: i32) -> f64 {
        let exponent = index.div_euclid(self.per_octave);
        if exponent > EXPONENT_BIAS {
            return f64::MAX;
        }
        let share = f64::from(index.rem_euclid(self.per_octave)) / f64::from(self.per_octave);
        let mantissa = 2.0 - (4.0 - 3.0 * share).sqrt();
        let octave = u64::from((exponent + EXPONENT_BIAS).unsigned_abs()) << MANTISSA_BITS;
        (1.0 + mantissa) * f64::from_bits(octave)
    }

    /// The value whose relative error is the same to both ends of the bucket.
    pub(super) fn middle(self, index: i32) -> f64 {
        let (low, high) = (self.lower_bound(index), self.lower_bound(index + 1));
        low * (2.0 / (1.0 + low / high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values all over the range of normal doubles, and just beside powers of two.
    fn values() -> impl Iterator<Item = f64> {
        let spread = (-1_022..=1_023).flat_map(|exponent| {
            let octave = 2.0_f64.powi(exponent);
            [1.0, 1.07, 1.3, 1.499, 1.5, 1.75, 1.999_999].map(|mantissa| octave * mantissa)
        });
        let edges = [
            1.0_f64.next_down(),
            1.0,
            1.0_f64.next_up(),
            f64::MIN_POSITIVE,
            f64::MAX,
        ];
        spread.chain(edges)
    }

    #[test]
    fn one_per_cent_takes_38_buckets_an_octave() {
        let layout = Layout::with_alpha(0.01);
        assert_eq!(layout.per_octave, 38);
        assert!(layout.alpha() <= 0.01 && layout.alpha() > 0.0098);
    }

    #[test]
    fn the_middle_of_a_bucket_is_within_alpha_of_its_values() {
        for alpha in [0.001, 0.01, 0.05] {
            let layout = Layout::with_alpha(alpha);
            for value in values() {
                let middle = layout.middle(layout.index(value));
                let error = (middle - value).abs() / value;
                assert!(error <= layout.alpha() * (1.0 + 1e-12), "{value:e} {error}");
            }
        }
    }

    #[test]
    fn every_bucket_begins_where_the_one_before_ends() {
        let layout = Layout::with_alpha(0.01);
        for index in -2_000..2_000 {
            let bound = layout.lower_bound(index);
            assert_eq!(layout.index(bound * (1.0 + 1e-12)), index);
            assert_eq!(layout.index(bound * (1.0 - 1e-12)), index - 1);
        }
    }

    #[test]
    fn no_bucket_is_wider_than_the_error_allows() {
        let layout = Layout::with_alpha(0.01);
        for index in 0..layout.per_octave {
            let (low, high) = (layout.lower_bound(index), layout.lower_bound(index + 1));
            assert!((high - low) / (high + low) <= layout.alpha() * (1.0 + 1e-12));
        }
    }

    #[test]
    fn an_error_out_of_range_reads_as_the_nearest_in_it() {
        assert_eq!(Layout::with_alpha(0.0), Layout::with_alpha(0.001));
        assert_eq!(Layout::with_alpha(f64::NAN), Layout::with_alpha(0.001));
        assert_eq!(Layout::with_alpha(7.0), Layout::with_alpha(0.06));
    }
}

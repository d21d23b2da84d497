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

const MANTISSA_BITS: u32 = 52;
const EXPONENT_BIAS: i32 = 1_023;

/// Buckets between a power of two and the next: the fewest that keep the error within the 1 % that
/// the package promises.
const PER_OCTAVE: i32 = 38;

/// The parabola's divisor and the bucket count in one multiplication.
const SCALE: f64 = PER_OCTAVE as f64 / 3.0;

/// The relative error that no answer exceeds: a bucket from l to h answered at the harmonic middle
/// errs by (h - l) / (h + l), which is the hyperbolic tangent of half the logarithm of h / l.
pub(super) fn alpha() -> f64 {
    (0.5 / (LEAST_SLOPE * f64::from(PER_OCTAVE))).tanh()
}

/// The bucket of a positive, normal, finite value. Cost: some 2 ns.
///
/// Rounding may put a value within a few units in the last place of a bound on its other
/// side; whole buckets per octave leave room for far more than that below α.
#[inline]
pub(super) fn index(value: f64) -> i32 {
    let bits = value.to_bits();
    let exponent = (bits >> MANTISSA_BITS) as i32 - EXPONENT_BIAS;
    let one_to_two = (bits & ((1 << MANTISSA_BITS) - 1)) | 1.0_f64.to_bits();
    let mantissa = f64::from_bits(one_to_two) - 1.0;
    // Unsigned, which is the cheaper cast.
    let within = (mantissa * (4.0 - mantissa) * SCALE) as u32;
    exponent * PER_OCTAVE + within.cast_signed()
}

/// The least value of a bucket; `f64::MAX` for the one above the last.
pub(super) fn lower_bound(index: i32) -> f64 {
    let exponent = index.div_euclid(PER_OCTAVE);
    if exponent > EXPONENT_BIAS {
        return f64::MAX;
    }
    let share = f64::from(index.rem_euclid(PER_OCTAVE)) / f64::from(PER_OCTAVE);
    let mantissa = 2.0 - (4.0 - 3.0 * share).sqrt();
    let octave = u64::from((exponent + EXPONENT_BIAS).unsigned_abs()) << MANTISSA_BITS;
    (1.0 + mantissa) * f64::from_bits(octave)
}

/// The value whose relative error is the same to both ends of the bucket.
pub(super) fn middle(index: i32) -> f64 {
    let (low, high) = (lower_bound(index), lower_bound(index + 1));
    low * (2.0 / (1.0 + low / high))
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
    fn fewer_buckets_would_not_keep_one_per_cent() {
        assert!(alpha() <= 0.01 && alpha() > 0.0098);
        let fewer = 0.5 / (LEAST_SLOPE * f64::from(PER_OCTAVE - 1));
        assert!(fewer.tanh() > 0.01);
    }

    #[test]
    fn the_middle_of_a_bucket_is_within_alpha_of_its_values() {
        for value in values() {
            let middle = middle(index(value));
            let error = (middle - value).abs() / value;
            assert!(error <= alpha() * (1.0 + 1e-12), "{value:e} {error}");
        }
    }

    #[test]
    fn every_bucket_begins_where_the_one_before_ends() {
        for place in -2_000..2_000 {
            let bound = lower_bound(place);
            assert_eq!(index(bound * (1.0 + 1e-12)), place);
            assert_eq!(index(bound * (1.0 - 1e-12)), place - 1);
        }
    }

    #[test]
    fn no_bucket_is_wider_than_the_error_allows() {
        for place in 0..PER_OCTAVE {
            let (low, high) = (lower_bound(place), lower_bound(place + 1));
            assert!((high - low) / (high + low) <= alpha() * (1.0 + 1e-12));
        }
    }
}

//! Special functions: log-gamma and the incomplete beta behind the distributions, and the root of a
//! sum of squares.

/// From here on the Stirling series with the terms below is exact to the last bit or two;
/// smaller arguments are shifted up to it.
const STIRLING_FROM: f64 = 10.0;

/// Coefficients `B(2k) / (2k (2k - 1))` of the Stirling series, B being Bernoulli's numbers
/// (NIST Digital Library of Mathematical Functions, 5.11.1).
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1_260.0,
    -1.0 / 1_680.0,
    1.0 / 1_188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3_617.0 / 122_400.0,
];

/// Half the logarithm of 2π.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// The continued fraction needs some `sqrt(a + b)` steps, so this covers parameters to 10⁸.
const MAX_FRACTION_STEPS: u32 = 100_000;

/// `sqrt(a² + b²)` of numbers whose squares are doubles, too. The standard library's `hypot` binds
/// the addon to a C library of 2022.
pub fn root_sum_of_squares(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

/// Natural logarithm of the gamma function, for positive `x`.
///
/// Absolute error below 1e-14 for `x` up to 10, relative error below 1e-14 beyond. NaN for a
/// NaN, zero or negative `x`; infinite for an infinite one.
///
/// Cost: constant, one or two logarithms. Method: Stirling's series after shifting the argument
/// up to 10 by the recurrence `Γ(x + 1) = x Γ(x)`.
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    if x.is_infinite() {
        return f64::INFINITY;
    }
    let mut shifted = x;
    let mut product = 1.0;
    while shifted < STIRLING_FROM {
        product *= shifted;
        shifted += 1.0;
    }
    let stirling = (shifted - 0.5) * shifted.ln() - shifted + HALF_LN_TAU;
    stirling + stirling_correction(shifted) - product.ln()
}

/// What Stirling's leading terms lack of `ln Γ(x)`, for `x >= STIRLING_FROM`.
fn stirling_correction(x: f64) -> f64 {
    let inverse_square = 1.0 / (x * x);
    let series = STIRLING
        .iter()
        .rev()
        .fold(0.0, |sum, term| sum * inverse_square + term);
    series / x
}

/// Natural logarithm of the beta function, without the cancellation that the difference of
/// three log-gammas suffers when a parameter is large (thousands of degrees of freedom).
fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large < STIRLING_FROM {
        return ln_gamma(small) + ln_gamma(large) - ln_gamma(small + large);
    }
    let sum = small + large;
    // Γ(large) / Γ(sum), whose huge parts cancel on paper instead of in the doubles.
    let ratio = stirling_correction(large) - stirling_correction(sum) + small
        - small * sum.ln()
        - (large - 0.5) * (small / large).ln_1p();
    ln_gamma(small) + ratio
}

/// Regularised incomplete beta function `I_x(a, b)`, for positive `a` and `b` and `x` in [0, 1].
///
/// Relative error below 1e-12 for parameters up to 10⁴, growing slowly beyond. NaN where an
/// argument is NaN, infinite or out of range.
///
/// Cost: some `sqrt(a + b)` steps of a continued fraction (NIST Digital Library of Mathematical
/// Functions, 8.17.22, evaluated by the modified Lentz method).
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    incomplete_beta_with_complement(a, b, x, 1.0 - x)
}

/// [`incomplete_beta`] where the caller knows `1 - x` better than a subtraction would give.
pub(super) fn incomplete_beta_with_complement(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    let valid = a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite();
    if !valid || !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&complement) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    if complement == 0.0 {
        return 1.0;
    }
    // The fraction converges fast on this side of the mean only; the other side is its mirror.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_tail(b, a, complement, x);
    }
    beta_tail(a, b, x, complement)
}

fn beta_tail(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    let ln_x = ln_of_share(x, complement);
    let ln_complement = ln_of_share(complement, x);
    let front = (a * ln_x + b * ln_complement - ln_beta(a, b)).exp();
    front / (a * beta_fraction(a, b, x))
}

/// `ln(share)`, from whichever of the share and its complement keeps more digits.
fn ln_of_share(share: f64, complement: f64) -> f64 {
    if share > 0.5 {
        (-complement).ln_1p()
    } else {
        share.ln()
    }
}

/// The continued fraction `1 + d1 / (1 + d2 / (1 + …))` of the incomplete beta function.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut value = 1.0;
    let mut numerator = 1.0;
    let mut denominator = 0.0;
    for step in 1..=MAX_FRACTION_STEPS {
        let m = f64::from(step / 2);
        let term = if step % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        denominator = 1.0 / away_from_zero(1.0 + term * denominator);
        numerator = away_from_zero(1.0 + term / numerator);
        let change = numerator * denominator;
        value *= change;
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < f64::MIN_POSITIVE {
        f64::MIN_POSITIVE
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(actual: f64, expected: f64) {
        let error = (actual - expected).abs();
        assert!(
            error <= 1e-13 * expected.abs().max(1.0),
            "{actual} is not {expected}"
        );
    }

    #[test]
    fn log_gamma_outside_its_domain_is_nan_not_a_panic() {
        for x in [0.0, -1.5, f64::NAN, f64::NEG_INFINITY] {
            assert!(ln_gamma(x).is_nan());
        }
        assert_eq!(ln_gamma(f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn log_beta_agrees_with_log_gammas_on_both_sides_of_the_switch() {
        for (a, b) in [(0.5, 9.999), (0.5, 10.001), (3.0, 10.0), (12.0, 15.0)] {
            assert_close(ln_beta(a, b), ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b));
        }
    }

    #[test]
    fn incomplete_beta_outside_its_domain_is_nan_not_a_panic() {
        for (a, b, x) in [
            (0.0, 1.0, 0.5),
            (1.0, -1.0, 0.5),
            (1.0, 1.0, 1.5),
            (1.0, 1.0, -0.1),
            (f64::INFINITY, 1.0, 0.5),
            (1.0, 1.0, f64::NAN),
        ] {
            assert!(incomplete_beta(a, b, x).is_nan());
        }
    }
}

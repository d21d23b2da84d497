//! The normal and Student's t distribution: probabilities, and the values that have them.

use super::special::{incomplete_beta_with_complement, ln_gamma};

/// Below this distance from the middle the power series is used, beyond it the continued
/// fraction: there the series still has 13 digits of the tail, and the fraction needs few steps.
const SERIES_BELOW: f64 = 2.5;

/// Beyond 38.6 the upper tail of the normal is below the smallest double.
const NORMAL_TAIL_END: f64 = 39.0;

/// Most steps of the tail's continued fraction; at 2.5, its slowest point, they give all digits.
const TAIL_STEPS: f64 = 100.0;

/// Steps that it takes anywhere, and those at 1, of which further out only their share by the
/// square of the distance is left. Every bit of the answer is that of [`TAIL_STEPS`] steps, and
/// a fifth of the steps is to spare.
const LEAST_STEPS: f64 = 12.0;
const STEPS_AT_ONE: f64 = 820.0;

/// Newton's method doubles its digits each step: a handful suffices, the rest is a guard.
const MAX_NEWTON_STEPS: u32 = 40;

/// A relative step this small leaves nothing for the next one, which would be its square.
const NEWTON_TOLERANCE: f64 = 1e-13;

/// Probability that a standard normal value exceeds `x`. That it is at most `x` has probability
/// `normal_sf(-x)`.
///
/// Relative error below 1e-13 in both tails. NaN for NaN. Cost: up to 100 additions.
///
/// Method: the power series of the integral near the middle, Laplace's continued fraction of
/// Mills' ratio in the tail (NIST Digital Library of Mathematical Functions, 7.6.2 and 7.9.3).
pub fn normal_sf(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x < -SERIES_BELOW {
        return 1.0 - normal_upper_tail(-x);
    }
    if x > SERIES_BELOW {
        return normal_upper_tail(x);
    }
    let mut term = x;
    let mut sum = x;
    let mut odd = 1.0;
    while term.abs() > f64::EPSILON * 0.01 * sum.abs() {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 - normal_density(x) * sum
}

fn normal_upper_tail(x: f64) -> f64 {
    if x > NORMAL_TAIL_END {
        return 0.0;
    }
    let steps = (LEAST_STEPS + STEPS_AT_ONE / (x * x)).min(TAIL_STEPS);
    normal_density(x) / mills_fraction(x, steps as u32)
}

/// Laplace's continued fraction, cut off after so many steps.
fn mills_fraction(x: f64, steps: u32) -> f64 {
    (1..=steps)
        .rev()
        .fold(x, |below, step| x + f64::from(step) / below)
}

fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
}

/// The `x` with `normal_sf(-x) == p`: the normal quantile.
///
/// Error below 1e-13 of the answer, or of 1 if that is more. Infinite for `p` of 0 and 1, NaN
/// for a `p` that is NaN or outside [0, 1].
///
/// Cost: some five evaluations of the distribution.
pub fn normal_quantile(p: f64) -> f64 {
    quantile_of_symmetric(p, |tail| {
        // Bounds of the answer: a tangent near the middle, the exponential bound of the tail.
        let start = if tail > 0.1 {
            (0.5 - tail) / normal_density(0.0)
        } else {
            (-2.0 * (2.0 * tail).ln()).sqrt()
        };
        solve_upper_tail(tail, start, normal_sf, normal_density)
    })
}

/// Probability that a Student's t value with `degrees_of_freedom` exceeds `t`.
///
/// A two-sided p-value is `2.0 * student_t_sf(t.abs(), degrees_of_freedom)`. Relative error below
/// 1e-12 for degrees of freedom up to 10⁴, in both tails. They need not be whole. NaN where an
/// argument is NaN or the degrees of freedom are not positive; infinite degrees of freedom are the
/// normal distribution. Method: the incomplete beta function (Abramowitz and Stegun, 26.7.1).
pub fn student_t_sf(t: f64, degrees_of_freedom: f64) -> f64 {
    if t.is_nan() || degrees_of_freedom.is_nan() || degrees_of_freedom <= 0.0 {
        return f64::NAN;
    }
    if degrees_of_freedom.is_infinite() {
        return normal_sf(t);
    }
    let tail = 0.5 * outside_share(t, degrees_of_freedom);
    if t > 0.0 {
        tail
    } else {
        1.0 - tail
    }
}

/// Probability of a value further from zero than `t`, on either side.
fn outside_share(t: f64, degrees_of_freedom: f64) -> f64 {
    let ratio = (t / degrees_of_freedom.sqrt()).powi(2);
    if ratio.is_infinite() {
        return 0.0;
    }
    let far = ratio / (1.0 + ratio);
    incomplete_beta_with_complement(0.5 * degrees_of_freedom, 0.5, 1.0 / (1.0 + ratio), far)
}

/// The `t` with `student_t_sf(-t, degrees_of_freedom) == p`.
///
/// Relative error below 1e-11 while the answer is below 1e150. Infinite for `p` of 0 and 1, NaN
/// outside the domain of [`student_t_sf`] or for `p` outside [0, 1].
///
/// Cost: some five to ten evaluations of the distribution.
pub fn student_t_quantile(p: f64, degrees_of_freedom: f64) -> f64 {
    if degrees_of_freedom.is_nan() || degrees_of_freedom <= 0.0 {
        return f64::NAN;
    }
    if degrees_of_freedom.is_infinite() {
        return normal_quantile(p);
    }
    let ln_middle = ln_gamma(0.5 * degrees_of_freedom + 0.5)
        - ln_gamma(0.5 * degrees_of_freedom)
        - 0.5 * (degrees_of_freedom * std::f64::consts::PI).ln();
    let density = |t: f64| {
        let ln_fall = (t / degrees_of_freedom * t).ln_1p();
        (ln_middle - 0.5 * (degrees_of_freedom + 1.0) * ln_fall).exp()
    };
    quantile_of_symmetric(p, |tail| {
        // Both are below the answer: the tails are heavier than the normal's, and convex.
        let start = ((0.5 - tail) / density(0.0)).max(-normal_quantile(tail));
        let survival = |t| student_t_sf(t, degrees_of_freedom);
        solve_upper_tail(tail, start, survival, density)
    })
}

/// The quantile of a distribution symmetric about zero, given the one of its upper tail.
fn quantile_of_symmetric(p: f64, upper: impl Fn(f64) -> f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let tail = p.min(1.0 - p);
    if tail == 0.5 {
        return 0.0;
    }
    let magnitude = if tail == 0.0 {
        f64::INFINITY
    } else {
        upper(tail.max(f64::MIN_POSITIVE))
    };
    if p < 0.5 {
        -magnitude
    } else {
        magnitude
    }
}

/// The positive `x` with `survival(x) == tail`, by Newton's method on the logarithms of both:
/// there the curve is concave, so after one step the iterates fall towards the answer and
/// cannot leave it, however heavy the tail.
fn solve_upper_tail(
    tail: f64,
    start: f64,
    survival: impl Fn(f64) -> f64,
    density: impl Fn(f64) -> f64,
) -> f64 {
    let mut x = start;
    for _ in 0..MAX_NEWTON_STEPS {
        let above = survival(x);
        let step = (above / tail).ln() * above / (x * density(x));
        if !step.is_finite() {
            break;
        }
        x *= step.exp();
        if step.abs() < NEWTON_TOLERANCE {
            break;
        }
    }
    x
}

/// Welch and Satterthwaite's degrees of freedom, in shares, of the difference of two means, from the squared
/// error and the number of samples of each.
pub fn welch_freedom((of_a, a): (f64, f64), (of_b, b): (f64, f64)) -> f64 {
    let both = of_a + of_b;
    if both <= 0.0 {
        return a + b - 2.0;
    }
    let of_side = |error: f64, count: f64| (error / both).powi(2) / (count - 1.0);
    1.0 / (of_side(of_a, a) + of_side(of_b, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(actual: f64, expected: f64, tolerance: f64) {
        let error = (actual - expected).abs();
        assert!(
            error <= tolerance * expected.abs(),
            "{actual:e} is not {expected:e}"
        );
    }

    #[test]
    fn the_series_and_the_fraction_meet() {
        let below = normal_sf(SERIES_BELOW);
        let beyond = normal_upper_tail(SERIES_BELOW);
        assert_close(below, beyond, 1e-13);
    }

    #[test]
    fn the_steps_left_out_of_the_fraction_would_change_no_bit() {
        for place in 0..200_000 {
            let x = SERIES_BELOW + 36.0 * (f64::from(place) / 200_000.0).powi(2);
            let all = normal_density(x) / mills_fraction(x, TAIL_STEPS as u32);
            assert_eq!(normal_upper_tail(x).to_bits(), all.to_bits(), "{x}");
        }
    }

    #[test]
    fn quantiles_of_the_normal_undo_its_distribution() {
        for step in 1..=370 {
            let x = -0.1 * f64::from(step);
            assert_close(normal_quantile(normal_sf(-x)), x, 1e-13);
        }
        assert_close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-14);
    }

    #[test]
    fn quantiles_of_student_t_undo_its_distribution() {
        for degrees in [0.5, 1.0, 2.0, 3.7, 10.0, 99.5, 1e4] {
            for p in [1e-60, 1e-12, 0.001, 0.025, 0.2, 0.49, 0.6, 0.975, 0.9999] {
                let t = student_t_quantile(p, degrees);
                let back = student_t_sf(-t, degrees);
                assert_close(back, p, 1e-11);
            }
        }
    }

    #[test]
    fn student_t_approaches_the_normal() {
        assert_close(student_t_sf(2.0, 1e8), normal_sf(2.0), 1e-7);
        assert_eq!(student_t_sf(2.0, f64::INFINITY), normal_sf(2.0));
        assert_eq!(student_t_quantile(0.9, f64::INFINITY), normal_quantile(0.9));
    }

    #[test]
    fn the_ends_of_the_scale_are_infinite_and_beyond_them_is_nan() {
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert_eq!(student_t_quantile(1.0, 5.0), f64::INFINITY);
        assert_eq!(student_t_sf(f64::INFINITY, 5.0), 0.0);
        for p in [-0.1, 1.1, f64::NAN] {
            assert!(normal_quantile(p).is_nan());
            assert!(student_t_quantile(p, 5.0).is_nan());
        }
        for degrees in [0.0, -1.0, f64::NAN] {
            assert!(student_t_sf(1.0, degrees).is_nan());
            assert!(student_t_quantile(0.9, degrees).is_nan());
        }
        assert!(normal_sf(f64::NAN).is_nan());
    }
}

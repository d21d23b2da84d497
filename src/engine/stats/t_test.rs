//! Student's t-test of two means, pooled and Welch's.

use super::distribution::{student_t_quantile, student_t_sf};
use super::moments::Moments;

/// How the mean of `b` departs from the mean of `a`, and how likely chance alone would part them
/// as far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// The t statistic, positive where `b` is greater. Where neither set varies and the means
    /// differ it is `±f64::MAX`, the largest a result may hold.
    pub t: f64,
    /// Degrees of freedom; not whole in Welch's test.
    pub degrees_of_freedom: f64,
    /// Two-sided p-value, in [0, 1].
    pub p_value: f64,
    /// Mean of `b` less mean of `a`, in the samples' unit.
    pub difference: f64,
    /// Standard error of the difference, in the samples' unit.
    pub standard_error: f64,
}

impl TTest {
    /// Ends of the interval that holds the true difference with this confidence, a share in
    /// (0, 1); `None` for any other.
    pub fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return None;
        }
        let reach = student_t_quantile(0.5 + 0.5 * confidence, self.degrees_of_freedom);
        let margin = reach * self.standard_error;
        Some((self.difference - margin, self.difference + margin))
    }

    fn new(difference: f64, standard_error: f64, degrees_of_freedom: f64) -> Option<Self> {
        if !difference.is_finite() || !standard_error.is_finite() {
            return None;
        }
        let ratio = if difference == 0.0 {
            0.0
        } else {
            difference / standard_error
        };
        let t = ratio.clamp(-f64::MAX, f64::MAX);
        Some(Self {
            t,
            degrees_of_freedom,
            p_value: 2.0 * student_t_sf(t.abs(), degrees_of_freedom),
            difference,
            standard_error,
        })
    }
}

/// Welch's t-test (1947), which lets the two sets differ in variance: `SciPy`'s
/// `ttest_ind(b, a, equal_var=False)`.
///
/// `None` where a set has fewer than two finite samples, or samples too large to square. Two
/// sets that do not vary have a p-value of 1 where they are equal, and of 0 where they differ.
/// Cost: O(n), no allocation.
pub fn welch_t_test(a: &[f64], b: &[f64]) -> Option<TTest> {
    welch_t_test_of_moments(&Moments::from(a), &Moments::from(b))
}

/// [`welch_t_test`] in O(1), for callers that keep the moments.
pub fn welch_t_test_of_moments(a: &Moments, b: &Moments) -> Option<TTest> {
    let (error_a, error_b) = (squared_error(a)?, squared_error(b)?);
    let squared = error_a + error_b;
    let degrees = |moments: &Moments| (moments.count() - 1) as f64;
    let degrees_of_freedom = if squared == 0.0 {
        degrees(a) + degrees(b)
    } else {
        // Welch and Satterthwaite's formula in shares, which neither overflow nor vanish.
        let (share_a, share_b) = (error_a / squared, error_b / squared);
        1.0 / (share_a * share_a / degrees(a) + share_b * share_b / degrees(b))
    };
    TTest::new(b.mean()? - a.mean()?, squared.sqrt(), degrees_of_freedom)
}

/// Student's t-test with the variance pooled over both sets: `SciPy`'s `ttest_ind(b, a)`. Right
/// only where the sets vary alike; prefer [`welch_t_test`] where that is unknown.
///
/// `None` where a set has no finite sample, where both together have fewer than three, or where
/// samples are too large to square. Sets that do not vary: as for [`welch_t_test`].
/// Cost: O(n), no allocation.
pub fn pooled_t_test(a: &[f64], b: &[f64]) -> Option<TTest> {
    let (a, b) = (Moments::from(a), Moments::from(b));
    let degrees_of_freedom = (a.count() + b.count()).checked_sub(2)?;
    if degrees_of_freedom == 0 {
        return None;
    }
    let degrees_of_freedom = degrees_of_freedom as f64;
    let (count_a, count_b) = (a.count() as f64, b.count() as f64);
    let variance = (summed_squares(&a)? + summed_squares(&b)?) / degrees_of_freedom;
    let standard_error = (variance * (1.0 / count_a + 1.0 / count_b)).sqrt();
    TTest::new(b.mean()? - a.mean()?, standard_error, degrees_of_freedom)
}

/// Squared standard error of the mean.
fn squared_error(moments: &Moments) -> Option<f64> {
    Some(moments.variance()? / moments.count() as f64)
}

/// Sum of squared distances from the mean; 0 for a single sample.
fn summed_squares(moments: &Moments) -> Option<f64> {
    match moments.count() {
        0 => None,
        1 => Some(0.0),
        count => Some(moments.variance()? * (count - 1) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_says_how_b_departs_from_a() {
        let (a, b) = ([1.0, 2.0, 3.0], [11.0, 12.0, 13.5]);
        let test = welch_t_test(&a, &b).unwrap();
        assert!(test.t > 0.0 && test.difference > 10.0);
        let mirrored = welch_t_test(&b, &a).unwrap();
        assert_eq!(mirrored.t, -test.t);
        assert_eq!(mirrored.p_value, test.p_value);
    }

    #[test]
    fn both_tests_agree_on_sets_of_equal_size_and_variance() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.0]);
        let welch = welch_t_test(&a, &b).unwrap();
        let pooled = pooled_t_test(&a, &b).unwrap();
        assert!((welch.t - pooled.t).abs() < 1e-14);
        assert!((welch.degrees_of_freedom - 6.0).abs() < 1e-12);
        assert!((welch.p_value - pooled.p_value).abs() < 1e-14);
    }

    #[test]
    fn the_interval_holds_zero_just_when_the_p_value_exceeds_its_complement() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.5]);
        let test = welch_t_test(&a, &b).unwrap();
        let (low, high) = test.interval(1.0 - test.p_value).unwrap();
        assert!(low.abs() < 1e-9 && high > test.difference);
        assert_eq!(test.interval(1.0), None);
        assert_eq!(test.interval(f64::NAN), None);
    }

    #[test]
    fn sets_that_do_not_vary_are_told_apart_for_certain_or_not_at_all() {
        for test in [welch_t_test, pooled_t_test] {
            let same = test(&[2.0; 3], &[2.0; 4]).unwrap();
            assert_eq!((same.t, same.p_value), (0.0, 1.0));
            let apart = test(&[2.0; 3], &[1.0; 4]).unwrap();
            assert_eq!((apart.t, apart.p_value), (-f64::MAX, 0.0));
            assert_eq!(apart.interval(0.95), Some((-1.0, -1.0)));
        }
    }

    #[test]
    fn too_few_samples_have_no_answer() {
        assert_eq!(welch_t_test(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(pooled_t_test(&[1.0], &[2.0]), None);
        assert_eq!(pooled_t_test(&[], &[1.0, 2.0, 3.0]), None);
        assert!(pooled_t_test(&[1.0], &[2.0, 3.0]).is_some());
    }

    #[test]
    fn samples_that_are_not_finite_or_too_large_never_panic() {
        let hostile = [f64::NAN, f64::INFINITY, f64::MAX, -f64::MAX];
        for test in [welch_t_test, pooled_t_test] {
            assert_eq!(test(&hostile, &[1.0, 2.0]), None);
            assert_eq!(test(&[1.0, 2.0], &hostile), None);
        }
    }
}

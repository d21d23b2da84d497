//! Scaling laws: a robust straight line through the logarithms of both axes.

use super::quantile::median;
use super::robust::{spread, Spread};
use super::trend::{theil_sen, TheilSen};

/// `y ≈ coefficient · x^exponent`, and how sure the exponent is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// The power: 1 is linear, 2 quadratic, 0 constant cost.
    pub exponent: f64,
    /// Lower end of the exponent's confidence interval.
    pub low: f64,
    /// Upper end of the exponent's confidence interval.
    pub high: f64,
    /// Natural logarithm of the coefficient, in the logarithm of y's unit.
    pub ln_coefficient: f64,
    /// Spread of the points about the law as a standard deviation of `ln y`: 0.15 is about 15 %.
    pub residual_sigma: f64,
    /// Points that the exponent was found from.
    pub points: usize,
}

impl PowerLaw {
    /// The y that the law expects at `x`, in y's unit; `None` unless `x` is positive and finite,
    /// and the answer finite too.
    pub fn predict(&self, x: f64) -> Option<f64> {
        let y = (self.ln_coefficient + self.exponent * x.ln()).exp();
        (usable(x) && y.is_finite()).then_some(y)
    }
}

/// The power law through the points `(x[i], y[i])`: a Theil-Sen line through their logarithms,
/// so that errors count by proportion and up to 29 % of wild points do not bend it.
///
/// The coefficient puts half of the points above the law and half below. Points where a half is
/// not positive and finite are left out: they have no logarithm. Beyond
/// [`MAX_SLOPE_POINTS`](super::trend::MAX_SLOPE_POINTS) the exponent comes from an even sample,
/// the coefficient and the spread from all points.
///
/// `None` unless two points differ in x, or if `confidence` is not in (0, 1). Cost: as
/// [`theil_sen`].
pub fn log_log_fit(x: &[f64], y: &[f64], confidence: f64) -> Option<PowerLaw> {
    let (ln_x, ln_y): (Vec<f64>, Vec<f64>) = x
        .iter()
        .zip(y)
        .filter(|(&x, &y)| usable(x) && usable(y))
        .map(|(x, y)| (x.ln(), y.ln()))
        .unzip();
    let TheilSen {
        slope,
        low,
        high,
        points,
        ..
    } = theil_sen(&ln_x, &ln_y, confidence)?;
    let residuals: Vec<f64> = ln_x.iter().zip(&ln_y).map(|(x, y)| y - slope * x).collect();
    Some(PowerLaw {
        exponent: slope,
        low,
        high,
        ln_coefficient: median(&residuals)?,
        residual_sigma: spread(&residuals).as_ref().map_or(0.0, Spread::sigma),
        points,
    })
}

/// Whether a number has a logarithm.
fn usable(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(actual: f64, expected: f64) {
        assert!(
            (actual - expected).abs() < 1e-9,
            "{actual} is not {expected}"
        );
    }

    #[test]
    fn a_pure_power_law_is_found_and_continued() {
        let x: Vec<f64> = (1..=40).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 * x.powf(1.5)).collect();
        let law = log_log_fit(&x, &y, 0.95).unwrap();
        assert_close(law.exponent, 1.5);
        assert_close(law.ln_coefficient, 3.0_f64.ln());
        assert_close(law.residual_sigma, 0.0);
        assert_close(law.predict(100.0).unwrap(), 3_000.0);
        assert_eq!(law.points, 40);
    }

    #[test]
    fn the_exponent_does_not_depend_on_the_units() {
        let x: Vec<f64> = (1..=30).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| x * (1.0 + 0.1 * x.sin())).collect();
        let in_seconds: Vec<f64> = y.iter().map(|y| y / 1_000.0).collect();
        let law = log_log_fit(&x, &y, 0.95).unwrap();
        let scaled = log_log_fit(&x, &in_seconds, 0.95).unwrap();
        assert_close(law.exponent, scaled.exponent);
        assert_close(law.high, scaled.high);
        assert_close(law.ln_coefficient - scaled.ln_coefficient, 1_000_f64.ln());
    }

    #[test]
    fn points_without_a_logarithm_are_left_out() {
        let x = [0.0, -1.0, 1.0, 2.0, 4.0, f64::NAN];
        let y = [1.0, 1.0, 1.0, 2.0, 4.0, 1.0];
        let law = log_log_fit(&x, &y, 0.95).unwrap();
        assert_close(law.exponent, 1.0);
        assert_eq!(law.points, 3);
        assert_eq!(log_log_fit(&[0.0, 1.0], &[1.0, 1.0], 0.95), None);
        assert_eq!(log_log_fit(&[], &[], 0.95), None);
    }

    #[test]
    fn a_prediction_without_a_finite_answer_is_none() {
        let law = log_log_fit(&[1.0, 10.0], &[1.0, 100.0], 0.95).unwrap();
        for x in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e200] {
            assert_eq!(law.predict(x), None, "{x}");
        }
        let falling = log_log_fit(&[1.0, 10.0], &[1.0, 0.01], 0.95).unwrap();
        assert_eq!(falling.predict(f64::INFINITY), None);
    }
}

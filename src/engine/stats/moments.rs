//! Count, mean and variance in one pass.

/// Running moments of a set of samples.
///
/// Welford's update (1962): summing squares instead would lose every digit of a small variance
/// around a large mean. 24 bytes; O(1) to record.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Moments {
    /// The moments of no samples.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one sample; one that is not finite is left out.
    pub fn record(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.count += 1;
        let distance = value - self.mean;
        self.mean += distance / self.count as f64;
        self.squares += distance * (value - self.mean);
    }

    /// Arithmetic mean; `None` without samples, or where they overflow a double.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0 && self.mean.is_finite()).then_some(self.mean)
    }

    /// Sample variance (divided by `n - 1`), in squared units; `None` below two samples, or where
    /// the samples are too large to square.
    pub fn variance(&self) -> Option<f64> {
        let variance = self.squares / (self.count.checked_sub(1)? as f64);
        variance.is_finite().then_some(variance)
    }

    /// Square root of [`Moments::variance`], in the samples' unit.
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }
}

impl From<&[f64]> for Moments {
    /// In three passes, which keeps some digits more than recording one by one: the corrected
    /// two-pass algorithm (Chan and others 1983) about a first sample taken as the origin.
    fn from(samples: &[f64]) -> Self {
        let finite = || samples.iter().filter(|sample| sample.is_finite());
        let Some(&origin) = finite().next() else {
            return Self::new();
        };
        let count = finite().count();
        let mean = origin + finite().map(|sample| sample - origin).sum::<f64>() / count as f64;
        let (mut drift, mut squares) = (0.0, 0.0);
        for sample in finite() {
            let distance = sample - mean;
            drift += distance;
            squares += distance * distance;
        }
        let corrected = squares - drift * drift / count as f64;
        Self {
            count: count as u64,
            mean,
            // Not `max`: that would turn an overflow, which is NaN by now, into a variance of 0.
            squares: if corrected < 0.0 { 0.0 } else { corrected },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLES: [f64; 8] = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];

    fn recorded(samples: &[f64]) -> Moments {
        let mut moments = Moments::new();
        for &sample in samples {
            moments.record(sample);
        }
        moments
    }

    #[test]
    fn a_small_variance_around_a_large_mean_keeps_its_digits() {
        let far: Vec<f64> = SAMPLES.iter().map(|sample| 1e9 + sample).collect();
        assert!((recorded(&far).variance().unwrap() - 32.0 / 7.0).abs() < 1e-6);
        let of_slice = Moments::from(far.as_slice());
        assert!((of_slice.variance().unwrap() - 32.0 / 7.0).abs() < 1e-14);
    }

    #[test]
    fn too_few_samples_have_no_moments() {
        assert_eq!(Moments::new().mean(), None);
        assert_eq!(Moments::new().variance(), None);
        let one = Moments::from([3.0].as_slice());
        assert_eq!(one.mean(), Some(3.0));
        assert_eq!(one.variance(), None);
    }

    #[test]
    fn samples_that_are_not_finite_are_left_out() {
        let samples = [f64::NAN, 1.0, f64::INFINITY, 3.0];
        assert_eq!(Moments::from(samples.as_slice()).mean(), Some(2.0));
        assert_eq!(recorded(&samples).mean(), Some(2.0));
    }

    #[test]
    fn an_overflow_is_no_answer_rather_than_infinity() {
        let ends = [f64::MAX, -f64::MAX];
        assert_eq!(Moments::from(ends.as_slice()).variance(), None);
        assert_eq!(recorded(&ends).variance(), None);
    }
}

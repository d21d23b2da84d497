//! How much less an autocorrelated series says than as many independent samples.

/// Samples below which no autocorrelation can be seen.
const LEAST_SAMPLES: usize = 20;

/// Longer series are averaged in blocks down to at most so many, which bounds the cost.
const MOST_BLOCKS: usize = 2000;

/// Autocorrelations this many standard errors above zero count, others are chance.
const NOTABLE: f64 = 1.5;

/// By how much autocorrelation inflates the variance of the mean of a series, in order of time: 1 for
/// independent samples, `(1 + φ) / (1 - φ)` for an autoregressive series. Never below 1.
///
/// Sums the autocorrelations by Geyer's initial positive and monotone sequence (1992): pairs of
/// neighbouring lags, until one no longer stands out; none where not even the first lag does. Slow
/// drift counts as autocorrelation. 1 where the samples are all equal, or fewer than 20. Samples have
/// to be finite.
///
/// Cost: O(n) for independent samples, O(n²) of at most 2,000 blocks for autocorrelation over long lags.
pub fn inflation(series: &[f64]) -> f64 {
    if series.len() < LEAST_SAMPLES {
        return 1.0;
    }
    let of_samples = mean_square(&centred(series));
    if of_samples <= 0.0 {
        return 1.0;
    }
    let size = series.len().div_ceil(MOST_BLOCKS);
    let means: Vec<f64> = series
        .chunks_exact(size)
        .map(|block| block.iter().sum::<f64>() / size as f64)
        .collect();
    let blocks = centred(&means);
    let of_blocks = mean_square(&blocks);
    if of_blocks <= 0.0 {
        return 1.0;
    }
    let within = size as f64 * of_blocks / of_samples;
    (within * inflation_of(&blocks, of_blocks)).max(1.0)
}

/// The factor for centred samples of this mean square.
fn inflation_of(series: &[f64], mean_square: f64) -> f64 {
    let count = series.len() as f64;
    let correlation = |lag: usize| {
        let later = series.iter().skip(lag);
        let products = series.iter().zip(later).map(|(early, late)| early * late);
        products.sum::<f64>() / (count * mean_square)
    };
    let next = correlation(1);
    if next < NOTABLE / count.sqrt() {
        return 1.0;
    }
    let notable = NOTABLE * (2.0 / count).sqrt();
    let mut last = 1.0 + next;
    let mut sum = last;
    for pair in 1..series.len() / 4 {
        let both = correlation(2 * pair) + correlation(2 * pair + 1);
        if both < notable {
            break;
        }
        last = last.min(both);
        sum += last;
    }
    2.0 * sum - 1.0
}

fn centred(series: &[f64]) -> Vec<f64> {
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    series.iter().map(|sample| sample - mean).collect()
}

fn mean_square(centred: &[f64]) -> f64 {
    centred.iter().map(|sample| sample * sample).sum::<f64>() / centred.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform in [-0.5, 0.5), by a linear congruence (Knuth's MMIX).
    fn noise(count: usize) -> impl Iterator<Item = f64> {
        let mut state = 1_u64;
        (0..count).map(move |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        })
    }

    fn autoregressive(count: usize, phi: f64) -> Vec<f64> {
        let mut level = 0.0;
        noise(count)
            .map(|step| {
                level = phi * level + step;
                level
            })
            .collect()
    }

    #[test]
    fn independent_samples_are_worth_their_number() {
        for count in [50, 300, 3000, 50_000] {
            let factor = inflation(&noise(count).collect::<Vec<_>>());
            assert!((1.0..1.4).contains(&factor), "{count}: {factor}");
        }
    }

    #[test]
    fn an_autoregressive_series_is_worth_as_much_less_as_theory_has_it() {
        for (phi, theory) in [(0.3, 1.857), (0.5, 3.0), (0.7, 5.667)] {
            for count in [1000, 10_000] {
                let factor = inflation(&autoregressive(count, phi));
                assert!(
                    (0.6 * theory..1.4 * theory).contains(&factor),
                    "{phi}, {count}: {factor}"
                );
            }
        }
    }

    #[test]
    fn a_slow_drift_is_autocorrelation() {
        let drifting: Vec<f64> = noise(300)
            .enumerate()
            .map(|(run, noise)| noise + (run as f64 / 40.0).sin())
            .collect();
        assert!(inflation(&drifting) > 20.0);
    }

    #[test]
    fn neither_few_nor_equal_nor_alternating_samples_are_autocorrelated() {
        assert_eq!(inflation(&[]), 1.0);
        assert_eq!(inflation(&autoregressive(19, 0.9)), 1.0);
        assert_eq!(inflation(&[3.0; 100]), 1.0);
        let alternating: Vec<f64> = (0..5000).map(|run| f64::from(run % 2)).collect();
        assert_eq!(inflation(&alternating), 1.0);
    }
}

//! Mean, median and nearest-rank percentile over a window. NaN marks a missing value and is
//! left out; with no value at all the answer is 0.

fn known(values: &[f64]) -> Vec<f64> {
    values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect()
}

/// Arithmetic mean.
pub fn average(values: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for value in values.iter().filter(|value| !value.is_nan()) {
        sum += value;
        count += 1;
    }
    if count == 0 {
        0.0
    } else {
        sum / count as f64
    }
}

/// Mean of the middle two, or the middle one.
///
/// Cost: O(n), one allocation.
pub fn median(values: &[f64]) -> f64 {
    let mut values = known(values);
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let even = values.len() % 2 == 0;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if !even {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (lower + upper) / 2.0
}

/// The smallest value that at least `percent` of the values do not exceed.
///
/// Cost: O(n), one allocation.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut values = known(values);
    if values.is_empty() {
        return 0.0;
    }
    let rank = (percent / 100.0 * values.len() as f64).ceil() as usize;
    let place = rank.clamp(1, values.len()) - 1;
    *values.select_nth_unstable_by(place, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_are_left_out() {
        let values = [1.0, f64::NAN, 3.0];
        assert_eq!(
            (average(&values), median(&values), percentile(&values, 95.0)),
            (2.0, 2.0, 3.0)
        );
    }

    #[test]
    fn without_values_every_figure_is_zero() {
        assert_eq!(
            (average(&[f64::NAN]), median(&[]), percentile(&[], 50.0)),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn the_percentile_is_a_value_that_was_seen() {
        let values: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 95.0), 10.0);
        assert_eq!(percentile(&values, 50.0), 5.0);
        assert_eq!(percentile(&values, 0.0), 1.0);
        assert_eq!(median(&values), 5.5);
    }
}

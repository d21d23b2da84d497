//! What holds of the statistics whatever the samples.

use pipeline_performance_metrics::engine::stats::moments::Moments;
use pipeline_performance_metrics::engine::stats::quantile::{
    finite, median, median_sorted, nearest_rank, nearest_rank_sorted, select, Quantile,
};
use pipeline_performance_metrics::engine::stats::rank::{holm, rank_sum};
use pipeline_performance_metrics::engine::stats::regression::log_log_fit;
use pipeline_performance_metrics::engine::stats::robust::spread;
use pipeline_performance_metrics::engine::stats::sketch::Sketch;
use pipeline_performance_metrics::engine::stats::trend::{mann_kendall, theil_sen};
use proptest::collection::vec;
use proptest::prelude::*;

/// Any double at all: NaN of every kind, infinities, zeros, subnormals, both signs.
fn any_double() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

/// Durations as they come: around a scale, tied now and then, with zeros and hostile ones.
fn duration() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-20.0..20.0_f64).prop_map(f64::exp),
        4 => (1..20_u32).prop_map(f64::from),
        1 => Just(0.0),
        1 => any_double(),
    ]
}

/// Samples of moderate size, where sums and differences stay exact enough to compare.
fn calm(len: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    vec(
        prop_oneof![(-1e3..1e3_f64), (-9..9_i32).prop_map(f64::from)],
        len,
    )
}

fn quantile() -> impl Strategy<Value = Quantile> {
    (0.0..=1.0_f64).prop_filter_map("a share", Quantile::new)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// A sketch small enough to collapse, or of the usual size.
fn sketch_of(samples: &[f64], buckets: u16) -> Sketch {
    let mut sketch = Sketch::with_buckets(buckets);
    for &value in samples {
        sketch.record(value);
    }
    sketch
}

fn limit() -> impl Strategy<Value = u16> {
    prop_oneof![Just(1_u16), 2..200_u16, Just(2_048)]
}

proptest! {
    #[test]
    fn merged_sketches_equal_the_sketch_of_the_union(
        samples in vec(duration(), 0..300),
        cuts in (0.0..1.0_f64, 0.0..1.0_f64),
        limit in limit(),
    ) {
        let place = |cut: f64| (cut * samples.len() as f64) as usize;
        let (first, second) = (place(cuts.0.min(cuts.1)), place(cuts.0.max(cuts.1)));
        let parts = [&samples[..first], &samples[first..second], &samples[second..]];
        let whole = sketch_of(&samples, limit);
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]] {
            let mut merged = Sketch::with_buckets(limit);
            for part in order {
                merged.merge(&sketch_of(parts[part], limit));
            }
            prop_assert!(merged == whole, "order {:?}: {:?} is not {:?}", order, merged, whole);
        }
    }

    #[test]
    fn the_order_of_recording_does_not_change_a_sketch(
        samples in vec(duration(), 0..200)
            .prop_flat_map(|samples| (Just(samples.clone()), Just(samples).prop_shuffle())),
        limit in limit(),
    ) {
        prop_assert!(sketch_of(&samples.0, limit) == sketch_of(&samples.1, limit));
    }

    #[test]
    fn sketch_quantiles_are_within_the_error_of_the_exact_ones(
        samples in vec((-40.0..40.0_f64).prop_map(f64::exp), 1..300),
        quantile in quantile(),
    ) {
        let mut sketch = Sketch::with_buckets(u16::MAX);
        for &sample in &samples {
            prop_assert!(sketch.record(sample));
        }
        let exact = nearest_rank(&samples, quantile).unwrap_or(f64::NAN);
        let answer = sketch.quantile(quantile).unwrap_or(f64::NAN);
        prop_assert!((answer - exact).abs() <= sketch.alpha() * exact, "{} for {}", answer, exact);
    }

    #[test]
    fn every_sample_offered_is_counted_or_refused(samples in vec(duration(), 0..200), limit in limit()) {
        let mut sketch = Sketch::with_buckets(limit);
        let counted = samples.iter().filter(|sample| sketch.record(**sample)).count() as u64;
        prop_assert_eq!(sketch.count(), counted);
        let buckets: Vec<_> = sketch.buckets().collect();
        prop_assert_eq!(buckets.iter().map(|bucket| bucket.count).sum::<u64>(), counted);
        prop_assert!(buckets.windows(2).all(|pair| pair[0].high <= pair[1].low));
        prop_assert!(buckets.len() <= usize::from(limit) + 1);
    }

    #[test]
    fn selection_finds_what_sorting_does(samples in vec(any_double(), 1..200), place in 0.0..1.0_f64) {
        let index = (place * samples.len() as f64) as usize;
        let expected = sorted(&samples)[index];
        let selected = select(&mut samples.clone(), index);
        prop_assert_eq!(selected.map(f64::to_bits), Some(expected.to_bits()));
    }

    #[test]
    fn quantiles_and_medians_are_those_of_the_sorted_samples(
        samples in vec(any_double(), 0..200),
        quantile in quantile(),
    ) {
        let ascending = sorted(&finite(&samples));
        prop_assert_eq!(nearest_rank(&samples, quantile), nearest_rank_sorted(&ascending, quantile));
        prop_assert_eq!(median(&samples), median_sorted(&ascending));
    }

    #[test]
    fn moments_recorded_one_by_one_are_those_of_the_whole(samples in calm(0..100)) {
        let mut recorded = Moments::new();
        for &sample in &samples {
            recorded.record(sample);
        }
        let whole = Moments::from(samples.as_slice());
        let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * (1.0 + b.abs()),
            (a, b) => a == b,
        };
        prop_assert!(close(recorded.mean(), whole.mean()));
        prop_assert!(close(recorded.variance(), whole.variance()));
    }

    #[test]
    fn the_slope_is_the_median_of_every_slope(y in calm(2..250)) {
        let x: Vec<f64> = (0..y.len()).map(|index| index as f64).collect();
        let mut slopes = Vec::new();
        for later in 0..y.len() {
            slopes.extend((0..later).map(|i| (y[later] - y[i]) / (x[later] - x[i])));
        }
        let line = theil_sen(&x, &y, 0.9);
        prop_assert_eq!(line.map(|line| line.slope), median(&slopes));
        prop_assert!(line.is_some_and(|l| l.low <= l.slope && l.slope <= l.high));
    }

    #[test]
    fn u_counts_every_pair_that_b_wins(a in calm(1..40), b in calm(1..40)) {
        let won = |a: f64, b: f64| f64::from(u8::from(b > a)) + 0.5 * f64::from(u8::from(b == a));
        let u: f64 = b.iter().flat_map(|&b| a.iter().map(move |&a| won(a, b))).sum();
        let test = rank_sum(&a, &b);
        prop_assert_eq!(test.map(|test| test.u), Some(u));
        prop_assert!(test.is_some_and(|test| (0.0..=1.0).contains(&test.p_value)));
    }

    #[test]
    fn the_order_of_a_set_changes_no_two_sample_answer(
        a in calm(1..30).prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle())),
        b in calm(1..30),
    ) {
        prop_assert_eq!(rank_sum(&a.0, &b), rank_sum(&a.1, &b));
    }

    #[test]
    fn holm_never_lowers_a_p_value_nor_swaps_two(p in vec(0.0..=1.0_f64, 0..30)) {
        let adjusted = holm(&p);
        for (i, raw) in p.iter().enumerate() {
            prop_assert!(adjusted[i] >= *raw && adjusted[i] <= 1.0);
            for (j, other) in p.iter().enumerate() {
                prop_assert!(raw > other || adjusted[i] <= adjusted[j]);
            }
        }
    }

    #[test]
    fn no_input_panics_and_no_answer_is_infinite(
        a in vec(any_double(), 0..40),
        b in vec(any_double(), 0..40),
        confidence in any_double(),
    ) {
        for share in [confidence, 0.95] {
            if let Some(line) = theil_sen(&a, &b, share) {
                prop_assert!(line.slope.is_finite() && line.intercept.is_finite());
            }
            if let Some(law) = log_log_fit(&a, &b, share) {
                prop_assert!(law.exponent.is_finite() && law.ln_coefficient.is_finite());
            }
        }
        prop_assert!(rank_sum(&a, &b).is_none_or(|test| test.p_value.is_finite()));
        prop_assert!(mann_kendall(&a).is_none_or(|test| test.p_value.is_finite()));
        prop_assert!(spread(&a).is_none_or(|s| s.median.is_finite() && s.mad.is_finite()));
        prop_assert!(holm(&a).iter().all(|p| p.is_finite()));
        let moments = Moments::from(a.as_slice());
        prop_assert!(moments.mean().is_none_or(f64::is_finite));
        prop_assert!(moments.variance().is_none_or(|v| v.is_finite() && v >= 0.0));
    }
}

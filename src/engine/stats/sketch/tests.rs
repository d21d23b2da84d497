use super::*;

fn sketch_of(samples: impl IntoIterator<Item = f64>) -> Sketch {
    let mut sketch = Sketch::new();
    for sample in samples {
        sketch.record(sample);
    }
    sketch
}

fn quantile(share: f64) -> Quantile {
    Quantile::new(share).unwrap()
}

#[test]
fn the_ends_are_exact() {
    let sketch = sketch_of([3.3, 0.017, 12_345.678]);
    assert_eq!(sketch.quantile(quantile(0.0)), Some(0.017));
    assert_eq!(sketch.quantile(quantile(1.0)), Some(12_345.678));
    assert_eq!(
        (sketch.min(), sketch.max()),
        (Some(0.017), Some(12_345.678))
    );
}

#[test]
fn an_empty_sketch_has_no_answers() {
    let sketch = Sketch::new();
    assert_eq!(sketch.quantile(Quantile::P50), None);
    assert_eq!(
        (sketch.min(), sketch.max(), sketch.count()),
        (None, None, 0)
    );
    assert_eq!(sketch.buckets().count(), 0);
}

#[test]
fn one_sample_is_every_quantile_exactly() {
    let sketch = sketch_of([7.7]);
    for share in [0.0, 0.5, 0.999, 1.0] {
        assert_eq!(sketch.quantile(quantile(share)), Some(7.7));
    }
}

#[test]
fn zeros_are_samples_below_all_others() {
    let sketch = sketch_of([0.0, -0.0, 5e-324, 1e-310, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!(sketch.count(), 8);
    assert_eq!(sketch.quantile(quantile(0.5)), Some(0.0));
    assert!(sketch.min().unwrap().is_sign_positive());
    assert!(sketch.quantile(quantile(0.6)).unwrap() > 3.9);
    let zeros = sketch.buckets().next().unwrap();
    assert_eq!((zeros.low, zeros.count), (0.0, 4));
}

#[test]
fn the_whole_range_of_doubles_has_finite_answers() {
    let samples = [
        f64::MIN_POSITIVE,
        1e-200,
        1.0,
        1e200,
        f64::MAX,
        f64::MAX,
        f64::MAX,
    ];
    let sketch = sketch_of(samples);
    for share in [0.1, 0.5, 0.7, 0.8, 1.0] {
        assert!(sketch.quantile(quantile(share)).unwrap().is_finite());
    }
    assert_eq!(sketch.buckets().map(|bucket| bucket.count).sum::<u64>(), 7);
    assert!(sketch.buckets().all(|bucket| bucket.high.is_finite()));
}

#[test]
fn a_full_sketch_reads_too_high_below_and_right_above() {
    let mut sketch = Sketch::with_buckets(76);
    for sample in 1..=1_000 {
        sketch.record(f64::from(sample));
    }
    // 76 buckets are two octaves: from 250 up.
    assert!(sketch.quantile(quantile(0.1)).unwrap() > 240.0);
    let median = sketch.quantile(Quantile::P50).unwrap();
    assert!((median - 500.0).abs() <= 5.0);
    assert_eq!(sketch.quantile(quantile(0.0)), Some(1.0));
}

#[test]
fn recording_in_the_range_seen_allocates_nothing() {
    let mut sketch = Sketch::new();
    for sample in 1..=2_000_u32 {
        sketch.record(f64::from(sample));
    }
    let warm = sketch.memory_bytes();
    for sample in 1..=20_000_u32 {
        sketch.record(f64::from(sample % 2_000 + 1));
    }
    assert_eq!(sketch.memory_bytes(), warm);
    assert!(warm < 4_096, "{warm} bytes");
}

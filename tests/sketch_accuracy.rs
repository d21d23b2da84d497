//! The sketch's promise on a million samples of five distributions: every quantile from p50 to
//! p99.9 within 1 % of the exact one, and merged parts equal to the whole.

use pipeline_performance_metrics::engine::stats::quantile::{select, Quantile};
use pipeline_performance_metrics::engine::stats::sketch::Sketch;

const SAMPLES: usize = 1_000_000;

/// Sketches that share the samples out, as rollups of a day would.
const PARTS: usize = 288;

const QUANTILES: [Quantile; 5] = [
    Quantile::P50,
    Quantile::P90,
    Quantile::P95,
    Quantile::P99,
    Quantile::P999,
];

/// Numbers evenly spread over (0, 1), the same ones every time: `SplitMix64` (Steele and others
/// 2014).
struct Shares(u64);

impl Shares {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Two standard normal values at once (Box and Muller 1958).
    fn next_normal(&mut self) -> f64 {
        let radius = (-2.0 * self.next().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.next()).cos()
    }
}

fn assert_promise(seed: u64, draw: impl Fn(&mut Shares) -> f64) {
    let mut shares = Shares(seed);
    let mut samples: Vec<f64> = (0..SAMPLES).map(|_| draw(&mut shares)).collect();
    let mut whole = Sketch::new();
    let mut parts = vec![Sketch::new(); PARTS];
    for (index, &sample) in samples.iter().enumerate() {
        whole.record(sample);
        parts[index % PARTS].record(sample);
    }
    let mut merged = Sketch::new();
    for part in &parts {
        merged.merge(part);
    }
    assert!(merged == whole, "merged parts differ from the whole");
    assert!(whole.memory_bytes() < 16 * 1_024);
    for quantile in QUANTILES {
        let rank = quantile.rank(samples.len());
        let exact = select(&mut samples, rank);
        let error = exact
            .zip(whole.quantile(quantile))
            .map(|(exact, answer)| (answer - exact).abs() / exact);
        assert!(
            error.is_some_and(|error| error <= 0.01),
            "{quantile:?} is off by {error:?}"
        );
    }
}

#[test]
fn uniform_samples_are_answered_within_one_per_cent() {
    assert_promise(1, |shares| 5.0 + 95.0 * shares.next());
}

#[test]
fn exponential_samples_are_answered_within_one_per_cent() {
    assert_promise(2, |shares| -20.0 * shares.next().ln());
}

#[test]
fn log_normal_samples_are_answered_within_one_per_cent() {
    assert_promise(3, |shares| (2.0 + 0.25 * shares.next_normal()).exp());
}

#[test]
fn pareto_samples_are_answered_within_one_per_cent() {
    assert_promise(4, |shares| 0.1 * shares.next().powf(-1.0 / 1.2));
}

#[test]
fn bimodal_samples_are_answered_within_one_per_cent() {
    assert_promise(5, |shares| {
        let normal = shares.next_normal().abs();
        if shares.next() < 0.8 {
            0.05 * (1.0 + 0.1 * normal)
        } else {
            400.0 * (1.0 + 0.2 * normal)
        }
    });
}

//! The statistics agree with `SciPy`, `NumPy`, pymannkendall and statsmodels to 1e-9 on
//! committed data; `scripts/golden_stats.py` made it.

use std::error::Error;
use std::path::Path;

use pipeline_performance_metrics::engine::stats::distribution::{
    normal_quantile, normal_sf, student_t_quantile, student_t_sf,
};
use pipeline_performance_metrics::engine::stats::moments::Moments;
use pipeline_performance_metrics::engine::stats::quantile::{median, nearest_rank, Quantile};
use pipeline_performance_metrics::engine::stats::rank::{holm, rank_sum, RankSumMethod};
use pipeline_performance_metrics::engine::stats::regression::log_log_fit;
use pipeline_performance_metrics::engine::stats::robust::spread;
use pipeline_performance_metrics::engine::stats::special::{incomplete_beta, ln_gamma};
use pipeline_performance_metrics::engine::stats::trend::{mann_kendall, theil_sen};
use serde::de::DeserializeOwned;
use serde::Deserialize;

/// Largest error, relative to the expected value.
const TOLERANCE: f64 = 1e-9;

/// Error that a value near zero may have instead: log-gamma at its zeros, and p-values that the
/// reference found as `1 - cdf`.
const FLOOR: f64 = 1e-14;

fn cases<T: DeserializeOwned>(name: &str) -> Result<Vec<T>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/stats");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")))?;
    Ok(serde_json::from_str(&text)?)
}

fn assert_close(what: &str, actual: f64, expected: f64) {
    let error = (actual - expected).abs();
    assert!(
        error <= TOLERANCE * expected.abs() + FLOOR,
        "{what}: {actual:e} is not {expected:e}"
    );
}

/// As [`assert_close`], and small values have to be right to the same number of digits.
fn assert_close_in_the_tail(what: &str, actual: f64, expected: f64) {
    let error = (actual - expected).abs();
    assert!(
        error <= TOLERANCE * expected.abs(),
        "{what}: {actual:e} is not {expected:e}"
    );
}

#[derive(Deserialize)]
struct Call {
    function: String,
    args: Vec<f64>,
    expected: f64,
}

#[test]
fn distributions_and_special_functions_are_scipys() {
    for Call {
        function,
        args,
        expected,
    } in cases("distribution").unwrap()
    {
        let actual = match (function.as_str(), args.as_slice()) {
            ("normal_cdf", &[x]) => normal_sf(-x),
            ("normal_sf", &[x]) => normal_sf(x),
            ("normal_quantile", &[p]) => normal_quantile(p),
            ("student_t_cdf", &[t, degrees]) => student_t_sf(-t, degrees),
            ("student_t_sf", &[t, degrees]) => student_t_sf(t, degrees),
            ("student_t_quantile", &[p, degrees]) => student_t_quantile(p, degrees),
            ("ln_gamma", &[x]) => ln_gamma(x),
            ("incomplete_beta", &[a, b, x]) => incomplete_beta(a, b, x),
            _ => panic!("no function {function} of {} arguments", args.len()),
        };
        let what = format!("{function}{args:?}");
        if function == "ln_gamma" {
            assert_close(&what, actual, expected);
        } else {
            assert_close_in_the_tail(&what, actual, expected);
        }
    }
}

#[derive(Deserialize)]
struct TwoSets<T> {
    name: String,
    a: Vec<f64>,
    b: Vec<f64>,
    expected: T,
}

#[derive(Deserialize)]
struct ExpectedRankSum {
    u: f64,
    p: f64,
    exact: bool,
}

#[test]
fn rank_sum_tests_are_scipys() {
    for case in cases::<TwoSets<ExpectedRankSum>>("rank_sum").unwrap() {
        let test = rank_sum(&case.a, &case.b).unwrap();
        assert_eq!(test.u, case.expected.u, "{}", case.name);
        assert_close_in_the_tail(&case.name, test.p_value, case.expected.p);
        let exact = test.method == RankSumMethod::Exact;
        assert_eq!(exact, case.expected.exact, "{}", case.name);
    }
}

#[derive(Deserialize)]
struct HolmCase {
    p: Vec<f64>,
    expected: Vec<f64>,
}

#[test]
fn holm_adjusted_p_values_are_statsmodels() {
    for case in cases::<HolmCase>("holm").unwrap() {
        let adjusted = holm(&case.p);
        assert_eq!(adjusted.len(), case.expected.len());
        for (actual, expected) in adjusted.iter().zip(&case.expected) {
            assert_close_in_the_tail("holm", *actual, *expected);
        }
    }
}

#[derive(Deserialize)]
struct Points<T> {
    name: String,
    #[serde(default)]
    confidence: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    expected: T,
}

#[derive(Deserialize)]
struct ExpectedLine {
    slope: f64,
    intercept: f64,
    low: f64,
    high: f64,
}

#[test]
fn theil_sen_lines_are_scipys() {
    for case in cases::<Points<ExpectedLine>>("theil_sen").unwrap() {
        let line = theil_sen(&case.x, &case.y, case.confidence).unwrap();
        let what = format!("{} at {}", case.name, case.confidence);
        assert_close(&what, line.slope, case.expected.slope);
        assert_close(&what, line.intercept, case.expected.intercept);
        assert_close(&what, line.low, case.expected.low);
        assert_close(&what, line.high, case.expected.high);
    }
}

#[derive(Deserialize)]
struct ExpectedLaw {
    exponent: f64,
    low: f64,
    high: f64,
    ln_coefficient: f64,
    residual_sigma: f64,
}

#[test]
fn scaling_laws_are_scipys_lines_through_the_logarithms() {
    for case in cases::<Points<ExpectedLaw>>("scaling").unwrap() {
        let law = log_log_fit(&case.x, &case.y, 0.95).unwrap();
        assert_close(&case.name, law.exponent, case.expected.exponent);
        assert_close(&case.name, law.low, case.expected.low);
        assert_close(&case.name, law.high, case.expected.high);
        assert_close(&case.name, law.ln_coefficient, case.expected.ln_coefficient);
        assert_close(&case.name, law.residual_sigma, case.expected.residual_sigma);
    }
}

#[derive(Deserialize)]
struct SeriesCase {
    name: String,
    series: Vec<f64>,
    expected: ExpectedTrend,
}

#[derive(Deserialize)]
struct ExpectedTrend {
    s: i64,
    variance: f64,
    z: f64,
    p: f64,
    tau: f64,
}

#[test]
fn mann_kendall_tests_are_pymannkendalls() {
    for case in cases::<SeriesCase>("mann_kendall").unwrap() {
        let test = mann_kendall(&case.series).unwrap();
        assert_eq!(test.s, case.expected.s, "{}", case.name);
        assert_close(&case.name, test.variance, case.expected.variance);
        assert_close(&case.name, test.z, case.expected.z);
        assert_close(&case.name, test.p_value, case.expected.p);
        assert_close(&case.name, test.tau, case.expected.tau);
    }
}

#[derive(Deserialize)]
struct SummaryCase {
    name: String,
    values: Vec<f64>,
    shares: Vec<f64>,
    expected: ExpectedSummary,
}

#[derive(Deserialize)]
struct ExpectedSummary {
    mean: f64,
    variance: f64,
    median: f64,
    mad: f64,
    quantiles: Vec<f64>,
}

#[test]
fn moments_medians_and_quantiles_are_numpys() {
    for case in cases::<SummaryCase>("summary").unwrap() {
        let (name, values) = (&case.name, &case.values);
        let moments = Moments::from(values.as_slice());
        assert_close(name, moments.mean().unwrap(), case.expected.mean);
        assert_close(name, moments.variance().unwrap(), case.expected.variance);
        assert_close(name, median(values).unwrap(), case.expected.median);
        assert_close(name, spread(values).unwrap().mad, case.expected.mad);
        for (share, expected) in case.shares.iter().zip(&case.expected.quantiles) {
            let quantile = Quantile::new(*share).unwrap();
            assert_eq!(nearest_rank(values, quantile), Some(*expected), "{name}");
        }
    }
}

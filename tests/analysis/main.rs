//! The rates the analysis promises, measured on seeded data. Run with `--nocapture` to read them.
#![expect(
    clippy::print_stdout,
    reason = "the rates are what these tests are run for"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a trial without an answer is a failed test"
)]

mod advice;
mod alert_rates;
mod anomaly;
mod baseline;
mod change_point;
mod comparison;
mod contexts;
mod critical_path;
mod custom_labels;
mod explanation;
mod forecast;
mod gains;
mod generator;
mod hostile;
mod nested_stages;
mod rates;
mod scaling;
mod series_shapes;
mod work;
mod world;

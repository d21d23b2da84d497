//! The rates the analysis promises, measured on seeded data. Run with `--nocapture` to read them.
#![expect(
    clippy::print_stdout,
    reason = "the rates are what these tests are run for"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a trial without an answer is a failed test"
)]

mod anomaly;
mod baseline;
mod change_point;
mod comparison;
mod contexts;
mod critical_path;
mod explanation;
mod forecast;
mod generator;
mod hostile;
mod own_labels;
mod rates;
mod scaling;
mod series_shapes;

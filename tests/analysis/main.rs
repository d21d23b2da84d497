//! The rates the analysis promises, measured on seeded data. Run with `--nocapture` to read them.
#![expect(
    clippy::print_stdout,
    reason = "the rates are what these tests are run for"
)]

mod anomaly;
mod baseline;
mod change_point;
mod critical_path;
mod explanation;
mod forecast;
mod generator;

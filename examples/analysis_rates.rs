//! How often the analyses are right, and how often they invent something, in simulated series.
//!
//! `cargo run --release --example analysis_rates`
//!
//! The series are those of `tests/analysis/series_shapes.rs`, the seeds fixed: the tables are the
//! same every time.
#![expect(clippy::print_stdout, reason = "the tables are what it is run for")]

#[path = "../tests/analysis/alert_rates.rs"]
mod alert_rates;
#[path = "../tests/analysis/generator.rs"]
#[allow(dead_code, reason = "the tests take more of it")]
mod generator;
#[path = "../tests/analysis/series_shapes.rs"]
mod series_shapes;

use generator::Generator;
use pipeline_performance_metrics::engine::analysis::anomaly::anomalies;
use pipeline_performance_metrics::engine::analysis::change_point::{change_points, levels};
use pipeline_performance_metrics::engine::analysis::findings::SeriesFindings;
use pipeline_performance_metrics::engine::analysis::forecast::{forecast, Model, CONFIDENCE};
use pipeline_performance_metrics::engine::analysis::recent_trend::Direction;
use pipeline_performance_metrics::engine::analysis::trend::trend;
use pipeline_performance_metrics::engine::analysis::warm_up::warm_up;
use pipeline_performance_metrics::engine::stats::quantile::median;
use series_shapes::{
    growing, shape, step, walk_with_noise, warm_up_runs, Make, Shape, STATIONARY, WARM_UPS,
};

/// Series a rate is measured on.
const SERIES: u64 = 200;

/// Runs of each.
const RUNS: usize = 1_000;

/// Fills a table.
type Part = fn(&mut Table);

/// Parts in order, by name: a table each. A new rate is a column of one of them, or a part of its own.
const PARTS: [(&str, Part); 7] = [
    ("stationary", stationary),
    ("alerts", alerts),
    ("lasting", lasting),
    ("steps", steps),
    ("warm-up", warm_ups),
    ("forecast", forecasts),
    ("percentages", percentages),
];

/// Prints all parts, or those named.
fn main() {
    let named: Vec<String> = std::env::args().skip(1).collect();
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            let mut table = Table::default();
            part(&mut table);
            table.print();
        }
    }
}

/// A row for each kind of series, a column for each rate.
#[derive(Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// Adds a cell to a row: in the order of the columns.
    fn put(&mut self, series: &str, rate: &str, cell: String) {
        if self.columns.iter().all(|column| column != rate) {
            self.columns.push(rate.to_owned());
        }
        match self.rows.iter_mut().find(|(name, _)| name == series) {
            Some((_, cells)) => cells.push(cell),
            None => self.rows.push((series.to_owned(), vec![cell])),
        }
    }

    fn print(&self) {
        println!("\n| series | {} |", self.columns.join(" | "));
        println!("|---|{}", "--:|".repeat(self.columns.len()));
        for (series, cells) in &self.rows {
            println!("| {series} | {} |", cells.join(" | "));
        }
    }
}

fn percent(rate: f64) -> String {
    format!("{:.1} %", 100.0 * rate)
}

/// Share of the seeds of which something holds.
fn share(seeds: u64, holds: impl Fn(u64) -> bool) -> f64 {
    (0..seeds).filter(|&seed| holds(seed)).count() as f64 / seeds as f64
}

/// Whether something is found in a series.
type Finding = fn(&[f64]) -> bool;

/// What is found where there is nothing to find.
fn stationary(table: &mut Table) {
    let findings: [(&str, Finding); 6] = [
        ("change", |series| !change_points(series).is_empty()),
        ("trend", |series| {
            let found = trend(series).map(|trend| trend.direction);
            matches!(found, Some(Direction::Degrading | Direction::Improving))
        }),
        ("any anomaly", |series| {
            !anomalies(series, &levels(series).starts).is_empty()
        }),
        ("level rises or falls", |series| {
            forecast(series, CONFIDENCE).is_some_and(|found| found.model() == Model::LinearTrend)
        }),
        ("crossing ahead", |series| {
            let threshold = 1.5 * median(series).unwrap_or(0.0);
            let found = forecast(series, CONFIDENCE);
            found.is_some_and(|found| {
                found
                    .crossing(threshold, RUNS)
                    .expected
                    .is_some_and(|at| at > 0)
            })
        }),
        ("warm-up", |series| warm_up(series).is_some()),
    ];
    for (measure, found) in findings {
        for Shape { name, make } in STATIONARY {
            let rate = share(SERIES, |seed| found(&make(&mut Generator::new(seed), RUNS)));
            table.put(name, measure, percent(rate));
        }
    }
}

/// False alerts in 10,000 runs.
fn alerts(table: &mut Table) {
    for shape in STATIONARY.iter().chain(&WARM_UPS) {
        let [runs, levels] = alert_rates::false_alerts(shape);
        table.put(shape.name, "`baseline_exceeded`", format!("{runs:.2}"));
        table.put(shape.name, "`level_shift`", format!("{levels:.2}"));
    }
}

/// How soon a slowdown of 3 is alerted.
fn lasting(table: &mut Table) {
    for (cv, within) in alert_rates::LASTING {
        let [soon, level_once] = alert_rates::alerted(cv, 3.0, within);
        let series = format!("log-normal cv {cv}, {within} runs on");
        table.put(&series, "alerted", percent(soon));
        table.put(&series, "its level once", percent(level_once));
    }
}

/// A step of 20 %, and the changes found beside it.
fn steps(table: &mut Table) {
    let cases = [
        ("log-normal cv .1", 30),
        ("AR(1) .3", 60),
        ("AR(1) .5", 60),
        ("AR(1) .7", 150),
    ];
    for before in [100, 500, 970] {
        for (name, after) in cases {
            let found = |seed| {
                let noise = shape(name).series(seed, before + after);
                change_points(&step(noise, before, 1.2))
            };
            let near = |index: usize| index.abs_diff(before) <= 20;
            let is_found = share(SERIES, |seed| found(seed).iter().any(|at| near(at.index)));
            let extra: usize = (0..SERIES)
                .map(|seed| found(seed).iter().filter(|at| !near(at.index)).count())
                .sum();
            let beside = percent(extra as f64 / SERIES as f64);
            table.put(
                &format!("{name}, {after} runs on"),
                &format!("after {before}"),
                format!("{}, {beside}", percent(is_found)),
            );
        }
    }
}

/// What is said of the first runs of a process, and of those after them.
fn warm_ups(table: &mut Table) {
    for Shape { name, make } in WARM_UPS {
        let series = |seed| make(&mut Generator::new(seed), 600);
        let found = |seed| {
            let series = series(seed);
            (SeriesFindings::new(true), series)
        };
        let is_known = share(SERIES, |seed| warm_up(&series(seed)).is_some());
        let is_near = share(SERIES, |seed| {
            let took = warm_up(&series(seed)).map_or(0, |found| found.runs) as f64;
            let truly = warm_up_runs(seed) as f64;
            (0.4 * truly - 5.0..1.4 * truly + 15.0).contains(&took)
        });
        let changes = share(SERIES, |seed| {
            let (found, series) = found(seed);
            !found.changes(&series).is_empty()
        });
        let trends = share(SERIES, |seed| {
            let (found, series) = found(seed);
            let trend = found.trend(&series);
            trend.is_some_and(|trend| trend.direction != Direction::Stable)
        });
        table.put(name, "recognised", percent(is_known));
        table.put(name, "length within 0.4 to 1.4 times", percent(is_near));
        table.put(name, "change after it", percent(changes));
        table.put(name, "trend after it", percent(trends));
    }
}

/// Standard deviation of what comes, so many runs ahead.
type Sigma = fn(f64) -> f64;

/// Share of an error that the best forecast of [`walk_with_noise`] takes over.
const GAIN: f64 = 0.095;

/// How often an interval of 80 % holds the run that comes, and how wide it is.
fn forecasts(table: &mut Table) {
    let independent: Make =
        |random, runs| (0..runs).map(|_| 100.0 + 5.0 * random.normal()).collect();
    let autoregressive: Make = |random, runs| {
        let mut state = random.normal();
        let mut next = || {
            state = 0.7 * state + 0.51_f64.sqrt() * random.normal();
            100.0 + 5.0 * state
        };
        (0..runs).map(|_| next()).collect()
    };
    // The standard deviation of what comes, so many runs ahead, by the true model.
    let true_sigma: [(&str, Make, Sigma); 4] = [
        ("independent", independent, |_| 5.0),
        ("AR(1) .7", autoregressive, |ahead| {
            5.0 * (1.0 - 0.7_f64.powf(2.0 * ahead)).sqrt()
        }),
        ("random walk with noise", walk_with_noise, |ahead| {
            (25.0 / (1.0 - GAIN) * (1.0 + (ahead - 1.0) * GAIN * GAIN)).sqrt()
        }),
        ("growing", growing, |_| 5.0),
    ];
    for (name, make, sigma) in true_sigma {
        for runs in [100, 400, 1_000] {
            for ahead in [1, 10, 50] {
                let mut held = 0;
                let mut width = 0.0;
                for seed in 0..2 * SERIES {
                    let series = make(&mut Generator::new(seed), runs + ahead);
                    let Some(found) = forecast(&series[..runs], CONFIDENCE) else {
                        continue;
                    };
                    let said = found.predict(ahead);
                    let came = series[runs + ahead - 1];
                    held += usize::from((said.low_ms..=said.high_ms).contains(&came));
                    width += said.high_ms - said.low_ms;
                }
                let trials = 2.0 * SERIES as f64;
                let widest = 2.0 * 1.2816 * sigma(ahead as f64);
                let width = percent(width / trials / widest);
                table.put(
                    &format!("{name}, {runs} runs"),
                    &format!("{ahead} ahead"),
                    format!("{}, {width}", percent(held as f64 / trials)),
                );
            }
        }
    }
}

/// Percentages of a trend against the means of the first and the last quarter of its runs.
fn percentages(table: &mut Table) {
    for Shape { name, make } in STATIONARY {
        for (shift, times) in [("doubling", 2.0_f64), ("halving", 0.5)] {
            let agrees = share(SERIES, |seed| {
                let mut series = make(&mut Generator::new(seed), RUNS);
                for (run, ms) in series.iter_mut().enumerate() {
                    *ms *= times.powf(run as f64 / RUNS as f64);
                }
                let mean = |runs: &[f64]| runs.iter().sum::<f64>() / runs.len() as f64;
                let quarter = RUNS / 4;
                let plain = mean(&series[RUNS - quarter..]) / mean(&series[..quarter]) - 1.0;
                let said = trend(&series).and_then(|trend| trend.change).unwrap_or(0.0);
                said / plain > 2.0 / 3.0 && said / plain < 4.0 / 3.0 && said >= -1.0
            });
            table.put(name, shift, percent(agrees));
        }
    }
}

//! How often the interval of a gain holds what would really be gained.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::analysis::execution::{Execution, Span};
use pipeline_performance_metrics::engine::analysis::what_if::{Gain, Whole};

const TRIALS: u64 = 1_000;
const RUNS: usize = 100;

/// The stage that is asked about.
const ASKED: u32 = 1;

/// Durations of two stages from the noise of a run, and the spans they make.
type Pipeline = fn([f64; 2]) -> Vec<Span>;

fn span(stage: u32, start_ms: f64, duration_ms: f64, parent: Option<usize>) -> Span {
    Span {
        stage,
        start_ms,
        end_ms: start_ms + duration_ms,
        parent,
    }
}

fn sequential([asked, other]: [f64; 2]) -> Vec<Span> {
    vec![span(ASKED, 0.0, asked, None), span(2, asked, other, None)]
}

/// The stage beside another that often takes longer than half of it.
fn fork([asked, other]: [f64; 2]) -> Vec<Span> {
    let joined = asked.max(other);
    vec![
        span(ASKED, 0.0, asked, None),
        span(2, 0.0, other, None),
        span(3, joined, 2.0, None),
    ]
}

fn nested([asked, other]: [f64; 2]) -> Vec<Span> {
    vec![
        span(2, 0.0, asked + other + 1.0, None),
        span(ASKED, 1.0, asked, Some(0)),
    ]
}

/// What a run gains if the stage takes half, by running the pipeline again.
fn gained(pipeline: Pipeline, [asked, other]: [f64; 2]) -> f64 {
    let end = |spans: Vec<Span>| spans.iter().map(|span| span.end_ms).fold(0.0, f64::max);
    end(pipeline([asked, other])) - end(pipeline([asked / 2.0, other]))
}

/// Noise of mean 0 and variance 1 that takes over `phi` of the run before.
struct Noise {
    phi: f64,
    last: f64,
}

impl Noise {
    fn next(&mut self, random: &mut Generator) -> f64 {
        let fresh = (1.0 - self.phi * self.phi).sqrt() * random.normal();
        self.last = self.phi * self.last + fresh;
        self.last
    }
}

fn durations(random: &mut Generator, noise: &mut [Noise; 2], sigma: f64) -> [f64; 2] {
    let mut of = |place: usize, level: f64| level * (sigma * noise[place].next(random)).exp();
    [of(0, 10.0), of(1, 8.0)]
}

fn observed(pipeline: Pipeline, phi: f64, sigma: f64, seed: u64) -> Gain {
    let mut random = Generator::new(seed);
    let mut noise = [0, 1].map(|_| Noise {
        phi,
        last: random.normal(),
    });
    let runs: Vec<Vec<Span>> = (0..RUNS)
        .map(|_| pipeline(durations(&mut random, &mut noise, sigma)))
        .collect();
    let executions: Vec<Execution<'_>> = runs
        .iter()
        .map(|spans| Execution {
            start_ms: 0.0,
            end_ms: spans.iter().map(|span| span.end_ms).fold(0.0, f64::max),
            spans,
        })
        .collect();
    let gain = Whole::of(&executions).gain(ASKED, |_| 0.5, usize::MAX);
    gain.unwrap()
}

#[test]
fn intervals_of_gains_hold_the_simulated_truth() {
    let pipelines: [(&str, Pipeline); 3] = [
        ("sequential", sequential),
        ("fork", fork),
        ("nested", nested),
    ];
    for (name, pipeline) in pipelines {
        for (phi, sigma) in [(0.0, 0.1), (0.0, 0.5), (0.5, 0.3), (0.7, 0.3)] {
            let mut random = Generator::new(99);
            let mut fresh = [0, 1].map(|_| Noise {
                phi: 0.0,
                last: 0.0,
            });
            let truth = (0..200_000)
                .map(|_| gained(pipeline, durations(&mut random, &mut fresh, sigma)))
                .sum::<f64>()
                / 200_000.0;
            let held = (0..TRIALS).filter(|&seed| {
                let gain = observed(pipeline, phi, sigma, seed);
                (gain.low_ms..=gain.high_ms).contains(&truth)
            });
            let held = held.count();
            println!("{name}, AR(1) {phi}, spread {sigma}: in the interval in {held} of {TRIALS}");
            assert!((900..=980).contains(&held), "{name} {phi} {sigma}: {held}");
        }
    }
}

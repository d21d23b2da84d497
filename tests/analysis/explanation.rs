//! How surely a planted cause is named, and how rarely an innocent attribute.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::analysis::explanation::{explain, Explanation, Values};

const TRIALS: u64 = 400;

/// Eight attributes, four of each kind, none of which depends on another.
struct Attributes {
    categories: Vec<Vec<u32>>,
    numbers: Vec<Vec<f64>>,
}

impl Attributes {
    fn random(random: &mut Generator, runs: usize) -> Self {
        let categories = [2, 3, 5, 12]
            .map(|kinds| (0..runs).map(|_| random.below(kinds) as u32).collect())
            .to_vec();
        let mut numbers =
            [0.0, 1.0, 2.0].map(|sigma| (0..runs).map(|_| random.log_normal(sigma)).collect());
        // Retries: none in nine of ten runs. The first three are sizes.
        numbers[0] = (0..runs)
            .map(|_| random.below(1000) as f64)
            .collect::<Vec<f64>>();
        let retries = (0..runs)
            .map(|_| random.below(30).saturating_sub(26) as f64)
            .collect();
        Self {
            categories,
            numbers: [numbers.to_vec(), vec![retries]].concat(),
        }
    }

    fn explain(&self, durations: &[f64]) -> Vec<Explanation> {
        let categories = self
            .categories
            .iter()
            .map(|values| Values::Categories(values));
        let numbers = self.numbers.iter().map(|values| Values::Numbers(values));
        explain(durations, &categories.chain(numbers).collect::<Vec<_>>())
    }
}

/// What the planted cause multiplies the duration of a run by.
type Cause = fn(&Attributes, usize) -> f64;

#[test]
fn a_planted_cause_among_eight_attributes_is_named_first() {
    let causes: [(&str, usize, Cause); 5] = [
        ("one of 2 categories 20 % slower", 0, |a, i| {
            [1.0, 1.2][a.categories[0][i] as usize]
        }),
        ("one of 5 categories 50 % slower", 2, |a, i| {
            if a.categories[2][i] == 3 {
                1.5
            } else {
                1.0
            }
        }),
        ("one of 12 categories twice as slow", 3, |a, i| {
            if a.categories[3][i] == 7 {
                2.0
            } else {
                1.0
            }
        }),
        ("time grows with the root of a size", 6, |a, i| {
            a.numbers[2][i].powf(0.1)
        }),
        ("a retry makes it twice as slow", 7, |a, i| {
            if a.numbers[3][i] > 0.0 {
                2.0
            } else {
                1.0
            }
        }),
    ];
    for (name, cause, slower) in causes {
        let named = (0..TRIALS).filter(|seed| {
            let mut random = Generator::new(*seed);
            let attributes = Attributes::random(&mut random, 300);
            let durations: Vec<f64> = (0..300)
                .map(|run| slower(&attributes, run) * random.log_normal(0.2))
                .collect();
            let found = attributes.explain(&durations);
            found[0].attribute == cause && found[0].is_significant()
        });
        let named = named.count();
        println!("{name}: named first in {named} of {TRIALS}");
        assert!(named >= 380);
    }
}

#[test]
fn without_a_cause_nothing_is_significant() {
    for runs in [50, 300, 5000] {
        let blamed = (0..TRIALS).filter(|seed| {
            let mut random = Generator::new(*seed);
            let attributes = Attributes::random(&mut random, runs);
            let durations: Vec<f64> = (0..runs).map(|_| random.log_normal(0.5)).collect();
            attributes
                .explain(&durations)
                .iter()
                .any(Explanation::is_significant)
        });
        let blamed = blamed.count();
        println!("an attribute blamed without cause, {runs} runs: in {blamed} of {TRIALS}");
        assert!(blamed <= 8);
    }
}

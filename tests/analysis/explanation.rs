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
        explain(
            durations,
            &categories.chain(numbers).collect::<Vec<_>>(),
            &[],
        )
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

#[test]
fn how_many_times_as_slow_is_known_to_its_error() {
    // Where the groups take turns, autocorrelation makes both slow at once: the error is too large then.
    for (phi, most) in [(0.0, 392), (0.7, TRIALS as usize)] {
        let within = (0..TRIALS).filter(|&seed| {
            let mut random = Generator::new(seed);
            let mut state = random.normal();
            let mut noise = || {
                state = phi * state + (1.0_f64 - phi * phi).sqrt() * random.normal();
                (0.15 * state).exp()
            };
            let kinds: Vec<u32> = (0..300).map(|run| u32::from(run % 3 == 0)).collect();
            let times = |&kind: &u32| if kind == 1 { 1.5 } else { 1.0 };
            let durations: Vec<f64> = kinds
                .iter()
                .map(|kind| 8.0 * times(kind) * noise())
                .collect();
            let slow = explain(&durations, &[Values::Categories(&kinds)], &[])[0].slow;
            let away = (slow.median_ms / slow.others_ms / 1.5).ln();
            away.abs() <= 1.96 * slow.error
        });
        let count = within.count();
        println!("AR(1) {phi}: within the interval in {count} of {TRIALS}");
        assert!((360..=most).contains(&count), "AR(1) {phi}: {count}");
    }
}

/// Autocorrelated durations and a category that lasts over so many runs.
#[test]
fn an_attribute_that_lasts_is_hardly_ever_significant_where_runs_are_autocorrelated() {
    for (phi, most) in [(0.0, 8), (0.5, 12), (0.7, 16), (0.9, 40)] {
        for lasts in [25, 60] {
            let significant = (0..TRIALS).filter(|&seed| {
                let mut random = Generator::new(seed);
                let mut state = random.normal();
                let mut next = || {
                    state = phi * state + (1.0_f64 - phi * phi).sqrt() * random.normal();
                    20.0 * (0.1 * state).exp()
                };
                let durations: Vec<f64> = (0..600).map(|_| next()).collect();
                let blocks: Vec<u32> = (0..600).map(|run| run / lasts % 3).collect();
                let found = explain(&durations, &[Values::Categories(&blocks)], &[]);
                found[0].is_significant()
            });
            let count = significant.count();
            println!("AR(1) {phi}, {lasts} runs: significant in {count} of {TRIALS}");
            assert!(count <= most, "AR(1) {phi}, {lasts} runs: {count}");
        }
    }
}

/// A number that goes along with another one, with this correlation of their normal scores.
fn along(random: &mut Generator, with: f64, correlation: f64) -> f64 {
    correlation * with + (1.0 - correlation * correlation).sqrt() * random.normal()
}

/// Complexity, input size, items, and what is no work: a category of two, one of five, and
/// retries. All go along with a hidden number, by .7.
struct Related {
    complexity: Vec<u32>,
    sizes: Vec<f64>,
    items: Vec<f64>,
    two: Vec<u32>,
    five: Vec<u32>,
    retries: Vec<f64>,
}

impl Related {
    /// With the hidden number as the logarithm of the size, or as the complexity.
    fn random(random: &mut Generator, runs: usize, size_is_hidden: bool) -> Self {
        let hidden: Vec<f64> = (0..runs).map(|_| random.normal()).collect();
        let mut number = |correlation: f64| -> Vec<f64> {
            let each = hidden.iter();
            each.map(|&hidden| along(random, hidden, correlation))
                .collect()
        };
        let [size, items, complexity, two, five, retries] = if size_is_hidden {
            [1.0, 0.7, 0.7, 0.7, 0.7, 0.7]
        } else {
            [0.7, 0.7, 1.0, 0.7, 0.7, 0.7]
        }
        .map(&mut number);
        let cut = |numbers: &[f64], at: &[f64]| -> Vec<u32> {
            let level = |number: &f64| at.iter().filter(|&&bound| *number > bound).count() as u32;
            numbers.iter().map(level).collect()
        };
        Self {
            complexity: cut(&complexity, &[-0.4, 0.8]),
            sizes: size
                .iter()
                .map(|size| 1000.0 * (0.5 * size).exp())
                .collect(),
            items: items
                .iter()
                .map(|items| (20.0 * items.exp()).ceil())
                .collect(),
            two: cut(&two, &[0.5]),
            five: cut(&five, &[-1.0, 0.0, 0.6, 1.4]),
            retries: cut(&retries, &[1.3, 2.0])
                .iter()
                .map(|&n| f64::from(n))
                .collect(),
        }
    }

    fn explain(&self, durations: &[f64]) -> Vec<Explanation> {
        let attributes = [
            Values::Categories(&self.complexity),
            Values::Numbers(&self.sizes),
            Values::Numbers(&self.items),
            Values::Categories(&self.two),
            Values::Categories(&self.five),
            Values::Numbers(&self.retries),
        ];
        explain(durations, &attributes, &[0, 1, 2])
    }
}

#[test]
fn what_goes_along_with_the_work_is_no_circumstance_to_change() {
    for (name, size_is_cause, cause) in [("size", true, 1), ("complexity", false, 0)] {
        for runs in [300, 1000] {
            let (mut advised, mut first) = (0, 0);
            for seed in 0..TRIALS {
                let mut random = Generator::new(seed);
                let related = Related::random(&mut random, runs, size_is_cause);
                let work: Vec<f64> = if size_is_cause {
                    related
                        .sizes
                        .iter()
                        .map(|size| 5.0 + size / 100.0)
                        .collect()
                } else {
                    let level = |level: &u32| [5.0, 8.0, 14.0][*level as usize];
                    related.complexity.iter().map(level).collect()
                };
                let durations: Vec<f64> =
                    work.iter().map(|ms| ms * random.log_normal(0.2)).collect();
                let found = related.explain(&durations);
                advised += u32::from(found.iter().any(|of| of.attribute > 2 && of.holds()));
                first += u32::from(found[0].attribute == cause);
            }
            println!(
                "{name} is the cause, {runs} runs, ρ .7: a circumstance advised in {advised} of \
                 {TRIALS}, {name} first in {first}"
            );
            assert!(advised <= 20 && first >= 380);
        }
    }
}

#[test]
fn a_circumstance_that_matters_beside_the_work_holds() {
    let held = (0..TRIALS).filter(|&seed| {
        let mut random = Generator::new(seed);
        let related = Related::random(&mut random, 1000, true);
        let durations: Vec<f64> = (0..1000)
            .map(|run| {
                let slower = [1.0, 1.3][related.two[run] as usize];
                (5.0 + related.sizes[run] / 100.0) * slower * random.log_normal(0.2)
            })
            .collect();
        let found = related.explain(&durations);
        found.iter().any(|of| of.attribute == 3 && of.holds())
    });
    let held = held.count();
    println!("a category 30 % slower beside a size with ρ .7: holds in {held} of {TRIALS}");
    assert!(held >= 380);
}

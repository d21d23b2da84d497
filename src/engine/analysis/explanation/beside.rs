//! The ranks of durations without known influences: rank analysis of covariance (Quade, 1967). An
//! attribute that only correlates with the size of the work no longer separates them.

use super::super::ranks::mid_ranks;
use super::values::Values;
use crate::engine::stats::order::{sort_by, sort_values};

/// Where the line through the ranks of a number may bend, as shares of the runs.
const KNOTS: [f64; 3] = [0.25, 0.5, 0.75];

/// Categories that have a level of their own, the most frequent; the others share one.
const MOST_CATEGORIES: usize = 8;

/// A column of which less than this share is new adds no information.
const LEAST_NEW: f64 = 1e-6;

/// Ranks less what follows from the attributes given and from the order of the runs, and how many
/// parameters that took.
pub(super) struct Residuals {
    pub ranks: Vec<f64>,
    pub parameters: usize,
}

/// For the runs at `places`, in the order of time. Cost: O(n) for each pair of some five columns an attribute.
pub(super) fn beside<'a>(
    ranks: &[f64],
    known: impl Iterator<Item = &'a Values<'a>>,
    places: &[usize],
) -> Residuals {
    let runs = ranks.len();
    let mut columns = Columns::default();
    columns.add(vec![1.0; runs]);
    columns.add((0..runs).map(|run| run as f64 / runs as f64).collect());
    for values in known {
        match values {
            Values::Numbers(all) => columns.add_number(&at(places, all, f64::NAN)),
            Values::Categories(all) => {
                columns.add_categories(&at(places, all, Values::MISSING));
            }
        }
    }
    let mut residuals = ranks.to_vec();
    for column in &columns.orthogonal {
        take(&mut residuals, column);
    }
    Residuals {
        ranks: residuals,
        parameters: columns.orthogonal.len() - 1,
    }
}

fn at<T: Copy>(places: &[usize], all: &[T], missing: T) -> Vec<T> {
    let each = places.iter();
    each.map(|&place| all.get(place).copied().unwrap_or(missing))
        .collect()
}

/// Columns of length one that are at right angles to each other (Gram and Schmidt).
#[derive(Default)]
struct Columns {
    orthogonal: Vec<Vec<f64>>,
}

impl Columns {
    fn add(&mut self, mut column: Vec<f64>) {
        let before = length(&column);
        for _ in 0..2 {
            for known in &self.orthogonal {
                take(&mut column, known);
            }
        }
        let after = length(&column);
        if after > before * LEAST_NEW {
            for value in &mut column {
                *value /= after;
            }
            self.orthogonal.push(column);
        }
    }

    fn add_number(&mut self, numbers: &[f64]) {
        let runs = numbers.len();
        let known: Vec<usize> = (0..runs).filter(|&run| numbers[run].is_finite()).collect();
        let values: Vec<f64> = known.iter().map(|&run| numbers[run]).collect();
        if values.windows(2).all(|pair| pair[0] == pair[1]) && known.len() == runs {
            return;
        }
        let ranks = mid_ranks(&values);
        let column = |of: &dyn Fn(f64) -> f64| {
            let mut column = vec![0.0; runs];
            for (&run, rank) in known.iter().zip(&ranks) {
                column[run] = of(rank / known.len() as f64);
            }
            column
        };
        // One level for the runs without the number.
        self.add(column(&|_| 1.0));
        self.add(column(&|rank| rank));
        for knot in KNOTS {
            self.add(column(&|rank| (rank - knot).max(0.0)));
        }
    }

    fn add_categories(&mut self, categories: &[u32]) {
        let mut sorted: Vec<f64> = categories.iter().copied().map(f64::from).collect();
        sort_values(&mut sorted);
        let mut counts: Vec<(usize, u32)> = sorted
            .chunk_by(|a, b| a == b)
            .map(|same| (same.len(), same[0] as u32))
            .collect();
        sort_by(&mut counts, |a, b| b.cmp(a));
        if counts.len() < 2 {
            return;
        }
        for (_, category) in counts.into_iter().take(MOST_CATEGORIES) {
            let is_it = |of: &u32| f64::from(u8::from(*of == category));
            self.add(categories.iter().map(is_it).collect());
        }
    }
}

fn length(column: &[f64]) -> f64 {
    column.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn take(column: &mut [f64], known: &[f64]) {
    let share: f64 = column.iter().zip(known).map(|(a, b)| a * b).sum();
    for (value, known) in column.iter_mut().zip(known) {
        *value -= share * known;
    }
}

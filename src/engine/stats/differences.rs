//! Selected order statistics of all differences between two sets, without storing them.

use super::order::sort_values;
use std::array;

use super::even_pairs::places;
use super::quantile::select;

/// Differences drawn to know about where a rank lies.
const DRAWN: u32 = 400;

/// How far beside the rank the splits aim, as a share of the differences in question.
const ASIDE: f64 = 0.025;

/// The same for a split at one of the differences drawn: drawn as evenly as they are, they err
/// by less in most cases.
const DRAWN_ASIDE: f64 = 0.0125;

/// All differences `b[j] - a[i]`, never stored: sorted sets make them a table that ascends along
/// `j` and descends along `i`, rounding included, so that the edge between the small and the great ones is found row by row.
pub(super) struct Differences {
    /// Each value once, and how many samples have it: a clock of few digits makes them few.
    a: Vec<(f64, usize)>,
    b: Vec<f64>,
    /// Number of differences.
    count: usize,
    /// Some of the differences, spread evenly over the table, in ascending order.
    drawn: Vec<f64>,
}

/// How many differences some value reaches, and the differences next to it.
#[derive(Clone, Copy)]
struct Count {
    up_to: usize,
    /// The greatest of those counted.
    greatest: f64,
    /// The least of the others.
    next: f64,
}

/// Values between which a rank is known to lie, both of them differences.
#[derive(Clone, Copy, PartialEq)]
struct Bracket {
    low: f64,
    high: f64,
    /// Differences less than `low`.
    below: usize,
    /// Differences up to `high`.
    up_to: usize,
}

impl Bracket {
    /// Whether more than `few` differences are left in it.
    fn is_open(&self, few: usize) -> bool {
        self.up_to - self.below > few && self.low < self.high
    }

    /// Keeps the side of a count that holds the rank, where that is narrower.
    fn narrow(&mut self, rank: usize, count: Count) {
        if rank < count.up_to {
            if count.greatest < self.high {
                (self.high, self.up_to) = (count.greatest, count.up_to);
            }
        } else if count.next > self.low {
            (self.low, self.below) = (count.next, count.up_to);
        }
    }

    /// Where the rank would be if the differences were spread evenly, moved by `aside` of them.
    fn interpolate(&self, rank: usize, aside: f64) -> f64 {
        let share = (rank - self.below) as f64 / (self.up_to - self.below) as f64;
        self.low + (self.high - self.low) * (share + aside).clamp(0.0, 1.0)
    }
}

impl Differences {
    /// The differences of these finite samples; `None` if there are none.
    pub(super) fn new(mut a: Vec<f64>, mut b: Vec<f64>) -> Option<Self> {
        if a.is_empty() || b.is_empty() {
            return None;
        }
        sort_values(&mut a);
        sort_values(&mut b);
        let mut drawn: Vec<f64> = places(DRAWN, a.len(), b.len())
            .map(|(i, j)| b[j] - a[i])
            .collect();
        sort_values(&mut drawn);
        let count = a.len() * b.len();
        let equal = a.chunk_by(|left, right| left == right);
        let a = equal.map(|equal| (equal[0], equal.len())).collect();
        Some(Self { a, b, count, drawn })
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The differences that sorting all of them would put at these ranks, each below the count.
    ///
    /// Narrows a bracket of values around each rank by counting, until few enough differences are
    /// left in it to write them down. What one count shows narrows the others, too.
    pub(super) fn select<const N: usize>(&self, ranks: [usize; N]) -> [f64; N] {
        let few = 2 * (self.a.len() + self.b.len());
        let mut brackets = [self.widest_bracket(); N];
        for lane in 0..N {
            let mut step = 0;
            while brackets[lane].is_open(few) {
                let count = self.count_up_to(self.pivot(&brackets[lane], ranks[lane], step));
                for (bracket, rank) in brackets.iter_mut().zip(ranks) {
                    bracket.narrow(rank, count);
                }
                step += 1;
            }
        }
        let mut written = (self.widest_bracket(), Vec::new());
        array::from_fn(|lane| {
            let bracket = brackets[lane];
            if bracket.low >= bracket.high {
                return bracket.low;
            }
            if written.0 != bracket || written.1.is_empty() {
                written = (bracket, self.between(bracket.low, bracket.high));
            }
            select(&mut written.1, ranks[lane] - bracket.below).unwrap_or(bracket.low)
        })
    }

    fn widest_bracket(&self) -> Bracket {
        Bracket {
            low: self.b[0] - self.a[self.a.len() - 1].0,
            high: self.b[self.b.len() - 1] - self.a[0].0,
            below: 0,
            up_to: self.count(),
        }
    }

    /// Where to split the bracket: a little beside the rank, above it and below it by turns, so
    /// that both ends close in. The differences drawn show where at first, interpolation later;
    /// every fourth step halves the doubles instead, which bounds the number of steps whatever
    /// the distribution.
    fn pivot(&self, bracket: &Bracket, rank: usize, step: usize) -> f64 {
        let halfway = middle_of_doubles(bracket.low, bracket.high);
        if step % 4 == 3 {
            return halfway;
        }
        let side = if step.is_multiple_of(2) { 1.0 } else { -1.0 };
        let enclosed = |guess: &f64| *guess >= bracket.low && *guess < bracket.high;
        let drawn = self
            .drawn_near(rank, side * DRAWN_ASIDE)
            .filter(|_| step < 2);
        drawn.filter(enclosed).unwrap_or_else(|| {
            let guess = bracket.interpolate(rank, side * ASIDE);
            if enclosed(&guess) {
                guess
            } else {
                halfway
            }
        })
    }

    /// The difference drawn whose share of smaller ones is that of `rank`, moved by `aside`.
    fn drawn_near(&self, rank: usize, aside: f64) -> Option<f64> {
        let share = (rank as f64 / self.count() as f64 + aside).max(0.0);
        let place = (share * self.drawn.len() as f64) as usize;
        self.drawn.get(place).copied()
    }

    /// How many differences are at most `bound`, and the two next to it, so that ties cost no
    /// further steps. Rows do not wait for each other, as the steps of a walk along the edge do.
    fn count_up_to(&self, bound: f64) -> Count {
        let mut count = Count {
            up_to: 0,
            greatest: f64::NEG_INFINITY,
            next: f64::INFINITY,
        };
        for (a, times) in &self.a {
            let (counted, others) = self.b.split_at(self.b.partition_point(|b| b - a <= bound));
            count.up_to += times * counted.len();
            count.greatest = counted
                .last()
                .map_or(count.greatest, |b| count.greatest.max(b - a));
            count.next = others.first().map_or(count.next, |b| count.next.min(b - a));
        }
        count
    }

    /// The differences from `low` to `high`, both included.
    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        let mut found = Vec::new();
        let mut first = 0;
        for &b in &self.b {
            while first < self.a.len() && b - self.a[first].0 > high {
                first += 1;
            }
            let row = self.a[first..].iter().map(|&(a, times)| (b - a, times));
            for (difference, times) in row.take_while(|(difference, _)| *difference >= low) {
                found.extend(std::iter::repeat_n(difference, times));
            }
        }
        found
    }
}

/// The double halfway from `low` to `high` in the number of doubles between them: at most 64
/// such steps separate any two. Below `high` whenever `low` is.
fn middle_of_doubles(low: f64, high: f64) -> f64 {
    let (low, high) = (place_of(low), place_of(high));
    // Rounded down, also below zero: the upper end would not narrow anything.
    double_at((low & high) + ((low ^ high) >> 1))
}

/// Place of a double in ascending order; both zeros share one.
fn place_of(value: f64) -> i64 {
    let magnitude = (value.to_bits() & !(1 << 63)).cast_signed();
    if value < 0.0 {
        -magnitude
    } else {
        magnitude
    }
}

fn double_at(place: i64) -> f64 {
    let magnitude = f64::from_bits(place.unsigned_abs());
    if place < 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// All differences, in ascending order. O(n · m) memory.
#[cfg(test)]
pub(super) fn sorted_differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut all: Vec<f64> = b
        .iter()
        .flat_map(|b| a.iter().map(move |a| b - a))
        .collect();
    sort_values(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Selects every rank, and compares with a sorted list of all differences.
    fn assert_selects(a: Vec<f64>, b: Vec<f64>) {
        let expected = sorted_differences(&a, &b);
        let differences = Differences::new(a, b).unwrap();
        let last = expected.len() - 1;
        for (rank, value) in expected.iter().enumerate() {
            let found = differences.select([last - rank, rank, rank / 2]);
            let sorted = [expected[last - rank], *value, expected[rank / 2]];
            assert_eq!(found, sorted, "rank {rank}");
        }
    }

    #[test]
    fn selection_finds_every_rank_of_the_sorted_differences() {
        let a: Vec<f64> = (0..23).map(|i| f64::from(i * i % 17) * 0.37).collect();
        let b: Vec<f64> = (0..31).map(|i| f64::from(i * 7 % 13).exp()).collect();
        assert_selects(a, b);
    }

    #[test]
    fn selection_stands_ties_signs_and_all_magnitudes() {
        let a = vec![0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300, 5.0, 5.0, 5.0];
        let b = vec![-5.0, -5.0, 0.0, 1e-310, 2e300, 5.0, 5.0, 1e-5, -1e-5, 1.0];
        assert_selects(a, b);
    }

    #[test]
    fn the_middle_of_the_doubles_lies_between_them() {
        for (low, high) in [
            (-1.0, 1.0),
            (0.0, 5e-324),
            (-f64::MAX, f64::INFINITY),
            (-1.0, (-1.0_f64).next_up()),
            (-5e-324, 0.0),
            (1.0, 2.0),
        ] {
            let middle = middle_of_doubles(low, high);
            assert!(low <= middle && middle < high, "{low} {middle} {high}");
        }
    }
}

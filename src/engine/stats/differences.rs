//! Selected order statistics of all differences between two sets, without storing them.

use super::draws::places;
use super::quantile::select;

/// Differences drawn to know about where a rank lies.
const DRAWN: u32 = 400;

/// How far beside the rank the splits aim, as a share of the differences in question. Four times
/// that is four standard deviations of a share estimated from the differences drawn.
const ASIDE: f64 = 0.025;

/// All differences `b[j] - a[i]`, never stored: sorted sets make them a table that ascends along
/// `j` and descends along `i`, rounding included, so that counting is one walk along its edge.
pub(super) struct Differences {
    a: Vec<f64>,
    b: Vec<f64>,
    /// Some of the differences, spread evenly over the table, in ascending order.
    drawn: Vec<f64>,
    /// Values with the number of differences up to them, as far as counted.
    counted: Vec<(f64, usize)>,
}

/// Values between which a rank is known to lie.
struct Bracket {
    low: f64,
    high: f64,
    /// Differences less than `low`.
    below: usize,
    /// Differences up to `high`.
    up_to: usize,
}

impl Bracket {
    /// Keeps the side of `pivot` that holds the rank, given the count of differences up to it.
    fn split(&mut self, rank: usize, pivot: f64, up_to: usize) {
        if rank < up_to {
            (self.high, self.up_to) = (pivot, up_to);
        } else {
            (self.low, self.below) = (pivot.next_up(), up_to);
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
        a.sort_unstable_by(f64::total_cmp);
        b.sort_unstable_by(f64::total_cmp);
        let mut drawn: Vec<f64> = places(DRAWN, a.len(), b.len())
            .map(|(i, j)| b[j] - a[i])
            .collect();
        drawn.sort_unstable_by(f64::total_cmp);
        Some(Self {
            a,
            b,
            drawn,
            counted: Vec::new(),
        })
    }

    pub(super) fn count(&self) -> usize {
        self.a.len() * self.b.len()
    }

    /// The difference that sorting all of them would put at `rank`, which is below the count.
    ///
    /// Narrows a bracket of values by counting, one walk a step, until few enough differences
    /// are left in it to write them down.
    pub(super) fn select(&mut self, rank: usize) -> f64 {
        let few = 2 * (self.a.len() + self.b.len());
        let mut bracket = self.known_bracket(rank);
        let mut step = 0;
        while bracket.up_to - bracket.below > few && bracket.low < bracket.high {
            let pivot = self.pivot(&bracket, rank, step);
            let up_to = self.count_up_to(pivot);
            self.counted.push((pivot, up_to));
            bracket.split(rank, pivot, up_to);
            step += 1;
        }
        if bracket.low >= bracket.high {
            return bracket.low;
        }
        let mut left = self.between(bracket.low, bracket.high);
        select(&mut left, rank - bracket.below).unwrap_or(bracket.low)
    }

    /// The narrowest bracket around a rank that the counts made for others already tell.
    fn known_bracket(&self, rank: usize) -> Bracket {
        let mut bracket = Bracket {
            low: self.b[0] - self.a[self.a.len() - 1],
            high: self.b[self.b.len() - 1] - self.a[0],
            below: 0,
            up_to: self.count(),
        };
        for &(value, up_to) in &self.counted {
            if value >= bracket.low && value < bracket.high {
                bracket.split(rank, value, up_to);
            }
        }
        bracket
    }

    /// Where to split the bracket: a little beside the rank, above it and below it by turns, so
    /// that both ends close in. The differences drawn tell where at first, interpolation later;
    /// every fourth step halves the doubles instead, which bounds the number of steps whatever
    /// the distribution.
    fn pivot(&self, bracket: &Bracket, rank: usize, step: usize) -> f64 {
        let halfway = middle_of_doubles(bracket.low, bracket.high);
        if step % 4 == 3 {
            return halfway;
        }
        let aside = if step.is_multiple_of(2) {
            ASIDE
        } else {
            -ASIDE
        };
        let enclosed = |guess: &f64| *guess >= bracket.low && *guess < bracket.high;
        let drawn = self.drawn_near(rank, 4.0 * aside).filter(|_| step < 2);
        drawn.filter(enclosed).unwrap_or_else(|| {
            let guess = bracket.interpolate(rank, aside);
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

    /// How many differences are at most `bound`.
    fn count_up_to(&self, bound: f64) -> usize {
        let (mut row, mut column, mut count) = (0, 0, 0);
        // Steps right or down without a branch: which of the two is a coin's toss.
        while row < self.a.len() && column < self.b.len() {
            let greater = usize::from(self.b[column] - self.a[row] > bound);
            row += greater;
            column += 1 - greater;
            count += (1 - greater) * (self.a.len() - row);
        }
        count
    }

    /// The differences from `low` to `high`, both included.
    fn between(&self, low: f64, high: f64) -> Vec<f64> {
        let mut found = Vec::new();
        let mut first = 0;
        for &b in &self.b {
            while first < self.a.len() && b - self.a[first] > high {
                first += 1;
            }
            let row = self.a[first..].iter().map(|a| b - a);
            found.extend(row.take_while(|difference| *difference >= low));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted_differences(a: &[f64], b: &[f64]) -> Vec<f64> {
        let mut all: Vec<f64> = b
            .iter()
            .flat_map(|b| a.iter().map(move |a| b - a))
            .collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn selection_finds_every_rank_of_the_sorted_differences() {
        let a: Vec<f64> = (0..23).map(|i| f64::from(i * i % 17) * 0.37).collect();
        let b: Vec<f64> = (0..31).map(|i| f64::from(i * 7 % 13).exp()).collect();
        let expected = sorted_differences(&a, &b);
        let mut differences = Differences::new(a, b).unwrap();
        for (rank, value) in expected.iter().enumerate() {
            assert_eq!(differences.select(rank), *value, "rank {rank}");
        }
    }

    #[test]
    fn selection_stands_ties_signs_and_all_magnitudes() {
        let a = vec![0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300, 5.0, 5.0, 5.0];
        let b = vec![-5.0, -5.0, 0.0, 1e-310, 2e300, 5.0, 5.0, 1e-5, -1e-5, 1.0];
        let expected = sorted_differences(&a, &b);
        let mut differences = Differences::new(a, b).unwrap();
        for (rank, value) in expected.iter().enumerate() {
            assert_eq!(differences.select(rank), *value, "rank {rank}");
        }
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

//! Selected order statistics of all slopes between pairs of points, without sorting them.

use super::even_pairs::places;
use super::order::{ascending, inversions, sort_values};
use super::quantile::{select, select_each};

/// Above this many slopes a bracket is estimated first; below, collecting all is cheaper.
const BRACKET_ABOVE: usize = 20_000;

/// Slopes sampled to estimate the bracket.
const SAMPLED: u32 = 4_000;

/// How far beyond the ranks wanted the bracket reaches, as a share of all slopes: four standard
/// deviations of a share of 0.5 estimated from [`SAMPLED`] pairs.
const MARGIN: f64 = 0.032;

/// A share of a slope that its own division may round away, and more.
const ROUNDING: f64 = 1e-12;

/// The slopes of all pairs of points that differ in x.
pub(super) struct Slopes {
    /// Ascending.
    x: Vec<f64>,
    /// Ascending where x repeats.
    y: Vec<f64>,
    count: usize,
}

impl Slopes {
    /// `points` must ascend in x.
    pub(super) fn of(points: &[(f64, f64)]) -> Self {
        let pairs = |count: usize| count * count.saturating_sub(1) / 2;
        let (x, mut y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
        let (mut first, mut upright) = (0, 0);
        for group in points.chunk_by(|left, right| left.0 == right.0) {
            if group.len() > 1 {
                upright += pairs(group.len());
                sort_values(&mut y[first..first + group.len()]);
            }
            first += group.len();
        }
        let count = pairs(points.len()) - upright;
        Self { x, y, count }
    }

    /// Number of slopes; upright pairs have none.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The slopes that sorting them all would put at these ascending ranks, each below the
    /// count.
    ///
    /// Cost: of many points O(n log n) time and what about a tenth of the slopes beyond what lies
    /// between the ranks take, else O(n²).
    pub(super) fn select<const N: usize>(&self, ranks: [usize; N]) -> Option<[f64; N]> {
        let bracketed = self.bracket(*ranks.first()?, *ranks.last()?);
        let found = bracketed.and_then(|(low, high)| {
            let (below, inside) = self.collect(low, high)?;
            select_all(inside, below, ranks)
        });
        // The estimate missed (it may, where few distinct slopes crowd its ends): take them all.
        found.or_else(|| select_all(self.all(), 0, ranks))
    }

    /// Two slopes that very likely enclose these ranks; `None` where that would not pay.
    fn bracket(&self, first: usize, last: usize) -> Option<(f64, f64)> {
        if self.count <= BRACKET_ABOVE {
            return None;
        }
        let points = self.x.len();
        let mut sampled: Vec<f64> = places(SAMPLED, points, points)
            .filter_map(|(left, right)| self.between(left, right))
            .collect();
        let mut at_share = |rank: usize, margin: f64| {
            let share = rank as f64 / self.count as f64 + margin;
            let place = (share * sampled.len() as f64) as usize;
            select(&mut sampled, place)
        };
        let low = at_share(first, -MARGIN).unwrap_or(f64::NEG_INFINITY);
        let high = at_share(last, MARGIN).unwrap_or(f64::INFINITY);
        Some((low, high))
    }

    /// The slope between two points, if they differ in x.
    fn between(&self, left: usize, right: usize) -> Option<f64> {
        let run = self.x[right] - self.x[left];
        (run != 0.0).then(|| (self.y[right] - self.y[left]) / run)
    }

    fn all(&self) -> Vec<f64> {
        let points = self.x.len();
        let pairs = (0..points).flat_map(|left| (left + 1..points).map(move |right| (left, right)));
        pairs
            .filter_map(|(left, right)| self.between(left, right))
            .collect()
    }

    /// How many slopes are below `low`, and those from `low` to `high`; `None` where that takes
    /// numbers beyond the doubles.
    ///
    /// Above a line of slope `low` the points of a steeper pair ascend, those of others descend. So the
    /// pairs that descend are counted, and those that ascend above the lower line and descend above the
    /// higher one are those that sorting by the latter what is sorted by the former exchanges.
    fn collect(&self, low: f64, high: f64) -> Option<(usize, Vec<f64>)> {
        let largest = |values: &[f64]| values.iter().fold(0.0, |most, value| value.abs().max(most));
        let reach = largest(&self.x);
        let size = largest(&self.y) + low.abs().max(high.abs()) * reach;
        let runs = self.x.windows(2).map(|pair| pair[1] - pair[0]);
        let shortest = runs.filter(|run| *run > 0.0).fold(f64::INFINITY, f64::min);
        // Lines so much outside of the ends that rounding puts no slope on the wrong side.
        let error = 8.0 * f64::EPSILON * size / shortest;
        if !(8.0 * (size + reach)).is_finite() || error * reach > size {
            return None;
        }
        let lower = low - error - ROUNDING * low.abs();
        let higher = high + error + ROUNDING * high.abs();
        let above = |slope: f64| -> Vec<f64> {
            let points = self.x.iter().zip(&self.y);
            points.map(|(x, y)| y - slope * x).collect()
        };
        let order = ascending(&above(lower));
        let above = above(higher);
        let mut below = inversions(&order) as usize;
        let (mut inside, mut sorted) = (Vec::new(), Vec::with_capacity(order.len()));
        for right in order {
            let height = above[right as usize];
            sorted.push((height, right));
            let mut at = sorted.len() - 1;
            while at > 0 && sorted[at - 1].0 > height {
                let left = sorted[at - 1].1;
                let slope = self.between(left as usize, right as usize)?;
                if slope < low {
                    below += 1;
                } else if slope <= high {
                    inside.push(slope);
                }
                sorted[at] = sorted[at - 1];
                at -= 1;
            }
            sorted[at] = (height, right);
        }
        Some((below, inside))
    }
}

/// The values at these ascending ranks, of which `below` are smaller than all of `values`;
/// `None` unless all of them are there.
fn select_all<const N: usize>(
    mut values: Vec<f64>,
    below: usize,
    ranks: [usize; N],
) -> Option<[f64; N]> {
    if ranks.iter().any(|rank| *rank < below) {
        return None;
    }
    select_each(&mut values, ranks.map(|rank| rank - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_sorted(points: &[(f64, f64)]) -> Vec<f64> {
        let mut all = Slopes::of(points).all();
        all.sort_unstable_by(f64::total_cmp);
        all
    }

    /// A wavy line whose x repeat now and then.
    fn wavy(count: u32, same_x: u32) -> Vec<(f64, f64)> {
        (0..count)
            .map(|i| {
                (
                    f64::from(i / same_x),
                    (f64::from(i) * 0.7).sin() * 9.0 + f64::from(i),
                )
            })
            .collect()
    }

    fn assert_selects_like_a_sort(points: &[(f64, f64)]) {
        let sorted = all_sorted(points);
        let slopes = Slopes::of(points);
        assert_eq!(slopes.count(), sorted.len());
        for spread in [
            0,
            1,
            sorted.len() / 50,
            sorted.len() / 3,
            sorted.len() / 2 - 1,
        ] {
            let middle = sorted.len() / 2;
            let ranks = [middle - spread, middle, middle, middle + spread];
            let expected = ranks.map(|rank| sorted[rank]);
            assert_eq!(slopes.select(ranks), Some(expected), "spread {spread}");
        }
    }

    #[test]
    fn few_slopes_are_selected_as_sorting_would() {
        assert_selects_like_a_sort(&wavy(40, 1));
        assert_selects_like_a_sort(&wavy(40, 3));
    }

    #[test]
    fn many_slopes_are_selected_as_sorting_would() {
        assert_selects_like_a_sort(&wavy(300, 1));
        assert_selects_like_a_sort(&wavy(300, 4));
    }

    #[test]
    fn slopes_next_to_the_ends_of_a_bracket_are_on_the_right_side() {
        let noise = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) >> 16);
        let shapes: [&dyn Fn(u32) -> f64; 6] = [
            &|_| 5.1,
            &|i| if i < 150 { 0.1 } else { 0.3 },
            &|i| f64::from(i * 37 % 5),
            &|i| 1e9 + f64::from(i) * 1e-7,
            &|i| f64::from(i) * 0.1,
            &|i| noise(i) * if i % 50 == 0 { 1e12 } else { 1.0 },
        ];
        for shape in shapes {
            let at = |i: u32| (f64::from(i) - 100.0, shape(i));
            let even: Vec<(f64, f64)> = (0..300).map(at).collect();
            assert_selects_like_a_sort(&even);
            let close = |(x, y): (f64, f64)| ((x / 7.0).floor() + x * 1e-9, y);
            assert_selects_like_a_sort(&even.into_iter().map(close).collect::<Vec<_>>());
            let upright = |i: u32| (f64::from(i / 3), shape(299 - i));
            assert_selects_like_a_sort(&(0..300).map(upright).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_bracket_that_misses_is_made_up_for() {
        // All rise is in the last point, which the pairs hardly meet.
        let mut points: Vec<(f64, f64)> = (0..300).map(|i| (f64::from(i), 0.0)).collect();
        points[299].1 = 1e9;
        assert_selects_like_a_sort(&points);
        let sorted = all_sorted(&points);
        let last = sorted.len() - 1;
        let ends = Slopes::of(&points).select([last - 200, last]);
        assert_eq!(ends, Some([sorted[last - 200], sorted[last]]));
    }

    #[test]
    fn upright_pairs_have_no_slope() {
        let points = [(1.0, 1.0), (1.0, 5.0), (2.0, 3.0)];
        assert_eq!(Slopes::of(&points).count(), 2);
        assert_eq!(Slopes::of(&points).select([0, 1]), Some([-2.0, 2.0]));
        assert_eq!(Slopes::of(&[]).count(), 0);
    }
}

//! Selected order statistics of all slopes between pairs of points, without sorting them.

use super::even_pairs::places;
use super::quantile::select;

/// Above this many slopes a bracket is estimated first; below, collecting all is cheaper.
const BRACKET_ABOVE: usize = 20_000;

/// Slopes sampled to estimate the bracket.
const SAMPLED: u32 = 4_000;

/// How far beyond the ranks wanted the bracket reaches, as a share of all slopes: four standard
/// deviations of a share of 0.5 estimated from [`SAMPLED`] pairs.
const MARGIN: f64 = 0.032;

/// A share of a slope that the product of it with a distance, and the division by that, may round
/// away.
const ROUNDING: f64 = 1e-12;

/// The slopes of all pairs of points that differ in x.
pub(super) struct Slopes {
    /// Ascending.
    x: Vec<f64>,
    y: Vec<f64>,
    count: usize,
}

impl Slopes {
    /// `points` must ascend in x.
    pub(super) fn of(points: &[(f64, f64)]) -> Self {
        let pairs = |count: usize| count * count.saturating_sub(1) / 2;
        let upright: usize = points
            .chunk_by(|left, right| left.0 == right.0)
            .map(|group| pairs(group.len()))
            .sum();
        let (x, y) = points.iter().copied().unzip();
        Self {
            x,
            y,
            count: pairs(points.len()) - upright,
        }
    }

    /// Number of slopes; upright pairs have none.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The slopes that sorting them all would put at these ascending ranks, each below the
    /// count.
    ///
    /// Cost: one pass over all pairs, O(n²) time; memory for about a tenth of the slopes beyond
    /// what lies between the ranks.
    pub(super) fn select<const N: usize>(&self, ranks: [usize; N]) -> Option<[f64; N]> {
        let bracketed = self.bracket(*ranks.first()?, *ranks.last()?);
        let (low, high) = bracketed.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let (below, inside) = self.collect(low, high);
        if let Some(found) = select_all(inside, below, ranks) {
            return Some(found);
        }
        // The estimate missed (it may, where few distinct slopes crowd its ends): take them all.
        let (below, inside) = self.collect(f64::NEG_INFINITY, f64::INFINITY);
        select_all(inside, below, ranks)
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

    /// How many slopes are below `low`, and those from `low` to `high`.
    fn collect(&self, low: f64, high: f64) -> (usize, Vec<f64>) {
        let mut below = 0;
        let mut inside = Vec::new();
        let mut near = vec![0_u32; self.x.len()];
        // A division is slow, and most slopes are far from the ends: these a product decides.
        let (surely_below, surely_above) =
            (low - ROUNDING * low.abs(), high + ROUNDING * high.abs());
        for (&x, &y) in self.x.iter().zip(&self.y) {
            let right = self.x.partition_point(|other| *other <= x);
            let others = self.x[right..].iter().zip(&self.y[right..]);
            let mut kept = 0;
            // Without a branch that would be mispredicted at every tenth: each place is written.
            for (place, (other_x, other_y)) in (0..).zip(others) {
                let (run, rise) = (other_x - x, other_y - y);
                let is_below = rise < surely_below * run;
                below += usize::from(is_below);
                near[kept] = place;
                kept += usize::from(!is_below && rise <= surely_above * run);
            }
            for &place in &near[..kept] {
                let other = right + place as usize;
                let slope = (self.y[other] - y) / (self.x[other] - x);
                if slope < low {
                    below += 1;
                } else if slope <= high {
                    inside.push(slope);
                }
            }
        }
        (below, inside)
    }
}

/// The values at these ascending ranks, of which `below` are smaller than all of `values`;
/// `None` unless all of them are there.
fn select_all<const N: usize>(
    mut values: Vec<f64>,
    below: usize,
    ranks: [usize; N],
) -> Option<[f64; N]> {
    let mut found = [0.0; N];
    let mut sorted_before = below;
    let mut rest = values.as_mut_slice();
    for (slot, rank) in found.iter_mut().zip(ranks) {
        // Selection leaves everything greater behind the value: later ranks search only there.
        let index = rank.checked_sub(sorted_before)?;
        *slot = select(rest, index)?;
        rest = &mut rest[index..];
        sorted_before = rank;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_sorted(points: &[(f64, f64)]) -> Vec<f64> {
        let mut all = Slopes::of(points)
            .collect(f64::NEG_INFINITY, f64::INFINITY)
            .1;
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

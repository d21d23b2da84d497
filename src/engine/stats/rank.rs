//! Rank-sum test of two sets, and the correction for testing several pairs at once.

use super::distribution::normal_sf;
use super::mann_whitney::UCounts;
use super::quantile::finite;
use crate::engine::stats::order::{sort_by_value, sort_values};

/// Up to this size of the smaller set, and without ties, the exact distribution is used; above,
/// the normal approximation is good. The rule and the number are those of `SciPy`.
const EXACT_UP_TO: usize = 8;

/// Where the p-value of a rank-sum test comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankSumMethod {
    /// The exact distribution of U.
    Exact,
    /// The normal approximation, corrected for ties and continuity.
    Asymptotic,
}

/// Whether the samples of `b` tend to be greater than those of `a`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Mann and Whitney's U: pairs in which the sample of `b` is the greater; a tie counts half.
    pub u: f64,
    /// `u` as a share of all pairs: 0.5 means neither tends to be greater, 1 that every sample
    /// of `b` exceeds every one of `a`.
    pub superiority: f64,
    /// Two-sided p-value, in [0, 1].
    pub p_value: f64,
    /// How far `u` lies from where it is expected without a difference, in standard deviations of
    /// the normal approximation; never below 0.
    pub deviation: f64,
    /// How the p-value was found.
    pub method: RankSumMethod,
}

/// Wilcoxon's rank-sum test in Mann and Whitney's form (1947), two-sided: `SciPy`'s
/// `mannwhitneyu(b, a, method='auto')`.
///
/// Needs one finite sample in each set, else `None`. Sets that are all one tie have a p-value of
/// one. Cost: O(n log n) time, one copy; where the smaller set has eight samples or fewer, a few
/// additions for each pair on top.
pub fn rank_sum(a: &[f64], b: &[f64]) -> Option<RankSum> {
    let sorted = |samples: &[f64]| {
        let mut sorted = finite(samples);
        sort_values(&mut sorted);
        sorted
    };
    rank_sum_sorted(&sorted(a), &sorted(b))
}

/// [`rank_sum`] of finite samples in ascending order, in O(n).
pub fn rank_sum_sorted(a: &[f64], b: &[f64]) -> Option<RankSum> {
    let (size_a, size_b) = (a.len(), b.len());
    if size_a == 0 || size_b == 0 {
        return None;
    }
    let ranks = Ranks::of(a, b);
    let pairs = size_a as f64 * size_b as f64;
    let u = ranks.sum_of_b - size_b as f64 * (size_b as f64 + 1.0) / 2.0;
    let deviation = deviation(u, (size_a as f64, size_b as f64), ranks.ties);
    let (p_value, method) = match exact_p_value(u, (size_a, size_b), ranks.ties > 0.0) {
        Some(p_value) => (p_value, RankSumMethod::Exact),
        None => (
            deviation.map_or(1.0, |distance| (2.0 * normal_sf(distance)).min(1.0)),
            RankSumMethod::Asymptotic,
        ),
    };
    Some(RankSum {
        u,
        superiority: u / pairs,
        p_value,
        deviation: deviation.unwrap_or(0.0).max(0.0),
        method,
    })
}

/// What the test needs of the ranks of two pooled sets.
struct Ranks {
    /// Sum of the mid-ranks of the samples of `b`, counted from 1.
    sum_of_b: f64,
    /// Sum of `t³ - t` over groups of `t` equal samples; 0 without ties.
    ties: f64,
}

impl Ranks {
    /// Of two sets in ascending order.
    fn of(mut a: &[f64], mut b: &[f64]) -> Self {
        let mut ranks = Self {
            sum_of_b: 0.0,
            ties: 0.0,
        };
        let mut before = 0;
        while let Some(least) = least_of(a, b) {
            let (of_a, of_b) = (equal_to(least, a), equal_to(least, b));
            let size = (of_a + of_b) as f64;
            ranks.sum_of_b += of_b as f64 * (before as f64 + size.midpoint(1.0));
            ranks.ties += size * (size * size - 1.0);
            before += of_a + of_b;
            (a, b) = (&a[of_a..], &b[of_b..]);
        }
        ranks
    }
}

/// The first of two ascending lists taken together.
fn least_of(a: &[f64], b: &[f64]) -> Option<f64> {
    match (a.first(), b.first()) {
        (Some(&a), Some(&b)) => Some(a.min(b)),
        (first, None) | (None, first) => first.copied(),
    }
}

/// How many samples at the start of an ascending list equal this one.
fn equal_to(sample: f64, sorted: &[f64]) -> usize {
    sorted.iter().take_while(|other| **other == sample).count()
}

fn exact_p_value(u: f64, sizes: (usize, usize), tied: bool) -> Option<f64> {
    if tied || sizes.0.min(sizes.1) > EXACT_UP_TO {
        return None;
    }
    // Without ties U is whole, and its distribution is symmetric.
    let u = u as usize;
    let smaller = u.min(sizes.0 * sizes.1 - u);
    let tail = UCounts::up_to(smaller, sizes)?.probability();
    Some((2.0 * tail).min(1.0))
}

/// Samples of both sets up to which divisions are counted in spite of ties.
const TIED_UP_TO: usize = 64;

/// The exact two-sided p-value of the rank-sum test where samples are tied: the share of all ways
/// to divide the pooled samples whose rank sum departs at least as far from its mean.
///
/// `None` where a set is empty, the smaller has more than eight finite samples, or both together
/// more than 64. Cost: O(n² k²) additions for n samples, of which k are in the smaller set.
pub fn tied_p_value(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (finite(a), finite(b));
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let (members, count) = (small.len(), small.len() + large.len());
    if members == 0 || members > EXACT_UP_TO || count > TIED_UP_TO {
        return None;
    }
    let mut pooled: Vec<(f64, bool)> = small.into_iter().map(|value| (value, true)).collect();
    pooled.extend(large.into_iter().map(|value| (value, false)));
    sort_by_value(&mut pooled, |sample| sample.0);
    // Ways to choose so many samples with each sum of doubled mid-ranks, which are whole.
    let mut ways = vec![vec![0.0_f64; 2 * count * members + 1]; members + 1];
    ways[0][0] = 1.0;
    let (mut first, mut observed) = (0, 0);
    for group in pooled.chunk_by(|left, right| left.0 == right.0) {
        let rank = 2 * first + group.len() + 1;
        first += group.len();
        for &(_, is_member) in group {
            observed += if is_member { rank } else { 0 };
            for chosen in (0..members).rev() {
                for sum in rank..=2 * count * members {
                    ways[chosen + 1][sum] += ways[chosen][sum - rank];
                }
            }
        }
    }
    let mean = members * (count + 1);
    let distance = observed.abs_diff(mean);
    let all: f64 = ways[members].iter().sum();
    let sums = ways[members].iter().enumerate();
    let as_far = sums.filter(|(sum, _)| sum.abs_diff(mean) >= distance);
    Some(as_far.map(|(_, ways)| ways).sum::<f64>() / all)
}

/// `None` where all samples are one tie; below 0 within half a step of no difference.
fn deviation(u: f64, (size_a, size_b): (f64, f64), ties: f64) -> Option<f64> {
    let both = size_a + size_b;
    let pairs = size_a * size_b;
    let variance = pairs / 12.0 * (both + 1.0 - ties / (both * (both - 1.0)));
    // U moves in steps; half a step brings it in line with the continuous normal.
    let distance = (u - pairs / 2.0).abs() - 0.5;
    (variance > 0.0).then(|| distance / variance.sqrt())
}

/// P-values adjusted by Holm's step-down method (1979), in the order given: rejecting those
/// below α keeps the chance of even one false rejection below α.
///
/// A p-value that is NaN counts as 1, one outside [0, 1] as the nearer end. Cost: O(n log n).
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let raw = |index: usize| {
        let p_value = p_values[index];
        if p_value.is_nan() {
            1.0
        } else {
            p_value.clamp(0.0, 1.0)
        }
    };
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    sort_by_value(&mut order, |&index| raw(index));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 0.0_f64;
    for (step, &index) in order.iter().enumerate() {
        let remaining = (p_values.len() - step) as f64;
        least = least.max((remaining * raw(index)).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u_counts_the_pairs_that_b_wins() {
        let a = [1.0, 4.0, 4.0, 7.0];
        let b = [4.0, 5.0, 8.0];
        let test = rank_sum(&a, &b).unwrap();
        // 4: 1 won, 2 tied; 5: 3 won; 8: 4 won.
        assert_eq!(test.u, 1.0 + 2.0 * 0.5 + 3.0 + 4.0);
        assert_eq!(test.superiority, 9.0 / 12.0);
        assert_eq!(test.method, RankSumMethod::Asymptotic);
        let mirrored = rank_sum(&b, &a).unwrap();
        assert_eq!(mirrored.superiority, 3.0 / 12.0);
        assert_eq!(mirrored.p_value, test.p_value);
    }

    #[test]
    fn sets_that_interleave_evenly_have_a_p_value_of_one() {
        let test = rank_sum(&[1.0, 4.0], &[2.0, 3.0]).unwrap();
        assert_eq!(test.p_value, 1.0);
    }

    #[test]
    fn a_single_tie_of_everything_is_no_difference() {
        let test = rank_sum(&[3.0; 20], &[3.0; 30]).unwrap();
        assert_eq!((test.superiority, test.p_value), (0.5, 1.0));
        let pair = rank_sum(&[3.0], &[3.0]).unwrap();
        assert_eq!((pair.superiority, pair.p_value), (0.5, 1.0));
    }

    #[test]
    fn signed_zeros_are_equal_samples() {
        let test = rank_sum(&[0.0], &[-0.0]).unwrap();
        assert_eq!(
            (test.superiority, test.method),
            (0.5, RankSumMethod::Asymptotic)
        );
    }

    #[test]
    fn a_set_without_finite_samples_has_no_answer() {
        assert_eq!(rank_sum(&[], &[1.0]), None);
        assert_eq!(rank_sum(&[1.0], &[f64::NAN, f64::INFINITY]), None);
    }

    #[test]
    fn tied_sets_have_the_p_value_of_all_divisions() {
        // Apart, though tied within: two of the 252 divisions.
        let apart = tied_p_value(&[1.0, 1.0, 1.0, 2.0, 2.0], &[3.0, 3.0, 4.0, 4.0, 4.0]);
        assert!((apart.unwrap() - 2.0 / 252.0).abs() < 1e-12);
        // Rank sums of two of four, with ranks 1, 2.5, 2.5, 4: 3.5, 3.5, 5, 5, 6.5, 6.5.
        let mixed = tied_p_value(&[1.0, 2.0], &[2.0, 3.0]).unwrap();
        assert!((mixed - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(tied_p_value(&[3.0; 4], &[3.0; 5]), Some(1.0));
        // Without ties it is the p-value of the test.
        let (a, b) = ([1.0, 4.0, 6.0], [2.0, 5.0, 7.0, 9.0, 11.0]);
        let exact = rank_sum(&a, &b).unwrap().p_value;
        assert!((tied_p_value(&b, &a).unwrap() - exact).abs() < 1e-12);
    }

    #[test]
    fn sets_too_large_to_divide_in_every_way_have_no_exact_p_value() {
        assert_eq!(tied_p_value(&[], &[1.0]), None);
        assert_eq!(tied_p_value(&[1.0; 9], &[1.0; 9]), None);
        assert_eq!(tied_p_value(&[1.0; 5], &[1.0; 60]), None);
    }

    #[test]
    fn holm_reads_a_p_value_that_is_none_as_one() {
        assert_eq!(holm(&[f64::NAN, 0.01, -2.0]), [1.0, 0.02, 0.0]);
    }
}

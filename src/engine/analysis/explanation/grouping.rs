//! Runs sorted into groups by one attribute: its categories, or ranges of its numbers.

use super::Values;

/// Fewer runs than this make no group of their own: nothing could be said of them.
pub(super) const MIN_GROUP: usize = 5;

/// Ranges that numbers are cut into: quarters show a bend as well as a slope.
const RANGES: usize = 4;

/// Marks a run without a value.
pub(super) const NO_GROUP: usize = usize::MAX;

/// What the runs of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trait {
    /// One category.
    Category(u32),
    /// Any of the categories that hold fewer than five runs each.
    RareCategories,
    /// Numbers from `low` to `high`, both included.
    Range {
        /// Least number in the group.
        low: f64,
        /// Greatest number in the group.
        high: f64,
    },
}

/// Groups by one attribute.
pub(super) struct Grouping {
    /// Group of each run, [`NO_GROUP`] where the value is missing.
    pub group_of: Vec<usize>,
    pub traits: Vec<Trait>,
}

impl Grouping {
    /// Groups the runs at the places given. O(n log n).
    pub fn of(values: Values<'_>, places: &[usize]) -> Self {
        match values {
            Values::Categories(categories) => by_category(categories, places),
            Values::Numbers(numbers) => by_range(numbers, places),
        }
    }

    fn assign(runs: usize, groups: Vec<(Trait, Vec<usize>)>) -> Self {
        let mut group_of = vec![NO_GROUP; runs];
        let mut traits = Vec::with_capacity(groups.len());
        for (shared, members) in groups {
            for run in members {
                group_of[run] = traits.len();
            }
            traits.push(shared);
        }
        Self { group_of, traits }
    }
}

/// Runs with their value, sorted by it; those without one left out.
fn sorted<T: Copy>(
    value_at: impl Fn(usize) -> Option<T>,
    places: &[usize],
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> Vec<(T, usize)> {
    let valued = places
        .iter()
        .enumerate()
        .filter_map(|(run, &place)| Some((value_at(place)?, run)));
    let mut pairs: Vec<(T, usize)> = valued.collect();
    pairs.sort_unstable_by(|a, b| order(&a.0, &b.0).then(a.1.cmp(&b.1)));
    pairs
}

fn by_category(categories: &[u32], places: &[usize]) -> Grouping {
    let category = |place: usize| {
        categories
            .get(place)
            .copied()
            .filter(|&c| c != Values::MISSING)
    };
    let pairs = sorted(category, places, u32::cmp);
    let mut groups: Vec<(Trait, Vec<usize>)> = Vec::new();
    let mut rare = Vec::new();
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let members = group.iter().map(|&(_, run)| run);
        if group.len() < MIN_GROUP {
            rare.extend(members);
        } else {
            groups.push((Trait::Category(group[0].0), members.collect()));
        }
    }
    if rare.len() >= MIN_GROUP {
        groups.push((Trait::RareCategories, rare));
    }
    Grouping::assign(places.len(), groups)
}

/// Cuts at the quartiles, but never between equal numbers.
fn by_range(numbers: &[f64], places: &[usize]) -> Grouping {
    let number = |place: usize| numbers.get(place).copied().filter(|n| n.is_finite());
    let pairs = sorted(number, places, f64::total_cmp);
    let mut groups: Vec<(Trait, Vec<usize>)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let (mut low, mut passed) = (f64::NAN, 0);
    for equal in pairs.chunk_by(|a, b| a.0 == b.0) {
        let value = equal[0].0;
        if open.is_empty() {
            low = value;
        }
        open.extend(equal.iter().map(|&(_, run)| run));
        passed += equal.len();
        let quarter_is_full = passed * RANGES >= (groups.len() + 1) * pairs.len();
        let rest_is_enough = passed == pairs.len() || pairs.len() - passed >= MIN_GROUP;
        if quarter_is_full && rest_is_enough && open.len() >= MIN_GROUP {
            groups.push((Trait::Range { low, high: value }, std::mem::take(&mut open)));
        }
    }
    Grouping::assign(places.len(), groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_sizes(values: Values<'_>, runs: usize) -> Vec<(Trait, usize)> {
        let places: Vec<usize> = (0..runs).collect();
        let grouping = Grouping::of(values, &places);
        let size = |group| {
            grouping
                .group_of
                .iter()
                .filter(|&&own| own == group)
                .count()
        };
        grouping
            .traits
            .iter()
            .copied()
            .enumerate()
            .map(|(i, shared)| (shared, size(i)))
            .collect()
    }

    #[test]
    fn each_category_is_a_group_and_the_rare_ones_are_one() {
        let categories = [
            [7; 10].as_slice(),
            &[3; 6],
            &[1, 2, 4, 5, 6],
            &[Values::MISSING],
        ]
        .concat();
        assert_eq!(
            group_sizes(Values::Categories(&categories), 22),
            [
                (Trait::Category(3), 6),
                (Trait::Category(7), 10),
                (Trait::RareCategories, 5)
            ]
        );
    }

    #[test]
    fn numbers_are_cut_into_quarters() {
        let numbers: Vec<f64> = (0..40).map(f64::from).rev().collect();
        assert_eq!(
            group_sizes(Values::Numbers(&numbers), 40),
            [(0.0, 9.0), (10.0, 19.0), (20.0, 29.0), (30.0, 39.0)]
                .map(|(low, high)| (Trait::Range { low, high }, 10))
        );
    }

    #[test]
    fn equal_numbers_stay_together_and_what_is_no_number_is_left_out() {
        let mut retries = vec![0.0; 90];
        retries.extend([1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, f64::NAN]);
        assert_eq!(
            group_sizes(Values::Numbers(&retries), 98),
            [
                (
                    Trait::Range {
                        low: 0.0,
                        high: 0.0
                    },
                    90
                ),
                (
                    Trait::Range {
                        low: 1.0,
                        high: 3.0
                    },
                    7
                )
            ]
        );
    }

    #[test]
    fn a_value_missing_from_the_end_of_the_list_is_missing() {
        assert_eq!(group_sizes(Values::Numbers(&[1.0; 10]), 30)[0].1, 10);
    }
}

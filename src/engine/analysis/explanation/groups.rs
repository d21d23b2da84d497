//! Runs sorted into groups by one attribute: its categories, or ranges of its numbers.

use super::super::ranks::ranks_in;
use super::values::Values;
use crate::engine::stats::order::ascending;

/// Fewest runs of a group.
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
        /// Largest number in the group.
        high: f64,
    },
}

/// Groups by one attribute.
pub(super) struct Grouping {
    /// Group of each run, [`NO_GROUP`] where the value is missing.
    pub group_of: Vec<usize>,
    pub traits: Vec<Trait>,
    /// Runs by their number, ascending; empty for categories.
    order: Vec<u32>,
}

impl Grouping {
    /// Groups the runs at the places given; `None` where all have one value, which separates no
    /// two of them. O(n log n), O(n) where there is nothing to separate.
    pub fn of(values: Values<'_>, places: &[usize]) -> Option<Self> {
        match values {
            Values::Categories(categories) => {
                let category = |place: usize| {
                    let category = categories.get(place).copied();
                    category.filter(|&category| category != Values::MISSING)
                };
                varies(places.iter().map(|&place| category(place)))
                    .then(|| by_category(category, places))
            }
            Values::Numbers(numbers) => {
                let number = |place| number_at(numbers, place);
                varies(places.iter().map(|&place| number(place))).then(|| by_range(number, places))
            }
        }
    }

    /// Rank of the number of each run among those of the runs in groups.
    pub fn number_ranks(&self, numbers: &[f64], places: &[usize]) -> Vec<f64> {
        let of_runs: Vec<f64> = places
            .iter()
            .map(|&place| number_at(numbers, place).unwrap_or(f64::NAN))
            .collect();
        let grouped = |run: &u32| self.group_of[*run as usize] != NO_GROUP;
        let order: Vec<u32> = self.order.iter().copied().filter(grouped).collect();
        ranks_in(&order, &of_runs)
    }

    fn assign(runs: usize, groups: Vec<(Trait, Vec<u32>)>, order: Vec<u32>) -> Self {
        let mut group_of = vec![NO_GROUP; runs];
        let mut traits = Vec::with_capacity(groups.len());
        for (shared, members) in groups {
            for run in members {
                group_of[run as usize] = traits.len();
            }
            traits.push(shared);
        }
        Self {
            group_of,
            traits,
            order,
        }
    }
}

/// Whether two of the values differ; missing ones are skipped.
fn varies<T: PartialEq>(values: impl Iterator<Item = Option<T>>) -> bool {
    let mut known = values.flatten();
    let first = known.next();
    known.any(|value| Some(value) != first)
}

fn number_at(numbers: &[f64], place: usize) -> Option<f64> {
    numbers.get(place).copied().filter(|n| n.is_finite())
}

fn by_category(category: impl Fn(usize) -> Option<u32>, places: &[usize]) -> Grouping {
    let valued = places.iter().zip(0_u32..);
    let mut keys: Vec<u64> = valued
        .filter_map(|(&place, run)| Some(u64::from(category(place)?) << 32 | u64::from(run)))
        .collect();
    keys.sort_unstable();
    let mut groups: Vec<(Trait, Vec<u32>)> = Vec::new();
    let mut rare = Vec::new();
    for group in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
        let members = group.iter().map(|&key| key as u32);
        if group.len() < MIN_GROUP {
            rare.extend(members);
        } else {
            groups.push((Trait::Category((group[0] >> 32) as u32), members.collect()));
        }
    }
    if rare.len() >= MIN_GROUP {
        groups.push((Trait::RareCategories, rare));
    }
    Grouping::assign(places.len(), groups, Vec::new())
}

/// Cuts at the quartiles, but never between equal numbers.
fn by_range(number: impl Fn(usize) -> Option<f64>, places: &[usize]) -> Grouping {
    let numbers: Vec<f64> = places
        .iter()
        .map(|&place| number(place).unwrap_or(f64::NAN))
        .collect();
    let mut order = ascending(&numbers);
    order.retain(|&run| !numbers[run as usize].is_nan());
    let mut groups: Vec<(Trait, Vec<u32>)> = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    let (mut low, mut passed) = (f64::NAN, 0);
    for equal in order.chunk_by(|&a, &b| numbers[a as usize] == numbers[b as usize]) {
        let value = numbers[equal[0] as usize];
        if open.is_empty() {
            low = value;
        }
        open.extend_from_slice(equal);
        passed += equal.len();
        let quarter_is_full = passed * RANGES >= (groups.len() + 1) * order.len();
        let rest_is_enough = passed == order.len() || order.len() - passed >= MIN_GROUP;
        if quarter_is_full && rest_is_enough && open.len() >= MIN_GROUP {
            groups.push((Trait::Range { low, high: value }, std::mem::take(&mut open)));
        }
    }
    Grouping::assign(places.len(), groups, order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_sizes(values: Values<'_>, runs: usize) -> Vec<(Trait, usize)> {
        let places: Vec<usize> = (0..runs).collect();
        let Some(grouping) = Grouping::of(values, &places) else {
            return Vec::new();
        };
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
        let numbers: Vec<f64> = (0..10).map(f64::from).collect();
        let sizes = group_sizes(Values::Numbers(&numbers), 30);
        assert_eq!(sizes.iter().map(|(_, size)| size).sum::<usize>(), 10);
    }

    #[test]
    fn one_value_makes_no_groups() {
        assert_eq!(group_sizes(Values::Numbers(&[1.0; 30]), 30), []);
        assert_eq!(group_sizes(Values::Categories(&[7; 30]), 30), []);
        assert_eq!(group_sizes(Values::Numbers(&[f64::NAN; 30]), 30), []);
    }
}

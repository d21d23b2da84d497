//! A mergeable quantile sketch with a guaranteed relative error.
//!
//! The method is `DDSketch` (Masson, Rim and Lee 2019): count samples in buckets whose width is
//! a fixed ratio, and answer a quantile with the middle of the bucket that holds its rank.

mod layout;
mod window;

use window::Window;

use super::quantile::Quantile;
use crate::engine::figures::{larger, smaller};

/// This many buckets reach 53 octaves down from the greatest sample: from a hundred
/// days to a nanosecond.
const DEFAULT_BUCKETS: u16 = 2_048;

/// One occupied bucket of a sketch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Least value it holds; 0 for the bucket of zeros.
    pub low: f64,
    /// Values are below this; for the bucket of zeros it is the least normal double.
    pub high: f64,
    /// Samples in it.
    pub count: u64,
}

/// Quantiles of any number of samples in bounded memory.
///
/// Every quantile is within a relative error α of 1 % of the exact sample of that rank, whatever the distribution. The least and the greatest sample are exact.
///
/// Samples are numbers from 0 up, all in one unit. A negative or non-finite one is refused.
/// Values below 2.2e-308 count as zeros.
///
/// Memory: about 150 bytes, 2 bytes for each bucket between the least sample and the greatest
/// (38 for every factor of two; 10 bytes once one holds 65,536 samples). Nothing is
/// allocated while samples stay in the range seen.
/// When the range exceeds the bucket limit, the smallest samples share one bucket: answers there
/// read too high, all above stay within α.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    window: Window,
    count: u64,
    zeros: u64,
    min: f64,
    max: f64,
}

impl Default for Sketch {
    fn default() -> Self {
        Self::new()
    }
}

impl Sketch {
    /// An empty sketch. Allocates nothing yet.
    pub fn new() -> Self {
        Self::with_buckets(DEFAULT_BUCKETS)
    }

    /// An empty sketch with at most so many buckets (one at least).
    pub fn with_buckets(buckets: u16) -> Self {
        Self {
            window: Window::new(buckets),
            count: 0,
            zeros: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Counts a sample; false if it was refused for being negative or not finite.
    ///
    /// Cost: some 5 ns.
    #[inline]
    pub fn record(&mut self, value: f64) -> bool {
        if !(0.0..=f64::MAX).contains(&value) {
            return false;
        }
        self.count += 1;
        // Adding zero turns a negative zero into zero.
        self.min = smaller(value + 0.0, self.min);
        self.max = larger(value + 0.0, self.max);
        if value < f64::MIN_POSITIVE {
            self.zeros += 1;
        } else {
            self.window.add(layout::index(value), 1);
        }
        true
    }

    /// Folds `other` into `self`: afterwards it equals the sketch that had recorded the samples
    /// of both, exactly, whatever the order of merging.
    ///
    /// Both sketches must hold the same unit in equally many buckets. Cost: O(buckets of `other`).
    pub fn merge(&mut self, other: &Self) {
        // From the top down: the range then grows at most once at either end.
        for (index, count) in other.window.iter().rev() {
            self.window.add(index, count);
        }
        self.count += other.count;
        self.zeros += other.zeros;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The sample at `quantile` by nearest rank, within a relative error α; `None` when empty.
    ///
    /// Cost: O(buckets), some 200 ns for a usual spread.
    pub fn quantile(&self, quantile: Quantile) -> Option<f64> {
        match self.holder_of(quantile)? {
            Holder::Least => Some(self.min),
            Holder::Greatest => Some(self.max),
            Holder::Zeros => Some(0.0_f64.max(self.min)),
            Holder::Bucket(index) => Some(layout::middle(index).max(self.min).min(self.max)),
        }
    }

    fn holder_of(&self, quantile: Quantile) -> Option<Holder> {
        let last = self.count.checked_sub(1)?;
        let rank = quantile.rank(self.count as usize) as u64;
        if rank == last {
            return Some(Holder::Greatest);
        }
        if rank == 0 {
            return Some(Holder::Least);
        }
        let mut up_to = self.zeros;
        if rank < up_to {
            return Some(Holder::Zeros);
        }
        self.window.iter().find_map(|(index, count)| {
            up_to += count;
            (rank < up_to).then_some(Holder::Bucket(index))
        })
    }

    /// The occupied buckets in ascending order, zeros first.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let zeros = (self.zeros > 0).then_some(Bucket {
            low: 0.0,
            high: f64::MIN_POSITIVE,
            count: self.zeros,
        });
        // Most begin where the one before ends: a bound costs a square root.
        let mut end = (i32::MIN, 0.0);
        let others = self.window.iter().map(move |(index, count)| {
            let low = match end {
                (known, bound) if known == index => bound,
                _ => layout::lower_bound(index),
            };
            let high = layout::lower_bound(index + 1);
            end = (index + 1, high);
            Bucket { low, high, count }
        });
        zeros.into_iter().chain(others)
    }

    /// Samples counted; refused ones are not.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The least sample, exactly; `None` when empty.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    /// The greatest sample, exactly; `None` when empty.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }

    /// The relative error guaranteed: a little below 1 %, since buckets divide octaves evenly.
    pub fn alpha(&self) -> f64 {
        layout::alpha()
    }

    /// Bytes held, the sketch itself included.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.window.heap_bytes()
    }
}

/// What answers for a quantile.
enum Holder {
    Least,
    Greatest,
    Zeros,
    Bucket(i32),
}

#[cfg(test)]
mod tests;

//! Which executions are sampled.

/// While few were, one execution in so many has its calls timed.
pub const ONE_IN_AT_FIRST: u32 = 64;
/// From then on, one in so many: code that runs so seldom is cold amid real work each time, so that
/// timing an execution takes longer there than the calls that it times.
pub const ONE_IN: u32 = 256;
/// Any number but 0 does. The same one every time, so that a run can be repeated.
const SEED: u32 = 0x9e37_79b9;

/// A small generator of even bits, Marsaglia's xorshift with the shifts 13, 17 and 5.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits(u32);

impl Bits {
    /// The generator of a seed.
    pub(super) fn seeded(seed: u32) -> Self {
        Self(seed.max(1))
    }

    /// The next 32 bits, never all 0.
    pub(super) fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

/// One place in every block of executions, drawn anew for each block: in step with nothing that
/// repeats in the executions, and never far from one in so many either.
#[derive(Clone, Copy, Debug)]
pub struct Stagger {
    bits: Bits,
    /// Executions of the block behind the place last drawn.
    rest: u32,
}

impl Default for Stagger {
    fn default() -> Self {
        Self {
            bits: Bits::seeded(SEED),
            rest: 0,
        }
    }
}

impl Stagger {
    /// Executions to pass by before the next one that is sampled, one in `block`, which is a power
    /// of two.
    pub fn next_gap(&mut self, block: u32) -> u32 {
        // The high bits: the low ones of so small a generator repeat sooner.
        let place = self.bits.next() >> (32 - block.trailing_zeros());
        let gap = self.rest + place;
        self.rest = block - 1 - place;
        gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(count: usize) -> Vec<u32> {
        let mut stagger = Stagger::default();
        let mut at = 0;
        (0..count)
            .map(|_| {
                let place = at + stagger.next_gap(ONE_IN);
                at = place + 1;
                place
            })
            .collect()
    }

    #[test]
    fn every_block_has_one_sample() {
        for (block, place) in sampled(10_000).into_iter().enumerate() {
            assert_eq!(place / ONE_IN, block as u32);
        }
    }

    #[test]
    fn a_workload_of_any_period_is_sampled_evenly() {
        const COUNT: usize = 20_000;
        for period in [2, 3, 4, 7, 8, 16, 32, 64] {
            let mut seen = vec![0_usize; period as usize];
            for place in sampled(COUNT) {
                seen[(place % period) as usize] += 1;
            }
            let even = COUNT as f64 / f64::from(period);
            for count in seen {
                assert!(
                    (count as f64 - even).abs() < 5.0 * even.sqrt(),
                    "{count} of {even} at period {period}"
                );
            }
        }
    }
}

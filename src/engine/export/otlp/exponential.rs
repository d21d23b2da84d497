//! Durations as an exponential histogram: buckets whose width is a fixed ratio, as OpenTelemetry
//! defines them.

/// Most buckets, OpenTelemetry's own default, which receivers do not merge.
const MOST_BUCKETS: i32 = 160;
/// The scale with buckets about as wide as those of a sketch: 32 an octave.
const FINEST: i32 = 5;
/// The coarsest scale that OpenTelemetry's SDKs use: one bucket in 1,024 octaves.
const COARSEST: i32 = -10;
const MS_A_SECOND: f64 = 1e3;

/// Positive values by bucket, in seconds. Bucket `offset + i` holds those above
/// `base^(offset + i)` up to `base^(offset + i + 1)`, where `base` is `2^(2^-scale)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exponential {
    /// The scale.
    pub scale: i32,
    /// Durations of 0.
    pub zeros: u64,
    /// Index of the first bucket.
    pub offset: i32,
    /// Counts from that bucket on.
    pub counts: Vec<u64>,
}

/// The bucket of a value at the finest scale; at each coarser one it is half of that, rounded
/// down.
fn finest_index(seconds: f64) -> i32 {
    let place = (seconds.log2() * f64::from(FINEST).exp2()).ceil();
    place as i32 - 1
}

impl Exponential {
    /// From durations in ms, each with its count, within a range. Every bucket of a sketch counts
    /// where its middle lies, so that a run within the sketch's error of a bound may count on the
    /// other side of it. The scale is the finest that needs at most 160 buckets.
    ///
    /// Cost: a logarithm for each duration.
    pub fn of(durations: &[(f64, u64)], (least, greatest): (f64, f64)) -> Self {
        let mut of = Self::default();
        let mut indices = Vec::with_capacity(durations.len());
        for &(middle_ms, count) in durations {
            if middle_ms == 0.0 {
                of.zeros += count;
                continue;
            }
            let seconds = middle_ms.max(least).min(greatest) / MS_A_SECOND;
            indices.push((finest_index(seconds), count));
        }
        let (Some(&(first, _)), Some(&(last, _))) = (indices.first(), indices.last()) else {
            return of;
        };
        let fits = |coarser: &i32| (last >> coarser) - (first >> coarser) < MOST_BUCKETS;
        let coarser = (0..=FINEST - COARSEST).find(fits);
        let coarser = coarser.unwrap_or(FINEST - COARSEST);
        of.scale = FINEST - coarser;
        of.offset = first >> coarser;
        let buckets = (last >> coarser) - of.offset + 1;
        of.counts.resize(buckets.max(0) as usize, 0);
        for (index, count) in indices {
            let place = (index >> coarser) - of.offset;
            if let Some(counted) = of.counts.get_mut(place.max(0) as usize) {
                *counted += count;
            }
        }
        of
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_durations(ms: &[f64]) -> Exponential {
        let durations: Vec<(f64, u64)> = ms.iter().map(|&duration| (duration, 1)).collect();
        let range = ms.first().copied().zip(ms.last().copied());
        Exponential::of(&durations, range.unwrap_or_default())
    }

    #[test]
    fn bounds_are_powers_of_the_base_and_the_upper_one_is_inside() {
        for (seconds, scale, expected) in [
            (1.0, 0, -1),
            (1.1, 0, 0),
            (2.0, 0, 0),
            (2.1, 0, 1),
            (4.0, -1, 0),
            (0.25, 3, -17),
        ] {
            let index = finest_index(seconds) >> (FINEST - scale);
            assert_eq!(index, expected, "{seconds} at {scale}");
        }
    }

    #[test]
    fn every_run_is_counted_once_whatever_their_range() {
        let wide: Vec<f64> = (0..2_000).map(|run| 1e-6 * 1.02_f64.powi(run)).collect();
        for durations in [&wide[..], &[0.0, 0.0, 5.0], &[1.0], &[0.0]] {
            let of = of_durations(durations);
            let counted: u64 = of.counts.iter().sum();
            assert_eq!(counted + of.zeros, durations.len() as u64);
            assert!(of.counts.len() <= 160);
        }
        assert_eq!(of_durations(&[]), Exponential::default());
    }

    #[test]
    fn a_narrow_range_has_the_finest_scale_and_runs_lie_in_their_buckets() {
        let of = of_durations(&[100.0, 105.0, 400.0]);
        assert_eq!(of.scale, 5);
        let base = 2.0_f64.powf(f64::from(-of.scale).exp2());
        let occupied: Vec<f64> = (0..of.counts.len())
            .filter(|&place| of.counts[place] > 0)
            .map(|place| base.powf(f64::from(of.offset) + place as f64 + 1.0))
            .collect();
        for (bound, run) in occupied.iter().zip([0.1, 0.105, 0.4]) {
            assert!(run <= *bound && run > bound / base);
        }
    }
}

//! How many of a process's first runs are warm-up: slower while code is compiled and caches fill.

use crate::engine::stats::quantile::median;

/// Runs of a batch.
const BATCH: usize = 5;

/// Batches without which nothing is left out.
const LEAST_BATCHES: usize = 10;

/// How much slower than the rest, in standard errors, the first batches have to be.
const NOTABLE: f64 = 3.0;

/// Runs at the start that are left out, given all durations as logarithms, oldest first.
///
/// The cut is that of MSER-5 (White 1997), over medians of five runs so that single pauses do
/// not count: it leaves the rest whose mean is known best, and never more than half of the runs
/// go. Nothing goes where the first runs are not slower than the rest.
pub(super) fn warm_up(logs: &[f64]) -> usize {
    let batches: Vec<f64> = logs.chunks_exact(BATCH).filter_map(median).collect();
    if batches.len() < LEAST_BATCHES {
        return 0;
    }
    let rests = rests(&batches);
    let best = rests
        .iter()
        .take(batches.len() / 2 + 1)
        .enumerate()
        .min_by(|left, right| left.1.squared_error.total_cmp(&right.1.squared_error));
    match best {
        // A minimum at the very end of the search is a change in mid-series, not a start.
        Some((cut, rest)) if cut > 0 && cut < batches.len() / 2 => {
            let first = batches.iter().take(cut).sum::<f64>() / cut as f64;
            let shares = 1.0 + (batches.len() - cut) as f64 / cut as f64;
            let is_slower = first - rest.mean > NOTABLE * (rest.squared_error * shares).sqrt();
            if is_slower {
                cut * BATCH
            } else {
                0
            }
        }
        _ => 0,
    }
}

/// What is left behind a cut.
struct Rest {
    mean: f64,
    /// Of the mean.
    squared_error: f64,
}

/// The rest behind each cut, from the whole on: Welford's method (1962) from the end backwards.
fn rests(batches: &[f64]) -> Vec<Rest> {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut rests: Vec<Rest> = batches
        .iter()
        .rev()
        .map(|batch| {
            count += 1.0;
            let distance = batch - mean;
            mean += distance / count;
            squares += distance * (batch - mean);
            Rest {
                mean,
                squared_error: squares / (count * count),
            }
        })
        .collect();
    rests.reverse();
    rests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::analysis::planted::noise;

    fn series(runs: usize, slower: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..runs)
            .map(|run| noise(run) / 10.0 + slower(run))
            .collect()
    }

    #[test]
    fn slow_first_runs_are_left_out_and_no_others() {
        let warming = series(300, |run| if run < 40 { 1.0 } else { 0.0 });
        assert_eq!(warm_up(&warming), 40);
        let falling = series(300, |run| 1.5 * (-(run as f64) / 20.0).exp());
        assert!((40..=110).contains(&warm_up(&falling)));
    }

    #[test]
    fn a_level_series_and_single_pauses_lose_nothing() {
        assert_eq!(warm_up(&series(300, |_| 0.0)), 0);
        let paused = series(300, |run| if run % 50 == 3 { 2.0 } else { 0.0 });
        assert_eq!(warm_up(&paused), 0);
        assert_eq!(warm_up(&[1.0; 300]), 0);
    }

    #[test]
    fn what_starts_faster_or_changes_in_the_middle_is_no_warm_up() {
        let slowing = series(300, |run| if run < 40 { -1.0 } else { 0.0 });
        assert_eq!(warm_up(&slowing), 0);
        let changed = series(300, |run| if run < 200 { 1.0 } else { 0.0 });
        assert_eq!(warm_up(&changed), 0);
    }

    #[test]
    fn few_runs_are_all_kept() {
        let few = series(49, |run| if run < 10 { 1.0 } else { 0.0 });
        assert_eq!(warm_up(&few), 0);
        assert_eq!(warm_up(&[]), 0);
    }
}

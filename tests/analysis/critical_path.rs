//! Critical path, slack and gain against definitions taken literally, on random spans.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::analysis::critical_path::{critical_path, Segment};
use pipeline_performance_metrics::engine::analysis::execution::{Execution, Span};
use pipeline_performance_metrics::engine::analysis::what_if::what_if;

const END: f64 = 60.0;

/// One to eight spans of three stages. Half of the sets have times of whole milliseconds, so
/// that many meet, start together or have no length.
fn random_spans(random: &mut Generator, whole: bool) -> Vec<Span> {
    (0..=random.below(8))
        .map(|_| {
            let start_ms = random.uniform() * 50.0;
            let end_ms = start_ms + random.uniform() * 10.0;
            let round = |time: f64| if whole { (time / 3.0).floor() } else { time };
            let stage = random.below(3) as u32;
            Span {
                stage,
                start_ms: round(start_ms),
                end_ms: round(end_ms),
                parent: None,
            }
        })
        .collect()
}

fn for_10_000_sets(mut check: impl FnMut(u64, &[Span])) {
    for seed in 0..10_000 {
        let spans = random_spans(&mut Generator::new(seed), seed % 2 == 1);
        check(seed, &spans);
    }
}

fn execution(spans: &[Span]) -> Execution<'_> {
    Execution {
        start_ms: 0.0,
        end_ms: END,
        spans,
    }
}

/// `a` before `b`: ended when `b` started; of two instants at one time the first given.
fn ended_before(spans: &[Span], a: usize, b: usize) -> bool {
    let (first, second) = (spans[a], spans[b]);
    let both_instants = first.start_ms == second.end_ms && second.start_ms == first.end_ms;
    a != b && first.end_ms <= second.start_ms && (!both_instants || a < b)
}

/// Every set of spans that is a chain: each had ended when the next started, the last ends
/// last of all, and no span ended later than each before its successor started.
pub fn bounding_chains(spans: &[Span]) -> Vec<Vec<usize>> {
    let bounds = |chosen: usize, next: Option<usize>| {
        let candidates =
            (0..spans.len()).filter(|&i| next.is_none_or(|n| ended_before(spans, i, n)));
        candidates.fold(f64::MIN, |end, i| end.max(spans[i].end_ms)) == spans[chosen].end_ms
    };
    let starts_all = |first: usize| !(0..spans.len()).any(|i| ended_before(spans, i, first));
    (1_u32..1 << spans.len())
        .filter_map(|set| {
            let mut chain: Vec<usize> = (0..spans.len()).filter(|i| set >> i & 1 == 1).collect();
            chain.sort_by(|&a, &b| {
                let time = |i: usize| (spans[i].start_ms, spans[i].end_ms);
                time(a)
                    .partial_cmp(&time(b))
                    .map_or(a.cmp(&b), |order| order.then(a.cmp(&b)))
            });
            let linked = chain.windows(2).all(|pair| {
                ended_before(spans, pair[0], pair[1]) && bounds(pair[0], Some(pair[1]))
            });
            let last = *chain.last()?;
            (linked && bounds(last, None) && starts_all(chain[0])).then_some(chain)
        })
        .collect()
}

/// Wall time of what ran from `start` to `end` with the durations given: every span starts its
/// measured lag after the last of those it waited for, by recursion over all pairs.
pub fn simulated_wall(spans: &[Span], durations: &[f64], start: f64, end: f64) -> f64 {
    fn last_end(
        spans: &[Span],
        waiting: Option<usize>,
        start: f64,
        end: &dyn Fn(usize) -> f64,
    ) -> f64 {
        (0..spans.len())
            .filter(|&i| waiting.is_none_or(|w| ended_before(spans, i, w)))
            .fold(start, |last, i| last.max(end(i)))
    }
    fn new_end(spans: &[Span], durations: &[f64], start: f64, i: usize) -> f64 {
        let lag = spans[i].start_ms - last_end(spans, Some(i), start, &|j| spans[j].end_ms);
        let waited = last_end(spans, Some(i), start, &|j| {
            new_end(spans, durations, start, j)
        });
        waited + lag + durations[i]
    }
    let lag = end - last_end(spans, None, start, &|i| spans[i].end_ms);
    let last = last_end(spans, None, start, &|i| new_end(spans, durations, start, i));
    last + lag - start
}

fn durations(spans: &[Span]) -> Vec<f64> {
    spans
        .iter()
        .map(|span| span.end_ms - span.start_ms)
        .collect()
}

#[test]
fn the_chain_is_the_one_that_bounds_the_end_of_10_000_random_sets() {
    let mut unique = 0;
    for_10_000_sets(|seed, spans| {
        let found: Vec<usize> = critical_path(execution(spans)).chain().collect();
        let chains = bounding_chains(spans);
        assert!(
            chains.contains(&found),
            "seed {seed}: {found:?} not among {chains:?}"
        );
        unique += u32::from(chains.len() == 1);
    });
    println!("critical path equal to brute force on 10,000 sets, {unique} of them without ties");
    assert!(unique > 6000);
}

#[test]
fn segments_are_contiguous_and_sum_to_the_wall_time() {
    for_10_000_sets(|seed, spans| {
        let path = critical_path(execution(spans));
        assert_eq!(path.segments.first().map(|first| first.start_ms), Some(0.0));
        assert_eq!(path.segments.last().map(|last| last.end_ms), Some(END));
        assert!(path
            .segments
            .windows(2)
            .all(|pair| pair[0].end_ms == pair[1].start_ms));
        let sum: f64 = path.segments.iter().map(Segment::duration_ms).sum();
        assert!((sum - END).abs() < 1e-3, "seed {seed}: {sum}");
        for segment in &path.segments {
            let measured = segment.span.map(|i| (spans[i].start_ms, spans[i].end_ms));
            assert!(measured.is_none_or(|times| times == (segment.start_ms, segment.end_ms)));
        }
    });
}

#[test]
fn a_span_may_take_its_slack_longer_and_no_more() {
    for_10_000_sets(|seed, spans| {
        let slack = critical_path(execution(spans)).slack_ms;
        for (i, slack) in slack.into_iter().enumerate() {
            let wall = |extra: f64| {
                let mut durations = durations(spans);
                durations[i] += extra;
                simulated_wall(spans, &durations, 0.0, END)
            };
            assert!((wall(slack) - END).abs() < 1e-9, "seed {seed}, span {i}");
            assert!(
                (wall(slack + 0.5) - END - 0.5).abs() < 1e-9,
                "seed {seed}, span {i}"
            );
        }
    });
}

#[test]
fn the_gain_is_what_running_the_dependencies_again_saves() {
    for_10_000_sets(|seed, spans| {
        for (stage, fraction) in [(0, 0.5), (1, 1.0), (2, 0.1)] {
            let mut shorter = durations(spans);
            let mut whole = 0.0;
            for (duration, span) in shorter.iter_mut().zip(spans) {
                if span.stage == stage {
                    whole += *duration;
                    *duration *= 1.0 - fraction;
                }
            }
            let gain = what_if(execution(spans), stage, fraction);
            assert!(
                (gain - (END - simulated_wall(spans, &shorter, 0.0, END))).abs() < 1e-9,
                "seed {seed}"
            );
            assert!(
                gain <= fraction * whole + 1e-9,
                "seed {seed}: above Amdahl's bound"
            );
        }
    });
}

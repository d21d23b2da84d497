//! Critical path, slack and gain where stages ran inside of stages, against definitions taken
//! literally: on random trees with gaps and equal ends, on clocks of 1 ns to 1 ms.

use crate::critical_path::{bounding_chains, simulated_wall};
use crate::generator::Generator;
use pipeline_performance_metrics::engine::analysis::critical_path::{critical_path, Segment};
use pipeline_performance_metrics::engine::analysis::execution::{Execution, Span};
use pipeline_performance_metrics::engine::analysis::path_share::path_shares;
use pipeline_performance_metrics::engine::analysis::what_if::what_if;

/// Whole ns in a tick of the clock.
const TICKS_NS: [f64; 4] = [1.0, 1e3, 1e5, 1e6];

/// Where the execution ends, in ticks.
const END: usize = 40;

struct Tree {
    spans: Vec<Span>,
    tick_ns: f64,
}

impl Tree {
    fn random(seed: u64) -> Self {
        let mut tree = Self {
            spans: Vec::new(),
            tick_ns: TICKS_NS[seed as usize % TICKS_NS.len()],
        };
        tree.grow(&mut Generator::new(seed), None, (0, END), 0);
        tree
    }

    /// Up to three spans in an interval, side by side, one after the other or of no length, and
    /// others inside of some of them.
    fn grow(
        &mut self,
        random: &mut Generator,
        parent: Option<usize>,
        (start, end): (usize, usize),
        depth: usize,
    ) {
        let most = if depth == 0 { 4 } else { 3 };
        for _ in 0..random.below(most) {
            let (a, b) = (
                start + random.below(end - start + 1),
                start + random.below(end - start + 1),
            );
            let interval = (a.min(b), a.max(b));
            let [start_ms, end_ms] = [interval.0, interval.1].map(|tick| self.at(tick));
            self.spans.push(Span {
                stage: random.below(3) as u32,
                start_ms,
                end_ms,
                parent,
            });
            let own = self.spans.len() - 1;
            if depth < 2 && self.spans.len() < 7 && interval.0 < interval.1 {
                self.grow(random, Some(own), interval, depth + 1);
            }
        }
    }

    fn at(&self, tick: usize) -> f64 {
        tick as f64 * self.tick_ns / 1e6
    }

    fn execution(&self) -> Execution<'_> {
        Execution {
            start_ms: 0.0,
            end_ms: self.at(END),
            spans: &self.spans,
        }
    }

    fn children(&self, of: Option<usize>) -> Vec<usize> {
        let all = 0..self.spans.len();
        all.filter(|&i| self.spans[i].parent == of).collect()
    }

    /// What ran inside of a span, and what of it none of that covers: each as the span whose
    /// work it is, and its interval.
    fn inside(&self, of: Option<usize>) -> Vec<(usize, Span)> {
        let children = self.children(of);
        let mut members: Vec<(usize, Span)> =
            children.iter().map(|&i| (i, self.spans[i])).collect();
        let Some(parent) = of else { return members };
        let whole = self.spans[parent];
        let mut seams = vec![whole.start_ms, whole.end_ms];
        seams.extend(members.iter().flat_map(|(_, s)| [s.start_ms, s.end_ms]));
        seams.sort_by(f64::total_cmp);
        seams.dedup();
        for seam in seams.windows(2) {
            let covers = |s: &Span| s.start_ms <= seam[0] && s.end_ms >= seam[1];
            if !children.iter().any(|&i| covers(&self.spans[i])) {
                let (start_ms, end_ms) = (seam[0], seam[1]);
                members.push((
                    parent,
                    Span {
                        start_ms,
                        end_ms,
                        ..whole
                    },
                ));
            }
        }
        members
    }

    fn is_leaf(&self, member: usize, of: Option<usize>) -> bool {
        of == Some(member) || self.children(Some(member)).is_empty()
    }

    /// How long it takes with the leaves as long as `duration_of` says.
    fn wall(&self, of: Option<usize>, duration_of: &dyn Fn(usize, &Span) -> f64) -> f64 {
        let members = self.inside(of);
        let durations: Vec<f64> = members
            .iter()
            .map(|(i, span)| {
                if self.is_leaf(*i, of) {
                    duration_of(*i, span)
                } else {
                    self.wall(Some(*i), duration_of)
                }
            })
            .collect();
        let spans: Vec<Span> = members.into_iter().map(|(_, span)| span).collect();
        let (start, end) = of.map_or((0.0, self.at(END)), |i| {
            (self.spans[i].start_ms, self.spans[i].end_ms)
        });
        simulated_wall(&spans, &durations, start, end)
    }

    /// Every chain that bounds the end, as the leaves that it goes through.
    fn chains(&self, of: Option<usize>) -> Vec<Vec<usize>> {
        let members = self.inside(of);
        let spans: Vec<Span> = members.iter().map(|(_, span)| *span).collect();
        let mut all = Vec::new();
        for chain in bounding_chains(&spans) {
            let mut expanded = vec![Vec::new()];
            for place in chain {
                let member = members[place].0;
                let parts = if self.is_leaf(member, of) {
                    vec![vec![member]]
                } else {
                    self.chains(Some(member))
                };
                expanded = expanded
                    .iter()
                    .flat_map(|before: &Vec<usize>| {
                        parts.iter().map(|part| [before.as_slice(), part].concat())
                    })
                    .collect();
            }
            all.extend(expanded);
        }
        all
    }
}

fn for_10_000_trees(mut check: impl FnMut(u64, &Tree)) {
    for seed in 0..10_000 {
        check(seed, &Tree::random(seed));
    }
}

/// Pieces of one span that meet are one.
fn merged(chain: &[usize]) -> Vec<usize> {
    let mut merged = chain.to_vec();
    merged.dedup();
    merged
}

#[test]
fn the_path_goes_through_the_innermost_stages_that_bound_the_end_of_10_000_random_trees() {
    let (mut nested, mut unique) = (0, 0);
    for_10_000_trees(|seed, tree| {
        let path = critical_path(tree.execution());
        let found = merged(&path.chain().collect::<Vec<_>>());
        let mut chains: Vec<Vec<usize>> = tree.chains(None).iter().map(|c| merged(c)).collect();
        chains.sort();
        chains.dedup();
        assert!(
            tree.spans.is_empty() || chains.contains(&found),
            "seed {seed}: {found:?} not among {chains:?} of {:?}",
            tree.spans
        );
        nested += u32::from(tree.spans.iter().any(|span| span.parent.is_some()));
        unique += u32::from(chains.len() == 1);
    });
    println!("nested path equal to brute force on 10,000 trees, {nested} of them nested, {unique} without ties");
    assert!(nested > 4000 && unique > 4000);
}

#[test]
fn segments_of_a_nested_path_are_contiguous_and_sum_to_the_wall_time() {
    for_10_000_trees(|seed, tree| {
        let path = critical_path(tree.execution());
        let end = tree.at(END);
        assert_eq!(path.segments.first().map(|first| first.start_ms), Some(0.0));
        assert_eq!(path.segments.last().map(|last| last.end_ms), Some(end));
        let meet = |pair: &[Segment]| pair[0].end_ms == pair[1].start_ms;
        assert!(path.segments.windows(2).all(meet), "seed {seed}");
        let shares = path_shares([tree.execution()]);
        let on_path: f64 = shares.stages.iter().map(|share| share.path_ms).sum();
        assert!((on_path + shares.gap_ms - end).abs() < 1e-9 * end.max(1.0));
    });
}

#[test]
fn the_gain_of_a_nested_stage_is_what_running_the_dependencies_again_saves() {
    for_10_000_trees(|seed, tree| {
        let end = tree.at(END);
        for (stage, fraction) in [(0, 0.5), (1, 1.0), (2, 0.1)] {
            let duration_of = |i: usize, span: &Span| {
                let less = if tree.spans[i].stage == stage {
                    fraction
                } else {
                    0.0
                };
                (span.end_ms - span.start_ms) * (1.0 - less)
            };
            let gain = what_if(tree.execution(), stage, fraction);
            let shortened = end - tree.wall(None, &duration_of);
            assert!(
                (gain - shortened).abs() < 1e-9 * end.max(1.0),
                "seed {seed}: {gain} for {shortened}"
            );
        }
    });
}

#[test]
fn a_nested_span_may_take_its_slack_longer_and_no_more() {
    for_10_000_trees(|seed, tree| {
        let (end, tick) = (tree.at(END), tree.at(1));
        let slack = critical_path(tree.execution()).slack_ms;
        for (i, slack) in slack.into_iter().enumerate() {
            if !tree.children(Some(i)).is_empty() {
                continue;
            }
            let wall = |extra: f64| {
                tree.wall(None, &|of, span| {
                    let more = if of == i { extra } else { 0.0 };
                    span.end_ms - span.start_ms + more
                })
            };
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9 * end.max(1.0);
            assert!(near(wall(slack), end), "seed {seed}, span {i}");
            assert!(
                near(wall(slack + tick), end + tick),
                "seed {seed}, span {i}"
            );
        }
    });
}

#[test]
fn what_outlives_the_stage_it_ran_inside_of_goes_on_behind_it() {
    let span = |start_ms, end_ms, parent: Option<usize>| Span {
        stage: parent.map_or(0, |parent| parent as u32 + 1),
        start_ms,
        end_ms,
        parent,
    };
    let spans = [
        span(0.0, 10.0, None),
        span(5.0, 30.0, Some(0)),
        span(8.0, 20.0, Some(1)),
    ];
    let execution = Execution {
        start_ms: 0.0,
        end_ms: 30.0,
        spans: &spans,
    };
    let path: Vec<_> = critical_path(execution)
        .segments
        .iter()
        .map(|part| (part.span.unwrap(), part.start_ms, part.end_ms))
        .collect();
    let expected = [
        (0, 0.0, 5.0),
        (1, 5.0, 8.0),
        (2, 8.0, 10.0),
        (2, 10.0, 20.0),
        (1, 20.0, 30.0),
    ];
    assert_eq!(path, expected);
    assert_eq!(what_if(execution, 2, 0.5), 6.0);
    assert_eq!(what_if(execution, 1, 0.5), 6.5);
}

#[test]
fn a_chain_of_spans_that_outlive_each_other_costs_no_more_than_its_length() {
    let spans: Vec<Span> = (0..20_000_u32)
        .map(|i| Span {
            stage: i,
            start_ms: f64::from(i),
            end_ms: 30_000.0 + f64::from(i),
            parent: (i as usize).checked_sub(1),
        })
        .collect();
    let path = critical_path(Execution {
        start_ms: 0.0,
        end_ms: 50_000.0,
        spans: &spans,
    });
    let sum: f64 = path.segments.iter().map(Segment::duration_ms).sum();
    assert_eq!(sum, 50_000.0);
    assert!(path.segments.len() < 200_000);
}

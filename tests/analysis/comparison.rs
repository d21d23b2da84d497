//! How often stages are judged rightly.

use crate::generator::Generator;
use pipeline_performance_metrics::engine::analysis::comparison::{
    compare, Criteria, Origin, Sides, Verdict,
};

const TRIALS: u64 = 400;

/// Six stages of which the first changes by a factor.
fn verdicts(seed: u64, runs: usize, factor: f64) -> (Vec<Verdict>, bool) {
    let mut random = Generator::new(seed);
    let mut draw =
        |level: f64| -> Vec<f64> { (0..runs).map(|_| level * random.log_normal(0.25)).collect() };
    let sides: Vec<(Vec<f64>, Vec<f64>)> = (0..6)
        .map(|stage| {
            (
                draw(10.0),
                draw(if stage == 0 { 10.0 * factor } else { 10.0 }),
            )
        })
        .collect();
    let stages: Vec<Sides<'_>> = sides
        .iter()
        .map(|(before, after)| Sides {
            origin: Origin::SameProcess,
            runs: [vec![before.as_slice()], vec![after.as_slice()]],
        })
        .collect();
    let found = compare(&stages, Criteria::default());
    let change = found[0].shift.unwrap().relative.unwrap();
    let held = (change.low..=change.high).contains(&(factor - 1.0));
    (found.iter().map(|stage| stage.verdict).collect(), held)
}

#[test]
fn a_stage_that_got_slower_or_faster_is_named_and_the_others_are_not() {
    for (factor, verdict) in [(1.2, Verdict::Slower), (0.8, Verdict::Faster)] {
        let all: Vec<_> = (0..TRIALS)
            .map(|seed| verdicts(seed, 100, factor))
            .collect();
        let named = all
            .iter()
            .filter(|(verdicts, _)| verdicts[0] == verdict)
            .count();
        let blamed = all.iter().filter(|(verdicts, _)| {
            verdicts[1..]
                .iter()
                .any(|verdict| *verdict != Verdict::NoDifferenceFound)
        });
        let (blamed, held) = (blamed.count(), all.iter().filter(|(_, held)| *held).count());
        println!(
            "factor {factor}, 100 runs a side in noise of 25 %: named in {named} of {TRIALS}, \
             change in its interval in {held}, another stage blamed in {blamed}"
        );
        assert!(named >= 380 && held >= 360 && blamed <= 8);
    }
}

#[test]
fn without_a_change_no_stage_is_named() {
    for (runs, trials) in [(10, TRIALS), (100, TRIALS), (3000, 100)] {
        let blamed = (0..trials).filter(|seed| {
            let (verdicts, _) = verdicts(*seed, runs, 1.0);
            verdicts
                .iter()
                .any(|verdict| *verdict != Verdict::NoDifferenceFound)
        });
        let blamed = blamed.count();
        println!("no change, {runs} runs a side: a stage named in {blamed} of {trials}");
        assert!(50 * blamed <= trials as usize);
    }
}

/// Runs of each stage of one process: 30 of warm-up, then 270 autocorrelated ones.
fn process(random: &mut Generator, between: f64, phi: f64, factor: f64) -> [Vec<f64>; 3] {
    let effect = random.log_normal(between);
    [2.0, 10.0, 30.0].map(|level| {
        let level = level * factor * effect * random.log_normal(between / 4.0);
        let mut state = 0.0;
        let runs = (0..300).map(|run| {
            state = phi * state + 0.1 * (1.0 - phi * phi).sqrt() * random.normal();
            let warm_up = if run < 30 { 3.0 } else { 1.0 };
            level * warm_up * state.exp()
        });
        runs.collect()
    })
}

/// The worst verdict over three stages of so many processes a side.
fn worst(seed: u64, processes: usize, between: f64, phi: f64, factor: f64) -> Verdict {
    let mut random = Generator::new(seed);
    let [before, after] = [1.0, factor].map(|factor| {
        let each = (0..processes).map(|_| process(&mut random, between, phi, factor));
        each.collect::<Vec<_>>()
    });
    let side = |side: &'_ [[Vec<f64>; 3]], stage: usize| -> Vec<Vec<f64>> {
        side.iter().map(|process| process[stage].clone()).collect()
    };
    let stages: Vec<_> = (0..3)
        .map(|stage| [side(&before, stage), side(&after, stage)])
        .collect();
    let sides: Vec<Sides<'_>> = stages
        .iter()
        .map(|sides| Sides {
            origin: Origin::Processes,
            runs: sides
                .each_ref()
                .map(|side| side.iter().map(Vec::as_slice).collect()),
        })
        .collect();
    let found = compare(&sides, Criteria::default());
    let has = |verdict| found.iter().any(|stage| stage.verdict == verdict);
    [Verdict::Slower, Verdict::Faster]
        .into_iter()
        .find(|&verdict| has(verdict))
        .unwrap_or(Verdict::NoDifferenceFound)
}

fn share(processes: usize, between: f64, phi: f64, factor: f64, verdict: Verdict) -> f64 {
    let met = (0..TRIALS).filter(|&seed| worst(seed, processes, between, phi, factor) == verdict);
    let share = met.count() as f64 / TRIALS as f64;
    println!(
        "{processes} processes a side that differ by {:.0} %, AR(1) {phi}, {:+.0} %: {verdict:?} in {:.1} %",
        100.0 * between,
        100.0 * (factor - 1.0),
        100.0 * share
    );
    share
}

#[test]
fn processes_of_the_same_code_are_hardly_ever_called_slower_or_faster() {
    for phi in [0.0, 0.5, 0.7] {
        for between in [0.01, 0.05, 0.2] {
            for verdict in [Verdict::Slower, Verdict::Faster] {
                assert!(share(5, between, phi, 1.0, verdict) <= 0.02);
            }
        }
        // What one process a side cannot show is taken to be no more than the threshold.
        for between in [0.01, 0.03] {
            assert!(share(1, between, phi, 1.0, Verdict::Slower) <= 0.03);
        }
    }
}

#[test]
fn ten_per_cent_are_found_between_five_processes_a_side() {
    for phi in [0.0, 0.5, 0.7] {
        assert!(share(5, 0.02, phi, 1.1, Verdict::Slower) >= 0.9);
    }
}

#[test]
fn one_process_a_side_shows_a_change_well_beyond_the_threshold() {
    for phi in [0.0, 0.5, 0.7] {
        assert!(share(1, 0.03, phi, 1.3, Verdict::Slower) >= 0.9);
    }
}

#[test]
fn two_halves_of_an_autocorrelated_process_do_not_differ() {
    for phi in [0.3, 0.5, 0.7] {
        let blamed = (0..TRIALS).filter(|&seed| {
            let mut random = Generator::new(seed);
            let runs = process(&mut random, 0.0, phi, 1.0);
            let halves: Vec<Sides<'_>> = runs
                .iter()
                .map(|runs| Sides {
                    origin: Origin::SameProcess,
                    runs: [vec![&runs[30..165]], vec![&runs[165..]]],
                })
                .collect();
            let found = compare(&halves, Criteria::default());
            let named = |verdict| verdict != Verdict::NoDifferenceFound;
            found.iter().any(|stage| named(stage.verdict))
        });
        let blamed = blamed.count();
        println!("AR(1) {phi}, two halves of one process: a stage named in {blamed} of {TRIALS}");
        assert!(blamed <= TRIALS as usize * 3 / 100);
    }
}

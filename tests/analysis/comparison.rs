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
        .map(|(before, after)| [vec![before.as_slice()], vec![after.as_slice()]])
        .collect();
    let found = compare(&stages, Origin::SameProcess, Criteria::default());
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

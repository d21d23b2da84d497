use super::*;

const BASIC: Request = Request {
    usage: false,
    heap: Detail::Exact,
};
const DETAILED: Request = Request {
    usage: true,
    heap: Detail::Exact,
};

/// Four stages of `stage_us` with a cost of `own_ns` each, timed without a cost of its own.
fn timed(own_ns: f64, stage_us: f64) -> Timed {
    Timed {
        own_ns: own_ns * 4.0,
        stages: 4.0,
        observed_ns: stage_us * 4_000.0,
        ..Timed::default()
    }
}

/// Nanoseconds a stage that capturing each detail costs.
const COSTS: [f64; 4] = [2_000.0, 1_000.0, 500.0, 250.0];

/// A collector whose stages take `stage_us`, sampled `samples` times; what changed on the way.
fn run(
    overhead: &mut Overhead,
    request: Request,
    stage_us: f64,
    samples: usize,
) -> Vec<(Detail, Detail)> {
    let mut changes = Vec::new();
    for _ in 0..samples {
        let detail = overhead.detail();
        let cost = COSTS[request.within(detail) as usize];
        let change = overhead.note(&timed(cost, stage_us), detail, request);
        changes.extend(change.map(|change| (change.from, change.to)));
    }
    changes
}

fn within(budget: f64) -> Overhead {
    let mut overhead = Overhead::default();
    overhead.set_budget(budget);
    overhead
}

#[test]
fn without_samples_every_figure_is_zero() {
    assert_eq!(Overhead::default().figures(), Figures::default());
}

#[test]
fn the_figures_are_cost_over_stages_and_over_time() {
    let mut overhead = Overhead::default();
    run(&mut overhead, BASIC, 50.0, 10);
    let figures = overhead.figures();
    assert_eq!(figures.samples, 10);
    assert_eq!(figures.stage_ns, 1_000.0);
    assert_eq!(figures.mean_stage_ns, 1_000.0);
    assert_eq!(figures.interval_ns, (1_000.0, 1_000.0));
    assert_eq!(figures.ratio, 0.02);
    assert_eq!(figures.observed_stage_ns, 50_000.0);
}

#[test]
fn the_cost_of_the_timing_is_taken_off_both_cost_and_time() {
    let mut overhead = Overhead::default();
    let with_readings = Timed {
        own_ns: 4_000.0 + 9.0 * 60.0,
        sections: 9.0,
        observed_ns: 200_000.0 + 30.0 * 60.0,
        readings: 30.0,
        reading_ns: 60.0,
        ..timed(1_000.0, 50.0)
    };
    overhead.note(&with_readings, Detail::Cpu, BASIC);
    assert_eq!(overhead.figures().stage_ns, 1_000.0);
    assert_eq!(overhead.figures().ratio, 0.02);
}

#[test]
fn a_collection_of_garbage_in_one_sample_does_not_stand_for_the_others() {
    let mut overhead = within(0.021);
    run(&mut overhead, BASIC, 50.0, 200);
    let detail = overhead.detail();
    let collected = overhead.note(&timed(5e6, 5_050.0), detail, BASIC);
    let figures = overhead.figures();
    assert_eq!(collected, None);
    assert_eq!(figures.stage_ns, 1_000.0);
    assert!((figures.ratio - 0.02).abs() < 1e-12);
    assert!(figures.mean_stage_ns > 50_000.0);
}

#[test]
fn one_interrupted_reading_does_not_change_what_is_taken_off() {
    let mut overhead = Overhead::default();
    for nth in 0..64 {
        let sample = Timed {
            own_ns: 4_540.0,
            sections: 9.0,
            reading_ns: if nth == 40 { 1e6 } else { 60.0 },
            ..timed(0.0, 50.0)
        };
        overhead.note(&sample, Detail::Cpu, BASIC);
    }
    assert_eq!(overhead.figures().interval_ns, (1_000.0, 1_000.0));
}

#[test]
fn a_first_reading_that_was_interrupted_does_not_make_the_next_executions_free() {
    let mut overhead = Overhead::default();
    for nth in 0..10 {
        let sample = Timed {
            own_ns: 4_540.0,
            sections: 9.0,
            reading_ns: if nth == 0 { 60_000.0 } else { 60.0 },
            ..timed(0.0, 50.0)
        };
        overhead.note(&sample, Detail::Cpu, BASIC);
        if nth > 0 {
            assert_eq!(overhead.figures().stage_ns, 1_000.0, "sample {nth}");
        }
    }
}

#[test]
fn one_in_64_is_sampled_until_the_window_is_full_and_again_after_a_change_then_one_in_256() {
    let mut overhead = within(0.021);
    let mean_gap = |overhead: &mut Overhead| {
        let gaps = (0..1_000).map(|_| f64::from(overhead.next_gap() + 1));
        (gaps.sum::<f64>() / 1_000.0).round()
    };
    assert_eq!(mean_gap(&mut overhead), 64.0);
    run(&mut overhead, BASIC, 50.0, WINDOW - 1);
    assert_eq!(mean_gap(&mut overhead), 64.0);
    run(&mut overhead, BASIC, 50.0, 1);
    assert_eq!(mean_gap(&mut overhead), 256.0);
    assert!(!run(&mut overhead, BASIC, 20.0, 2 * WINDOW).is_empty());
    run(&mut overhead, BASIC, 50.0, 1);
    overhead.set_budget(0.03);
    assert_eq!(mean_gap(&mut overhead), 64.0);
}

#[test]
fn the_interval_covers_the_median_as_often_as_it_says() {
    let mut bits = stagger::Bits::seeded(7);
    let mut covered = 0;
    for _ in 0..2_000 {
        let mut sample: Vec<f64> = (0..64).map(|_| f64::from(bits.next())).collect();
        sample.sort_unstable_by(f64::total_cmp);
        let (low, high) = interval_of_median(&sample);
        covered += usize::from((low..=high).contains(&f64::from(u32::MAX / 2)));
    }
    assert!((1_880..=1_960).contains(&covered), "{covered} of 2000");
}

#[test]
fn an_execution_without_stages_or_time_leaves_every_figure_finite() {
    let mut overhead = within(0.01);
    for _ in 0..200 {
        overhead.note(&Timed::default(), Detail::Cpu, BASIC);
    }
    assert_eq!(overhead.figures().ratio, 0.0);
    assert_eq!(overhead.figures().stage_ns, 0.0);
    assert_eq!(overhead.detail(), Detail::Cpu);
}

#[test]
fn within_the_budget_nothing_changes() {
    let mut overhead = within(0.01);
    assert_eq!(run(&mut overhead, DETAILED, 250.0, 1_000), []);
}

#[test]
fn past_the_budget_detail_steps_down_only_as_far_as_it_must() {
    let mut overhead = within(0.01);
    let steps = run(&mut overhead, DETAILED, 60.0, 1_000);
    assert_eq!(
        steps,
        [
            (Detail::Cpu, Detail::Exact),
            (Detail::Exact, Detail::Shared)
        ]
    );
}

#[test]
fn a_step_needs_a_full_window_at_the_detail_in_force() {
    let mut overhead = within(0.01);
    assert_eq!(run(&mut overhead, BASIC, 1.0, WINDOW - 1), []);
    assert_eq!(
        run(&mut overhead, BASIC, 1.0, 1),
        [(Detail::Exact, Detail::Shared)]
    );
    assert_eq!(overhead.figures(), Figures::default());
    assert_eq!(run(&mut overhead, BASIC, 1.0, WINDOW - 1), []);
    assert_eq!(
        run(&mut overhead, BASIC, 1.0, 1),
        [(Detail::Shared, Detail::Off)]
    );
    assert_eq!(run(&mut overhead, BASIC, 1.0, 1_000), []);
}

#[test]
fn what_was_never_asked_for_is_no_step() {
    let heap = |usage, heap| Request { usage, heap };
    for (request, expected) in [
        (
            heap(false, Detail::Shared),
            vec![(Detail::Shared, Detail::Off)],
        ),
        (heap(true, Detail::Off), vec![(Detail::Cpu, Detail::Off)]),
        (heap(false, Detail::Off), vec![]),
    ] {
        assert_eq!(run(&mut within(0.01), request, 1.0, 1_000), expected);
    }
}

#[test]
fn executions_from_before_a_step_say_nothing_about_the_detail_after_it() {
    let mut overhead = within(0.01);
    run(&mut overhead, BASIC, 1.0, WINDOW);
    for _ in 0..WINDOW * 2 {
        assert_eq!(
            overhead.note(&timed(1_000.0, 1.0), Detail::Cpu, BASIC),
            None
        );
    }
    assert_eq!(overhead.figures().samples, 0);
    assert_eq!(overhead.sampled(), 3 * WINDOW as u64);
}

#[test]
fn detail_comes_back_when_its_last_cost_is_clearly_within_the_budget() {
    let mut overhead = within(0.01);
    run(&mut overhead, DETAILED, 60.0, 1_000);
    // 1,000 ns of 130 µs is 0.77 %: below the budget, and not clearly so.
    assert_eq!(run(&mut overhead, DETAILED, 130.0, 1_000), []);
    assert_eq!(
        run(&mut overhead, DETAILED, 160.0, 1_000),
        [(Detail::Shared, Detail::Exact)]
    );
    assert_eq!(
        run(&mut overhead, DETAILED, 1_000.0, 1_000),
        [(Detail::Exact, Detail::Cpu)]
    );
}

#[test]
fn a_workload_that_goes_to_and_fro_changes_detail_ever_more_rarely() {
    let mut overhead = within(0.01);
    let mut counts = Vec::new();
    for _ in 0..4 {
        let mut changes = 0;
        for _ in 0..32 {
            changes += run(&mut overhead, BASIC, 90.0, 2 * WINDOW).len();
            changes += run(&mut overhead, BASIC, 400.0, 2 * WINDOW).len();
        }
        counts.push(changes);
    }
    assert!(counts[0] > 0);
    assert!(counts[3] * 3 < counts[0], "{counts:?}");
}

#[test]
fn a_setting_that_asks_for_more_gets_it_when_all_of_the_earlier_is_back() {
    let mut overhead = within(0.01);
    run(&mut overhead, BASIC, 60.0, 1_000);
    run(&mut overhead, BASIC, 1_000.0, 1_000);
    assert_eq!(DETAILED.within(overhead.detail()), Detail::Cpu);
}

#[test]
fn an_infinite_budget_captures_everything_again() {
    let mut overhead = within(0.01);
    run(&mut overhead, BASIC, 1.0, 1_000);
    assert_eq!(overhead.detail(), Detail::Off);
    overhead.set_budget(f64::INFINITY);
    assert_eq!(overhead.detail(), Detail::Cpu);
    assert_eq!(run(&mut overhead, BASIC, 1.0, 1_000), []);
}

#[test]
fn a_step_tells_the_figures_that_led_to_it() {
    let mut overhead = within(0.01);
    let mut change = None;
    for _ in 0..WINDOW {
        change = overhead.note(&timed(1_000.0, 50.0), Detail::Cpu, BASIC);
    }
    let change = change.unwrap();
    assert_eq!((change.from, change.to), (Detail::Exact, Detail::Shared));
    assert_eq!((change.ratio, change.budget), (0.02, 0.01));
    assert!((change.stage_ns - 1_000.0).abs() < 1e-9);
}

fn thinning(budget: f64) -> Overhead {
    let mut overhead = within(budget);
    overhead.let_thin(true);
    overhead
}

const HEAPLESS: Request = Request {
    usage: false,
    heap: Detail::Off,
};

/// The thinning after each change of it, over `samples` sampled executions of `stage_us` a stage.
fn thinnings(overhead: &mut Overhead, stage_us: f64, samples: usize) -> Vec<u8> {
    let mut seen = Vec::new();
    for _ in 0..samples {
        let detail = overhead.detail();
        let cost = COSTS[Detail::Off as usize];
        let change = overhead.note(&timed(cost, stage_us), detail, HEAPLESS);
        if let Some(change) = change {
            assert_eq!((change.from, change.to), (Detail::Off, Detail::Off));
            assert_eq!(change.thinning, overhead.thinning());
            seen.push(change.thinning);
        }
    }
    seen
}

#[test]
fn unless_it_may_thin_every_execution_is_recorded() {
    let mut overhead = within(0.01);
    run(&mut overhead, BASIC, 1.0, 10_000);
    assert_eq!((overhead.detail(), overhead.thinning()), (Detail::Off, 0));
    overhead.let_thin(true);
    overhead.let_thin(false);
    run(&mut overhead, BASIC, 1.0, 10_000);
    assert_eq!(overhead.thinning(), 0);
}

#[test]
fn executions_are_thinned_only_when_no_detail_is_left_to_drop() {
    let mut overhead = thinning(0.01);
    let steps = run(&mut overhead, DETAILED, 1.0, 3 * WINDOW);
    assert_eq!(steps.last(), Some(&(Detail::Shared, Detail::Off)));
    assert_eq!(overhead.thinning(), 0);
    run(&mut overhead, DETAILED, 1.0, WINDOW);
    assert_eq!((overhead.detail(), overhead.thinning()), (Detail::Off, 1));
}

#[test]
fn they_are_thinned_only_as_far_as_the_budget_demands() {
    // 250 ns of 5 µs is 5 %: an eighth of that is below 1 %.
    let mut overhead = thinning(0.01);
    assert_eq!(thinnings(&mut overhead, 5.0, 10_000), [1, 2, 3]);
    assert_eq!(overhead.of_all(0.05), 0.05 / 8.0);
}

#[test]
fn one_in_64_is_the_fewest_that_are_recorded() {
    let mut overhead = thinning(1e-9);
    assert_eq!(
        thinnings(&mut overhead, 5.0, 10_000),
        [1, 2, 3, 4, 5, MOST_THINNING]
    );
}

#[test]
fn a_step_of_thinning_needs_a_full_window_and_is_held_against_all_executions() {
    let mut overhead = thinning(0.01);
    assert_eq!(thinnings(&mut overhead, 5.0, WINDOW - 1), [0; 0]);
    assert_eq!(thinnings(&mut overhead, 5.0, 1), [1]);
    assert_eq!(thinnings(&mut overhead, 5.0, WINDOW - 1), [0; 0]);
    let change = overhead.note(&timed(250.0, 5.0), Detail::Cpu, HEAPLESS);
    let change = change.unwrap();
    assert_eq!((change.thinning_was, change.thinning), (1, 2));
    assert_eq!((change.ratio, change.budget), (0.025, 0.01));
    assert!((change.stage_ns - 250.0).abs() < 1e-9);
}

#[test]
fn more_are_recorded_when_that_is_clearly_within_the_budget_and_before_detail_comes_back() {
    let mut overhead = thinning(0.01);
    run(&mut overhead, BASIC, 5.0, 1_000);
    assert_eq!((overhead.detail(), overhead.thinning()), (Detail::Off, 3));
    // 250 ns of 8 µs is 3.1 %: a quarter of it is below the budget, and not clearly so.
    run(&mut overhead, BASIC, 8.0, 1_000);
    assert_eq!(overhead.thinning(), 3);
    // Of 10 µs it is 2.5 %: a quarter of it is 0.63 %, a half more than the budget.
    run(&mut overhead, BASIC, 10.0, 1_000);
    assert_eq!(overhead.thinning(), 2);
    assert_eq!(overhead.detail(), Detail::Off);
    run(&mut overhead, BASIC, 1_000.0, 2 * WINDOW);
    assert_eq!((overhead.detail(), overhead.thinning()), (Detail::Off, 0));
    run(&mut overhead, BASIC, 1_000.0, 2 * WINDOW);
    assert_eq!(BASIC.within(overhead.detail()), Detail::Exact);
}

#[test]
fn a_workload_that_goes_to_and_fro_changes_thinning_ever_more_rarely() {
    let mut overhead = thinning(0.01);
    let mut counts = Vec::new();
    for _ in 0..4 {
        let mut changes = 0;
        for _ in 0..32 {
            changes += thinnings(&mut overhead, 15.0, 2 * WINDOW).len();
            changes += thinnings(&mut overhead, 60.0, 2 * WINDOW).len();
        }
        counts.push(changes);
    }
    assert!(counts[0] > 0);
    assert!(counts[3] * 3 < counts[0], "{counts:?}");
}

#[test]
fn without_a_budget_every_execution_is_recorded_again() {
    let mut overhead = thinning(0.01);
    thinnings(&mut overhead, 1.0, 1_000);
    overhead.set_budget(0.02);
    assert!(
        overhead.thinning() > 0,
        "another budget changes nothing yet"
    );
    overhead.set_budget(f64::INFINITY);
    assert_eq!(overhead.thinning(), 0);
    assert_eq!(thinnings(&mut overhead, 1.0, 1_000), [0; 0]);
}

#[test]
fn detail_that_is_asked_for_while_executions_are_thinned_is_dropped_first() {
    let mut overhead = thinning(0.01);
    thinnings(&mut overhead, 15.0, WINDOW);
    assert_eq!((overhead.detail(), overhead.thinning()), (Detail::Cpu, 1));
    assert_eq!(
        run(&mut overhead, BASIC, 15.0, 10_000),
        [
            (Detail::Exact, Detail::Shared),
            (Detail::Shared, Detail::Off)
        ]
    );
    assert_eq!(overhead.thinning(), 1);
}

use super::*;

/// Four stages of `stage_us` with a cost of `own_ns` each.
fn timed(own_ns: f64, stage_us: f64) -> Timed {
    Timed {
        own_ns: own_ns * 4.0,
        stages: 4.0,
        observed_ns: stage_us * 4_000.0,
    }
}

fn noted(samples: impl IntoIterator<Item = Timed>) -> Overhead {
    let mut overhead = Overhead::default();
    for sample in samples {
        overhead.note(sample);
    }
    overhead
}

#[test]
fn without_samples_every_figure_is_zero() {
    assert_eq!(Overhead::default().figures(), Figures::default());
}

#[test]
fn the_figures_are_cost_over_stages_and_over_time() {
    let figures = noted([timed(1_000.0, 50.0); 10]).figures();
    assert_eq!(figures.samples, 10);
    assert_eq!(figures.stage_ns, 1_000.0);
    assert_eq!(figures.mean_stage_ns, 1_000.0);
    assert_eq!(figures.interval_ns, (1_000.0, 1_000.0));
    assert_eq!(figures.ratio, 0.02);
}

#[test]
fn fewer_than_six_samples_have_no_interval() {
    assert_eq!(
        noted([timed(1_000.0, 50.0); 5]).figures().interval_ns.1,
        0.0
    );
}

#[test]
fn the_figures_are_of_the_latest_64_executions() {
    let overhead = noted(
        [
            [timed(9_000.0, 50.0); WINDOW],
            [timed(1_000.0, 50.0); WINDOW],
        ]
        .concat(),
    );
    let figures = overhead.figures();
    assert_eq!((figures.samples, figures.mean_stage_ns), (WINDOW, 1_000.0));
    assert_eq!(overhead.sampled(), 2 * WINDOW as u64);
}

#[test]
fn a_collection_of_garbage_in_one_sample_does_not_represent_the_others() {
    let mut overhead = noted([timed(1_000.0, 50.0); 200]);
    overhead.note(timed(5e6, 5_050.0));
    let figures = overhead.figures();
    assert_eq!(figures.stage_ns, 1_000.0);
    assert!((figures.ratio - 0.02).abs() < 1e-12);
    assert!(figures.mean_stage_ns > 50_000.0);
}

#[test]
fn the_interval_covers_the_median_as_often_as_it_says() {
    let mut bits = 7_u64;
    let mut next = || {
        bits = bits
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (bits >> 32) as f64
    };
    let mut covered = 0;
    for _ in 0..2_000 {
        let mut sample: Vec<f64> = (0..64).map(|_| next()).collect();
        sample.sort_unstable_by(f64::total_cmp);
        let (low, high) = interval_of_median(&sample);
        covered += usize::from((low..=high).contains(&f64::from(u32::MAX / 2)));
    }
    // 94 % of them, within four standard errors.
    assert!((1_836..=1_920).contains(&covered), "{covered} of 2000");
}

#[test]
fn an_execution_without_stages_or_time_leaves_every_figure_finite() {
    let figures = noted([timed(0.0, 0.0); 3]).figures();
    assert_eq!((figures.ratio, figures.stage_ns), (0.0, 0.0));
    let without_stages = Timed {
        own_ns: 700.0,
        stages: 0.0,
        observed_ns: 1_000.0,
    };
    let figures = noted([without_stages]).figures();
    assert_eq!((figures.stage_ns, figures.ratio), (700.0, 0.7));
}

#[test]
fn a_figure_that_cannot_be_is_left_out() {
    let odd = [f64::NAN, -1.0, f64::INFINITY].map(|own_ns| timed(own_ns, 50.0));
    assert_eq!(noted(odd).sampled(), 0);
}

//! Texts for other tools agree with committed files; `UPDATE_GOLDEN=1` writes them anew.
#![expect(
    clippy::unwrap_used,
    reason = "what does not come to be is a failed test"
)]

use pipeline_performance_metrics::engine::alerting::threshold::Threshold;
use pipeline_performance_metrics::engine::export::otlp::{
    otlp_metrics, otlp_metrics_of, otlp_traces, Attributes, Criteria, Ids, Parents, Reason,
    SentExecutions, Since, SpanContext, Times, TraceOptions, TraceRequest, Traces,
};
use pipeline_performance_metrics::engine::export::{
    chrome_trace, chrome_trace_of_file, exposed, families, families_of, page_of_file, render,
    Asked, Clocks, Format, Page, Part, Parts, STAGES_A_PART,
};
use pipeline_performance_metrics::engine::json::text_of;
use pipeline_performance_metrics::engine::query::{answer, ExportedHistory, Question};
use pipeline_performance_metrics::engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, Recorder, StageEnd, StageStart, State,
};
use pipeline_performance_metrics::engine::time::MonotonicClock;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

const WALL: f64 = 1_767_614_400_000.0;

fn at(now_ms: f64) -> At {
    At {
        now_ms,
        wall_ms: WALL + now_ms,
    }
}

fn stage_start(stage: u32, now_ms: f64, parent: Option<u32>) -> StageStart {
    StageStart {
        parent,
        heap: 1e6 + now_ms,
        input_size: 64.0,
        ..StageStart::new(stage, at(now_ms))
    }
}

fn stage_end(now_ms: f64, success: bool) -> StageEnd {
    StageEnd {
        heap: 1e6 + now_ms,
        success,
        items: 3.0,
        errors: if success { 0.0 } else { 1.0 },
        ..StageEnd::succeeded(at(now_ms))
    }
}

/// Two executions: stages inside of a stage, and stages side by side that overlap.
fn seasoned(state: &mut State) {
    let outer = state.intern_stage("outer");
    let inner = state.intern_stage("inner \"quoted\" \\ \n</script>");
    state.set_threshold(
        outer,
        Some(Threshold {
            max_duration_ms: 3.0,
            ..Threshold::default()
        }),
    );
    let mut outcome = PipelineOutcome::default();
    for (run, id) in ["first", "second"].into_iter().enumerate() {
        let from = 100.0 + run as f64 * 50.0;
        let start = PipelineStart {
            heap: 1e6,
            ..PipelineStart::at(at(from))
        };
        let (slot, _) = state.start_pipeline(id, &start);
        let start = |state: &mut State, stage, now, parent| {
            let start = stage_start(stage, from + now, parent);
            state.start_stage(slot, &start).unwrap().0
        };
        let a = start(state, outer, 1.0, None);
        let b = start(state, inner, 2.0, Some(a));
        let c = start(state, inner, 3.5, None);
        for (span, now, success) in [(b, 3.0, true), (a, 6.0, true), (c, 8.0, run == 0)] {
            let end = stage_end(from + now, success);
            state.complete_stage(slot, span, &end).unwrap();
        }
        let end = PipelineEnd {
            heap: 1e6,
            success: run == 0,
            items: 9.0,
            errors: run as f64,
            ..PipelineEnd::succeeded(at(from + 12.0))
        };
        assert!(state.complete_pipeline(slot, &end, &mut outcome));
    }
}

fn check(name: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export");
    let file = folder.join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&file).unwrap(), "{name}");
}

fn with_seasoned(look: impl FnOnce(&mut State)) {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    let mut state = recorder.lock().unwrap();
    seasoned(&mut state);
    look(&mut state);
}

#[test]
fn an_exposition_is_the_committed_text() {
    with_seasoned(|state| {
        let figures = exposed(state, vec![("late_stages".into(), 2.0)]);
        check(
            "metrics.openmetrics",
            &render(&figures, Format::OpenMetrics),
        );
        check("metrics.prometheus", &render(&figures, Format::Prometheus));
    });
}

#[test]
fn a_trace_is_the_committed_text() {
    with_seasoned(|state| check("trace.json", &chrome_trace(state, 10)));
}

#[test]
fn a_trace_has_the_newest_executions_alone() {
    with_seasoned(|state| {
        let text = chrome_trace(state, 1);
        assert!(text.contains("\"second\"") && !text.contains("\"first\""));
    });
}

/// The history of everything stored, written and read again.
fn exported(state: &mut State) -> ExportedHistory {
    serde_json::from_str(&answer(state, &Question::Export {})).unwrap()
}

#[test]
fn a_trace_of_an_exported_history_is_that_of_the_collector() {
    with_seasoned(|state| {
        let executions = exported(state).executions;
        for last in [1, 2, 10] {
            assert_eq!(
                chrome_trace_of_file(&executions, last),
                chrome_trace(state, last),
            );
        }
    });
}

#[test]
fn a_page_of_an_exported_history_has_the_executions_worth_a_look() {
    with_seasoned(|state| {
        let text = page_of_file(&exported(state), "pipeline_total");
        let page: serde_json::Value = serde_json::from_str(&text).unwrap();
        let executions = page["executions"].as_array().unwrap();
        let shown = executions.iter().map(|of| (&of["id"], &of["why"]));
        let shown: Vec<_> = shown.collect();
        assert_eq!(shown, [(&"second".into(), &"slowest".into())]);
        let stage = executions[0]["stages"][0][0].to_string();
        assert_eq!(page["names"][stage], "outer");
    });
}

#[test]
fn a_page_of_an_exported_history_has_the_shares_of_the_collector() {
    with_seasoned(|state| {
        let file = page_of_file(&exported(state), "pipeline_total");
        let shares = |text: &str| -> BTreeMap<String, String> {
            let page: serde_json::Value = serde_json::from_str(text).unwrap();
            let rows = page["stages"].as_array().unwrap();
            let share = |row: &serde_json::Value| {
                let name = page["names"][row["stage"].to_string()].to_string();
                (name, format!("{} {}", row["share"], row["shareWithInner"]))
            };
            rows.iter().map(share).collect()
        };
        let own = shares(&page_of(state, false));
        assert!(own.len() > 1);
        assert_eq!(shares(&file), own);
    });
}

/// Samples of all families, however many parts they came in.
fn samples_of(parts: &[Part]) -> usize {
    let families = parts.iter().flat_map(families_of);
    families.map(|family| family.samples.len()).sum()
}

#[test]
fn parts_of_what_is_exposed_are_small_and_together_all_of_it() {
    with_seasoned(|state| {
        let stages = 7 * STAGES_A_PART / 2;
        let ids: Vec<u32> = (0..stages)
            .map(|stage| state.intern_stage(&format!("stage-{stage}")))
            .collect();
        let (slot, _) = state.start_pipeline("many", &PipelineStart::at(at(1_000.0)));
        for stage in ids {
            let start = stage_start(stage, 1_001.0, None);
            let (span, ..) = state.start_stage(slot, &start).unwrap();
            let end = stage_end(1_002.0, true);
            state.complete_stage(slot, span, &end).unwrap();
        }
        let mut writer = Parts::begin(state, Vec::new());
        let parts: Vec<Part> = std::iter::from_fn(|| writer.next(state)).collect();
        let sizes: Vec<usize> = parts
            .iter()
            .map(|part| match part {
                Part::Whole(of) => of.stages.len(),
                Part::Stages(of) => of.len(),
            })
            .collect();
        assert_eq!(sizes.iter().sum::<usize>(), stages + 2);
        assert_eq!(sizes.iter().max(), Some(&STAGES_A_PART));
        let at_once = [Part::Whole(Box::new(exposed(state, Vec::new())))];
        assert_eq!(samples_of(&parts), samples_of(&at_once));
    });
}

fn resource() -> Attributes {
    let attributes = r#"{"service.name":"shop","service.instance.id":"a \"b\""}"#;
    Attributes::from_json(attributes).unwrap()
}

const IDS: Ids = Ids { seed: 7 };
const ALL: Since = Since {
    ended: 0,
    most: usize::MAX,
};

const TIMES: Times = Times {
    start_ms: WALL,
    now_ms: WALL + 1_000.0,
};

fn metrics_of(state: &mut State) -> String {
    let figures = exposed(state, vec![("late_stages".into(), 2.0)]);
    let parents = parents();
    let ids = Some((IDS, &parents));
    let (text, points) = otlp_metrics(&figures, &resource(), TIMES, ids);
    assert_eq!(text.matches("\"startTimeUnixNano\"").count(), points);
    text
}

fn parents() -> Parents {
    let mut parents = Parents::default();
    let parent = SpanContext {
        trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
        span_id: "b7ad6b7169203331".into(),
    };
    parents.set("second", Some(parent));
    parents
}

fn traces_with(state: &mut State, since: Since, criteria: Criteria) -> Traces {
    traces_after(&mut SentExecutions::default(), state, since, criteria)
}

fn traces_after(
    sent: &mut SentExecutions,
    state: &mut State,
    since: Since,
    criteria: Criteria,
) -> Traces {
    let parents = parents();
    let options = TraceOptions {
        criteria,
        ids: IDS,
        parents: &parents,
    };
    otlp_traces(state, since, sent, &resource(), &options)
}

const EVERY_ONE: Criteria = Criteria {
    slowest: 0.0,
    sample: 1.0,
};
const ALERTED: Criteria = Criteria {
    slowest: 0.0,
    sample: 0.0,
};
const WORTH_IT: Criteria = Criteria {
    slowest: 0.01,
    sample: 0.0,
};

#[test]
fn families_are_the_committed_text() {
    with_seasoned(|state| {
        let figures = exposed(state, vec![("late_stages".into(), 2.0)]);
        check("families.json", &text_of(&families(&figures)));
    });
}

#[test]
fn otlp_metrics_are_the_committed_text() {
    with_seasoned(|state| {
        let text = metrics_of(state);
        check("metrics.otlp.json", &text);
        let whole = exposed(state, vec![("late_stages".into(), 2.0)]);
        let text = otlp_metrics_of(&Part::Whole(Box::new(whole)), TIMES);
        check("metrics.exponential.otlp.json", &text);
    });
}

#[test]
fn otlp_traces_are_the_committed_text() {
    with_seasoned(|state| {
        let traces = traces_with(state, ALL, EVERY_ONE);
        assert_eq!(traces.requests.len(), 1);
        check("traces.otlp.json", &traces.requests[0].text);
    });
}

#[test]
fn an_exemplar_names_the_trace_of_its_execution() {
    with_seasoned(|state| {
        let traces = traces_with(state, ALL, EVERY_ONE).requests;
        let metrics = metrics_of(state);
        let value: serde_json::Value = serde_json::from_str(&traces[0].text).unwrap();
        let spans = value
            .pointer("/resourceSpans/0/scopeSpans/0/spans")
            .unwrap();
        let newest = spans.as_array().unwrap().last().unwrap();
        let trace = newest["traceId"].as_str().unwrap();
        assert_eq!(trace.len(), 32);
        assert!(metrics.contains(trace));
    });
}

/// One execution of one stage, from `from` ms on.
fn run(state: &mut State, id: &str, stage: u32, from: f64, duration: f64) {
    let (slot, _) = state.start_pipeline(id, &PipelineStart::at(at(from)));
    let start = stage_start(stage, from, None);
    let span = state.start_stage(slot, &start).unwrap().0;
    let end = stage_end(from + duration, true);
    state.complete_stage(slot, span, &end).unwrap();
    let end = PipelineEnd::succeeded(at(from + duration));
    assert!(state.complete_pipeline(slot, &end, &mut PipelineOutcome::default()));
}

/// A store with `runs` of 10 ms each; their ids are `run-0` and so on.
fn with_runs(runs: usize, look: impl FnOnce(&mut State, u32)) {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    let mut state = recorder.lock().unwrap();
    // Alerts would be a reason of their own.
    state.config.alert_threshold = 1e9;
    let stage = state.intern_stage("load");
    for place in 0..runs {
        run(
            &mut state,
            &format!("run-{place}"),
            stage,
            place as f64 * 20.0,
            10.0,
        );
    }
    look(&mut state, stage);
}

/// Failed, alerted, unusual, slow, sampled, and starts of levels.
fn sent(traces: &Traces) -> [u64; 6] {
    traces.sent
}

#[test]
fn executions_that_all_take_as_long_are_not_worth_it() {
    with_runs(500, |state, _| {
        let traces = traces_with(state, ALL, WORTH_IT);
        assert_eq!((sent(&traces), traces.skipped), ([0; 6], 500));
        assert!(traces.requests.is_empty());
    });
}

#[test]
fn the_slowest_and_a_share_of_the_rest_are() {
    with_runs(500, |state, stage| {
        run(state, "slow", stage, 20_000.0, 30.0);
        let traces = traces_with(state, ALL, WORTH_IT);
        assert_eq!(sent(&traces), [0, 0, 0, 1, 0, 0]);
        assert!(traces.requests[0].text.contains("\"slow\""));
        let criteria = Criteria {
            sample: 0.1,
            ..WORTH_IT
        };
        let sampled = sent(&traces_with(state, ALL, criteria))[4];
        // Four standard deviations of a binomial count.
        assert!((23..=77).contains(&sampled), "{sampled}");
        assert_eq!(sent(&traces_with(state, ALL, criteria))[4], sampled);
    });
}

#[test]
fn a_stage_far_beyond_its_baseline_is_unusual_where_no_alert_says_so() {
    with_runs(300, |state, stage| {
        state.config.alert_threshold = 2.0;
        state.config.alert_cooldown_ms = 1e9;
        run(state, "alerted", stage, 20_000.0, 90.0);
        run(state, "silent", stage, 20_200.0, 95.0);
        assert_eq!(sent(&traces_with(state, ALL, WORTH_IT))[..3], [0, 1, 1]);
    });
}

#[test]
fn each_execution_is_looked_at_once_in_slices_and_those_that_went_are_counted() {
    with_runs(100, |state, stage| {
        let mut ended = 0;
        let mut looked_at = 0;
        loop {
            let since = Since { ended, most: 30 };
            let traces = traces_with(state, since, EVERY_ONE);
            ended = traces.ended;
            assert_eq!(traces.missed, 0);
            let sent: u64 = traces.sent.iter().sum();
            if sent == 0 {
                break;
            }
            looked_at += sent;
        }
        assert_eq!((looked_at, ended), (100, 100));
        state.config.max_history_size = 10;
        for place in 0..25 {
            run(
                state,
                &format!("more-{place}"),
                stage,
                3_000.0 + f64::from(place) * 20.0,
                10.0,
            );
        }
        let traces = traces_with(state, Since { ended, most: 100 }, EVERY_ONE);
        assert_eq!((traces.missed, traces.ended), (15, 125));
        assert_eq!(traces.sent.iter().sum::<u64>(), 10);
    });
}

#[test]
fn a_request_has_at_most_512_spans() {
    with_runs(700, |state, _| {
        let requests = traces_with(state, ALL, EVERY_ONE).requests;
        let spans: Vec<usize> = requests.iter().map(|request| request.spans).collect();
        assert_eq!(spans, [512, 512, 376]);
        for request in requests {
            assert_eq!(request.text.matches("\"spanId\"").count(), request.spans);
        }
    });
}

#[test]
fn a_name_of_any_length_is_short_in_spans() {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    let mut state = recorder.lock().unwrap();
    let long = "x".repeat(100_000);
    let stage = state.intern_stage(&long);
    run(&mut state, &long, stage, 0.0, 10.0);
    let traces = traces_with(&mut state, ALL, EVERY_ONE);
    assert!(traces.requests[0].text.len() < 5_000);
}

/// Root spans by their ids, and all links, of requests.
fn roots_and_links(requests: &[TraceRequest]) -> (HashMap<String, String>, Vec<Value>) {
    let (mut roots, mut links) = (HashMap::new(), Vec::new());
    for request in requests {
        let value: Value = serde_json::from_str(&request.text).unwrap();
        let spans = value.pointer("/resourceSpans/0/scopeSpans/0/spans");
        for span in spans.unwrap().as_array().unwrap() {
            if span["name"] == "pipeline" {
                let before = roots.insert(span["spanId"].to_string(), span.to_string());
                assert_eq!(before, None, "an execution is sent once");
            }
            links.extend(span["links"].as_array().into_iter().flatten().cloned());
        }
    }
    (roots, links)
}

/// 300 runs of 10 ms, and 100 of 40 ms whose ids are `slower-0` and so on.
fn with_new_level(before: impl FnOnce(&mut State, u32), look: impl FnOnce(&mut State)) {
    with_runs(300, |state, stage| {
        state.config.alert_threshold = 2.0;
        before(state, stage);
        for place in 0..100 {
            let from = 20_000.0 + f64::from(place) * 100.0;
            run(state, &format!("slower-{place}"), stage, from, 40.0);
        }
        look(state);
    });
}

#[test]
fn an_alert_of_a_new_level_links_to_the_first_execution_of_that_level() {
    let unprepared = |_: &mut State, _| {};
    with_new_level(unprepared, |state| {
        let (roots, links) = roots_and_links(&traces_with(state, ALL, EVERY_ONE).requests);
        // One of the stage, and one of whole pipelines.
        assert_eq!(links.len(), 2);
        for link in links {
            let first = &roots[&link["spanId"].to_string()];
            assert!(first.contains("\"slower-0\""), "{first}");
            assert!(first.contains(link["traceId"].as_str().unwrap()));
        }
    });
}

#[test]
fn an_execution_that_is_linked_to_is_sent_with_the_link_and_once() {
    // An alert before the new level, whose cooldown holds those of its first runs back.
    let outlier = |state: &mut State, stage| {
        state.config.alert_cooldown_ms = 1e9;
        run(state, "outlier", stage, 10_000.0, 90.0);
        for place in 0..50 {
            let from = 11_000.0 + f64::from(place) * 100.0;
            run(state, &format!("between-{place}"), stage, from, 10.0);
        }
    };
    with_new_level(outlier, |state| {
        let (mut sent, mut ended) = (SentExecutions::default(), 0);
        let (mut requests, mut counts) = (Vec::new(), [0; Reason::ALL.len()]);
        loop {
            let since = Since { ended, most: 7 };
            let traces = traces_after(&mut sent, state, since, ALERTED);
            if traces.ended == ended {
                break;
            }
            ended = traces.ended;
            requests.extend(traces.requests);
            for (sum, count) in counts.iter_mut().zip(traces.sent) {
                *sum += count;
            }
        }
        let (roots, links) = roots_and_links(&requests);
        assert!(!links.is_empty());
        for link in links {
            let first = &roots[&link["spanId"].to_string()];
            assert!(first.contains("\"level_start\""), "{first}");
        }
        assert_eq!(counts[5], 1, "{counts:?}");
    });
}

fn page_of(state: &mut State, is_file: bool) -> String {
    let asked = Asked {
        clocks: Clocks {
            now_ms: 200.0,
            wall_ms: WALL + 200.0,
        },
        since_ms: None,
        until_ms: None,
        stage: None,
        execution: None,
        is_file,
    };
    let mut page = Page::begin(state, asked);
    while page.step(state) {}
    page.finish()
}

#[test]
fn a_page_is_the_committed_text() {
    with_seasoned(|state| {
        check("page.json", &page_of(state, true));
        check("page-live.json", &page_of(state, false));
    });
}

#[test]
fn a_page_of_an_exported_history_is_the_committed_text() {
    let durations = |run: u32| f64::from(run % 7) + if run < 60 { 10.0 } else { 20.0 };
    let stage = |name: &str| {
        let durations: Vec<f64> = (0..120).map(durations).collect();
        serde_json::json!({ "stage": name, "durations": durations })
    };
    let exported = serde_json::json!({
        "format": "history", "version": 1, "stages": [stage("pipeline_total"), stage("one")],
    });
    let exported = serde_json::from_value(exported).unwrap();
    check(
        "page-of-history.json",
        &page_of_file(&exported, "pipeline_total"),
    );
}

#[test]
fn a_stage_called_as_whole_pipelines_has_a_row_of_its_own_on_the_page_of_a_history() {
    let stage = |name: &str, duration: f64| serde_json::json!({ "stage": name, "durations": vec![duration; 4] });
    let stages = [
        stage("one", 3.0),
        stage("pipeline_total", 10.0),
        stage("pipeline_total", 5.0),
    ];
    let exported = serde_json::json!({ "format": "history", "version": 1, "stages": stages });
    let exported = serde_json::from_value(exported).unwrap();
    let text = page_of_file(&exported, "pipeline_total");
    let page: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(page["pipeline"]["p50"], 10.0);
    let rows = page["stages"].as_array().unwrap();
    let rows = rows.iter().map(|row| (&row["stage"], &row["p50"]));
    let rows: Vec<_> = rows.collect();
    assert_eq!(
        rows,
        [(&3.into(), &5.0.into()), (&1.into(), &3.0.into())],
        "{page}"
    );
    assert_eq!(page["names"]["3"], "pipeline_total");
    assert_eq!(page["maps"]["3"]["runs"], 4);
}

#[test]
fn a_page_without_a_run_says_that_there_is_none() {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    let text = page_of(&mut recorder.lock().unwrap(), false);
    let page: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(page["pipeline"]["runs"], 0);
    assert_eq!(page["pipeline"]["p50"], serde_json::Value::Null);
    assert_eq!(page["stages"], serde_json::json!([]));
}

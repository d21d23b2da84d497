use super::*;
use crate::engine::alerting::threshold::Threshold;
use crate::engine::analysis::findings::Findings;
use crate::engine::history::LabelId;
use crate::engine::recorder::{
    At, PipelineEnd, PipelineOutcome, PipelineStart, Recorder, StageEnd, StageStart,
};
use crate::engine::time::MonotonicClock;
use serde_json::{json, Value};

const WALL: f64 = 1_000_000.0;

fn at(now_ms: f64) -> At {
    At {
        now_ms,
        wall_ms: WALL + now_ms,
    }
}

/// One stage of an execution.
struct Planted {
    stage: StageId,
    took_ms: f64,
    input_size: f64,
    configuration: LabelId,
}

/// A stage of the configuration that is unknown.
fn planted(stage: StageId, took_ms: f64) -> Planted {
    Planted {
        stage,
        took_ms,
        input_size: 1.0,
        configuration: 0,
    }
}

/// Runs the stages one after the other, and returns when they ended.
fn run(state: &mut State, id: &str, mut now_ms: f64, stages: &[Planted]) -> f64 {
    let (slot, _) = state.start_pipeline(id, &PipelineStart::at(at(now_ms)));
    for planted in stages {
        let start = StageStart {
            input_size: planted.input_size,
            configuration: planted.configuration,
            ..StageStart::new(planted.stage, at(now_ms))
        };
        let (span, _) = state.start_stage(slot, &start).unwrap();
        now_ms += planted.took_ms;
        let end = StageEnd {
            items: 1000.0,
            ..StageEnd::succeeded(at(now_ms))
        };
        state.complete_stage(slot, span, &end).unwrap();
    }
    let end = PipelineEnd::succeeded(at(now_ms));
    assert!(state.complete_pipeline(slot, &end, &mut PipelineOutcome::default()));
    now_ms
}

fn recorder() -> Recorder {
    let recorder = Recorder::new(MonotonicClock::starting_at(0.0), "pipeline_total");
    {
        let mut state = recorder.lock().unwrap();
        // 1 and 2 among the stages; 1 and 2 among the labels, after "unknown".
        state.intern_stage("steady");
        state.intern_stage("planted");
        for label in ["unknown", "warm", "cold"] {
            state.intern_label(label);
        }
    }
    recorder
}

/// 200 executions: `planted` takes half as long again from run 120 on, and is slow where the
/// configuration is cold, one run in four; sizes of `steady` differ and change nothing.
fn lived() -> Recorder {
    let recorder = recorder();
    {
        let mut state = recorder.lock().unwrap();
        let mut now_ms = 0.0;
        for number in 0..200_u32 {
            let ripple = 1.0 + f64::from(number * 7 % 11) / 100.0;
            let size = 100.0 + f64::from(number * 13 % 50) * 4.0;
            let cold = number % 4 == 0;
            let level = if number >= 120 { 30.0 } else { 20.0 };
            let stages = [
                Planted {
                    input_size: size,
                    ..planted(1, 10.0 * ripple)
                },
                Planted {
                    input_size: 100.0,
                    configuration: if cold { 2 } else { 1 },
                    ..planted(2, level * ripple + if cold { 40.0 } else { 0.0 })
                },
            ];
            now_ms = run(&mut state, &format!("run-{number}"), now_ms, &stages);
        }
    }
    recorder
}

fn asked(recorder: &Recorder, question: Value) -> Value {
    let question = serde_json::from_value(question).unwrap();
    let mut state = recorder.lock().unwrap();
    serde_json::from_str(&answer(&mut state, &question)).unwrap()
}

fn overview(recorder: &Recorder, stage: StageId) -> Value {
    let about = json!({ "stage": stage, "horizon": 10 });
    asked(recorder, json!({ "overview": about }))
}

fn anomalies_of(recorder: &Recorder, stage: StageId) -> Value {
    let mut state = recorder.lock().unwrap();
    let mut reported = Vec::new();
    let examined = anomalies(&mut state, stage, None, |run| {
        reported.push(serde_json::from_str::<Value>(&text_of(&run)).unwrap());
    });
    assert_eq!(examined.from.is_some(), examined.runs > 0);
    reported.into()
}

#[test]
fn every_question_has_an_answer_before_anything_ran() {
    let empty = recorder();
    for stage in [0, 1, StageId::MAX] {
        for ask in ["quantiles", "trend", "changePoints", "explain", "scaling"] {
            let found = asked(&empty, json!({ ask: { "stage": stage } }));
            assert!(found.is_object(), "{ask}");
        }
        assert_eq!(anomalies_of(&empty, stage), json!([]));
    }
    let found = asked(&empty, json!({ "forecast": { "stage": 1, "horizon": 10 } }));
    assert_eq!(found["model"], "insufficient_data");
    assert_eq!(overview(&empty, 0)["quantiles"]["count"], 0);
    assert_eq!(asked(&empty, json!({ "recommendations": {} })), json!([]));
    assert_eq!(
        asked(&empty, json!({ "criticalPaths": {} }))["executions"],
        0
    );
    let found = asked(&empty, json!({ "whatIf": { "stage": 1, "fraction": 0.5 } }));
    assert_eq!(found["gain"], Value::Null);
}

#[test]
fn quantiles_name_a_run_that_took_about_as_long() {
    let recorder = lived();
    let found = asked(&recorder, json!({ "quantiles": { "stage": 2 } }));
    assert_eq!(found["count"], 200);
    let exemplars = found["exemplars"].as_array().unwrap();
    assert_eq!(exemplars.len(), 5);
    let max = found["max"].as_f64().unwrap();
    assert!((exemplars[4]["duration"].as_f64().unwrap() - max).abs() <= 0.01 * max);
}

#[test]
fn a_planted_step_is_dated_and_an_overview_says_the_same() {
    let recorder = lived();
    let found = asked(&recorder, json!({ "changePoints": { "stage": 0 } }));
    let changes = found["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1);
    assert!((changes[0]["index"].as_i64().unwrap() - 120).abs() <= 3);
    let whole = overview(&recorder, 0);
    assert_eq!(whole["lastChange"], changes[0]);
    for (part, ask) in [("trend", "trend"), ("explanation", "explain")] {
        let alone = asked(&recorder, json!({ ask: { "stage": 0 } }));
        assert_eq!(whole[part], alone, "{part}");
    }
    let alone = anomalies_of(&recorder, 0);
    let all = alone.as_array().unwrap();
    assert_eq!(whole["anomalies"]["count"], all.len());
    let latest = all.last().unwrap_or(&Value::Null);
    assert_eq!(&whole["anomalies"]["latest"], latest);
}

#[test]
fn an_answer_follows_the_history_and_a_range_is_asked_anew() {
    let recorder = lived();
    let trend = |since: Option<f64>| {
        asked(
            &recorder,
            json!({ "trend": { "stage": 2, "since": since } }),
        )
    };
    let whole = trend(None);
    // Half of the runs: the step lies in the other half.
    let half = trend(Some(5_000.0));
    assert!(half["runs"].as_u64() < whole["runs"].as_u64() && half["runs"].as_u64() > Some(0));
    assert_ne!(half["slope"], whole["slope"]);
    assert_eq!(trend(None), whole);
    let stage = planted(2, 1e4);
    run(&mut recorder.lock().unwrap(), "one more", 1e5, &[stage]);
    assert_eq!(trend(None)["runs"], 201);
}

#[test]
fn a_comparison_follows_the_history_and_what_is_asked() {
    let recorder = lived();
    let stored = json!({ "stored": { "stage": 2 } });
    let compared = |before: &Value, significance: f64| {
        let question = json!({
            "compare": { "before": before, "after": stored, "significance": significance },
        });
        asked(&recorder, question)
    };
    let first_half = json!({ "stored": { "stage": 2, "until": WALL + 3_000.0 } });
    let whole = compared(&stored, 0.01);
    assert_eq!(compared(&stored, 0.01), whole);
    assert_ne!(compared(&first_half, 0.01), whole);
    assert_eq!(compared(&stored, 0.05)["significance"], 0.05);
    assert_eq!(compared(&stored, 0.01), whole);
    let stage = planted(2, 1.0);
    run(&mut recorder.lock().unwrap(), "one more", 1e5, &[stage]);
    assert_eq!(compared(&stored, 0.01)["stages"][0]["runsAfter"], 201);
}

#[test]
fn a_planted_cause_is_named_with_a_run_that_has_it() {
    let found = asked(&lived(), json!({ "explain": { "stage": 2 } }));
    let first = &found["attributes"][0];
    assert_eq!(first["attribute"], "configurationHash");
    assert_eq!(first["slow"]["value"], "cold");
    assert_eq!(first["slow"]["executionId"], "run-196");
}

#[test]
fn recommendations_are_ordered_by_gain_and_within_the_bound() {
    let recorder = lived();
    let found = asked(&recorder, json!({ "recommendations": {} }));
    let all = found.as_array().unwrap();
    let kinds: Vec<&str> = all.iter().map(|of| of["kind"].as_str().unwrap()).collect();
    assert!(
        kinds.contains(&"regression") && kinds.contains(&"cause"),
        "{kinds:?}"
    );
    let times: Vec<f64> = all
        .iter()
        .map(|of| of["gain"]["time"].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    for of in all {
        let whole = asked(
            &recorder,
            json!({ "whatIf": { "stage": of["stage"], "fraction": 1.0 } }),
        );
        assert!(of["gain"]["high"].as_f64() <= whole["bound"].as_f64());
    }
}

#[test]
fn recommendations_follow_the_history_and_nothing_else() {
    let recorder = lived();
    let advice = || asked(&recorder, json!({ "recommendations": {} }));
    let before = advice();
    let version = recorder.lock().unwrap().history.version();
    overview(&recorder, 1);
    assert_eq!(advice(), before);
    let mut state = recorder.lock().unwrap();
    assert_eq!(state.history.version(), version, "asking changes nothing");
    state.history.remove_pipeline();
    drop(state);
    assert_eq!(advice(), json!([]), "their cause is gone");
}

#[test]
fn an_answer_is_as_if_nothing_had_been_asked_before() {
    let recorder = lived();
    let overviews = || {
        let advice = asked(&recorder, json!({ "recommendations": {} }));
        ([0, 1, 2].map(|stage| overview(&recorder, stage)), advice)
    };
    let unasked = || {
        recorder.lock().unwrap().findings = Findings::default();
        overviews()
    };
    let configured = |took_ms, configuration| Planted {
        configuration,
        ..planted(2, took_ms)
    };
    let before = overviews();
    let mut state = recorder.lock().unwrap();
    let mut now_ms = run(&mut state, "other", 9_000.0, &[planted(1, 12.0)]);
    drop(state);
    let after = overviews();
    assert_eq!(after, unasked());
    assert_eq!(after.0[2], before.0[2]);
    assert_ne!(after.0[1], before.0[1]);
    let mut state = recorder.lock().unwrap();
    let taken = Series::of(&state, 2, Window::ALL).runs.durations;
    state.history.empty_series(2);
    for (number, took_ms) in taken.into_iter().enumerate() {
        let cold = if number % 3 == 0 { 2 } else { 1 };
        now_ms = run(&mut state, "again", now_ms, &[configured(took_ms, cold)]);
    }
    drop(state);
    let again = overviews();
    assert_eq!(again, unasked(), "as many runs, which took the same");
    assert_ne!(again.0[2]["explanation"], before.0[2]["explanation"]);
    let threshold = Threshold {
        max_duration_ms: 0.5,
        ..Threshold::default()
    };
    recorder.lock().unwrap().set_threshold(2, Some(threshold));
    let bounded = overviews();
    assert_eq!(bounded, unasked(), "another threshold");
    assert_ne!(bounded.0[2]["forecast"], again.0[2]["forecast"]);
    let further = json!({ "overview": { "stage": 2, "horizon": 20 } });
    let further = asked(&recorder, further);
    assert_eq!(further["forecast"]["atHorizon"]["ahead"], 20);
}

#[test]
fn one_execution_gains_at_most_its_stage() {
    let recorder = recorder();
    {
        let mut state = recorder.lock().unwrap();
        let stages = [planted(1, 10.0), planted(2, 30.0)];
        run(&mut state, "only", 0.0, &stages);
    }
    let found = asked(
        &recorder,
        json!({ "whatIf": { "stage": 2, "fraction": 0.5 } }),
    );
    let figures = ["gain", "low", "high", "percent"].map(|name| found[name].as_f64().unwrap());
    assert_eq!(figures, [15.0, 0.0, 15.0, 37.5]);
}

#[test]
fn critical_paths_sum_to_the_wall_time() {
    let found = asked(&lived(), json!({ "criticalPaths": { "last": 50 } }));
    assert_eq!(found["executions"], 50);
    let stages = found["stages"].as_array().unwrap();
    let on_path: f64 = stages
        .iter()
        .map(|of| of["pathTime"].as_f64().unwrap())
        .sum();
    let wall = found["wallTime"].as_f64().unwrap();
    assert!((on_path + found["gapTime"].as_f64().unwrap() - wall).abs() < 1e-3);
    assert_eq!(stages[0]["stage"], 2);
}

#[test]
fn an_exported_history_is_compared_like_a_stored_one() {
    let recorder = lived();
    let exported = asked(&recorder, json!({ "export": {} }));
    let stored = json!({ "stored": {} });
    let side = json!({ "exported": { "histories": [exported] } });
    let found = asked(
        &recorder,
        json!({ "compare": { "before": side, "after": stored } }),
    );
    assert_eq!(found["verdict"], "no_difference_found");
    let history: ExportedHistory = serde_json::from_value(exported).unwrap();
    let text = compare_exported(
        std::slice::from_ref(&history),
        std::slice::from_ref(&history),
        Criteria::default(),
    );
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), found);
}

#[test]
fn windows_configurations_and_stages_are_distinguished() {
    let recorder = lived();
    let compare = |before: Value, after: Value| {
        asked(
            &recorder,
            json!({ "compare": { "before": before, "after": after } }),
        )
    };
    let of = |stage: u32, configuration: u32| json!({ "stored": { "stage": stage, "configuration": configuration } });
    let found = compare(of(2, 1), of(2, 2));
    assert_eq!(
        (&found["verdict"], &found["stages"][0]["runsBefore"]),
        (&json!("slower"), &json!(150))
    );
    let stages = compare(
        json!({ "stored": { "stage": 2 } }),
        json!({ "stored": { "stage": 1 } }),
    );
    assert_eq!(stages["stages"][0]["stageAfter"], "steady");
    assert_eq!(stages["verdict"], "faster");
    let none = compare(
        json!({ "stored": { "until": WALL } }),
        json!({ "stored": { "from": WALL } }),
    );
    assert_eq!(none["verdict"], "too_few_runs");
    assert_eq!(none["stages"].as_array().unwrap().len(), 3);
}

#[test]
fn a_forecast_looks_for_the_threshold_asked_for() {
    let ask = json!({ "forecast": { "stage": 1, "horizon": 20, "threshold": 5.0 } });
    let found = asked(&lived(), ask);
    assert_eq!(found["model"], "stationary");
    assert_eq!(found["crossing"]["expected"], 0);
    // Its runs take turns exactly: the next one is known exactly.
    let [low, high] = ["low", "high"].map(|end| found["next"][end].as_f64().unwrap());
    assert_eq!((low, high), (10.3, 10.3));
}

#[test]
fn a_scaling_law_is_sought_in_input_size_and_items() {
    let found = asked(&lived(), json!({ "scaling": { "stage": 1 } }));
    assert_eq!(found["runs"], 200);
    assert!(found["inputSize"]["exponent"].as_f64().unwrap().abs() < 0.1);
    assert_eq!(found["itemsProcessed"], Value::Null);
}

#[test]
fn a_window_in_steps_holds_the_same_runs_until_it_moves_on() {
    let recorder = recorder();
    let mut state = recorder.lock().unwrap();
    state.config.max_history_size = 600;
    let (mut now_ms, mut windows, mut stretches) = (0.0, Vec::new(), Vec::new());
    for number in 0..1_000_u32 {
        let stage = planted(1, f64::from(number + 1));
        now_ms = run(&mut state, "run", now_ms, &[stage]);
        let series = Series::in_steps(&state, 1, 512);
        let newest = series
            .runs
            .durations
            .last()
            .map_or(0, |ms| ms.round() as u32);
        assert!(number + 1 - newest <= (number + 1).min(512) / 32);
        if number < 511 {
            assert_eq!(series.len(), number as usize + 1);
        }
        windows.push(series.runs.durations);
        stretches.push(Series::stretch(&state, 1, 512));
    }
    for (window, stretch) in windows.windows(2).zip(stretches.windows(2)) {
        assert_eq!(window[0] == window[1], stretch[0] == stretch[1]);
    }
    // A full list: a step of 16 of 512 runs.
    let full = &windows[680..];
    assert!(full.iter().all(|window| window.len() == 512));
    let moves = full.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(moves, full.len() / 16);
}

//! The page of a history that was exported: durations of stages, without times and executions.

use super::heat_map::heat_map;
use super::parts::{short, Map, Shown, VERSION};
use super::runs::{Axis, Runs, COLUMNS};
use super::stages::Row;
use crate::engine::query::{findings_of, ExportedHistory};
use crate::engine::stats::order::sort_by;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a page is made of; a history that was exported has no times, ids, alerts, advice or costs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    advice: [(); 0],
    alert_count: usize,
    alerts: [(); 0],
    at: Option<f64>,
    axis: Shown,
    cost: Option<f64>,
    executions: [(); 0],
    ids: [(); 0],
    maps: BTreeMap<u32, Map>,
    names: BTreeMap<u32, String>,
    now: Option<f64>,
    pipeline: Option<Row>,
    stages: Vec<Row>,
    total: u32,
    version: u32,
}

/// The page of an exported history, as JSON text; `pipeline_total` is what it calls whole pipelines.
/// The axis counts runs, the newest at its end.
///
/// Cost: looks for changes in all runs of each stage.
///
/// # Errors
///
/// If it cannot be written.
pub fn page_of_file(
    exported: &ExportedHistory,
    pipeline_total: &str,
) -> serde_json::Result<String> {
    let runs_of = |stage: &crate::engine::query::ExportedStage| stage.durations.len();
    let longest = exported.stages.iter().map(runs_of).max().unwrap_or(0);
    let axis = Axis::new(0.0, longest as f64);
    let mut names = BTreeMap::from([(0, pipeline_total.to_string())]);
    let (mut rows, mut maps, mut whole) = (Vec::new(), BTreeMap::new(), None);
    let time: f64 = exported
        .stages
        .iter()
        .filter(|stage| &*stage.stage != pipeline_total)
        .map(|stage| stage.durations.iter().sum::<f64>())
        .sum();
    for (place, of) in exported.stages.iter().enumerate() {
        let is_whole = &*of.stage == pipeline_total;
        let number = if is_whole { 0 } else { place as u32 + 1 };
        let runs = Runs::of_file(&of.durations, axis);
        let (scale, cells) = heat_map(&runs);
        let mut map = Map::new(scale, runs.len());
        for cell in &cells {
            map.push(cell, None);
        }
        maps.insert(number, map);
        let findings = findings_of(&of.durations);
        let own: f64 = of.durations.iter().sum();
        let share = if time > 0.0 { own / time } else { 0.0 };
        let row = Row::new(number, &runs, (share, share), (None, None), findings);
        if is_whole {
            whole = Some(row);
        } else {
            names.insert(number, short(&of.stage));
            rows.push(row);
        }
    }
    sort_by(&mut rows, Row::by_weight);
    serde_json::to_string(&File {
        advice: [],
        alert_count: 0,
        alerts: [],
        at: None,
        axis: Shown {
            all: true,
            columns: COLUMNS,
            from: axis.from,
            kind: "runs",
            to: axis.to,
        },
        cost: None,
        executions: [],
        ids: [],
        maps,
        names,
        now: None,
        pipeline: whole,
        stages: rows,
        total: 0,
        version: VERSION,
    })
}

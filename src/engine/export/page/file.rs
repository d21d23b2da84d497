//! The page of an exported history: durations of stages without times, and some executions.

use super::parts::{map_of, short, shown, ByStage, VERSION};
use super::stages::{of_whole, picked, Row, Shares};
use super::waterfall::Waterfall;
use crate::engine::analysis::breakdown::breakdown;
use crate::engine::analysis::stage_runs::{StageRun, StageRuns};
use crate::engine::chart::heat_map::heat_map;
use crate::engine::chart::runs::{Axis, Runs};
use crate::engine::history::{SpanRecord, StageId};
use crate::engine::json::{object, text_of, Written};
use crate::engine::query::{
    findings_of, ExportedExecution, ExportedExecutions, ExportedHistory, ExportedStage,
};
use crate::engine::recorder::WINDOW;
use crate::engine::stats::order::sort_by;
use crate::engine::stats::quantile::median;

/// Numbers of the stages of executions, with new ones for stages without runs.
fn numbers_in(exported: &ExportedExecutions, known: &[&str]) -> Vec<StageId> {
    let number = |place: usize| {
        let name = exported.stage_names.get(place).map(|name| &**name);
        let found = known.iter().rposition(|known| Some(*known) == name);
        found.unwrap_or(known.len() + place) as StageId + 1
    };
    (0..exported.stage_names.len()).map(number).collect()
}

fn spans_of(of: &ExportedExecution, numbers: &[StageId]) -> Vec<SpanRecord> {
    let mut spans = of.spans();
    for span in &mut spans {
        span.stage = numbers.get(span.stage as usize).copied().unwrap_or(0);
    }
    spans
}

/// Shares of the stage time of the last hundred executions.
fn shares_of(exported: &ExportedExecutions, numbers: &[StageId]) -> Shares {
    let last = exported.list.len().saturating_sub(WINDOW);
    let (mut all, mut rows): (Vec<StageRun>, _) = (Vec::new(), Vec::new());
    let mut runs = StageRuns::default();
    for of in exported.list.iter().skip(last) {
        runs.load_records(spans_of(of, numbers).into_iter());
        all.extend_from_slice(&runs);
    }
    breakdown(all.into_iter(), &mut rows);
    Shares::from(rows)
}

/// The executions worth a look.
fn executions_of(
    exported: &ExportedExecutions,
    numbers: &[StageId],
    names: &mut ByStage<String>,
) -> Vec<Waterfall> {
    for (&number, name) in numbers.iter().zip(&exported.stage_names) {
        names.0.put(number, short(name));
    }
    let durations: Vec<f64> = exported.list.iter().map(|of| of.duration).collect();
    let failed = failures_of(exported);
    let mut drawn: Vec<Waterfall> = Vec::new();
    for (place, why) in picked(&durations, &failed, median(&durations)) {
        let Some(of) = exported.list.get(place) else {
            continue;
        };
        if drawn.iter().any(|known| known.id == of.id) {
            continue;
        }
        let spans = spans_of(of, numbers);
        drawn.push(Waterfall::new(&of.id, &of.record(), &spans, why));
    }
    drawn
}

/// Share of a time that some runs took, children included.
fn part_of(durations: &[f64], time: f64) -> (f64, f64) {
    let own: f64 = durations.iter().sum();
    let share = if time > 0.0 { own / time } else { 0.0 };
    (share, share)
}

fn row_of(number: StageId, of: &ExportedStage, runs: &Runs, share: (f64, f64)) -> (Row, Written) {
    let (scale, cells) = heat_map(runs);
    let map = map_of(
        scale,
        runs.durations.len(),
        cells.into_iter().map(|cell| (cell, None)),
    );
    let findings = findings_of(of);
    let row = Row::new(number, runs, share, (None, None), &findings);
    (row, map)
}

fn failures_of(exported: &ExportedExecutions) -> Vec<bool> {
    exported.list.iter().map(|of| !of.success).collect()
}

/// The place of the first stage of that name.
fn place_of(name: &str, exported: &ExportedHistory) -> Option<usize> {
    exported.stages.iter().position(|of| &*of.stage == name)
}

/// The page of an exported history, as JSON text; the first of its stages that is called
/// `pipeline_total` is whole pipelines. The axis counts runs, the newest at its end. It has no
/// times, alerts, advice or costs.
///
/// Cost: looks for changes in all runs of each stage.
pub fn page_of_file(exported: &ExportedHistory, pipeline_total: &str) -> String {
    let runs_of = |stage: &crate::engine::query::ExportedStage| stage.durations.len();
    let longest = exported.stages.iter().map(runs_of).max().unwrap_or(0);
    let axis = Axis::new(0.0, longest as f64);
    let mut names = ByStage::default();
    names.0.put(0, pipeline_total.to_string());
    let whole_at = place_of(pipeline_total, exported);
    let is_whole = |place: usize| Some(place) == whole_at;
    let (mut rows, mut maps, mut whole) = (Vec::new(), ByStage::default(), None);
    let places = exported.stages.iter().enumerate();
    let stages = places.filter(|&(place, _)| !is_whole(place));
    let time: f64 = stages.flat_map(|(_, stage)| &stage.durations).sum();
    let known: Vec<&str> = exported.stages.iter().map(|of| &*of.stage).collect();
    let executions = &exported.executions;
    let numbers = numbers_in(executions, &known);
    let has_any = !executions.list.is_empty();
    let shares = has_any.then(|| shares_of(executions, &numbers));
    for (place, of) in exported.stages.iter().enumerate() {
        let number = if is_whole(place) { 0 } else { place as u32 + 1 };
        let of_time = || part_of(&of.durations, time);
        let share = shares
            .as_ref()
            .map_or_else(of_time, |all| all.of_stage(number));
        let runs = Runs::of_file(&of.durations, axis);
        let (row, map) = row_of(number, of, &runs, share);
        maps.0.put(number, map);
        if is_whole(place) {
            whole = Some(row.and(&of_whole(&runs, &failures_of(executions))));
        } else {
            names.0.put(number, short(&of.stage));
            rows.push(row);
        }
    }
    sort_by(&mut rows, Row::by_weight);
    let executions = executions_of(executions, &numbers, &mut names);
    let (nothing, none) = ([0.0; 0], None::<f64>);
    text_of(&object(&[
        ("advice", &nothing),
        ("alertCount", &0_u32),
        ("alerts", &nothing),
        ("at", &none),
        ("axis", &shown("runs", true, (axis.from, axis.to))),
        ("cost", &none),
        ("executions", &executions),
        ("ids", &nothing),
        ("maps", &maps),
        ("names", &names),
        ("now", &none),
        ("pipeline", &whole),
        ("stages", &rows),
        ("total", &0_u32),
        ("version", &VERSION),
    ]))
}

//! The data of a collector's page as one JSON text, live or inside a report.
//!
//! It is written in steps of a few milliseconds at most, so that the caller may do other work in
//! between; runs recorded later do not change finished steps. All figures are of the runs on one
//! axis: the stored ones, or those of the last minutes. Findings and recommendations are those of
//! the queries.

mod alerts;
mod file;
mod parts;
mod stages;
mod waterfall;

pub use alerts::{tick, urgent};
pub use file::page_of_file;
pub use parts::Clocks;

use crate::engine::chart::heat_map::heat_map;
use crate::engine::chart::runs::{period, Axis, Runs};
use crate::engine::history::{ExecutionRef, StageId};
use crate::engine::json::{object, text_of, Json, Written};
use crate::engine::query::{answer, stage_findings, Question, Texts};
use crate::engine::recorder::State;
use crate::engine::series::Records;
use crate::engine::stats::order::sort_by;
use crate::engine::stats::quantile::{nearest_rank, Quantile};
use alerts::Period;
use parts::{map_of, short, shown, ByStage, VERSION};
use stages::{Row, Shares};
use std::collections::VecDeque;
use waterfall::Waterfall;

/// Alerts on a page and in a file.
const ALERTS: [usize; 2] = [50, 200];
/// Executions of slow cells of each heat map that a file has with their stages.
const OF_SLOW_CELLS: usize = 24;
/// The content of a page.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Now.
    pub clocks: Clocks,
    /// Only runs that ended since then, on the monotonic scale; all stored ones without it.
    pub since_ms: Option<f64>,
    /// Runs that ended until then, on the same scale; until now without it.
    pub until_ms: Option<f64>,
    /// The stage whose durations are drawn over time; whole pipelines without it.
    pub stage: Option<StageId>,
    /// The execution that is drawn beside the usual ones.
    pub execution: Option<Box<str>>,
    /// Whether it is a file, which must include everything that can be chosen.
    pub is_file: bool,
}

impl Asked {
    /// On the monotonic scale in ms.
    fn period(&self) -> Period {
        Period {
            from_ms: self.since_ms.unwrap_or(f64::NEG_INFINITY),
            to_ms: self.until_ms.unwrap_or(f64::INFINITY),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Whole,
    Stage(StageId),
    Advice,
    Executions,
    Rest,
}

/// A page being written.
#[derive(Debug)]
pub struct Page {
    asked: Asked,
    axis: Axis,
    text: Written,
    parts: VecDeque<Part>,
    /// Those whose durations are drawn over time.
    drawn: Vec<StageId>,
    shares: Shares,
    rows: Vec<Row>,
    maps: ByStage<Written>,
    ids: Texts,
    /// Executions to draw, by id, and why.
    picked: Vec<(Box<str>, &'static str)>,
    /// Stages that are mentioned.
    mentioned: Vec<StageId>,
}

impl Page {
    /// Begins a page. Cost: reads the last hundred executions.
    pub fn begin(state: &State, asked: Asked) -> Self {
        let Clocks { now_ms, .. } = asked.clocks;
        let stored = period(state);
        let axis = match asked.since_ms {
            Some(since) => Axis::new(since, asked.until_ms.unwrap_or(now_ms)),
            None => stored.map_or(Axis::new(now_ms, now_ms), |(from, to)| Axis::new(from, to)),
        };
        let total = state.pipeline_total();
        let stages = state.history.stages().iter().copied();
        let stages: Vec<StageId> = stages.filter(|&stage| stage != total).collect();
        let drawn = if asked.is_file {
            std::iter::once(total).chain(stages.clone()).collect()
        } else {
            vec![asked.stage.unwrap_or(total)]
        };
        let mut parts = VecDeque::from([Part::Whole]);
        parts.extend(stages.into_iter().map(Part::Stage));
        parts.extend([Part::Advice, Part::Executions, Part::Rest]);
        Self {
            axis,
            text: object(&[]),
            parts,
            drawn,
            shares: Shares::of(state),
            rows: Vec::new(),
            maps: ByStage::default(),
            ids: Texts::default(),
            picked: Vec::new(),
            mentioned: vec![total],
            asked,
        }
    }

    /// Writes one part: a stage with its heat map, the recommendations; returns whether there are more.
    ///
    /// Cost: about a millisecond for 10,000 runs, except where changes and causes of a stage are
    /// not cached.
    pub fn step(&mut self, state: &mut State) -> bool {
        match self.parts.pop_front() {
            None => return false,
            Some(Part::Whole) => self.write_whole(state),
            Some(Part::Stage(stage)) => {
                let runs = Runs::of(state, stage, self.axis);
                self.draw(state, stage, &runs);
                let share = self.shares.of_stage(stage);
                let clocks = self.asked.clocks;
                self.rows.push(Row::of(state, stage, &runs, share, clocks));
                self.mentioned.push(stage);
            }
            Some(Part::Advice) => {
                let advice = answer(state, &Question::Recommendations {});
                self.write("advice", &Written::from_json(advice));
            }
            Some(Part::Executions) => self.write_executions(state),
            Some(Part::Rest) => self.write_rest(state),
        }
        !self.parts.is_empty()
    }

    /// Parts to be written. The last takes some 0.1 ms, and has what changes with every run.
    pub fn left(&self) -> usize {
        self.parts.len()
    }

    /// The text, after the last part.
    pub fn finish(self) -> String {
        text_of(&self.text)
    }

    fn write(&mut self, name: &str, value: &dyn Json) {
        let part = object(&[(name, value)]);
        self.text = std::mem::take(&mut self.text).and(&part);
    }

    fn write_whole(&mut self, state: &mut State) {
        let Asked {
            clocks, since_ms, ..
        } = self.asked;
        let total = state.pipeline_total();
        let runs = Runs::of(state, total, self.axis);
        let (whole, picked) = stages::whole(state, &runs);
        if let Some(id) = self.asked.execution.clone() {
            self.picked.push((id, "chosen"));
        }
        for (run, why) in picked {
            if let Some(&execution) = runs.refs.get(run) {
                let id = state.history.executions.id(execution);
                self.picked.push((id.into(), why));
            }
        }
        self.draw(state, total, &runs);
        let period = (clocks.wall_at(self.axis.from), clocks.wall_at(self.axis.to));
        self.write("version", &VERSION);
        self.write("at", &clocks.wall_ms);
        self.write("axis", &shown("time", since_ms.is_none(), period));
        let findings = stage_findings(state, total, &|at| clocks.wall_at(at));
        self.write("pipeline", &whole.and(&findings));
    }

    /// Draws the durations of a stage over time, if they are asked for.
    fn draw(&mut self, state: &State, stage: StageId, runs: &Runs) {
        if !self.drawn.contains(&stage) {
            return;
        }
        let records = Records::of(state, stage);
        let (scale, cells) = heat_map(runs);
        let p95 = nearest_rank(&runs.durations, Quantile::P95);
        let slow = scale.row(p95.unwrap_or(f64::INFINITY));
        let mut slow_cells = Vec::new();
        let cells = cells.into_iter().map(|cell| {
            let run = runs.refs.get(cell.newest).copied();
            let id = run.and_then(|run| records.execution_id(run));
            let place = id.as_deref().map(|id| self.ids.place(id));
            if let (true, Some(id)) = (cell.row >= slow, id) {
                slow_cells.push((cell.row, id));
            }
            (cell, place)
        });
        let map = map_of(scale, runs.durations.len(), cells);
        if self.asked.is_file {
            sort_by(&mut slow_cells, |a, b| b.0.cmp(&a.0));
            let slowest = slow_cells.into_iter().take(OF_SLOW_CELLS);
            let picked = slowest.map(|(_, id)| (id.into(), "cell"));
            self.picked.extend(picked);
        }
        self.maps.0.put(stage, map);
        self.mentioned.push(stage);
    }

    fn write_executions(&mut self, state: &mut State) {
        let mut drawn: Vec<Waterfall> = Vec::new();
        for (id, why) in std::mem::take(&mut self.picked) {
            if drawn.iter().any(|known| known.id == id) {
                continue;
            }
            drawn.extend(by_id(state, &id).and_then(|found| Waterfall::of(state, found, why)));
        }
        self.write("executions", &drawn);
    }

    fn write_rest(&mut self, state: &State) {
        if let Some(stage) = self.asked.stage {
            // One without any run has a map, too.
            if self.maps.0.get(stage).is_none() {
                self.draw(state, stage, &Runs::default());
            }
        }
        let mut rows = std::mem::take(&mut self.rows);
        sort_by(&mut rows, Row::by_weight);
        self.write("stages", &rows);
        let maps = std::mem::take(&mut self.maps);
        self.write("maps", &maps);
        let ids = std::mem::take(&mut self.ids.all);
        self.write("ids", &ids);
        let most = ALERTS[usize::from(self.asked.is_file)];
        let raised = alerts::newest(state, self.asked.period(), most);
        let mut mentioned = std::mem::take(&mut self.mentioned);
        mentioned.extend(raised.iter().map(|alert| alert.stage));
        // Taken together with the alerts, to which a reader adds those of later ticks.
        let now = alerts::now(state, self.asked.clocks, u64::MAX);
        self.write("now", &now);
        self.write("alertCount", &alerts::count(state, self.asked.period()));
        self.write("alerts", &alerts::all_shown(&raised));
        let mut names = ByStage::default();
        for stage in mentioned {
            if let Some(known) = state.stage(stage) {
                names.0.put(stage, short(&known.name));
            }
        }
        self.write("names", &names);
        self.write("total", &state.pipeline_total());
        let cost = state.overhead.figures();
        let cost = object(&[
            ("highNs", &cost.interval_ns.1),
            ("lowNs", &cost.interval_ns.0),
            ("ratio", &cost.ratio),
            ("samples", &cost.samples),
            ("stageNs", &cost.stage_ns),
        ]);
        self.write("cost", &cost);
    }
}

fn by_id(state: &mut State, id: &str) -> Option<ExecutionRef> {
    state.history.executions.by_id(id)
}

/// One execution as JSON text; `null` if it is not stored.
pub fn execution(state: &mut State, id: &str) -> String {
    let found = by_id(state, id).and_then(|found| Waterfall::of(state, found, "chosen"));
    text_of(&found)
}

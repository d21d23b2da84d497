//! Which stage took how much of a run.

use super::stage_runs::StageRun;
use crate::engine::figures::{finite, Efficiency, Throughput};
use crate::engine::history::{Overflow, StageId};
use crate::engine::stats::order::sort_by;

/// All spans of one stage name in one execution, summed.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakdownRow {
    /// The number of the stage.
    pub stage: StageId,
    /// Spans summed.
    pub count: u32,
    /// Sum of their durations, children included.
    pub duration_ms: f64,
    /// Sum of their own time, without children.
    pub self_ms: f64,
    /// Share of the own time of all stages, 0 to 100; all rows sum to 100.
    pub percentage: f64,
    /// Items and bytes per second over the summed duration.
    pub throughput: Throughput,
    /// Efficiency over the sums.
    pub efficiency: Efficiency,
    items: f64,
    input_size: f64,
    memory_delta: f64,
}

impl BreakdownRow {
    fn new(stage: StageId) -> Self {
        Self {
            stage,
            count: 0,
            duration_ms: 0.0,
            self_ms: 0.0,
            percentage: 0.0,
            throughput: Throughput::default(),
            efficiency: Efficiency::of(0.0, 0.0),
            items: 0.0,
            input_size: 0.0,
            memory_delta: 0.0,
        }
    }

    fn add(&mut self, span: &StageRun) {
        self.count += 1;
        self.duration_ms += span.duration_ms;
        self.self_ms += span.self_ms;
        self.items += span.items;
        self.input_size += span.input_size;
        self.memory_delta += span.memory_delta;
    }

    fn derive(&mut self, total_ms: f64) {
        self.percentage = if total_ms > 0.0 {
            finite(self.self_ms / total_ms * 100.0)
        } else {
            0.0
        };
        self.throughput = Throughput::of(self.items, self.input_size, self.duration_ms);
        self.efficiency = Efficiency::of(self.throughput.items_per_second, self.memory_delta);
    }
}

/// Fills `rows` with one row per stage name, largest own time first; equal ones stay in the order
/// of their first starts.
///
/// Cost: spans × names, no allocation once `rows` has grown to the number of names.
pub fn breakdown(spans: impl Iterator<Item = StageRun>, rows: &mut Vec<BreakdownRow>) {
    rows.clear();
    let mut total_ms = 0.0;
    for span in spans {
        total_ms += span.self_ms;
        row_of(rows, span.stage).add(&span);
    }
    for row in rows.iter_mut() {
        row.derive(total_ms);
    }
    sort_by(rows, |a, b| b.self_ms.total_cmp(&a.self_ms));
}

/// The row of a stage, added where there is none.
fn row_of(rows: &mut Vec<BreakdownRow>, stage: StageId) -> &mut BreakdownRow {
    let known = rows.iter().position(|row| row.stage == stage);
    let place = known.unwrap_or(rows.len());
    if place == rows.len() {
        rows.push(BreakdownRow::new(stage));
    }
    &mut rows[place]
}

/// Adds a row of stages that were only counted, behind the others, and shares the whole out anew.
pub fn add_overflow(rows: &mut Vec<BreakdownRow>, stage: StageId, overflow: &Overflow) {
    let before_ms: f64 = rows.iter().map(|row| row.self_ms).sum();
    let total_ms = before_ms + overflow.duration_ms;
    for row in rows.iter_mut() {
        row.percentage = finite(row.percentage * (before_ms / total_ms));
    }
    let row = row_of(rows, stage);
    row.count = row.count.saturating_add(overflow.count);
    row.duration_ms += overflow.duration_ms;
    row.self_ms += overflow.duration_ms;
    row.derive(total_ms);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::history::SpanRecord;

    fn span(stage: StageId, duration_ms: f64, items: f64) -> SpanRecord {
        SpanRecord {
            duration_ms,
            items,
            completed: true,
            ..SpanRecord::started(stage, 0.0, 0.0)
        }
    }

    #[test]
    fn spans_of_one_name_are_summed_and_the_longest_comes_first() {
        let unfinished = SpanRecord::started(9, 0.0, 0.0);
        let spans = [
            span(0, 10.0, 1.0),
            span(1, 25.0, 5.0),
            span(0, 20.0, 2.0),
            unfinished,
        ];
        let mut rows = Vec::new();
        breakdown(spans.iter().filter_map(StageRun::of), &mut rows);
        let figures: Vec<_> = rows
            .iter()
            .map(|r| {
                (
                    r.stage,
                    r.count,
                    r.duration_ms,
                    r.throughput.items_per_second,
                )
            })
            .collect();
        assert_eq!(figures, [(0, 2, 30.0, 100.0), (1, 1, 25.0, 200.0)]);
        assert!((rows.iter().map(|r| r.percentage).sum::<f64>() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn stages_that_took_no_time_have_no_share() {
        let mut rows = Vec::new();
        breakdown(StageRun::of(&span(0, 0.0, 1.0)).into_iter(), &mut rows);
        assert_eq!(rows[0].percentage, 0.0);
    }
}

//! Durations over the axis, counted in cells of even height on a logarithmic scale.

use super::runs::{Runs, COLUMNS};

/// Most rows.
pub const ROWS: usize = 40;
/// Least ratio of the top of a row to its bottom; finer rows show nothing.
const LEAST_STEP: f64 = 1.04;
/// Fewest rows, half of them on either side of a constant level, so that it shows as a band, not a wall.
const LEAST_ROWS: i32 = 12;
/// Shorter durations, in ms, count as this, because they need a logarithm.
const SHORTEST_MS: f64 = 1e-4;

/// A cell with runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Column, from the left.
    pub column: usize,
    /// Row, from the bottom.
    pub row: usize,
    /// How many runs.
    pub count: u32,
    /// Place of the newest of them among the runs.
    pub newest: usize,
}

/// Rows are even in the logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Bottom of the lowest row, in ms.
    pub low: f64,
    /// Top of the highest row, in ms.
    pub high: f64,
    /// How many rows.
    pub rows: usize,
    /// Logarithm of how many times as long the highest duration is as the lowest.
    height: f64,
}

impl Scale {
    fn of(durations: &[f64]) -> Self {
        let longest = durations.iter().copied().fold(SHORTEST_MS, f64::max);
        let shortest = durations.iter().copied().fold(f64::INFINITY, f64::min);
        let low = shortest.max(SHORTEST_MS).min(longest);
        let middle = (low * longest).sqrt();
        let room = LEAST_STEP.powi(LEAST_ROWS / 2);
        let (low, high) = (low.min(middle / room), longest.max(middle * room));
        let height = (high / low).ln();
        let rows = (height / LEAST_STEP.ln()).round() as usize;
        Self {
            low,
            high,
            rows: rows.min(ROWS),
            height,
        }
    }

    /// The row of a duration.
    pub fn row(&self, duration_ms: f64) -> usize {
        let place = (duration_ms.max(SHORTEST_MS) / self.low).ln() / self.height;
        ((place * self.rows as f64) as usize).min(self.rows - 1)
    }
}

/// The cells that have runs, column by column from the left, each from the bottom.
///
/// Cost: one logarithm a run.
pub fn heat_map(runs: &Runs) -> (Scale, Vec<Cell>) {
    let scale = Scale::of(&runs.durations);
    let mut cells = Vec::new();
    for column in 0..COLUMNS {
        let mut rows = [(0_u32, 0_usize); ROWS];
        for run in runs.of_column(column) {
            let duration = runs.durations.get(run).copied().unwrap_or_default();
            if let Some(row) = rows.get_mut(scale.row(duration)) {
                *row = (row.0 + 1, run);
            }
        }
        let filled = rows.iter().enumerate().filter(|(_, row)| row.0 > 0);
        cells.extend(filled.map(|(row, &(count, newest))| Cell {
            column,
            row,
            count,
            newest,
        }));
    }
    (scale, cells)
}

#[cfg(test)]
mod tests {
    use super::super::runs::Axis;
    use super::*;

    fn of(durations: &[f64]) -> (Scale, Vec<Cell>) {
        let axis = Axis::new(0.0, durations.len() as f64);
        heat_map(&Runs::of_file(durations, axis))
    }

    #[test]
    fn every_run_is_in_one_cell_and_there_are_at_most_120_by_40() {
        let durations: Vec<f64> = (0..10_000)
            .map(|run| f64::from((run * 7919) % 10_007) + 0.001)
            .collect();
        let (scale, cells) = of(&durations);
        assert_eq!(scale.rows, ROWS);
        let count: u32 = cells.iter().map(|cell| cell.count).sum();
        assert_eq!(count, 10_000);
        assert!(cells
            .iter()
            .all(|cell| cell.column < COLUMNS && cell.row < ROWS));
        let newest = cells.last().map(|cell| cell.newest / 83);
        assert_eq!(newest, Some(120));
    }

    #[test]
    fn durations_of_one_level_are_a_row_in_the_middle() {
        assert_eq!(of(&[]).1, []);
        for durations in [[0.0; 4], [5.0; 4]] {
            let (scale, cells) = of(&durations);
            assert_eq!((scale.rows, cells.len()), (12, 4));
            assert!(cells.iter().all(|cell| cell.row == cells[0].row));
            assert!((5..=6).contains(&cells[0].row) && scale.low > 0.0);
        }
    }

    #[test]
    fn rows_are_even_in_the_logarithm() {
        let (scale, _) = of(&[1.0, 1e6]);
        let rows = [1.0, 10.0, 1e3, 9.9e5].map(|ms| scale.row(ms));
        assert_eq!(rows, [0, 6, 20, 39]);
    }
}

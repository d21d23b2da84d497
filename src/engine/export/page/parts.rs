//! What several parts of a page are made of.

use super::heat_map::{Cell, Scale};
use super::runs::COLUMNS;
use crate::engine::history::StageId;
use crate::engine::sorted_map::SortedMap;
use serde::{Serialize, Serializer};

/// Of this layout.
pub const VERSION: u32 = 1;
/// Characters of a stage's name.
const NAME_CHARS: usize = 200;

/// One moment on both clocks, in ms.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// Monotonic: what ages are judged by.
    pub now_ms: f64,
    /// Since 1970 UTC: what times are shown by.
    pub wall_ms: f64,
}

impl Clocks {
    /// The wall clock at another moment, as it runs now.
    pub fn wall_at(self, now_ms: f64) -> f64 {
        self.wall_ms - (self.now_ms - now_ms)
    }
}

/// What belongs to stages, written as an object.
#[derive(Debug)]
pub struct ByStage<T>(pub SortedMap<StageId, T>);

impl<T> Default for ByStage<T> {
    fn default() -> Self {
        Self(SortedMap::default())
    }
}

impl<T: Serialize> Serialize for ByStage<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter())
    }
}

/// What the axis of a page counts.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Whether that is all there is.
    pub all: bool,
    pub columns: usize,
    pub from: f64,
    /// `time`, in ms of the wall clock, or `runs`.
    pub kind: &'static str,
    pub to: f64,
}

/// Durations over the axis.
#[derive(Debug, Serialize)]
pub struct Map {
    #[serde(flatten)]
    scale: Scale,
    runs: usize,
    /// Of each column three numbers a cell: row, runs, place of the newest one's id.
    columns: Vec<Vec<Option<usize>>>,
}

impl Map {
    /// Without a cell.
    pub fn new(scale: Scale, runs: usize) -> Self {
        Self {
            scale,
            runs,
            columns: vec![Vec::new(); COLUMNS],
        }
    }

    /// Adds the next cell, with the place of its newest run's id.
    pub fn push(&mut self, cell: &Cell, id: Option<usize>) {
        if let Some(column) = self.columns.get_mut(cell.column) {
            column.extend([Some(cell.row), Some(cell.count as usize), id]);
        }
    }
}

/// A few digits of a figure that is drawn, not read.
pub fn brief(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let digits = 4 - value.abs().log10().floor() as i32;
    let factor = 10_f64.powi(digits.abs());
    if digits >= 0 {
        (value * factor).round() / factor
    } else {
        (value / factor).round() * factor
    }
}

/// The beginning of a name that is very long.
pub fn short(name: &str) -> String {
    let mut text: String = name.chars().take(NAME_CHARS).collect();
    if text.len() < name.len() {
        text.push('…');
    }
    text
}

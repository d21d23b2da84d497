//! Shared by several parts of a page.

use crate::engine::chart::heat_map::{Cell, Scale};
use crate::engine::chart::runs::COLUMNS;
use crate::engine::history::StageId;
use crate::engine::json::{object, Field, Json, Written};
use crate::engine::sorted_map::SortedMap;

/// Version of this layout.
pub const VERSION: u32 = 1;
/// Characters of a stage's name.
const NAME_CHARS: usize = 200;

/// One moment on both clocks, in ms.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// Monotonic time, by which ages are judged.
    pub now_ms: f64,
    /// Wall clock since 1970 UTC, which is shown.
    pub wall_ms: f64,
}

impl Clocks {
    /// The wall clock at another moment, as it runs now.
    pub fn wall_at(self, now_ms: f64) -> f64 {
        self.wall_ms - (self.now_ms - now_ms)
    }
}

/// Values by stage, written as an object.
#[derive(Debug)]
pub struct ByStage<T>(pub SortedMap<StageId, T>);

impl<T> Default for ByStage<T> {
    fn default() -> Self {
        Self(SortedMap::default())
    }
}

impl<T: Json> Json for ByStage<T> {
    fn write(&self, to: &mut Written) {
        let named: Vec<(String, &T)> = self
            .0
            .iter()
            .map(|(of, value)| (of.to_string(), value))
            .collect();
        let fields: Vec<Field<'_>> = named
            .iter()
            .map(|(of, value)| (&**of, value as _))
            .collect();
        to.object(&fields);
    }
}

/// The unit of a page's axis: `time`, in ms of the wall clock, or `runs`; and whether it covers
/// everything stored.
pub fn shown(kind: &str, all: bool, (from, to): (f64, f64)) -> Written {
    object(&[
        ("all", &all),
        ("columns", &COLUMNS),
        ("from", &from),
        ("kind", &kind),
        ("to", &to),
    ])
}

/// Durations over the axis: of each column three numbers a cell, which are its row, its runs and
/// the place of the newest one's id.
pub fn map_of(
    scale: Scale,
    runs: usize,
    cells: impl Iterator<Item = (Cell, Option<usize>)>,
) -> Written {
    let mut columns = vec![Vec::new(); COLUMNS];
    for (cell, id) in cells {
        if let Some(column) = columns.get_mut(cell.column) {
            column.extend([Some(cell.row), Some(cell.count as usize), id]);
        }
    }
    object(&[
        ("low", &scale.low),
        ("high", &scale.high),
        ("rows", &scale.rows),
        ("runs", &runs),
        ("columns", &columns),
    ])
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

/// A name, cut if very long.
pub fn short(name: &str) -> String {
    let mut text: String = name.chars().take(NAME_CHARS).collect();
    if text.len() < name.len() {
        text.push('…');
    }
    text
}

//! Custom labels as rows of numbers, in and out.

use super::layout::{custom_label, label_read};
use crate::engine::history::{CustomLabel, CustomLabels, ExecutionRef, LabelValue, Labelled};
use napi::bindgen_prelude::Float64Array;

const NUMBER: f64 = 0.0;
const TEXT: f64 = 1.0;
const TRUTH: f64 = 2.0;

/// A label as the facade packs it.
pub fn custom_label(row: &[f64; custom_label::LEN]) -> CustomLabel {
    let of = if row[custom_label::STAGE].is_nan() {
        Labelled::Execution
    } else {
        Labelled::Stage {
            stage: row[custom_label::STAGE] as u32,
            start_ms: row[custom_label::START],
        }
    };
    let value = value_of(row[custom_label::KIND], row[custom_label::VALUE]);
    CustomLabel::new(of, row[custom_label::NAME] as u32, value)
}

/// The value of a number of this kind.
pub fn value_of(kind: f64, value: f64) -> LabelValue {
    if kind == NUMBER {
        LabelValue::Number(value)
    } else if kind == TEXT {
        LabelValue::Text(value as u32)
    } else {
        LabelValue::Truth(value != 0.0)
    }
}

/// Labels of the rows being read. Cost of a row: one comparison if no caller gives labels.
pub struct Found<'a> {
    all: &'a CustomLabels,
    rows: Vec<f64>,
}

impl<'a> Found<'a> {
    pub fn among(all: &'a CustomLabels) -> Self {
        let rows = Vec::new();
        Self { all, rows }
    }

    /// Looks up the labels of the execution or stage whose row starts at `at`.
    pub fn look_up(&mut self, at: usize, execution: Option<ExecutionRef>, of: Labelled) {
        if self.all.is_empty() {
            return;
        }
        let labels = execution.map_or(&[][..], |execution| self.all.of(execution));
        for label in labels.iter().filter(|label| label.is_of(of)) {
            let (kind, value) = match label.value {
                LabelValue::Number(number) => (NUMBER, number),
                LabelValue::Text(text) => (TEXT, f64::from(text)),
                LabelValue::Truth(truth) => (TRUTH, f64::from(u8::from(truth))),
            };
            let mut row = [0.0; label_read::LEN];
            row[label_read::AT] = at as f64;
            row[label_read::NAME] = f64::from(label.name);
            row[label_read::KIND] = kind;
            row[label_read::VALUE] = value;
            self.rows.extend(row);
        }
    }

    pub fn finish(self) -> Option<Float64Array> {
        (!self.rows.is_empty()).then(|| self.rows.into())
    }
}

//! What crosses as a table: rows of numbers, and a JSON array of the texts that belong to them.

use crate::engine::json::{text_of, Json, Written};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

/// Numbers, and the texts that belong to their rows as one JSON array.
#[napi(object)]
pub struct Table {
    /// Rows of numbers, as the layout says.
    pub numbers: Float64Array,
    /// JSON text of an array with one element a row.
    pub text: String,
    /// Custom labels that the rows have, as the layout says; none where no row has any.
    pub labels: Option<Float64Array>,
}

impl Table {
    pub(super) fn of(numbers: Vec<f64>, texts: Texts) -> Self {
        Self {
            numbers: numbers.into(),
            text: texts.finish(),
            labels: None,
        }
    }
}

/// A JSON array built element by element.
#[derive(Default)]
pub(super) struct Texts(Written);

impl Texts {
    pub(super) fn push_given(&mut self, json: &str) {
        self.0.push(",");
        self.0.push(json);
    }

    pub(super) fn push_string(&mut self, text: Option<&str>) {
        self.0.push(",");
        text.write(&mut self.0);
    }

    pub(super) fn finish(self) -> String {
        let elements = text_of(&self.0);
        format!("[{}]", elements.get(1..).unwrap_or_default())
    }
}

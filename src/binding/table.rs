//! Tables that cross: rows of numbers, and a JSON array of the texts that belong to them.

use crate::engine::json::{text_of, Json, Written};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

/// Numbers, and the texts that belong to their rows as one JSON array.
#[napi(object)]
pub struct Table {
    /// Rows of numbers, as in the layout.
    pub numbers: Float64Array,
    /// JSON text of an array with one element per row, ...
    pub text: String,
    /// ... and further such arrays, if the whole would exceed the longest string.
    pub more: Option<Vec<String>>,
    /// Custom labels of the rows, as in the layout; none if no row has any.
    pub labels: Option<Float64Array>,
}

impl Table {
    pub(super) fn of(numbers: Vec<f64>, texts: Texts) -> Self {
        let mut parts = texts.finish();
        let more = parts.split_off(1);
        Self {
            numbers: numbers.into(),
            text: parts.remove(0),
            more: (!more.is_empty()).then_some(more),
            labels: None,
        }
    }
}

/// Bytes at which a part is full: a string of V8 has at most 2²⁹.
const PART: usize = 1 << 28;

/// A JSON array built element by element, split into parts if long.
#[derive(Default)]
pub(super) struct Texts {
    full: Vec<Written>,
    last: Written,
}

impl Texts {
    pub(super) fn push_given(&mut self, json: &str) {
        self.next().push(json);
    }

    pub(super) fn push_string(&mut self, text: Option<&str>) {
        text.write(self.next());
    }

    /// Where the next element goes.
    fn next(&mut self) -> &mut Written {
        if self.last.bytes() > PART {
            self.full.push(std::mem::take(&mut self.last));
        }
        self.last.push(",");
        &mut self.last
    }

    /// Arrays, at least one.
    pub(super) fn finish(self) -> Vec<String> {
        let parts = self.full.into_iter().chain([self.last]);
        let array = |part: Written| {
            let elements = text_of(&part);
            format!("[{}]", elements.get(1..).unwrap_or_default())
        };
        parts.map(array).collect()
    }
}
